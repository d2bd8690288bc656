"""Weights of the published PyTorch program (pytorch-CycleGAN-and-pix2pix), read without PyTorch.

A `.pth` file is a pickle, and a pickle may run any code. Here nothing of it runs: the unpickler knows a handful of
names (tensor types and ordered dictionaries), builds NumPy arrays itself and refuses every other name.
"""

import io
import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from tf_cyclegan.errors import UserError

if TYPE_CHECKING:
    import keras

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001

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
        raise UserError(f"the file wants to run {module}.{name}, which is not a tensor: refused, nothing was run")

    def persistent_load(self, pid):
        if not (isinstance(pid, tuple) and len(pid) >= 5 and pid[0] == "storage" and pid[1] in _STORAGES.values()):
            raise UserError(f"unknown reference in the file: {str(pid)[:80]}")
        _, dtype, key, _location, size = pid[:5]
        if len(pid) > 5 and pid[5] is not None:
            raise UserError("the file holds views of storages, a form older than PyTorch 0.4: save it anew")
        return self._storages.setdefault(str(key), _Storage(dtype, str(key), int(size)))


def load_state_dict(path: str | Path) -> dict[str, np.ndarray]:
    """Reads a state dict that `torch.save` wrote, in today's zip format or in the older stream.

    Args:
        path: the `.pth` file.

    Returns:
        Key → array; float tensors as float32 or float64. A leading `module.` (DataParallel) is taken off the keys.

    Raises:
        UserError: the file is missing, damaged, is no state dict, or names anything but tensors.
    """
    path = Path(path)
    try:
        tensors, storages = _read_zip(path) if zipfile.is_zipfile(path) else _read_stream(path)
        if not isinstance(tensors, dict) or not any(isinstance(v, _Tensor) for v in tensors.values()):
            raise UserError("expected a state dict (names and tensors) as the original program saves it")
        arrays = {k: _view(v, storages) for k, v in tensors.items() if isinstance(v, _Tensor)}
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except Exception as error:
        expected = "expected weights saved by torch.save (.pth)"
        raise UserError(f"{path}: damaged or not a PyTorch file; {expected} ({type(error).__name__})") from error
    return {str(k).removeprefix("module."): v for k, v in arrays.items()}


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
        _Unpickler(file, found).load()  # What machine wrote it: sizes of C types, not needed.
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
    view = np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, strides)
    return view.astype(np.float32) if view.dtype == np.float16 else view.copy()


@dataclass(frozen=True)
class Architecture:
    """What the shapes of a state dict tell: enough to build the same network here."""

    kind: str
    filters: int
    norm: str
    dropout: bool = False
    n_layers: int = 3

    @property
    def is_generator(self) -> bool:
        return self.kind in ("resnet_9blocks", "resnet_6blocks", "unet_128", "unet_256")


class _Module(NamedTuple):
    """A PyTorch module with weights: its place in the network, and its tensors by short name."""

    name: str
    tensors: dict[str, np.ndarray]

    @property
    def is_conv(self) -> bool:
        return self.tensors.get("weight", np.empty(0)).ndim == 4


def _modules(state: dict[str, np.ndarray]) -> list[_Module]:
    grouped: dict[str, dict[str, np.ndarray]] = {}
    for key, value in state.items():
        module, _, name = key.rpartition(".")
        grouped.setdefault(module, {})[name] = value
    modules = [_Module(name, tensors) for name, tensors in grouped.items()]
    # An instance norm's left-over running statistics, without a weight, are no module with weights.
    return [m for m in modules if "weight" in m.tensors]


