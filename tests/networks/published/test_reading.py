from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests import torch_files
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.files import load_network
from tf_cyclegan.networks.published.checkpoint import find_network
from tf_cyclegan.networks.published.layout import PADDINGS, Architecture
from tf_cyclegan.networks.published.reading import build_from_state_dict, detect_architecture, import_torch
from tf_cyclegan.networks.published.state_dict import StateDict, load_checkpoint, load_state_dict

REFERENCE = Path(__file__).parents[2] / "reference" / "networks"
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
    """A state dict under construction, with random values; `bias`: before norms, other than the published program."""

    def __init__(self, norm, seed=0, bias=None):
        super().__init__()
        self.norm, self.random = norm, np.random.default_rng(seed)
        self.bias = norm.startswith("instance") if bias is None else bias

    def values_of(self, *shape):
        return self.random.normal(0, 0.3, shape).astype(np.float32)

    def conv(self, name, kernel, inputs, outputs, *, bias=None, transposed=False):
        pair = (inputs, outputs) if transposed else (outputs, inputs)
        self[f"{name}.weight"] = self.values_of(*pair, kernel, kernel)
        if self.bias if bias is None else bias:
            self[f"{name}.bias"] = self.values_of(outputs)

    def normed(self, name, channels):
        if self.norm in ("instance_affine", "batch"):
            self[f"{name}.weight"] = 1 + self.values_of(channels)
            self[f"{name}.bias"] = self.values_of(channels)
        if self.norm == "batch":
            self[f"{name}.running_mean"] = self.values_of(channels)
            self[f"{name}.running_var"] = 1 + self.values_of(channels) ** 2
            self[f"{name}.num_batches_tracked"] = np.array(7)


def resnet_state(norm, dropout=False, blocks=6, f=2, *, padding="reflect", bias=None):
    state = State(norm, bias=bias)
    first, second = (0, 3 + dropout) if padding == "zero" else (1, 5 + dropout)
    for place, kernel, inputs, outputs in ((1, 7, 3, f), (4, 3, f, 2 * f), (7, 3, 2 * f, 4 * f)):
        state.conv(f"model.{place}", kernel, inputs, outputs)
        state.normed(f"model.{place + 1}", outputs)
    for i in range(10, 10 + blocks):
        for place in (first, second):
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


def patch_state(norm, dropout=False, n_layers=3, f=2, bias=None):
    state, widths = State(norm, bias=bias), [f * min(2**i, 8) for i in range(n_layers + 1)]
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
NORMS = ["instance", "instance_affine", "batch", "none"]


def refused(state, match=None, **asked):
    """The one line with which a state dict is refused."""
    with pytest.raises(UserError, match=match) as caught:
        detect_architecture(state, **asked)
    return str(caught.value)


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


