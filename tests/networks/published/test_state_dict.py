import pickle
import sys
import tracemalloc
import zipfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from tests import torch_files
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.published.checkpoint import find_network
from tf_cyclegan.networks.published.state_dict import load_checkpoint, load_state_dict

SMALL = {"a.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "a.bias": np.float32([1.5, -2])}
FORMATS = pytest.mark.parametrize("write", [torch_files.write_zip, torch_files.write_stream], ids=["zip", "stream"])


def refused(path, match):
    """The one line with which a file is refused."""
    with pytest.raises(UserError, match=match) as caught:
        load_state_dict(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


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


def test_a_module_among_others_keeps_its_name(tmp_path):
    mixed = {"module.a": SMALL["a.bias"], "a": SMALL["a.weight"]}
    assert list(load_state_dict(torch_files.write_zip(tmp_path / "net.pth", mixed))) == list(mixed)


def test_dictionaries_in_dictionaries_come_back_with_numbers_texts_and_lists(tmp_path):
    tree = {"net": SMALL, "epoch": 3, "groups": [{"lr": "0.1", 0: SMALL["a.bias"]}]}
    read = load_checkpoint(torch_files.write_checkpoint(tmp_path / "net.pth", tree))
    assert (read["epoch"], read["groups"][0]["lr"]) == (3, "0.1")
    np.testing.assert_array_equal(read["net"]["a.weight"], SMALL["a.weight"])
    np.testing.assert_array_equal(read["groups"][0][0], SMALL["a.bias"])
    refused(tmp_path / "net.pth", "expected a state dict")


# The format without code.


def test_safetensors_hold_the_same_weights(tmp_path):
    half = {"half": np.float16([1.5, -2]), "brain": np.float32([1.5, -2]).astype("bfloat16"), "count": np.array(7)}
    save_file(SMALL | half, tmp_path / "net.safetensors")
    read = load_state_dict(tmp_path / "net.safetensors")
    assert set(read) == {*SMALL, *half}
    for key in ("half", "brain"):
        assert read[key].dtype == np.float32
        np.testing.assert_array_equal(read[key], [1.5, -2])
    np.testing.assert_array_equal(read["a.weight"], SMALL["a.weight"])
    assert read["count"] == 7


def test_damaged_safetensors_are_refused(tmp_path):
    save_file(SMALL, tmp_path / "whole.safetensors")
    whole = (tmp_path / "whole.safetensors").read_bytes()
    for content in (b"", b"text", whole[:20], whole[:-1], whole + b"1", b"\xff" * 8 + whole[8:]):
        (tmp_path / "net.safetensors").write_bytes(content)
        refused(tmp_path / "net.safetensors", "damaged or not a safetensors file")
    refused(tmp_path / "none.safetensors", r"cannot be read \(No such file or directory\)")
    (tmp_path / "folder.safetensors").mkdir()
    refused(tmp_path / "folder.safetensors", r"cannot be read \(Is a directory\)")


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    save_file(SMALL, tmp_path / "net.safetensors")
    refused(tmp_path / "net.safetensors", "pip install safetensors")


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


def test_lists_that_name_one_another_take_no_time(tmp_path):
    """Each of 60 dictionaries names the one before twice; written out they would be 2 to the 60th."""
    inner = b"}q\x00"
    for i in range(60):
        inner += b"}(X\x01\x00\x00\x00ah" + bytes([i]) + b"X\x01\x00\x00\x00bh" + bytes([i]) + b"uq" + bytes([i + 1])
    file = torch_files.write_zip(tmp_path / "net.pth", {}, pickled=torch_files.program(inner))
    with pytest.raises(UserError, match="100,000 entries"):
        find_network(load_checkpoint(file))


def test_a_dictionary_that_holds_itself_is_refused(tmp_path):
    file = torch_files.write_zip(
        tmp_path / "net.pth", {}, pickled=torch_files.program(b"}q\x00X\x01\x00\x00\x00ah\x00s")
    )
    refused(file, "damaged")


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
