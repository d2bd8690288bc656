"""The published PyTorch program's networks (pytorch-CycleGAN-and-pix2pix), tensor for tensor and module for module.

PyTorch numbers the modules of a sequence, also those without weights, so the names of the tensors say where paddings,
norms and activations are: this distinguishes the published networks from others with the same convolutions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tf_cyclegan.settings.choices import PUBLISHED_GENERATORS

# The tensors that a norm computes with.
NORM_TENSORS: dict[str, tuple[str, ...]] = {
    "instance": (),
    "instance_affine": ("weight", "bias"),
    "batch": ("weight", "bias", "running_mean", "running_var"),
    "none": (),
}
# How a ResNet's blocks may be padded, and norms that can be asked for.
PADDINGS = ("reflect", "replicate", "zero")
NORMS = ("instance", "batch", "none")
# Of a block's two convolutions the places, by padding and dropout: [pad,] conv, norm, ReLU, [dropout, pad,] conv, norm.
# A replicating padding is at the same place as a reflecting one.
BLOCK_PLACES = {
    ("reflect", False): (1, 5),
    ("reflect", True): (1, 6),
    ("zero", False): (0, 3),
    ("zero", True): (0, 4),
}


@dataclass(frozen=True)
class Architecture:
    """All facts about a published network that are needed to build it here.

    Args:
        kind: a name of `choices.PUBLISHED_GENERATORS`, or `basic`, `n_layers` or `pixel`.
        filters: channels of the first convolution.
        norm: one of `choices.NORMS`.
        dropout: whether there is dropout; of a U-Net only known where the file lists its modules.
        n_layers: strided convolutions of a PatchGAN.
        padding: of a ResNet's blocks, one of `PADDINGS`; stem and head always reflect.
        bias: whether convolutions before a norm have a bias; None: as in the published program.
    """

    kind: str
    filters: int
    norm: str
    dropout: bool = False
    n_layers: int = 3
    padding: str = "reflect"
    bias: bool | None = None

    @property
    def is_generator(self) -> bool:
        return self.kind in PUBLISHED_GENERATORS

    @property
    def is_resnet(self) -> bool:
        return self.kind.startswith("resnet")

    @property
    def depth(self) -> int:
        """Blocks of a ResNet, halvings of a U-Net."""
        return {"resnet_9blocks": 9, "resnet_6blocks": 6, "unet_128": 7, "unet_256": 8}[self.kind]

    @property
    def has_bias(self) -> bool:
        """Whether convolutions before a norm have a bias."""
        return self.norm.startswith("instance") if self.bias is None else self.bias


class Convolution(NamedTuple):
    """A convolution, and the norm after it.

    Args:
        path: of the module in PyTorch.
        layer: its name here; the norm's is the same with `norm` instead of `conv`.
        kernel: side of the kernel.
        inputs: channels.
        outputs: channels.
        transposed: whether it doubles the size.
        norm: path of the norm in PyTorch, if one comes after it.
        biased: whether it has a bias; None: as convolutions before a norm have.
    """

    path: str
    layer: str
    kernel: int
    inputs: int
    outputs: int
    transposed: bool = False
    norm: str | None = None
    biased: bool | None = None


def convolutions(network: Architecture) -> list[Convolution]:
    """All convolutions of a network."""
    if network.is_resnet:
        return list(_resnet(network))
    if network.kind.startswith("unet"):
        return list(_unet(network))
    return list(_pixel(network) if network.kind == "pixel" else _patch(network))


def _resnet(network: Architecture) -> Iterator[Convolution]:
    f, blocks = network.filters, network.depth
    yield Convolution("model.1", "stem_conv", 7, 3, f, norm="model.2")
    yield Convolution("model.4", "down1_conv", 3, f, 2 * f, norm="model.5")
    yield Convolution("model.7", "down2_conv", 3, 2 * f, 4 * f, norm="model.8")
    places = BLOCK_PLACES["zero" if network.padding == "zero" else "reflect", network.dropout]
    for block in range(1, blocks + 1):
        for number, place in enumerate(places, start=1):
            inner = f"model.{9 + block}.conv_block"
            layer = f"block{block}_conv{number}"
            yield Convolution(f"{inner}.{place}", layer, 3, 4 * f, 4 * f, norm=f"{inner}.{place + 1}")
    for number, (place, inputs) in enumerate(((10 + blocks, 4 * f), (13 + blocks, 2 * f)), start=1):
        norm = f"model.{place + 1}"
        yield Convolution(f"model.{place}", f"up{number}_conv", 3, inputs, inputs // 2, transposed=True, norm=norm)
    yield Convolution(f"model.{17 + blocks}", "head_conv", 7, f, 3, biased=True)


def _unet(network: Architecture) -> Iterator[Convolution]:
    downs = network.depth
    widths = [3, *(network.filters * min(2**i, 8) for i in range(downs))]
    for level, path in enumerate(_levels(network), start=1):
        outer, inner = widths[level - 1 : level + 1]
        place, above = (0, 3) if level == 1 else (1, 3 if level == downs else 5)
        norm = f"{path}.2" if 1 < level < downs else None
        yield Convolution(f"{path}.{place}", f"down{level}_conv", 4, outer, inner, norm=norm)
        inputs = inner if level == downs else 2 * inner
        path_up = f"{path}.{above}"
        if level == 1:
            yield Convolution(path_up, "head_conv", 4, inputs, outer, transposed=True, biased=True)
        else:
            norm = f"{path}.{above + 1}"
            yield Convolution(path_up, f"up{level - 1}_conv", 4, inputs, outer, transposed=True, norm=norm)


def _levels(network: Architecture) -> list[str]:
    """Of a U-Net's sequences the paths, from the outermost to the one in the middle."""
    paths = ["model.model", "model.model.1.model"]
    while len(paths) < network.depth:
        paths.append(f"{paths[-1]}.3.model")
    return paths


