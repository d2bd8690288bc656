"""Reads state dicts that PyTorch wrote, without PyTorch.

A `.pth` file is a pickle, and a pickle may run any code. Here nothing of it runs: the unpickler knows a handful of
names (tensor types and ordered dictionaries), builds NumPy arrays itself and refuses every other name. A
`.safetensors` file holds no code at all.
"""

import io
import math
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any, ClassVar, NamedTuple

import numpy as np

from tf_cyclegan.errors import UserError

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001
_EXPECTED = "expected a state dict (names and tensors) as the original program saves it"
_HALF = ("float16", "bfloat16")

# Storage types by name; bfloat16, which NumPy does not know, is widened by hand.
_STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}


class _Storage(NamedTuple):
    """A storage that a pickle names: its values come from elsewhere in the file."""

    dtype: str
    key: str
    size: int


class _Tensor(NamedTuple):
    """A tensor that a pickle describes: a view into a storage."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def _rebuild_tensor(storage, offset, shape, stride, *_ignored):
    return _Tensor(storage, offset, tuple(shape), tuple(stride))


def _rebuild_parameter(tensor, *_ignored):
    return tensor


class _Unpickler(pickle._Unpickler):
    """Knows tensors and ordered dictionaries; every other name is refused.

    Built on the unpickler in Python: the one in C fills an array up to any memo index that a file names, which a few
    damaged bytes can drive to gigabytes.

    Args:
        file: to read one object from.
        storages: takes the storages that the object names, by key.
    """

    _ALLOWED: ClassVar = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    }

    def __init__(self, file: IO[bytes], storages: dict[str, _Storage]):
        super().__init__(file, encoding="utf-8")
        self._storages = storages

    def find_class(self, module, name):
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        if (module, name) in self._ALLOWED:
            return self._ALLOWED[module, name]
        wanted = f"the file wants to run {module}.{name}, which is not a tensor: refused, nothing was run"
        raise UserError(f"{wanted}; save the network's state_dict() alone")

    def persistent_load(self, pid):
        if not (isinstance(pid, tuple) and len(pid) >= 5 and pid[0] == "storage" and pid[1] in _STORAGES.values()):
            raise UserError(f"unknown reference in the file: {str(pid)[:80]}")
        _, dtype, key, _location, size = pid[:5]
        if len(pid) > 5 and pid[5] is not None:
            raise UserError("the file holds views of storages, a form older than PyTorch 0.4: save it anew")
        return self._storages.setdefault(str(key), _Storage(dtype, str(key), int(size)))


class StateDict(dict):
    """A dictionary from a file: key → array, or what else was saved: numbers, texts, lists, further dictionaries.

    Attributes:
        modules: the network's modules, also those without tensors: path → version of the module's form, where PyTorch
            saved them along with a state dict (since 0.4; `.safetensors` files and old ones have none).
    """

    def __init__(self, items=(), modules: dict[str, int] | None = None):
        super().__init__(items)
        self.modules = modules or {}


def load_checkpoint(path: str | Path) -> StateDict:
    """Reads what `torch.save` wrote, in today's zip format or in the older stream, or a `.safetensors` file.

    Args:
        path: the `.pth` or `.safetensors` file.

    Returns:
        The dictionary in it, with every tensor as an array that cannot be written to; half precision as float32.

    Raises:
        UserError: the file is missing, damaged, holds no dictionary, or names anything but tensors.
    """
    path = Path(path)
    try:
        if path.suffix == ".safetensors":
            return StateDict(_read_safetensors(path))
        tree, storages = _read_zip(path) if zipfile.is_zipfile(path) else _read_stream(path)
        if not isinstance(tree, dict):
            raise UserError(_EXPECTED)
        return _arrays(tree, storages, {})
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except Exception as error:
        expected = "expected weights saved by torch.save (.pth)"
        raise UserError(f"{path}: damaged or not a PyTorch file; {expected} ({type(error).__name__})") from error


def load_state_dict(path: str | Path) -> dict[str, np.ndarray]:
    """Reads a file that holds the tensors of one network and nothing else.

    Args:
        path: as for `load_checkpoint`.

    Returns:
        Key → array; float tensors as float32 or float64. Where all keys begin with `module.` (DataParallel), it is
        taken off.

    Raises:
        UserError: as `load_checkpoint`, or the file is no state dict.
    """
    arrays = {str(k): v for k, v in load_checkpoint(path).items() if isinstance(v, np.ndarray)}
    if not arrays:
        raise UserError(f"{path}: {_EXPECTED}")
    if all(k.startswith("module.") for k in arrays):
        return {k.removeprefix("module."): v for k, v in arrays.items()}
    return arrays


def _arrays(value: Any, storages: dict[str, np.ndarray], done: dict[int, Any]) -> Any:
    """The contents of a pickle, with arrays instead of its tensors; `done`: objects met before, by their ids."""
    if isinstance(value, _Tensor):
        return _view(value, storages)
    if not isinstance(value, dict | list | tuple):
        return value
    if id(value) not in done:
        if isinstance(value, dict):
            items = {key: _arrays(item, storages, done) for key, item in dict.items(value)}
            done[id(value)] = StateDict(items, _versions(getattr(value, "_metadata", None)))
        else:
            done[id(value)] = [_arrays(item, storages, done) for item in value]
    return done[id(value)]


def _versions(metadata: Any) -> dict[str, int]:
    """PyTorch's notes on a state dict: path of a module → {"version": number}."""
    if not isinstance(metadata, dict):
        return {}
    return {str(path): int(note.get("version") or 1) for path, note in metadata.items() if isinstance(note, dict)}