def detect_architecture(state: dict[str, np.ndarray]) -> Architecture:
    """Which network a state dict belongs to, from the names and shapes in it.

    Raises:
        UserError: it is none of the published networks, or takes other pictures than RGB.
    """
    modules = _modules(state)
    convs = [m for m in modules if m.is_conv]
    if len(convs) < 3:
        raise UserError("not a network of the original program: fewer than three convolutions")
    first = convs[0].tensors["weight"]
    filters, channels = first.shape[:2]
    if min(filters, *(m.tensors["weight"].size for m in modules)) < 1:
        raise UserError("damaged: a layer without weights")
    if channels != 3:
        raise UserError(f"the network takes {channels} channels; expected 3 (RGB)")
    norm = _detect_norm(modules, convs)
    sizes = [m.tensors["weight"].shape[2] for m in convs]
    if sizes[0] == 7 and any("conv_block" in m.name for m in convs):
        return _resnet_architecture(convs, filters, norm)
    if set(sizes) == {1}:
        return Architecture("pixel", filters, norm)
    if set(sizes) == {4} and convs[1].name.count(".") > convs[0].name.count("."):
        return _unet_architecture(len(convs) // 2, filters, norm)
    if set(sizes) == {4} and convs[-1].tensors["weight"].shape[0] == 1:
        n_layers = len(convs) - 2
        return Architecture("basic" if n_layers == 3 else "n_layers", filters, norm, n_layers=n_layers)
    raise UserError("not a network of the original program: expected resnet, unet, PatchGAN or pixel discriminator")


def _detect_norm(modules: list[_Module], convs: list[_Module]) -> str:
    norms = [m for m in modules if not m.is_conv]
    # The original program gives a convolution before a norm a bias only where the norm is instance norm.
    biased = "bias" in convs[1].tensors
    if norms:
        return "instance_affine" if biased else "batch"
    return "instance" if biased else "none"


def _resnet_architecture(convs: list[_Module], filters: int, norm: str) -> Architecture:
    inner = [m.name for m in convs if "conv_block" in m.name]
    blocks = len({name.split(".conv_block")[0] for name in inner})
    if blocks not in (6, 9):
        raise UserError(f"a ResNet with {blocks} blocks; expected 6 or 9")
    # Pad, conv, norm, ReLU, [dropout,] pad, conv: the second convolution is number 5, with dropout number 6.
    # Without a norm the original program puts an empty module in its place.
    dropout = inner[1].endswith(".6")
    return Architecture(f"resnet_{blocks}blocks", filters, norm, dropout)


def _unet_architecture(downs: int, filters: int, norm: str) -> Architecture:
    if downs not in (7, 8):
        raise UserError(f"a U-Net with {downs} halvings; expected 7 or 8")
    return Architecture("unet_128" if downs == 7 else "unet_256", filters, norm)


def build_from_state_dict(state: dict[str, np.ndarray]) -> "keras.Model":
    """The Keras network that computes what the PyTorch network with these weights computes.

    Args:
        state: as from `load_state_dict`.

    Raises:
        UserError: the weights belong to no published network.
    """
    from tf_cyclegan import networks

    found = detect_architecture(state)
    if found.is_generator:
        model = networks.build_generator(found.kind, found.filters, found.norm, found.dropout)
    else:
        model = networks.build_discriminator(found.kind, found.filters, found.n_layers, found.norm)
    set_torch_weights(model, state)
    return model


def set_torch_weights(model: "keras.Model", state: dict[str, np.ndarray]) -> None:
    """Gives a network of `networks` the weights of the same network in PyTorch.

    The order of the modules is the order of our layers, so they are paired one by one, and every shape is checked.

    Raises:
        UserError: number or shapes of the weights differ.
    """
    modules = _modules(state)
    targets = [layer for layer in model.layers if layer.weights]
    if len(modules) != len(targets):
        raise UserError(f"{len(modules)} modules with weights in the file, {len(targets)} in {model.name}")
    for layer, module in zip(targets, modules, strict=True):
        values = list(_layer_weights(layer, module))
        shapes = [v.shape for v in values]
        if shapes != [tuple(w.shape) for w in layer.weights]:
            raise UserError(f"{module.name} has shapes {shapes}, expected {[tuple(w.shape) for w in layer.weights]}")
        layer.set_weights(values)


def _layer_weights(layer, module: _Module) -> Iterable[np.ndarray]:
    """A module's tensors in the order and with the axes of our layer."""
    tensors = module.tensors
    kernel = tensors["weight"]
    if kernel.ndim == 4:
        # (out, in, h, w) -> (h, w, in, out); transposed: (in, out, h, w) -> (h, w, out, in). The same swap.
        yield kernel.transpose(2, 3, 1, 0)
    else:
        yield kernel
    names = {w.name for w in layer.weights}
    if "bias" in names or "beta" in names:
        yield tensors.get("bias", np.empty(0))
    if "moving_mean" in names:
        yield tensors.get("running_mean", np.empty(0))
        yield tensors.get("running_var", np.empty(0))


def import_torch(path: str | Path, out: str | Path, expected: str | None = None) -> Architecture:
    """Turns a `.pth` of the original program into a `.keras` file.

    Args:
        path: weights saved by the original program.
        out: the file to write; must end in `.keras`.
        expected: a published name such as `resnet_9blocks`; refused if the weights are of another network.

    Returns:
        What was found in the weights.

    Raises:
        UserError: the file cannot be read, is another network than expected, or `out` cannot be written.
    """
    from tf_cyclegan.networks import save_model

    out = Path(out)
    if out.suffix != ".keras":
        raise UserError(f"{out}: the file to write must end in .keras")
    state = load_state_dict(path)
    try:
        found = detect_architecture(state)
        if expected and found.kind != expected:
            raise UserError(f"holds {found.kind}, not {expected}; leave --generator out or name it so")
        model = build_from_state_dict(state)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    save_model(model, out)
    return found
