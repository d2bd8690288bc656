"""Generators and discriminators: the published ones, weight for weight, and a small one for phones.

Everywhere pictures are `(batch, height, width, 3)` with values in [-1, 1]; verdicts of discriminators are
`(batch, h, w, 1)` logits (no activation). Every network is a functional `keras.Model` for any height and width.

References:
    Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
    https://arxiv.org/abs/1703.10593 (ResNet generator, 70×70 PatchGAN, initial weights from N(0, 0.02)).
    Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks",
    https://arxiv.org/abs/1611.07004 (U-Net, PatchGAN, pixel discriminator).
"""

import json
import re
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
from keras import layers, ops

from tf_cyclegan.choices import DISCRIMINATORS, NORMS
from tf_cyclegan.config import TrainConfig
from tf_cyclegan.efficientnet_lite import weights_file
from tf_cyclegan.errors import UserError
from tf_cyclegan.files import replacing
from tf_cyclegan.layers import (
    InstanceNormalization,
    ReflectionPadding2D,
    ReplicationPadding2D,
    UpsampleBilinear2D,
    output_activation,
)
from tf_cyclegan.projected import projected_discriminator

# Paddings of a ResNet's blocks, by the names of the published program.
PADDINGS = {"reflect": ReflectionPadding2D, "replicate": ReplicationPadding2D, "zero": layers.ZeroPadding2D}

# The skip of a generator starts here: tanh(1.5 · x) is close to x, and not yet flat at the ends.
_SKIP_GAIN = 1.5
# Member of a `.keras` file, which is a zip, that says how far training was.
_ABOUT = "tf_cyclegan.json"


def _initializer():
    return keras.initializers.RandomNormal(0.0, 0.02)


def _norm(kind: str, name: str):
    """The normalization after a convolution, as a function of a tensor; `name` is the layer's."""
    if kind == "none":
        return lambda x: x
    if kind == "batch":
        gamma = keras.initializers.RandomNormal(1.0, 0.02)
        return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=gamma, name=name)
    if kind in ("instance", "instance_affine"):
        return InstanceNormalization(affine=kind == "instance_affine", name=name)
    raise ValueError(f"`norm` must be one of {NORMS}. Received: norm={kind!r}")


def _has_bias(norm: str, bias: bool | None) -> bool:
    """Whether a normalized convolution has a bias; None: as published, only before instance norm."""
    return norm.startswith("instance") if bias is None else bias


def _conv(filters: int, kernel: int, *, stride: int = 1, padding="valid", bias: bool, name: str, initializer=None):
    first = initializer or _initializer()
    return layers.Conv2D(filters, kernel, stride, padding, use_bias=bias, kernel_initializer=first, name=name)


def _transposed(filters: int, kernel: int, *, padding: str, bias: bool, name: str):
    return layers.Conv2DTranspose(
        filters, kernel, 2, padding=padding, use_bias=bias, kernel_initializer=_initializer(), name=name
    )


def _separable(filters: int, *, bias: bool, name: str):
    return layers.SeparableConv2D(
        filters,
        3,
        padding="same",
        use_bias=bias,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        name=name,
    )


def _same(filters: int, *, bias: bool, name: str):
    return _conv(filters, 3, padding="same", bias=bias, name=name)


def _picture_input():
    return keras.Input((None, None, 3), name="picture")


