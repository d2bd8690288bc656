"""Writes weights as `torch.save` does, without PyTorch: pickles spelled out, so that tests can also spell bad ones."""

import zipfile
from pathlib import Path

import numpy as np

_STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage", "u1": "ByteStorage"}
_BUILD_TENSOR = ("torch._utils", "_rebuild_tensor_v2")


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def text(value: str) -> bytes:
    return b"X" + len(value.encode()).to_bytes(4, "little") + value.encode()


def integer(value: int) -> bytes:
    return b"\x8a\x08" + value.to_bytes(8, "little", signed=True)


def tuple_of(*items: bytes) -> bytes:
    return b"(" + b"".join(items) + b"t"


def tensor(key, size: int, shape, stride, *, offset=0, storage="FloatStorage", legacy=False) -> bytes:
    """The pickle of a tensor: a view into storage `key`, which holds `size` values."""
    view = [b"N"] if legacy else []
    reference = [text("storage"), name("torch", storage), text(str(key)), text("cpu"), integer(size), *view]
    layout = [integer(offset), tuple_of(*map(integer, shape)), tuple_of(*map(integer, stride))]
    hooks = name("collections", "OrderedDict") + b")R"
    return name(*_BUILD_TENSOR) + tuple_of(tuple_of(*reference) + b"Q", *layout, b"\x89", hooks) + b"R"


def dictionary(items: dict[str, bytes]) -> bytes:
    return name("collections", "OrderedDict") + b")R(" + b"".join(text(k) + v for k, v in items.items()) + b"u"


def program(value: bytes) -> bytes:
    return b"\x80\x02" + value + b"."


def pickle_of(state: dict[str, np.ndarray], legacy: bool = False) -> bytes:
    items = {}
    for number, (key, array) in enumerate(state.items()):
        strides = [s // array.itemsize for s in array.strides]
        storage = _STORAGES[array.dtype.str[1:]]
        items[key] = tensor(number, array.size, array.shape, strides, storage=storage, legacy=legacy)
    return program(dictionary(items))


def tree(value, arrays: list[np.ndarray]) -> bytes:
    """The pickle of nested dictionaries and lists; their tensors are appended to `arrays`.

    A dictionary's attribute `modules` becomes the list of modules that PyTorch saves along with a state dict.
    """
    if isinstance(value, np.ndarray):
        arrays.append(value)
        strides = [s // value.itemsize for s in value.strides]
        return tensor(len(arrays) - 1, value.size, value.shape, strides, storage=_STORAGES[value.dtype.str[1:]])
    if isinstance(value, dict):
        items = b"".join((text(k) if isinstance(k, str) else integer(k)) + tree(v, arrays) for k, v in value.items())
        plain = name("collections", "OrderedDict") + b")R(" + items + b"u"
        modules = {path: dictionary({"version": integer(v)}) for path, v in getattr(value, "modules", {}).items()}
        return plain + (b"}(" + text("_metadata") + dictionary(modules) + b"ub" if modules else b"")
    if isinstance(value, list):
        return b"](" + b"".join(tree(item, arrays) for item in value) + b"e"
    return text(value) if isinstance(value, str) else integer(value)


def write_checkpoint(path: Path, value: dict):
    """Nested dictionaries in the zip format."""
    arrays: list[np.ndarray] = []
    pickled = program(tree(value, arrays))
    return write_zip(path, {str(i): array for i, array in enumerate(arrays)}, pickled=pickled)


def write_zip(
    path: Path, state: dict[str, np.ndarray], *, pickled: bytes | None = None, compression=zipfile.ZIP_STORED
):
    """The zip format; `pickled` takes the place of the state's own pickle."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", pickled or pickle_of(state))
        archive.writestr("archive/byteorder", "little")
        for number, array in enumerate(state.values()):
            archive.writestr(f"archive/data/{number}", array.tobytes())
        archive.writestr("archive/version", "3\n")
    return path


def write_stream(path: Path, state: dict[str, np.ndarray], *, pickled: bytes | None = None):
    """The format before PyTorch 1.6: five pickles in a row, then the storages."""
    magic = program(b"\x8a\x0a" + (0x1950A86A20F9469CFC6C).to_bytes(10, "little"))
    head = magic + program(integer(1001)) + program(b"}")
    keys = program(b"](" + b"".join(text(str(n)) for n in range(len(state))) + b"e")
    data = b"".join(a.size.to_bytes(8, "little") + a.tobytes() for a in state.values())
    path.write_bytes(head + (pickled or pickle_of(state, legacy=True)) + keys + data)
    return path
