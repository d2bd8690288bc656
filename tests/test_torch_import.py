import pickle
import tracemalloc
import zipfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import torch_files
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks import load_network
from tf_cyclegan.torch_import import (
    Architecture,
    build_from_state_dict,
    detect_architecture,
    import_torch,
    load_state_dict,
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
SMALL = {"a.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "a.bias": np.float32([1.5, -2])}
FORMATS = pytest.mark.parametrize("write", [torch_files.write_zip, torch_files.write_stream], ids=["zip", "stream"])


def refused(path, match):
    """The one line with which a file is refused."""
    with pytest.raises(UserError, match=match) as caught:
        load_state_dict(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


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
def test_a_norm_of_scale_one_and_offset_zero_is_none(kind, normed, plain):
    """Batch norm with mean 0 and variance 1 does nothing; affine instance norm is the plain one."""
    state = STATES[kind](normed)
    neutral = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0 - 1e-5}
    norms = {k.rpartition(".")[0] for k, v in state.items() if v.ndim == 1 and k.endswith("weight")}
    for key in state:
        module, _, name = key.rpartition(".")
        if module in norms and name in neutral:
            state[key] = np.full_like(state[key], neutral[name])
    without = {k: v for k, v in state.items() if k.rpartition(".")[0] not in norms}
    x = np.random.default_rng(1).uniform(-1, 1, (1, 128, 128, 3)).astype(np.float32)
    outputs = [build_from_state_dict(s)(x, training=False) for s in (state, without)]
    assert detect_architecture(without).norm == plain
    np.testing.assert_allclose(*outputs, atol=1e-4, rtol=1e-4)


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


# Reading files.


@FORMATS
@pytest.mark.parametrize(
    ("dtype", "comes_back_as"), [("f4", "f4"), ("f8", "f8"), ("f2", "f4"), ("i8", "i8"), ("u1", "u1")]
)
def test_every_tensor_comes_back_in_shape_and_type(write, dtype, comes_back_as, tmp_path):
    state = {
        "scalar": np.array(3, dtype),
        "turned": np.arange(6, dtype=dtype).reshape(2, 3),
        "none": np.zeros(0, dtype),
    }
    arrays = load_state_dict(write(tmp_path / "net.pth", state))
    assert list(arrays) == list(state)
    for key, value in state.items():
        assert arrays[key].dtype == comes_back_as
        np.testing.assert_array_equal(arrays[key], value)


def test_bfloat16_is_widened(tmp_path):
    values = np.float32([1, -2.5, 3e38, 0])
    high = (values.view(np.uint32) >> 16).astype(np.uint16)
    tensor = torch_files.tensor(0, 4, (4,), (1,), storage="BFloat16Storage")
    pickled = torch_files.program(torch_files.dictionary({"a": tensor}))
    read = load_state_dict(torch_files.write_zip(tmp_path / "net.pth", {"a": high}, pickled=pickled))["a"]
    np.testing.assert_array_equal(read, (values.view(np.uint32) & 0xFFFF0000).view(np.float32))


def test_views_share_a_storage_and_may_be_transposed(tmp_path):
    views = {
        "transposed": torch_files.tensor(0, 6, (3, 2), (1, 3)),
        "tail": torch_files.tensor(0, 6, (2,), (1,), offset=4),
    }
    pickled = torch_files.program(torch_files.dictionary(views))
    state = {"0": np.arange(6, dtype=np.float32)}
    arrays = load_state_dict(torch_files.write_zip(tmp_path / "net.pth", state, pickled=pickled))
    np.testing.assert_array_equal(arrays["transposed"], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(arrays["tail"], [4, 5])


def test_parallel_training_leaves_no_trace_in_the_names(tmp_path):
    file = torch_files.write_zip(tmp_path / "net.pth", {f"module.{k}": v for k, v in SMALL.items()})
    assert list(load_state_dict(file)) == list(SMALL)


# Files that are not to be trusted.


@FORMATS
@pytest.mark.parametrize(
    ("module", "function", "called"),
    [("os", "system", "os.system"), ("builtins", "eval", "builtins.eval"), ("__builtin__", "exec", r"\w+.exec")],
)
def test_a_pickle_that_names_a_function_is_refused_by_name_and_does_nothing(write, module, function, called, tmp_path):
    marker = tmp_path / "ran"
    command = f"touch {marker}" if module == "os" else f"open({str(marker)!r}, 'w').close()"
    attack = torch_files.name(module, function) + torch_files.tuple_of(torch_files.text(command)) + b"R"
    pickled = torch_files.program(torch_files.dictionary({"a.weight": attack}))
    pickle.loads(pickled)  # noqa: S301 (it would have worked)
    assert marker.exists()
    marker.unlink()
    file = write(tmp_path / "net.pth", {}, pickled=pickled)
    refused(file, f"wants to run {called}, which is not a tensor: refused, nothing was run")
    assert not marker.exists()


@pytest.mark.parametrize("place", range(5))
def test_a_function_is_refused_in_every_pickle_of_the_older_format(place, tmp_path):
    marker, magic = tmp_path / "ran", b"\x8a\x0a" + (0x1950A86A20F9469CFC6C).to_bytes(10, "little")
    attack = torch_files.name("os", "system") + torch_files.tuple_of(torch_files.text(f"touch {marker}")) + b"R"
    values = [magic, torch_files.integer(1001), b"}", b"}", b"]"]
    values[place] = attack
    (tmp_path / "net.pth").write_bytes(b"".join(map(torch_files.program, values)))
    refused(tmp_path / "net.pth", r"wants to run \w+\.system")
    assert not marker.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("torch", "load"),
        ("torch.nn.modules.conv", "Conv2d"),
        ("torch._utils", "__builtins__"),
        ("collections", "OrderedDict.fromkeys"),
        ("numpy", "load"),
        ("numpy.core.multiarray", "_reconstruct"),
    ],
)
def test_every_other_name_is_refused_too(module, name, tmp_path):
    """Protocol 4, whose names may have dots in them."""
    pickled = b"\x80\x04" + b"".join(b"\x8c" + bytes([len(n)]) + n.encode() for n in (module, name)) + b"\x93."
    file = torch_files.write_zip(tmp_path / "net.pth", {}, pickled=pickled)
    assert f"wants to run {module}.{name}," in refused(file, "refused")


def test_names_of_many_lines_make_one_line(tmp_path):
    pickled = b"\x80\x04\x8c\x05os\n\n!\x8c\x06sys\ntm\x93."
    refused(torch_files.write_zip(tmp_path / "net.pth", {}, pickled=pickled), "wants to run")


def test_references_of_many_lines_make_one_line(tmp_path):
    pickled = torch_files.program(torch_files.text("a\nb") + b"Q")
    refused(torch_files.write_zip(tmp_path / "net.pth", {}, pickled=pickled), "unknown reference")


def peak_memory_of_refusing(path):
    tracemalloc.start()
    try:
        with pytest.raises(UserError):
            load_state_dict(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_place_in_the_memo_takes_no_memory(tmp_path):
    """A LONG_BINPUT of 5 bytes makes Python's fast unpickler reserve 16 bytes for every number up to its own."""
    pickled = b"\x80\x02}r" + (1 << 22).to_bytes(4, "little") + b"."
    assert peak_memory_of_refusing(torch_files.write_zip(tmp_path / "net.pth", {}, pickled=pickled)) < 8 << 20


def test_a_tensor_that_repeats_one_value_takes_no_memory(tmp_path):
    """Strides of 0 make any size out of one value, without leaving the storage."""
    tensor = torch_files.tensor(0, 1, (1 << 12, 1 << 12), (0, 0))
    pickled = torch_files.program(torch_files.dictionary({"a.weight": tensor}))
    file = torch_files.write_zip(tmp_path / "net.pth", {"a": np.ones(1, np.float32)}, pickled=pickled)
    assert peak_memory_of_refusing(file) < 8 << 20


@pytest.mark.parametrize(
    ("shape", "stride", "offset"),
    [((7,), (1,), 0), ((2, 3), (4, 1), 0), ((1,), (1,), 6), ((2,), (6,), 0), ((), (), 6), ((2, 2), (1, 1), 1 << 62)],
)
def test_a_tensor_beyond_its_storage_is_refused(shape, stride, offset, tmp_path):
    tensor = torch_files.tensor(0, 6, shape, stride, offset=offset)
    pickled = torch_files.program(torch_files.dictionary({"a.weight": tensor}))
    file = torch_files.write_zip(tmp_path / "net.pth", {"a": np.zeros(6, np.float32)}, pickled=pickled)
    refused(file, "a tensor reaches beyond its storage")


@pytest.mark.parametrize(
    ("shape", "stride", "offset"), [((-1,), (1,), 0), ((2,), (-1,), 3), ((2,), (1,), -1), ((2, 2), (1,), 0)]
)
def test_a_tensor_of_impossible_layout_is_refused(shape, stride, offset, tmp_path):
    tensor = torch_files.tensor(0, 6, shape, stride, offset=offset)
    pickled = torch_files.program(torch_files.dictionary({"a.weight": tensor}))
    file = torch_files.write_zip(tmp_path / "net.pth", {"a": np.zeros(6, np.float32)}, pickled=pickled)
    refused(file, "shape and strides do not fit")


def test_a_storage_smaller_than_it_says_is_refused(tmp_path):
    tensor = torch_files.tensor(0, 100, (100,), (1,))
    pickled = torch_files.program(torch_files.dictionary({"a.weight": tensor}))
    file = torch_files.write_zip(tmp_path / "net.pth", {"a": np.zeros(6, np.float32)}, pickled=pickled)
    refused(file, "truncated: storage 0 has 24 bytes")


def test_a_compressed_zip_is_refused(tmp_path):
    refused(torch_files.write_zip(tmp_path / "net.pth", SMALL, compression=zipfile.ZIP_DEFLATED), "compressed zip")


def test_another_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "net.pth", "w") as archive:
        archive.writestr("model/config.json", "{}")
    refused(tmp_path / "net.pth", "not one that torch.save wrote")


def test_big_endian_weights_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "net.pth", "w") as archive:
        archive.writestr("archive/data.pkl", torch_files.pickle_of({}))
        archive.writestr("archive/byteorder", "big")
    refused(tmp_path / "net.pth", "big-endian")


