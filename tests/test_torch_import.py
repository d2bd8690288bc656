from pathlib import Path

import numpy as np
import pytest

from tests import torch_files
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks import load_network
from tf_cyclegan.state_dict import load_state_dict
from tf_cyclegan.torch_import import (
    Architecture,
    build_from_state_dict,
    detect_architecture,
    import_torch,
    set_torch_weights,
)

REFERENCE = Path(__file__).parent / "reference" / "networks"
EXPECTED = {
    "resnet_9blocks": Architecture("resnet_9blocks", 4, "instance"),
    "resnet_9blocks_legacy": Architecture("resnet_9blocks", 4, "instance"),
    "resnet_6blocks": Architecture("resnet_6blocks", 4, "instance"),
    "unet_128": Architecture("unet_128", 4, "instance"),
    "unet_256": Architecture("unet_256", 4, "instance"),
    "discriminator_basic": Architecture("basic", 4, "instance", n_layers=3),
    "discriminator_n_layers": Architecture("n_layers", 4, "instance", n_layers=4),
    "discriminator_pixel": Architecture("pixel", 4, "instance"),
}


# What the published program writes, for tests that need other norms than the stored networks have.


class State(dict):
    """A state dict under construction, with random values."""

    def __init__(self, norm, seed=0):
        super().__init__()
        self.norm, self.random = norm, np.random.default_rng(seed)

    def values_of(self, *shape):
        return self.random.normal(0, 0.3, shape).astype(np.float32)

    def conv(self, name, kernel, inputs, outputs, *, bias=None, transposed=False):
        pair = (inputs, outputs) if transposed else (outputs, inputs)
        self[f"{name}.weight"] = self.values_of(*pair, kernel, kernel)
        if self.norm.startswith("instance") if bias is None else bias:
            self[f"{name}.bias"] = self.values_of(outputs)

    def normed(self, name, channels):
        if self.norm in ("instance_affine", "batch"):
            self[f"{name}.weight"] = 1 + self.values_of(channels)
            self[f"{name}.bias"] = self.values_of(channels)
        if self.norm == "batch":
            self[f"{name}.running_mean"] = self.values_of(channels)
            self[f"{name}.running_var"] = 1 + self.values_of(channels) ** 2
            self[f"{name}.num_batches_tracked"] = np.array(7)


