import numpy as np
import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks import efficientnet_lite
from tf_cyclegan.networks.efficientnet_lite import feature_network, feature_spread

# Feature → by how much it is smaller than the picture, and its channels, as in the paper.
SHAPES = {
    "stem": (2, 32),
    "block0": (2, 16),
    "block1_expand": (2, 96),
    "block2": (4, 24),
    "block4": (8, 40),
    "block8": (16, 112),
    "block10": (16, 112),
    "block10_expand": (16, 672),
}


@pytest.fixture(scope="module")
def network():
    return feature_network(list(SHAPES))


@pytest.mark.parametrize(("height", "width"), [(64, 96), (50, 33)])
def test_features_have_the_sizes_and_channels_of_the_paper(network, height, width):
    features = network(np.zeros((2, height, width, 3), np.float32))
    expected = {name: (2, -(-height // k), -(-width // k), channels) for name, (k, channels) in SHAPES.items()}
    assert {name: tuple(x.shape) for name, x in features.items()} == expected


def test_it_does_not_learn(network):
    assert not network.trainable_variables and network.non_trainable_variables


def test_it_knows_edges_from_noise(network):
    """Weights that were read in a wrong order would not: deep features of like pictures are alike."""
    random, ramp = np.random.default_rng(0), np.linspace(-1, 1, 64)
    scene = np.where((ramp[:, None] ** 2 + ramp[None] ** 2)[..., None] < 0.4, 0.8, [[[-0.2, 0.1, 0.4]]])
    pictures = np.stack([scene, scene[:, ::-1] * 0.9, random.uniform(-1, 1, scene.shape)]).astype(np.float32)
    deep = np.asarray(network(pictures)["block10"]).mean((1, 2))
    deep /= np.linalg.norm(deep, axis=1, keepdims=True)
    assert deep[0] @ deep[1] > 0.9
    assert deep[0] @ deep[2] < 0.6


def test_features_have_the_spread_that_the_file_says(network):
    """Of a picture with edges it is of the same size, in most channels."""
    spread = feature_spread(["stem", "block10_expand"])
    assert {name: values.shape for name, values in spread.items()} == {"stem": (32,), "block10_expand": (672,)}
    assert all((values >= 0).all() and np.median(values) > 0.05 for values in spread.values())


@pytest.mark.parametrize("fault", ["missing", "cut", "changed"])
def test_a_damaged_file_is_reported_in_one_line(monkeypatch, tmp_path, fault):
    data = bytearray(efficientnet_lite.WEIGHTS.read_bytes())
    file = tmp_path / "weights.npz"
    if fault == "cut":
        del data[-100:]
    elif fault == "changed":
        data[len(data) // 2] ^= 1
    if fault != "missing":
        file.write_bytes(data)
    monkeypatch.setattr(efficientnet_lite, "WEIGHTS", file)
    with pytest.raises(UserError, match=r"weights\.npz.*install the package again") as caught:
        feature_network(["stem"])
    assert "\n" not in str(caught.value)