@FORMATS
@pytest.mark.parametrize("value", [b"}", b"]", b"N", b"K\x01", torch_files.text("weights")])
def test_other_objects_are_no_state_dict(write, value, tmp_path):
    refused(write(tmp_path / "net.pth", {}, pickled=torch_files.program(value)), "expected a state dict")


@pytest.mark.parametrize(
    "content",
    [b"", b"weights\n", b"\x80\x02.", bytes(range(256)), b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"],
    ids=["empty", "text", "no object", "bytes", "pointer"],
)
def test_other_files_are_refused(content, tmp_path):
    (tmp_path / "net.pth").write_bytes(content)
    refused(tmp_path / "net.pth", r"expected weights saved by torch\.save")


def test_missing_files_and_folders_are_called_so(tmp_path):
    refused(tmp_path / "net.pth", r"cannot be read \(No such file or directory\)")
    refused(tmp_path, r"cannot be read \(Is a directory\)")


@FORMATS
def test_a_truncated_file_is_always_refused(write, tmp_path):
    whole = write(tmp_path / "net.pth", SMALL).read_bytes()
    for end in {*np.linspace(0, len(whole) - 1, 60).astype(int), len(whole) - 1}:
        (tmp_path / "cut.pth").write_bytes(whole[:end])
        refused(tmp_path / "cut.pth", r"cut\.pth: .+")


@contextmanager
def little_memory():
    """Bounds the process's memory: a damaged length must not take all that the machine has."""
    resource = pytest.importorskip("resource")
    status = Path("/proc/self/statm")
    if not status.exists():
        pytest.skip("needs Linux")
    limits, now = resource.getrlimit(resource.RLIMIT_AS), int(status.read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + (1 << 30), limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


def damaged(content, flips):
    content = bytearray(content)
    for place, change in flips:
        content[int(place * len(content))] ^= change
    return bytes(content)


@pytest.mark.parametrize("where", ["zip", "stream", "pickle in a sound zip"])
@given(flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=4))
@settings(deadline=None, max_examples=200)
def test_random_damage_is_refused_or_harmless(where, flips, tmp_path_factory):
    file = tmp_path_factory.getbasetemp() / "damaged.pth"
    if where == "pickle in a sound zip":
        torch_files.write_zip(file, SMALL, pickled=damaged(torch_files.pickle_of(SMALL), flips))
    else:
        write = torch_files.write_zip if where == "zip" else torch_files.write_stream
        file.write_bytes(damaged(write(file, SMALL).read_bytes(), flips))
    try:
        with little_memory():
            state = load_state_dict(file)
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert all(isinstance(v, np.ndarray) for v in state.values())


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
    file = torch_files.write_zip(tmp_path / "net.pth", SMALL)
    with pytest.raises(UserError, match="fewer than three convolutions") as caught:
        import_torch(file, tmp_path / "g.keras")
    assert str(file) in str(caught.value)
