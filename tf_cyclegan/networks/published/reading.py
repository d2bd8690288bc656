"""Networks of the published PyTorch program (pytorch-CycleGAN-and-pix2pix), recognized by their state dicts.

A network is taken only where every tensor of the file has its place in the published one, and every place its tensor.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.published.checkpoint import find_network
from tf_cyclegan.networks.published.layout import (
    BLOCK_PLACES,
    NORM_TENSORS,
    Architecture,
    convolutions,
    ignored_tensors,
    modules,
    tensors,
    unet_dropout,
)
from tf_cyclegan.networks.published.state_dict import load_checkpoint

if TYPE_CHECKING:
    import keras

State = dict[str, np.ndarray]

_OTHERS = "other networks cannot be imported"


def detect_architecture(state: State, *, padding: str | None = None, norm: str | None = None) -> Architecture:
    """Which network a state dict belongs to.

    Args:
        state: as from `find_network`; a plain dictionary has no list of modules, so less can be checked.
        padding: of a ResNet's blocks, one of `blocks.PADDINGS`; None: as the file shows, and reflecting, as
            in the published program, where it could be replicating as well.
        norm: `instance`, `batch` or `none`; None: the norm with which the published program would have written such a
            file.

    Raises:
        UserError: it is none of the published networks, takes other pictures than RGB, or contradicts the arguments.
    """
    kind, n_layers = _kind(state)
    first = convolutions(Architecture(kind, 1, "none", n_layers=n_layers))[0].path + ".weight"
    if first not in state or state[first].ndim != 4:
        raise UserError(f"not the published {kind}, which begins with a convolution {first}")
    filters, channels = state[first].shape[:2]
    if channels != 3:
        raise UserError(f"the network takes {channels} channels; expected 3 (RGB)")
    if not all(value.size for value in state.values()):
        raise UserError("damaged: a tensor without values")
    network = Architecture(kind, filters, "none", n_layers=n_layers)
    network = _with_blocks(_with_norm(network, state, norm), state, padding)
    _check_tensors(network, state)
    _check_modules(network, state)
    return network


def _kind(state: State) -> tuple[str, int]:
    """Name of the network, and number of layers of a PatchGAN."""
    paths = [name.split(".") for name in state]
    if "net.0.weight" in state:
        return "pixel", 3
    if any(path[:4] == ["model", "model", "1", "model"] for path in paths):
        downs = max(path.count("model") for path in paths) - 1
        if downs not in (7, 8):
            raise UserError(f"a U-Net with {downs} halvings; expected 7 or 8")
        return ("unet_128" if downs == 7 else "unet_256"), 3
    blocks = len({path[1] for path in paths if "conv_block" in path})
    if blocks:
        if blocks not in (6, 9):
            raise UserError(f"a ResNet with {blocks} blocks; expected 6 or 9")
        return f"resnet_{blocks}blocks", 3
    n_layers = sum(value.ndim == 4 for value in state.values()) - 2
    if "model.0.weight" in state and n_layers > 0:
        return ("basic" if n_layers == 3 else "n_layers"), n_layers
    raise UserError("not a network of the original program: expected resnet, unet, PatchGAN or pixel discriminator")


def _with_norm(network: Architecture, state: State, asked: str | None) -> Architecture:
    """With the norm that the first normalized convolution has, and whether there are biases before norms."""
    first = next(c for c in convolutions(network) if c.norm)
    has = {name for name in ("weight", "running_mean", "num_batches_tracked") if f"{first.norm}.{name}" in state}
    biased = f"{first.path}.bias" in state
    # PyTorch counts the forms of a module's state: norms are at their second, an empty module is at its first.
    version = getattr(state, "modules", {}).get(first.norm)
    if asked == "none" and (version or 1) > 1:
        raise UserError(f"{first.norm} is a norm without weights, so not --norm none but --norm instance")
    norm = asked or _published_norm(has, biased, version)
    if norm is None:
        raise UserError(_which_norm(str(first.norm), has, biased))
    norm = "instance_affine" if norm == "instance" and "weight" in has else norm
    return replace(network, norm=norm, bias=None if biased == norm.startswith("instance") else biased)


def _published_norm(has: set[str], biased: bool, version: int | None) -> str | None:
    """The norm that leaves such tensors in the published program; None: the file does not show it.

    It gives a convolution before a norm a bias only where the norm is instance norm. Statistics that are not counted
    are left over from PyTorch before 0.4, which did not use them; today's eval mode uses those that are there.
    """
    tracked, empty = "running_mean" in has, version == 1
    if not biased:
        if has:
            return "batch" if {"weight", "running_mean"} <= has else None
        return "none" if version is None or empty else "instance"
    if "weight" in has:
        return None if tracked or empty else "instance"
    return None if "num_batches_tracked" in has or (empty and not tracked) else "instance"


def _which_norm(path: str, has: set[str], biased: bool) -> str:
    """The question which norm it is, with the answers that a network here can follow."""
    scaled, tracked = "weight" in has, "running_mean" in has
    answers = ["--norm instance (statistics of each picture)"]
    answers += ["--norm batch (statistics in the file)"] * (scaled and tracked)
    answers += ["--norm none"] * (not scaled and not tracked)
    tensors = " and ".join(["a scale"] * scaled + ["statistics"] * tracked) or "no tensors"
    where = f"{path} has {tensors} after a convolution {'with' if biased else 'without'} bias"
    return f"{where}, so the file does not show which norm it is; if you know, add {' or '.join(answers)}"


def _with_blocks(network: Architecture, state: State, asked: str | None) -> Architecture:
    """With padding and dropout as the places of the convolutions in a block show them."""
    if not network.is_resnet:
        if asked:
            raise UserError(f"{network.kind} has no blocks to pad; leave --padding out")
        dropped = network.kind.startswith("unet") and unet_dropout(network) in getattr(state, "modules", {})
        return replace(network, dropout=dropped)
    begin = "model.10.conv_block."
    inside = [name.split(".") for name, value in state.items() if name.startswith(begin) and value.ndim == 4]
    places = sorted(path[3] for path in inside)
    found = next((how for how, at in BLOCK_PLACES.items() if places == [str(place) for place in at]), None)
    if found is None:
        at = ", ".join(places) or "no place"
        raise UserError(f"{_not(network)}: {begin}* has its convolutions at {at}")
    padding, dropout = found
    if asked and (asked == "zero") != (padding == "zero"):
        has = "no modules that pad, so they are padded with zeros" if padding == "zero" else "modules that pad"
        raise UserError(f"its blocks have {has}: not --padding {asked}")
    return replace(network, padding=asked or padding, dropout=dropout)


def _not(network: Architecture) -> str:
    return f"not the published {network.kind}"


def _check_tensors(network: Architecture, state: State) -> None:
    expected, ignored = tensors(network), ignored_tensors(network)
    missing = [name for name in expected if name not in state]
    surplus = [name for name in state if name not in expected and name not in ignored]
    if missing or surplus:
        differs = [f"lacks {name}" for name in missing[:1]] + [f"has {name} in addition" for name in surplus[:1]]
        raise UserError(f"{_not(network)}: it {' and '.join(differs)}; {_OTHERS}")
    for name, value in state.items():
        shape = expected.get(name, ignored.get(name))
        if value.shape != shape:
            raise UserError(f"{_not(network)}: {name} has shape {value.shape}, expected {shape}")
        if name in expected and value.dtype.kind != "f":
            raise UserError(f"{name} holds {value.dtype}, expected floating-point numbers")


def _check_modules(network: Architecture, state: State) -> None:
    """Compares the modules as well, where PyTorch listed them: also those without tensors change what is computed."""
    listed = set(getattr(state, "modules", {}))
    if listed and (differing := sorted(listed ^ modules(network))):
        verb = "has a module" if differing[0] in listed else "lacks the module"
        raise UserError(f"{_not(network)}: it {verb} {differing[0]}; {_OTHERS}")


def build_from_state_dict(state: State, *, padding: str | None = None, norm: str | None = None) -> "keras.Model":
    """The Keras network that computes what the PyTorch network with these weights computes in its eval mode.

    Arguments and errors as of `detect_architecture`.
    """
    return build_network(detect_architecture(state, padding=padding, norm=norm), state)


def build_network(network: Architecture, state: State) -> "keras.Model":
    """The Keras network for the weights of a state dict in which `detect_architecture` found this architecture."""
    from tf_cyclegan.networks import build as n

    kind, filters, norm, bias = network.kind, network.filters, network.norm, network.has_bias
    if network.is_resnet:
        model = n.GENERATORS[kind](
            filters, norm=norm, dropout=network.dropout, padding=network.padding, bias=bias, name=kind
        )
    elif network.is_generator:
        model = n.GENERATORS[kind](filters, norm=norm, dropout=network.dropout, bias=bias, name=kind)
    elif kind == "pixel":
        model = n.pixel_discriminator(filters, norm, name=kind, bias=bias)
    else:
        model = n.patch_discriminator(filters, network.n_layers, norm, name=kind, bias=bias)
    for c in convolutions(network):
        # (out, in, h, w) -> (h, w, in, out); transposed: (in, out, h, w) -> (h, w, out, in). The same swap.
        kernel, bias_name = state[f"{c.path}.weight"].transpose(2, 3, 1, 0), f"{c.path}.bias"
        model.get_layer(c.layer).set_weights([kernel, *([state[bias_name]] if bias_name in state else [])])
        if names := NORM_TENSORS[norm] if c.norm else ():
            model.get_layer(c.layer.replace("conv", "norm")).set_weights([state[f"{c.norm}.{name}"] for name in names])
    return model


def import_torch(
    path: str | Path,
    out: str | Path,
    expected: str | None = None,
    *,
    padding: str | None = None,
    norm: str | None = None,
    key: str | None = None,
) -> Architecture:
    """Turns a `.pth` or `.safetensors` file with a network of the original program into a `.keras` file.

    Args:
        path: weights saved by the original program.
        out: the file to write; must end in `.keras`.
        expected: a published name such as `resnet_9blocks`; refused if the weights are of another network.
        padding: as for `detect_architecture`.
        norm: as for `detect_architecture`.
        key: as for `find_network`.

    Returns:
        What was found in the weights.

    Raises:
        UserError: the file cannot be read, is another network than expected, or `out` cannot be written or is it.
    """
    from tf_cyclegan.networks.files import save_model

    out = Path(out)
    if out.suffix != ".keras":
        raise UserError(f"{out}: the file to write must end in .keras")
    check_apart({"--out": out}, {"the weights": path})
    checkpoint = load_checkpoint(path)
    try:
        state = find_network(checkpoint, key)
        found = detect_architecture(state, padding=padding, norm=norm)
        if expected and found.kind != expected:
            raise UserError(f"holds {found.kind}, not {expected}; leave --generator out or name it so")
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    save_model(build_network(found, state), out)
    return found