def check_that_every_value_finds_its_place(state, model):
    """A pair of axes is swapped, no value is lost: sorted, tensor by tensor, they are the same numbers."""
    expected = [np.sort(v, None) for k, v in state.items() if not k.endswith("num_batches_tracked")]
    weights = [np.sort(v, None) for v in model.get_weights()]
    key = lambda v: (v.size, *v[:2])  # noqa: E731
    for a, b in zip(sorted(weights, key=key), sorted(expected, key=key), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("kind", STATES)
def test_every_norm_is_detected_and_every_tensor_finds_its_place(kind, norm):
    state = STATES[kind](norm)
    found = detect_architecture(state)
    assert (found.kind, found.filters, found.norm, found.dropout) == (kind, 2, norm, False)
    model = build_from_state_dict(state)
    check_that_every_value_finds_its_place(state, model)
    assert len(model.non_trainable_weights) == sum("running" in k for k in state)


@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("norm", NORMS)
def test_every_padding_is_detected_and_every_tensor_finds_its_place(padding, norm, dropout):
    """But for replicating, which the file does not tell from reflecting."""
    state = resnet_state(norm, dropout, padding=padding)
    expected = "zero" if padding == "zero" else "reflect"
    assert detect_architecture(state) == Architecture("resnet_6blocks", 2, norm, dropout, padding=expected)
    assert detect_architecture(state, padding=padding).padding == padding
    check_that_every_value_finds_its_place(state, build_from_state_dict(state, padding=padding))


def relu(x):
    return np.maximum(x, 0)


def computed_as_pytorch_does(state, x, padding, norm):
    """A ResNet of six blocks, straight from its state dict."""
    import tensorflow as tf

    mode = {"reflect": "reflect", "replicate": "edge", "zero": "constant"}

    def pad(x, width, how):
        return np.pad(x, ((0, 0), (width, width), (width, width), (0, 0)), mode[how])

    def bias(name):
        return state.get(f"{name}.bias", 0.0)

    def conv(x, name, stride=1):
        kernel = state[f"{name}.weight"].transpose(2, 3, 1, 0)
        return np.asarray(tf.nn.conv2d(x, kernel, stride, "VALID")) + bias(name)

    def up(x, name):
        kernel = state[f"{name}.weight"].transpose(2, 3, 1, 0)
        shape = (len(x), 2 * x.shape[1] + 1, 2 * x.shape[2] + 1, kernel.shape[2])
        return np.asarray(tf.nn.conv2d_transpose(x, kernel, shape, 2, "VALID"))[:, 1:, 1:] + bias(name)

    def normed(x, name):
        if norm == "none":
            return x
        own = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
        mean, variance = (state[f"{name}.running_{k}"] for k in ("mean", "var")) if norm == "batch" else own
        return (x - mean) / np.sqrt(variance + 1e-5) * state.get(f"{name}.weight", 1.0) + bias(name)

    x = relu(normed(conv(pad(x, 3, "reflect"), "model.1"), "model.2"))
    for i in (4, 7):
        x = relu(normed(conv(pad(x, 1, "zero"), f"model.{i}", 2), f"model.{i + 1}"))
    first, second = (0, 3) if padding == "zero" else (1, 5)
    for i in range(10, 16):
        block = f"model.{i}.conv_block"
        y = relu(normed(conv(pad(x, 1, padding), f"{block}.{first}"), f"{block}.{first + 1}"))
        x = x + normed(conv(pad(y, 1, padding), f"{block}.{second}"), f"{block}.{second + 1}")
    for i in (16, 19):
        x = relu(normed(up(x, f"model.{i}"), f"model.{i + 1}"))
    return np.tanh(conv(pad(x, 3, "reflect"), "model.23"))


@pytest.mark.parametrize(
    ("norm", "padding", "bias"),
    [
        *(("instance", padding, None) for padding in PADDINGS),
        ("batch", "zero", None),
        ("batch", "reflect", True),
        ("instance", "reflect", False),
        ("instance_affine", "replicate", False),
        ("none", "reflect", True),
    ],
)
def test_what_is_asked_for_is_computed(norm, padding, bias, policy):
    """In float64: a network without norms makes rounding 50,000 times as large on its way."""
    policy("float64")
    state = {k: v.astype(np.float64) for k, v in resnet_state(norm, padding=padding, bias=bias).items()}
    x = np.random.default_rng(1).uniform(-1, 1, (1, 16, 24, 3))
    model = build_from_state_dict(state, padding=padding, norm=norm.removesuffix("_affine"))
    expected = computed_as_pytorch_does(state, x, padding, norm)
    np.testing.assert_allclose(model(x, training=False), expected, atol=1e-9)


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


# What is not the published program's.


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"a.weight": np.zeros(3)}, "expected resnet, unet, PatchGAN or pixel"),
        ({f"{i}.weight": np.zeros((4, 3, 5, 5)) for i in range(3)}, "expected resnet, unet, PatchGAN or pixel"),
        (resnet_state("instance", blocks=3), "a ResNet with 3 blocks; expected 6 or 9"),
        (unet_state("instance", downs=5), "a U-Net with 5 halvings; expected 7 or 8"),
    ],
    ids=["no network", "other names", "3 blocks", "5 halvings"],
)
def test_other_networks_are_refused(state, message):
    refused(state, message)


@pytest.mark.parametrize("kind", STATES)
def test_grey_networks_are_refused(kind):
    state = STATES[kind]("instance")
    first = next(iter(state))
    refused({**state, first: state[first][:, :1]}, "takes 1 channels; expected 3")


@pytest.mark.parametrize("missing", ["bias", "running_mean"])
def test_a_missing_tensor_is_named(missing):
    state = patch_state("batch")
    del state[f"model.6.{missing}"]
    refused(state, rf"not the published basic: it lacks model\.6\.{missing};")


def test_a_tensor_that_is_not_used_is_named():
    state = {**resnet_state("instance"), "model.18.weight": np.ones(2, np.float32)}
    refused(state, r"it has model\.18\.weight in addition; other networks cannot be imported")


def test_a_tensor_of_another_shape_is_named():
    state = resnet_state("instance")
    refused({**state, "model.4.weight": state["model.4.weight"][:3]}, r"model\.4\.weight has shape \(3, 2, 3, 3\), exp")