def _read_safetensors(path: Path) -> dict[str, np.ndarray]:
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError as error:
        raise UserError("reading .safetensors needs a package: pip install safetensors") from error
    with path.open("rb"):
        pass  # The library's own errors do not say why a file cannot be opened.
    try:
        arrays = load_file(path)
    except SafetensorError as error:
        raise UserError(f"damaged or not a safetensors file ({error})") from error
    return {key: v.astype(np.float32) if v.dtype.name in _HALF else v for key, v in arrays.items()}


def _read_zip(path: Path) -> tuple[Any, dict[str, np.ndarray]]:
    with zipfile.ZipFile(path) as archive:
        members = {m.filename: m for m in archive.infolist()}
        pickles = [n for n in members if n.endswith("/data.pkl") and n.count("/") == 1]
        if len(pickles) != 1:
            raise UserError("a zip file, but not one that torch.save wrote (no data.pkl)")
        if any(m.compress_type != zipfile.ZIP_STORED for m in members.values()):
            raise UserError("a compressed zip file, which torch.save never writes")
        folder = pickles[0].removesuffix("data.pkl")
        order = members.get(folder + "byteorder")
        if order and archive.read(order) != b"little":
            raise UserError("weights saved on a big-endian machine are not supported")
        found: dict[str, _Storage] = {}
        tensors = _Unpickler(io.BytesIO(archive.read(pickles[0])), found).load()
        data = {key: archive.read(f"{folder}data/{key}") for key in found}
    return tensors, {key: _values(found[key], data[key]) for key in found}


def _read_stream(path: Path) -> tuple[Any, dict[str, np.ndarray]]:
    with path.open("rb") as file:
        found: dict[str, _Storage] = {}
        if _Unpickler(file, found).load() != _LEGACY_MAGIC or _Unpickler(file, found).load() != _LEGACY_PROTOCOL:
            raise UserError("not a PyTorch file; expected weights saved by torch.save (.pth)")
        _Unpickler(file, found).load()  # This names the machine that wrote it: sizes of C types, not needed.
        tensors = _Unpickler(file, found).load()
        storages = {}
        for key in _Unpickler(file, found).load():
            storage = found[key]
            size = int.from_bytes(file.read(8), "little")
            if size != storage.size:
                raise UserError(f"damaged: storage {key} holds {size} values, not {storage.size}")
            storages[key] = _values(storage, file.read(size * _item_size(storage)))
    return tensors, storages


def _item_size(storage: _Storage) -> int:
    return 2 if storage.dtype == "bfloat16" else np.dtype(storage.dtype).itemsize


def _values(storage: _Storage, data: bytes) -> np.ndarray:
    if len(data) < storage.size * _item_size(storage):
        raise UserError(f"truncated: storage {storage.key} has {len(data)} bytes")
    if storage.dtype == "bfloat16":
        high = np.frombuffer(data, "<u2", storage.size).astype(np.uint32) << 16
        return high.view(np.float32)
    return np.frombuffer(data, storage.dtype, storage.size)


def _view(tensor: _Tensor, storages: dict[str, np.ndarray]) -> np.ndarray:
    """The tensor's values, after a check that every index lies inside its storage."""
    values = storages[tensor.storage.key]
    if len(tensor.shape) != len(tensor.stride) or min((tensor.offset, *tensor.shape, *tensor.stride), default=0) < 0:
        raise UserError("damaged: a tensor's shape and strides do not fit")
    last = tensor.offset + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride, strict=True))
    if 0 not in tensor.shape and last >= values.size:
        raise UserError("damaged: a tensor reaches beyond its storage")
    if math.prod(tensor.shape) > values.size:
        raise UserError("damaged: a tensor has more values than its storage")
    strides = [s * values.itemsize for s in tensor.stride]
    view = np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, strides, writeable=False)
    return view.astype(np.float32) if view.dtype == np.float16 else view
