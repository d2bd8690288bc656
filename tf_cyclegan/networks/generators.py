"""The published generators, weight for weight.

Everywhere pictures are `(batch, height, width, 3)` with values in [-1, 1]. Every network is a functional `keras.Model`
for any height and width.

References:
    Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
    https://arxiv.org/abs/1703.10593 (ResNet generator, initial weights from N(0, 0.02)).
    Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks",
    https://arxiv.org/abs/1611.07004 (U-Net)."""

import math

import keras
from keras import layers

from tf_cyclegan.networks.blocks import (
    PADDINGS,
    conv,
    has_bias,
    normalization,
    picture_input,
    transposed_conv,
)
from tf_cyclegan.networks.layers import (
    ReflectionPadding2D,
    output_activation,
)


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

    With instance norm it cannot know how bright a picture is, nor how strong its contrast: the first norm removes
    whatever is the same for a whole channel. It has to learn to guess both, and to copy, before it can paint.

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
    bias = has_bias(norm, bias)
    picture = x = picture_input()
    x = ReflectionPadding2D(3, name="stem_pad")(x)
    x = normalization(norm, "stem_norm")(conv(filters, 7, bias=bias, name="stem_conv")(x))
    x = layers.ReLU(name="stem_relu")(x)
    for i in (1, 2):
        x = layers.ZeroPadding2D(1, name=f"down{i}_pad")(x)
        x = conv(filters * 2**i, 3, stride=2, bias=bias, name=f"down{i}_conv")(x)
        x = layers.ReLU(name=f"down{i}_relu")(normalization(norm, f"down{i}_norm")(x))
    for i in range(1, blocks + 1):
        x = _resnet_block(x, filters * 4, norm, dropout, f"block{i}", pad=PADDINGS[padding], bias=bias)
    for i in (1, 2):
        x = transposed_conv(filters * 4 // 2**i, 3, padding="valid", bias=bias, name=f"up{i}_conv")(x)
        # PyTorch's padding 1 and output padding 1: the first row and column fall away.
        x = layers.Cropping2D(((1, 0), (1, 0)), name=f"up{i}_crop")(x)
        x = layers.ReLU(name=f"up{i}_relu")(normalization(norm, f"up{i}_norm")(x))
    x = conv(3, 7, bias=True, name="head_conv")(ReflectionPadding2D(3, name="head_pad")(x))
    return keras.Model(picture, output_activation("tanh", "painting")(x), name=name)


def _resnet_block(x, filters: int, norm: str, dropout: bool, name: str, *, pad, bias: bool):
    y = conv(filters, 3, bias=bias, name=f"{name}_conv1")(pad(1, name=f"{name}_pad1")(x))
    y = layers.ReLU(name=f"{name}_relu")(normalization(norm, f"{name}_norm1")(y))
    if dropout:
        y = layers.Dropout(0.5, name=f"{name}_dropout")(y)
    y = conv(filters, 3, bias=bias, name=f"{name}_conv2")(pad(1, name=f"{name}_pad2")(y))
    return layers.Add(name=f"{name}_add")([x, normalization(norm, f"{name}_norm2")(y)])


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
    bias = has_bias(norm, bias)
    widths = [filters * min(2**i, 8) for i in range(downs)]
    picture = x = picture_input()
    skips = []
    for i, width in enumerate(widths, start=1):
        if i > 1:
            x = layers.LeakyReLU(0.2, name=f"down{i}_relu")(x)
        x = layers.ZeroPadding2D(1, name=f"down{i}_pad")(x)
        x = conv(width, 4, stride=2, bias=bias, name=f"down{i}_conv")(x)
        if 1 < i < downs:
            x = normalization(norm, f"down{i}_norm")(x)
        skips.append(x)
    x = skips.pop()
    for i in range(downs - 1, 0, -1):
        x = layers.ReLU(name=f"up{i}_relu")(x)
        x = transposed_conv(widths[i - 1], 4, padding="same", bias=bias, name=f"up{i}_conv")(x)
        x = normalization(norm, f"up{i}_norm")(x)
        if dropout and 4 <= i < downs - 1:
            x = layers.Dropout(0.5, name=f"up{i}_dropout")(x)
        x = layers.Concatenate(name=f"up{i}_join")([skips.pop(), x])
    x = transposed_conv(3, 4, padding="same", bias=True, name="head_conv")(layers.ReLU(name="head_relu")(x))
    return keras.Model(picture, output_activation("tanh", "painting")(x), name=name)


def size_multiple(generator: keras.Model) -> int:
    """The number of which the sides of a generator's input must be multiples: its halvings, or its largest means."""
    halvings = sum(type(layer) is layers.Conv2D and layer.strides == (2, 2) for layer in generator.layers)
    means = [layer.pool_size[0] for layer in generator.layers if isinstance(layer, layers.AveragePooling2D)]
    return math.lcm(2**halvings, *means)
