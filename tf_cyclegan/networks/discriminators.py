"""Discriminators of the published program: PatchGAN and the pixel discriminator.

Pictures are `(batch, height, width, 3)` with values in [-1, 1]; verdicts are `(batch, h, w, 1)` logits (no activation).

Reference: Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks",
https://arxiv.org/abs/1611.07004."""

import keras
from keras import layers

from tf_cyclegan.networks.blocks import conv, has_bias, normalization, picture_input
from tf_cyclegan.networks.layers import output_activation


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
    bias = has_bias(norm, bias)
    picture = x = picture_input()
    x = conv(filters, 4, stride=2, bias=True, name="layer0_conv")(layers.ZeroPadding2D(1, name="layer0_pad")(x))
    x = layers.LeakyReLU(0.2, name="layer0_relu")(x)
    for i in range(1, n_layers + 1):
        x = layers.ZeroPadding2D(1, name=f"layer{i}_pad")(x)
        stride = 2 if i < n_layers else 1
        x = conv(filters * min(2**i, 8), 4, stride=stride, bias=bias, name=f"layer{i}_conv")(x)
        x = layers.LeakyReLU(0.2, name=f"layer{i}_relu")(normalization(norm, f"layer{i}_norm")(x))
    x = conv(1, 4, bias=True, name="verdict_conv")(layers.ZeroPadding2D(1, name="verdict_pad")(x))
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
    bias = has_bias(norm, bias)
    picture = x = picture_input()
    x = layers.LeakyReLU(0.2, name="layer0_relu")(conv(filters, 1, bias=True, name="layer0_conv")(x))
    x = normalization(norm, "layer1_norm")(conv(filters * 2, 1, bias=bias, name="layer1_conv")(x))
    x = conv(1, 1, bias=bias, name="verdict_conv")(layers.LeakyReLU(0.2, name="layer1_relu")(x))
    return keras.Model(picture, output_activation("linear", "verdict")(x), name=name)