def test_integers_are_no_weights():
    state = resnet_state("instance")
    refused({**state, "model.4.bias": np.ones(4, np.int8)}, r"model\.4\.bias holds int8, expected floating-point")


def test_networks_without_filters_are_refused():
    state = {k: v[:0] if k == "model.0.weight" else v for k, v in patch_state("instance").items()}
    refused(state, "a tensor without values")


def moved(state, module, to):
    """With one module's tensors under another number."""
    return {k.replace(f"{module}.", f"{to}.") if k.startswith(f"{module}.") else k: v for k, v in state.items()}


def shifted(state, begin, start, by):
    """With `by` modules more in the sequence `begin`, before the one with number `start`."""
    new = {}
    for key, value in state.items():
        head, _, rest = key.removeprefix(f"{begin}.").partition(".")
        more = key.startswith(f"{begin}.") and head.isdigit() and int(head) >= start
        new[f"{begin}.{int(head) + by}.{rest}" if more else key] = value
    return new


BASES = {
    (kind, norm, variant): make(norm, **dict(variant))
    for kind, make in STATES.items()
    for norm in NORMS
    for variant in (
        [(("padding", p), ("dropout", d)) for p in ("reflect", "zero") for d in (False, True)]
        if kind.startswith("resnet")
        else [()]
    )
}


def without(state, beginning):
    return {k: v for k, v in state.items() if not k.startswith(beginning)}


BASES_WITH_ONE_NORM = {base for base in BASES if base[:2] in (("pixel", "instance_affine"), ("pixel", "batch"))}
IGNORED = {"running_mean", "running_var", "num_batches_tracked"}
BUFFERS = ["filt", "weight", "bias", "running_mean", "running_var", "num_batches_tracked", "weight_orig", "mask"]


@st.composite
def mutations(draw):
    """A state dict of the published program and the same one with one thing changed."""
    base = draw(st.sampled_from([*BASES]))
    state = BASES[base]
    key = draw(st.sampled_from([*state]))
    value, number, buffer = state[key], draw(st.integers(0, 30)), draw(st.sampled_from(BUFFERS))
    module = key.rpartition(".")[0]
    sequence, _, place = module.rpartition(".")
    other = f"{sequence}.{number}"
    new = f"{draw(st.sampled_from([module, other]))}.{buffer}"
    extra = np.array(3) if buffer == "num_batches_tracked" else np.full(value.shape[:1], 2, np.float32)
    shapes = [(-1,), (*value.shape, 1), (1, *value.shape), (value.shape[0], -1) if value.ndim == 4 else (-1, 1)]
    changes = {
        "drop": lambda: without(state, key),
        "drop a module": lambda: without(state, f"{module}."),
        "add": lambda: {**state, new: state.get(new, extra)},
        "swap axes": lambda: {**state, key: value.swapaxes(0, 1) if value.ndim == 4 else value[None]},
        "reshape": lambda: {**state, key: value.reshape(draw(st.sampled_from(shapes)))},
        "retype": lambda: {**state, key: value.astype(draw(st.sampled_from(["i1", "u1", "?", "c8"])))},
        "move": lambda: moved(state, module, other) if not any(k.startswith(f"{other}.") for k in state) else state,
        "shift": lambda: shifted(state, sequence, int(place), draw(st.integers(1, 3))),
        "copy": lambda: {**state, f"{('model', 'net')[number % 2]}.{key}": value},
    }
    return base, changes[draw(st.sampled_from([*changes]))]()


def same(a, b):
    return a is not None and b is not None and a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())


@given(mutations())
@settings(deadline=None, max_examples=600)
def test_what_is_changed_is_refused_or_changes_nothing(mutation):
    """A square kernel with its axes swapped is one more kernel; all else is recognized by name, shape or type."""
    base, state = mutation
    before = BASES[base]
    # The pixel discriminator has one norm: without its tensors it is a published network with another.
    assume(base not in BASES_WITH_ONE_NORM or any(key.startswith("net.3.") for key in state))
    changed = {key for key in before.keys() | state.keys() if not same(before.get(key), state.get(key))}
    try:
        found = detect_architecture(state)
    except UserError as error:
        assert "\n" not in str(error)
        assert changed
        return
    kind, norm, variant = base
    assert found == Architecture(kind, 2, norm, **dict(variant))
    if changed and {key.rpartition(".")[2] for key in changed} <= {
        "running_mean",
        "running_var",
        "num_batches_tracked",
    }:
        weights = (build_from_state_dict(s).get_weights() for s in (before, state))
        for a, b in zip(*weights, strict=True):
            np.testing.assert_array_equal(a, b)
    else:
        assert all(same(before[key].swapaxes(0, 1), state[key]) for key in changed)