def resnet_generator(
    filters: int = 64,
    blocks: int = 9,
    norm: str = "instance",
    dropout: bool = False,
    name: str = "resnet",
    *,
    padding: str = "reflect",
    bias: bool | None = None,
) -> keras.Model:
    """ResNet generator of the CycleGAN paper: c7s1-f, d2f, d4f, `blocks` residual blocks, u2f, uf, c7s1-3.

    With instance norm it cannot know how bright a picture is, nor how strong its contrast: whatever is done to all of
    a channel, the first norm takes out again. It has to learn to guess both, and to copy, before it can paint.

    Args:
        filters: channels of the first convolution (paper: 64).
        blocks: residual blocks (paper: 9 for 256-pixel pictures, 6 for smaller ones).
        norm: one of `choices.NORMS`.
        dropout: 50 % dropout between the two convolutions of a block.
        name: name of the model.
        padding: one of `PADDINGS`, around the convolutions of a block; stem and head always reflect.
        bias: whether convolutions before a norm have a bias; None: only before instance norm, as published.

    Returns:
        A model `(batch, h, w, 3)` → `(batch, h', w', 3)` in [-1, 1]; h' = h where h is a multiple of 4.
    """
    bias = _has_bias(norm, bias)
    picture = x = _picture_input()
    x = ReflectionPadding2D(3, name="stem_pad")(x)
    x = _norm(norm, "stem_norm")(_conv(filters, 7, bias=bias, name="stem_conv")(x))
    x = layers.ReLU(name="stem_relu")(x)
    for i in (1, 2):
        x = layers.ZeroPadding2D(1, name=f"down{i}_pad")(x)
        x = _conv(filters * 2**i, 3, stride=2, bias=bias, name=f"down{i}_conv")(x)
        x = layers.ReLU(name=f"down{i}_relu")(_norm(norm, f"down{i}_norm")(x))
    for i in range(1, blocks + 1):
        x = _resnet_block(x, filters * 4, norm, dropout, f"block{i}", pad=PADDINGS[padding], bias=bias)
    for i in (1, 2):
        x = _transposed(filters * 4 // 2**i, 3, padding="valid", bias=bias, name=f"up{i}_conv")(x)
        # PyTorch's padding 1 and output padding 1: the first row and column fall away.
        x = layers.Cropping2D(((1, 0), (1, 0)), name=f"up{i}_crop")(x)
        x = layers.ReLU(name=f"up{i}_relu")(_norm(norm, f"up{i}_norm")(x))
    x = _conv(3, 7, bias=True, name="head_conv")(ReflectionPadding2D(3, name="head_pad")(x))
    return keras.Model(picture, output_activation("tanh", "painting")(x), name=name)


def _resnet_block(x, filters: int, norm: str, dropout: bool, name: str, *, pad, bias: bool):
    y = _conv(filters, 3, bias=bias, name=f"{name}_conv1")(pad(1, name=f"{name}_pad1")(x))
    y = layers.ReLU(name=f"{name}_relu")(_norm(norm, f"{name}_norm1")(y))
    if dropout:
        y = layers.Dropout(0.5, name=f"{name}_dropout")(y)
    y = _conv(filters, 3, bias=bias, name=f"{name}_conv2")(pad(1, name=f"{name}_pad2")(y))
    return layers.Add(name=f"{name}_add")([x, _norm(norm, f"{name}_norm2")(y)])


def unet_generator(
    filters: int = 64,
    downs: int = 8,
    norm: str = "instance",
    dropout: bool = False,
    name: str = "unet",
    *,
    bias: bool | None = None,
) -> keras.Model:
    """U-Net generator: `downs` halvings, then as many doublings, each joined to the features of its size.

    Args:
        filters: channels after the first halving; they double up to eight times as many.
        downs: 7 for `unet_128`, 8 for `unet_256`; the picture's sides must be multiples of 2**downs.
        norm: one of `choices.NORMS`.
        dropout: 50 % dropout after the inner doublings that have eight times the filters.
        name: name of the model.
        bias: whether convolutions before a norm have a bias; None: only before instance norm, as published.

    Returns:
        A model `(batch, h, w, 3)` → `(batch, h, w, 3)` in [-1, 1].
    """
    bias = _has_bias(norm, bias)
    widths = [filters * min(2**i, 8) for i in range(downs)]
    picture = x = _picture_input()
    skips = []
    for i, width in enumerate(widths, start=1):
        if i > 1:
            x = layers.LeakyReLU(0.2, name=f"down{i}_relu")(x)
        x = layers.ZeroPadding2D(1, name=f"down{i}_pad")(x)
        x = _conv(width, 4, stride=2, bias=bias, name=f"down{i}_conv")(x)
        if 1 < i < downs:
            x = _norm(norm, f"down{i}_norm")(x)
        skips.append(x)
    x = skips.pop()
    for i in range(downs - 1, 0, -1):
        x = layers.ReLU(name=f"up{i}_relu")(x)
        x = _transposed(widths[i - 1], 4, padding="same", bias=bias, name=f"up{i}_conv")(x)
        x = _norm(norm, f"up{i}_norm")(x)
        if dropout and 4 <= i < downs - 1:
            x = layers.Dropout(0.5, name=f"up{i}_dropout")(x)
        x = layers.Concatenate(name=f"up{i}_join")([skips.pop(), x])
    x = _transposed(3, 4, padding="same", bias=True, name="head_conv")(layers.ReLU(name="head_relu")(x))
    return keras.Model(picture, output_activation("tanh", "painting")(x), name=name)


def mobile_generator(
    filters: int = 16,
    blocks: int = 9,
    norm: str = "instance",
    dropout: bool = False,
    name: str = "mobile",
    *,
    separable: bool = True,
) -> keras.Model:
    """Small generator for phones and servers without a GPU: separable residual blocks, resize-convolution.

    Built after the ResNet generator with what makes it cheap: depthwise-separable convolutions (as in the compressed
    CycleGANs of Li et al., "GAN Compression", https://arxiv.org/abs/2003.08936), bilinear doubling before a separable
    convolution in place of transposed ones (no checkerboard: Odena et al., 2016), zero padding (phone GPUs have no
    mirror padding). A learned 3×3 colour matrix carries the picture past the network, `tanh(network + matrix · x)`, so
    that training starts near the identity and the network only has to learn what a painting adds.

    Args:
        filters: channels at full resolution.
        blocks: residual blocks at a quarter of the size.
        norm: one of `choices.NORMS`.
        dropout: 50 % dropout between the two convolutions of a block.
        name: name of the model.
        separable: else its 3×3 convolutions are full ones, for a GPU; `grow` makes such a network of a separable one.

    Returns:
        A model `(batch, h, w, 3)` → `(batch, h, w, 3)` in [-1, 1] for sides that are multiples of 4.
    """
    bias = norm == "none"  # Any norm takes a bias out again.
    convolution = partial(_separable if separable else _same, bias=bias)
    picture = x = _picture_input()
    x = layers.ZeroPadding2D(2, name="stem_pad")(x)
    x = _norm(norm, "stem_norm")(_conv(filters, 5, bias=bias, name="stem_conv")(x))
    x = layers.ReLU(name="stem_relu")(x)
    for i in (1, 2):
        x = layers.ZeroPadding2D(1, name=f"down{i}_pad")(x)
        x = _conv(filters * 2**i, 3, stride=2, bias=bias, name=f"down{i}_conv")(x)
        x = layers.ReLU(name=f"down{i}_relu")(_norm(norm, f"down{i}_norm")(x))
    for i in range(1, blocks + 1):
        x = _mobile_block(x, filters * 4, norm, dropout, f"block{i}", convolution=convolution)
    for i in (1, 2):
        x = UpsampleBilinear2D(name=f"up{i}_resize")(x)
        x = convolution(filters * 4 // 2**i, name=f"up{i}_conv")(x)
        x = layers.ReLU(name=f"up{i}_relu")(_norm(norm, f"up{i}_norm")(x))
    # What a small network adds is little from the start; of many channels it is as much as the picture.
    initializer = None if separable else "zeros"
    x = _conv(3, 5, bias=True, name="head_conv", initializer=initializer)(layers.ZeroPadding2D(2, name="head_pad")(x))
    return keras.Model(picture, output_activation("tanh", "painting")(_add_skip(x, picture)), name=name)


def _add_skip(x, picture):
    """`x` and the picture through a learned colour matrix, added up."""
    skip = layers.Conv2D(3, 1, use_bias=False, kernel_initializer=_identity_kernel, name="skip_conv")(picture)
    return layers.Add(name="head_add")([x, skip])


@keras.saving.register_keras_serializable(package="tf_cyclegan")
def _identity_kernel(shape, dtype=None):
    """A 1×1 kernel that multiplies every channel by `_SKIP_GAIN`."""
    return ops.reshape(_SKIP_GAIN * ops.eye(shape[2], shape[3], dtype=dtype), shape)


def _mobile_block(x, filters: int, norm: str, dropout: bool, name: str, *, convolution):
    y = _norm(norm, f"{name}_norm1")(convolution(filters, name=f"{name}_conv1")(x))
    y = layers.ReLU(name=f"{name}_relu")(y)
    if dropout:
        y = layers.Dropout(0.5, name=f"{name}_dropout")(y)
    y = _norm(norm, f"{name}_norm2")(convolution(filters, name=f"{name}_conv2")(y))
    return layers.Add(name=f"{name}_add")([x, y])


def patch_discriminator(
    filters: int = 64, n_layers: int = 3, norm: str = "instance", name: str = "patch", *, bias: bool | None = None
) -> keras.Model:
    """PatchGAN: judges overlapping patches (70×70 pixels with three layers, the published `basic`).

    Args:
        filters: channels of the first convolution.
        n_layers: strided convolutions; the channels double up to eight times `filters`.
        norm: one of `choices.NORMS`.
        name: name of the model.
        bias: whether convolutions before a norm have a bias; None: only before instance norm, as published.

    Returns:
        A model `(batch, h, w, 3)` → `(batch, h / 2**n_layers - 2, w / 2**n_layers - 2, 1)` logits.
    """
    bias = _has_bias(norm, bias)
    picture = x = _picture_input()
    x = _conv(filters, 4, stride=2, bias=True, name="layer0_conv")(layers.ZeroPadding2D(1, name="layer0_pad")(x))
    x = layers.LeakyReLU(0.2, name="layer0_relu")(x)
    for i in range(1, n_layers + 1):
        x = layers.ZeroPadding2D(1, name=f"layer{i}_pad")(x)
        stride = 2 if i < n_layers else 1
        x = _conv(filters * min(2**i, 8), 4, stride=stride, bias=bias, name=f"layer{i}_conv")(x)
        x = layers.LeakyReLU(0.2, name=f"layer{i}_relu")(_norm(norm, f"layer{i}_norm")(x))
    x = _conv(1, 4, bias=True, name="verdict_conv")(layers.ZeroPadding2D(1, name="verdict_pad")(x))
    return keras.Model(picture, output_activation("linear", "verdict")(x), name=name)


def pixel_discriminator(
    filters: int = 64, norm: str = "instance", name: str = "pixel", *, bias: bool | None = None
) -> keras.Model:
    """1×1 PatchGAN: judges every pixel by its colour alone.

    Args:
        filters: channels of the first convolution.
        norm: one of `choices.NORMS`.
        name: name of the model.
        bias: whether convolutions before a norm have a bias; None: only before instance norm, as published.

    Returns:
        A model `(batch, h, w, 3)` → `(batch, h, w, 1)` logits.
    """
    bias = _has_bias(norm, bias)
    picture = x = _picture_input()
    x = layers.LeakyReLU(0.2, name="layer0_relu")(_conv(filters, 1, bias=True, name="layer0_conv")(x))
    x = _norm(norm, "layer1_norm")(_conv(filters * 2, 1, bias=bias, name="layer1_conv")(x))
    x = _conv(1, 1, bias=bias, name="verdict_conv")(layers.LeakyReLU(0.2, name="layer1_relu")(x))
    return keras.Model(picture, output_activation("linear", "verdict")(x), name=name)


# name -> (filters, norm, dropout, name) -> generator
GENERATORS: dict[str, Callable[..., keras.Model]] = {
    "resnet_9blocks": partial(resnet_generator, blocks=9),
    "resnet_6blocks": partial(resnet_generator, blocks=6),
    "unet_128": partial(unet_generator, downs=7),
    "unet_256": partial(unet_generator, downs=8),
    "mobile": mobile_generator,
    "mobile_dense": partial(mobile_generator, separable=False),
}


def build_generator(
    kind: str, filters: int = 64, norm: str = "instance", dropout: bool = False, name: str | None = None
) -> keras.Model:
    """A new generator by its name, one of `choices.GENERATORS`; the other arguments as in the functions above."""
    if kind not in GENERATORS:
        raise ValueError(f"`kind` must be one of {tuple(GENERATORS)}. Received: kind={kind!r}")
    return GENERATORS[kind](filters=filters, norm=norm, dropout=dropout, name=name or kind)


def as_float32(network: keras.Model) -> keras.Model:
    """The network computing in float32 throughout, also where it was trained in half precision; its weights copied."""
    if all(layer.compute_dtype == "float32" for layer in network.layers):
        return network

    return with_layers(network, lambda layer: type(layer).from_config({**layer.get_config(), "dtype": "float32"}))


def with_layers(network: keras.Model, change: Callable[[keras.Layer], keras.Layer]) -> keras.Model:
    """A copy of a network with the same weights, and `change(layer)` in place of every layer."""
    copy = keras.models.clone_model(network, clone_function=change)
    copy.set_weights(network.get_weights())
    return copy


def encoder_of(generator: keras.Model) -> keras.Model:
    """The first half of a generator, with its weights: a picture → features from fine to coarse, a list.

    They are what the stem and each halving give after their activations, and the middle one of the residual blocks.
    """
    names = [layer.name for layer in generator.layers]
    blocks = [name for name in names if re.fullmatch(r"block\d+_add", name)]
    chosen = [name for name in names if re.fullmatch(r"(stem|down\d+)_relu", name)] + blocks[len(blocks) // 2 :][:1]
    return keras.Model(generator.input, [generator.get_layer(name).output for name in chosen], name="encoder")


def size_multiple(generator: keras.Model) -> int:
    """What the sides of a generator's input must be multiples of: two to the number of its halvings."""
    return 2 ** sum(type(layer) is layers.Conv2D and layer.strides == (2, 2) for layer in generator.layers)


def check_discriminator(kind: str) -> None:
    """Whether all that `build_discriminator` needs is there; to be asked before anything is written.

    Raises:
        UserError: published weights are missing.
    """
    if kind == "projected":
        weights_file()


def build_discriminator(
    kind: str, filters: int = 64, n_layers: int = 3, norm: str = "instance", name: str | None = None
) -> keras.Model:
    """A new discriminator by its published name, one of `choices.DISCRIMINATORS` (`basic` has three layers)."""
    if kind == "pixel":
        return pixel_discriminator(filters, norm, name=name or kind)
    if kind == "projected":
        return projected_discriminator(filters, weights_file(), name=name or kind)
    if kind in ("basic", "n_layers"):
        return patch_discriminator(filters, 3 if kind == "basic" else n_layers, norm, name=name or kind)
    raise ValueError(f"`kind` must be one of {DISCRIMINATORS}. Received: kind={kind!r}")


def build_networks(config: TrainConfig) -> dict[str, keras.Model]:
    """The four networks of a config, new, by their names: `generator_g` and so on."""
    return {
        name: (build_generator if name.startswith("generator") else build_discriminator)(**architecture, name=name)
        for name, architecture in config.architectures().items()
    }


def save_model(model: keras.Model, path: str | Path, step: int | None = None) -> None:
    """Writes a network as `.keras`; an earlier file of that name stays until the new one is complete.

    Args:
        model: the network.
        path: the file.
        step: of the run, whose weights these are. It is written into the file, so that it goes where that goes.

    Raises:
        UserError: the file cannot be written.
    """
    with replacing(path) as partial:
        model.save(partial)
        if step is not None:
            with zipfile.ZipFile(partial, "a") as archive:  # Keras reads the members that it knows.
                archive.writestr(_ABOUT, json.dumps({"step": step}))


def saved_step(path: str | Path) -> int | None:
    """The step that `save_model` wrote into a file; None where it has none, or is no such file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return int(json.loads(archive.read(_ABOUT))["step"])
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile):
        return None


def load_network(path: str | Path) -> keras.Model:
    """Reads a network that `save_model` wrote. Code in the file, such as Lambda layers, is refused.

    Raises:
        UserError: it is missing or damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise UserError(f"{path}: not a Keras model, or damaged ({str(error)[:80]})") from error
