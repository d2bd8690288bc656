"""A generator that has to paint: only light and colour pass by it, and every detail is its own."""

from functools import partial

import keras
from keras import layers

from tf_cyclegan.networks.blocks import mix_input, normalization, period_normalization, picture_input
from tf_cyclegan.networks.layers import (
    PeriodColour,
    PointwiseIdentity,
    ReflectionPadding2D,
    UpsampleBilinear2D,
    output_activation,
)

# Halvings of the picture for the means that pass by the network: means over 8 × 8 pixels.
_LIGHT_HALVINGS = 3
# The skip starts here: tanh(1.2 · x) is close to x, and not yet flat at the ends.
_SKIP_GAIN = 1.2
# The head's first weights are so small that the picture begins as its light and colour.
_FIRST_DETAIL = 0.1


def painter_generator(
    filters: int = 16,
    blocks: int = 9,
    norm: str = "instance_affine",
    dropout: bool = False,
    name: str = "painter",
    *,
    periods: int = 1,
) -> keras.Model:
    """Small generator whose skip carries means over 8 × 8 pixels, and no detail of the photograph.

    Instance norm takes brightness and contrast out of what a network sees, so a network without a skip has to guess
    both. A skip of every pixel carries the photograph's detail past the network, which then has nothing to paint. The
    means give it light and colour, `tanh(network + matrix · means)`, and leave every stroke to it.

    It is built for phones and processors: depthwise-separable residual blocks at a quarter of the size (as in the
    compressed CycleGANs of Li et al., "GAN Compression", https://arxiv.org/abs/2003.08936), bilinear doubling before a
    separable convolution (no checkerboard: Odena et al., 2016). Margins are mirrored, since zeros leave lines along the
    borders of even skies.

    Args:
        filters: channels at full resolution.
        blocks: residual blocks at a quarter of the size.
        norm: one of `choices.NORMS`.
        dropout: 50 % dropout between the two convolutions of a block.
        name: name of the model.
        periods: with more than one, each has its own scales and offsets of all norms, and its own colour matrix; all
            else they share. `norm` is then "instance_affine".

    Returns:
        A model `(batch, h, w, 3)` → `(batch, h, w, 3)` in [-1, 1] for sides that are multiples of 8. With several
        periods its input is a list of that and the weights of the periods, `(batch, periods)`, which add up to 1.
    """
    bias = norm == "none"  # Any norm removes a bias again.
    picture = x = picture_input()
    mix = mix_input(periods) if periods > 1 else None
    normalized = partial(normalization, norm) if mix is None else partial(period_normalization, mix)
    x = _relu(normalized("stem_norm")(_conv(x, filters, 5, bias=bias, name="stem")), "stem")
    for i in (1, 2):
        x = _conv(x, filters * 2**i, 3, stride=2, bias=bias, name=f"down{i}")
        x = _relu(normalized(f"down{i}_norm")(x), f"down{i}")
    for i in range(1, blocks + 1):
        x = _block(x, normalized, dropout, f"block{i}", bias=bias)
    for i in (1, 2):
        x = UpsampleBilinear2D(name=f"up{i}_resize")(x)
        x = _separable(x, filters * 4 // 2**i, bias=bias, name=f"up{i}")
        x = _relu(normalized(f"up{i}_norm")(x), f"up{i}")
    first = keras.initializers.VarianceScaling(_FIRST_DETAIL)
    x = _conv(x, 3, 5, bias=True, name="head", kernel_initializer=first)
    painting = layers.Add(name="head_add")([x, _light(picture, mix)])
    inputs = picture if mix is None else [picture, mix]
    return keras.Model(inputs, output_activation("tanh", "painting")(painting), name=name)


def _light(picture, mix):
    """Means of the picture, enlarged again and through a learned colour matrix, or one for each period."""
    x = layers.AveragePooling2D(2**_LIGHT_HALVINGS, name="light_means")(picture)
    first = PointwiseIdentity(_SKIP_GAIN)
    if mix is None:
        x = layers.Conv2D(3, 1, use_bias=False, kernel_initializer=first, name="light_colour")(x)
    else:
        x = PeriodColour(mix.shape[-1], _SKIP_GAIN, name="light_colour")([x, mix])
    for i in range(1, _LIGHT_HALVINGS + 1):
        x = UpsampleBilinear2D(name=f"light_resize{i}")(x)
    return x


def _conv(x, filters: int, kernel: int, *, stride: int = 1, bias: bool, name: str, kernel_initializer="glorot_uniform"):
    x = ReflectionPadding2D(kernel // 2, name=f"{name}_pad")(x)
    convolution = layers.Conv2D(
        filters, kernel, stride, use_bias=bias, kernel_initializer=kernel_initializer, name=f"{name}_conv"
    )
    return convolution(x)


def _separable(x, filters: int, *, bias: bool, name: str):
    x = ReflectionPadding2D(1, name=f"{name}_pad")(x)
    return layers.SeparableConv2D(filters, 3, use_bias=bias, name=f"{name}_conv")(x)


def _relu(x, name: str):
    return layers.ReLU(name=f"{name}_relu")(x)


def _block(x, normalized, dropout: bool, name: str, *, bias: bool):
    filters = x.shape[-1]
    y = _separable(x, filters, bias=bias, name=f"{name}_1")
    y = _relu(normalized(f"{name}_1_norm")(y), name)
    if dropout:
        y = layers.Dropout(0.5, name=f"{name}_dropout")(y)
    y = normalized(f"{name}_2_norm")(_separable(y, filters, bias=bias, name=f"{name}_2"))
    return layers.Add(name=f"{name}_add")([x, y])