def _patch(network: Architecture) -> Iterator[Convolution]:
    n = network.n_layers
    widths = [network.filters * min(2**i, 8) for i in range(n + 1)]
    yield Convolution("model.0", "layer0_conv", 4, 3, widths[0], biased=True)
    for i in range(1, n + 1):
        path, norm = f"model.{3 * i - 1}", f"model.{3 * i}"
        yield Convolution(path, f"layer{i}_conv", 4, widths[i - 1], widths[i], norm=norm)
    yield Convolution(f"model.{3 * n + 2}", "verdict_conv", 4, widths[-1], 1, biased=True)


def _pixel(network: Architecture) -> Iterator[Convolution]:
    f = network.filters
    yield Convolution("net.0", "layer0_conv", 1, 3, f, biased=True)
    yield Convolution("net.2", "layer1_conv", 1, f, 2 * f, norm="net.3")
    yield Convolution("net.5", "verdict_conv", 1, 2 * f, 1)


def tensors(network: Architecture) -> dict[str, tuple[int, ...]]:
    """Name → shape of every tensor that the network computes with, in the order of the modules."""
    shapes: dict[str, tuple[int, ...]] = {}
    for c in convolutions(network):
        pair = (c.inputs, c.outputs) if c.transposed else (c.outputs, c.inputs)
        shapes[f"{c.path}.weight"] = (*pair, c.kernel, c.kernel)
        if network.has_bias if c.biased is None else c.biased:
            shapes[f"{c.path}.bias"] = (c.outputs,)
        if c.norm:
            shapes |= {f"{c.norm}.{name}": (c.outputs,) for name in NORM_TENSORS[network.norm]}
    return shapes


def ignored_tensors(network: Architecture) -> dict[str, tuple[int, ...]]:
    """Name → shape of tensors that a file may hold and the network does not compute with.

    They are the counter of batches and, of instance norm, the statistics that old versions of PyTorch and of the
    published program kept; that program drops them as well.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for c in convolutions(network):
        if c.norm and network.norm != "none":
            shapes[f"{c.norm}.num_batches_tracked"] = ()
        if c.norm and network.norm.startswith("instance"):
            shapes |= {f"{c.norm}.{name}": (c.outputs,) for name in ("running_mean", "running_var")}
    return shapes


def modules(network: Architecture) -> set[str]:
    """Paths of all modules, also those without tensors, as PyTorch lists them along with a state dict."""
    if network.kind == "pixel":
        return {"", *_sequence("net", 6)}
    if network.is_resnet:
        # Pad, the same again before the last convolution and tanh, and three of each: convolution, norm, ReLU.
        paths = {"", *_sequence("model", 19 + network.depth)}
        size = BLOCK_PLACES["zero" if network.padding == "zero" else "reflect", network.dropout][1] + 2
        for block in range(10, 10 + network.depth):
            paths |= _sequence(f"model.{block}.conv_block", size)
        return paths
    if network.kind.startswith("unet"):
        return {"", "model", *_unet_modules(network)}
    return {"", *_sequence("model", 3 * network.n_layers + 3)}


def _unet_modules(network: Architecture) -> Iterator[str]:
    for level, path in enumerate(_levels(network), start=1):
        dropped = network.dropout and 5 <= level < network.depth
        yield from _sequence(path, 5 if level in (1, network.depth) else 7 + dropped)


def unet_dropout(network: Architecture) -> str:
    """Path of a U-Net's first dropout, where it has one."""
    return f"{_levels(network)[4]}.7"


def _sequence(path: str, size: int) -> set[str]:
    return {path, *(f"{path}.{i}" for i in range(size))}