def resnet_state(norm, dropout=False, blocks=6, f=2):
    state = State(norm)
    for place, kernel, inputs, outputs in ((1, 7, 3, f), (4, 3, f, 2 * f), (7, 3, 2 * f, 4 * f)):
        state.conv(f"model.{place}", kernel, inputs, outputs)
        state.normed(f"model.{place + 1}", outputs)
    for i in range(10, 10 + blocks):
        for place in (1, 6 if dropout else 5):
            state.conv(f"model.{i}.conv_block.{place}", 3, 4 * f, 4 * f)
            state.normed(f"model.{i}.conv_block.{place + 1}", 4 * f)
    for place, inputs in ((10 + blocks, 4 * f), (13 + blocks, 2 * f)):
        state.conv(f"model.{place}", 3, inputs, inputs // 2, transposed=True)
        state.normed(f"model.{place + 1}", inputs // 2)
    state.conv(f"model.{17 + blocks}", 7, f, 3, bias=True)
    return state


def unet_state(norm, dropout=False, downs=7, f=2):
    state, widths = State(norm), [3, *[f * min(2**i, 8) for i in range(downs)]]

    def block(name, i):
        """Level i: down to widths[i], what lies below, up again; the first level's list has no activation first."""
        first, last = i == 1, i == downs
        state.conv(f"{name}.{0 if first else 1}", 4, widths[i - 1], widths[i])
        if not first and not last:
            state.normed(f"{name}.2", widths[i])
        if not last:
            block(f"{name}.{1 if first else 3}.model", i + 1)
        up = 3 if first or last else 5
        inputs = widths[i] * (1 if last else 2)
        state.conv(f"{name}.{up}", 4, inputs, widths[i - 1], transposed=True, bias=True if first else None)
        if not first:
            state.normed(f"{name}.{up + 1}", widths[i - 1])

    block("model.model", 1)
    return state


def patch_state(norm, dropout=False, n_layers=3, f=2):
    state, widths = State(norm), [f * min(2**i, 8) for i in range(n_layers + 1)]
    state.conv("model.0", 4, 3, f, bias=True)
    for i in range(n_layers):
        state.conv(f"model.{2 + 3 * i}", 4, widths[i], widths[i + 1])
        state.normed(f"model.{3 + 3 * i}", widths[i + 1])
    state.conv(f"model.{2 + 3 * n_layers}", 4, widths[-1], 1, bias=True)
    return state


def pixel_state(norm, dropout=False, f=2):
    state = State(norm)
    state.conv("net.0", 1, 3, f, bias=True)
    state.conv("net.2", 1, f, 2 * f)
    state.normed("net.3", 2 * f)
    state.conv("net.5", 1, 2 * f, 1)
    return state


STATES = {"resnet_6blocks": resnet_state, "unet_128": unet_state, "basic": patch_state, "pixel": pixel_state}


@pytest.mark.parametrize("name", EXPECTED)
def test_architecture_is_read_off_the_shapes(name):
    assert detect_architecture(load_state_dict(REFERENCE / f"{name}.pth")) == EXPECTED[name]


def test_the_older_format_holds_the_same_weights():
    """Without the running statistics and the `module.` that old versions left there."""
    new, old = (load_state_dict(REFERENCE / f"resnet_9blocks{suffix}.pth") for suffix in ("", "_legacy"))
    for key, value in new.items():
        np.testing.assert_array_equal(old[key], value)
    models = build_from_state_dict(new), build_from_state_dict(old)
    for a, b in zip(*(m.get_weights() for m in models), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("norm", ["instance", "instance_affine", "batch", "none"])
@pytest.mark.parametrize("kind", STATES)
def test_every_norm_is_detected_and_every_tensor_finds_its_place(kind, norm):
    state = STATES[kind](norm)
    found = detect_architecture(state)
    assert (found.kind, found.filters, found.norm, found.dropout) == (kind, 2, norm, False)
    model = build_from_state_dict(state)
    # A pair of axes is swapped, no value is lost: sorted, layer by layer, they are the same numbers.
    expected = [np.sort(v, None) for k, v in state.items() if not k.endswith("num_batches_tracked")]
    weights = [np.sort(v, None) for v in model.get_weights()]
    moving = [np.sort(w, None) for w in model.non_trainable_weights]
    assert len(moving) == sum("running" in k for k in state)
    key = lambda v: (v.size, *v[:2])  # noqa: E731
    for a, b in zip(sorted(weights, key=key), sorted(expected, key=key), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", STATES)
@pytest.mark.parametrize(("normed", "plain"), [("batch", "none"), ("instance_affine", "instance")])
def test_a_norm_of_scale_one_and_offset_zero_is_none(kind, normed, plain, policy):
    """Batch norm with mean 0 and variance 1 does nothing; affine instance norm is the plain one.

    In float64: a network without norms makes rounding 50,000 times as large on its way.
    """
    policy("float64")
    state = STATES[kind](normed)
    neutral = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0 - 1e-5}
    norms = {k.rpartition(".")[0] for k, v in state.items() if v.ndim == 1 and k.endswith("weight")}
    for key in state:
        module, _, name = key.rpartition(".")
        if module in norms and name in neutral:
            state[key] = np.full(state[key].shape, neutral[name])
    without = {k: v for k, v in state.items() if k.rpartition(".")[0] not in norms}
    x = np.random.default_rng(1).uniform(-1, 1, (1, 128, 128, 3))
    outputs = [build_from_state_dict(s)(x, training=False) for s in (state, without)]
    assert detect_architecture(without).norm == plain
    np.testing.assert_allclose(*outputs, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("norm", ["instance", "batch", "none"])
@pytest.mark.parametrize("blocks", [6, 9])
def test_dropout_is_seen_by_the_place_of_the_second_convolution(norm, blocks):
    found = detect_architecture(resnet_state(norm, dropout=True, blocks=blocks))
    assert found == Architecture(f"resnet_{blocks}blocks", 2, norm, dropout=True)


@pytest.mark.parametrize("kind", ["resnet_6blocks", "unet_128"])
def test_dropout_changes_nothing_outside_training(kind):
    """A U-Net's dropout has no weights and moves none: its file is the same with and without."""
    plain, dropped = (build_from_state_dict(STATES[kind]("instance", dropout)) for dropout in (False, True))
    x = np.random.default_rng(1).uniform(-1, 1, (1, 128, 128, 3)).astype(np.float32)
    np.testing.assert_array_equal(plain(x, training=False), dropped(x, training=False))


@pytest.mark.parametrize("n_layers", [1, 2, 5])
def test_patch_discriminators_of_other_depths_are_found(n_layers):
    state = patch_state("instance", n_layers=n_layers)
    assert detect_architecture(state) == Architecture("n_layers", 2, "instance", n_layers=n_layers)
    assert build_from_state_dict(state)(np.zeros((1, 256, 256, 3), np.float32)).shape[-1] == 1


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"a.weight": np.zeros(3)}, "fewer than three convolutions"),
        ({f"{i}.weight": np.zeros((4, 1, 3, 3)) for i in range(3)}, "takes 1 channels; expected 3"),
        ({f"{i}.weight": np.zeros((4, 3, 5, 5)) for i in range(3)}, "expected resnet, unet, PatchGAN or pixel"),
        (resnet_state("instance", blocks=3), "a ResNet with 3 blocks; expected 6 or 9"),
        (unet_state("instance", downs=5), "a U-Net with 5 halvings; expected 7 or 8"),
    ],
    ids=["no network", "grey", "other kernels", "3 blocks", "5 halvings"],
)
def test_other_networks_are_refused(state, message):
    with pytest.raises(UserError, match=message):
        detect_architecture(state)