# Norms and paddings that a file does not tell.


def tracked(state, counted=True):
    """With the statistics that an instance norm keeps when it tracks them."""
    with_norms = {**patch_state("batch"), **state}
    return {k: v for k, v in with_norms.items() if k in state or "running" in k or (counted and "tracked" in k)}


ASKS = {
    "batch norm after biases": (patch_state("batch", bias=True), ("instance", "batch")),
    "affine instance norm without biases": (patch_state("instance_affine", bias=False), ("instance",)),
    "instance norm that counted": (tracked(patch_state("instance")), ("instance",)),
    "statistics without biases": (tracked(patch_state("none")), ("instance",)),
}


@pytest.mark.parametrize("case", ASKS)
def test_a_norm_that_cannot_be_told_is_asked_for(case):
    state, answers = ASKS[case]
    line = refused(state, r"model\.3 has .* so the file does not show which norm it is")
    for norm in ("instance", "batch", "none"):
        assert (f"--norm {norm}" in line) == (norm in answers)
        if norm in answers:
            found = detect_architecture(state, norm=norm)
            assert found.norm.removesuffix("_affine") == norm
            build_from_state_dict(state, norm=norm)
        else:
            refused(state, norm=norm)


def test_statistics_that_nobody_counted_are_left_over():
    """As PyTorch before 0.4 kept them; the published program drops them, too."""
    plain = patch_state("instance")
    models = build_from_state_dict(plain), build_from_state_dict(tracked(plain, counted=False))
    for a, b in zip(*(m.get_weights() for m in models), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("state", "asked", "message"),
    [
        (resnet_state("instance"), "zero", "its blocks have modules that pad: not --padding zero"),
        (resnet_state("instance", padding="zero"), "reflect", "padded with zeros: not --padding reflect"),
        (resnet_state("instance", padding="zero"), "replicate", "padded with zeros: not --padding replicate"),
        (unet_state("instance"), "zero", "unet_128 has no blocks to pad; leave --padding out"),
        (
            shifted(resnet_state("instance"), "model.10.conv_block", 5, 2),
            None,
            r"conv_block\.\* has its conv.* at 1, 7",
        ),
    ],
)
def test_a_padding_that_the_file_contradicts_is_refused(state, asked, message):
    refused(state, message, padding=asked)


# The modules that PyTorch lists along with the tensors.


@pytest.fixture(scope="module")
def listed():
    return find_network(load_checkpoint(REFERENCE / "resnet_6blocks.pth"))


def test_a_module_more_or_less_is_refused(listed):
    refused(StateDict(listed, {**listed.modules, "model.25": 1}), r"it has a module model\.25;")
    refused(
        StateDict(listed, {k: v for k, v in listed.modules.items() if k != "model.24"}),
        r"it lacks the module model\.24;",
    )


def test_the_form_of_a_module_tells_a_norm_from_none(listed):
    """An instance norm without weights looks like none; but PyTorch lists it in its second form."""
    norms = [k for k, version in listed.modules.items() if version == 2]
    unbiased = {k: v for k, v in listed.items() if k.endswith("weight") or k == "model.23.bias"}
    empty = {**listed.modules, **dict.fromkeys(norms, 1)}
    assert detect_architecture(StateDict(unbiased, listed.modules)) == Architecture(
        "resnet_6blocks", 4, "instance", bias=False
    )
    assert detect_architecture(StateDict(unbiased, empty)).norm == "none"
    line = refused(StateDict(listed, empty), "does not show which norm it is")
    assert "--norm none" in line
    assert detect_architecture(StateDict(listed, empty), norm="none").bias is True
    refused(listed, r"model\.2 is a norm without weights, so not --norm none", norm="none")


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
    with pytest.raises(UserError, match=r"a tensor is called a\.weight") as caught:
        import_torch(file, tmp_path / "g.keras")
    assert str(file) in str(caught.value)
    assert [*tmp_path.iterdir()] == [file]


def test_what_is_asked_for_reaches_the_import(tmp_path):
    networks = {"netG_A": resnet_state("batch", bias=True), "netG_B": resnet_state("instance")}
    file = torch_files.write_checkpoint(tmp_path / "last.ckpt", networks)
    found = import_torch(file, tmp_path / "g.keras", padding="replicate", norm="batch", key="netG_A")
    assert found == Architecture("resnet_6blocks", 2, "batch", padding="replicate", bias=True)
    padded = load_network(tmp_path / "g.keras").get_layer("block1_pad1")
    assert type(padded).__name__ == "ReplicationPadding2D"
