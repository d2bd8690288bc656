"""The published PyTorch program's networks (pytorch-CycleGAN-and-pix2pix), recognized by their state dicts."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tf_cyclegan.config import PUBLISHED_GENERATORS
from tf_cyclegan.errors import UserError
from tf_cyclegan.paths import check_apart
from tf_cyclegan.state_dict import load_state_dict

if TYPE_CHECKING:
    import keras


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
        return self.kind in PUBLISHED_GENERATORS


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
        UserError: the file cannot be read, is another network than expected, or `out` cannot be written or is it.
    """
    from tf_cyclegan.networks import save_model

    out = Path(out)
    if out.suffix != ".keras":
        raise UserError(f"{out}: the file to write must end in .keras")
    check_apart({"--out": out}, {"the weights": path})
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