def test_weights_of_another_network_do_not_fit():
    model = build_from_state_dict(patch_state("instance"))
    with pytest.raises(UserError, match=r"model\.0 has shapes .* expected"):
        set_torch_weights(model, patch_state("instance", f=3))
    with pytest.raises(UserError, match="6 modules with weights in the file, 5 in basic"):
        set_torch_weights(model, patch_state("instance", n_layers=4))


@pytest.mark.parametrize("missing", ["bias", "running_mean"])
def test_a_missing_tensor_is_refused(missing):
    state = patch_state("batch")
    del state[f"model.3.{missing}"]
    with pytest.raises(UserError, match=r"model\.3 has shapes"):
        build_from_state_dict(state)


def test_networks_without_filters_are_refused():
    state = {k: v[:0] if k == "model.0.weight" else v for k, v in patch_state("instance").items()}
    with pytest.raises(UserError):
        build_from_state_dict(state)


# The whole import.


def test_import_writes_a_network_that_computes_the_same(tmp_path):
    found = import_torch(REFERENCE / "discriminator_pixel.pth", tmp_path / "new" / "d.keras", expected="pixel")
    assert found == EXPECTED["discriminator_pixel"]
    numbers = np.load(REFERENCE / "discriminator_pixel.npz")
    y = np.asarray(load_network(tmp_path / "new" / "d.keras")(numbers["x"].transpose(0, 2, 3, 1)))
    np.testing.assert_allclose(y.transpose(0, 3, 1, 2), numbers["y"], atol=1e-4)


def test_another_network_than_expected_is_refused_with_both_names(tmp_path):
    with pytest.raises(UserError, match="holds resnet_6blocks, not resnet_9blocks") as caught:
        import_torch(REFERENCE / "resnet_6blocks.pth", tmp_path / "g.keras", expected="resnet_9blocks")
    assert "resnet_6blocks.pth" in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("out", ["g.h5", "g", "g.keras.zip"])
def test_output_must_be_a_keras_file(out, tmp_path):
    with pytest.raises(UserError, match=r"must end in \.keras"):
        import_torch(REFERENCE / "resnet_6blocks.pth", tmp_path / out)


def test_an_import_of_weights_that_fit_no_network_names_the_file(tmp_path):
    file = torch_files.write_zip(tmp_path / "net.pth", {"a.weight": np.ones((2, 3, 4), np.float32)})
    with pytest.raises(UserError, match="fewer than three convolutions") as caught:
        import_torch(file, tmp_path / "g.keras")
    assert str(file) in str(caught.value)
