"""The parts that the networks are built of: convolutions, normalizations and their initial weights."""

import keras
from keras import layers

from tf_cyclegan.networks.layers import (
    InstanceNormalization,
    PeriodNormalization,
    ReflectionPadding2D,
    ReplicationPadding2D,
)
from tf_cyclegan.settings.choices import NORMS

# Paddings of a ResNet's blocks, by the names of the published program.
PADDINGS = {"reflect": ReflectionPadding2D, "replicate": ReplicationPadding2D, "zero": layers.ZeroPadding2D}


def initial_weights():
    return keras.initializers.RandomNormal(0.0, 0.02)


def normalization(kind: str, name: str):
    """The normalization after a convolution, as a function of a tensor; `name` is the layer's."""
    if kind == "none":
        return lambda x: x
    if kind == "batch":
        gamma = keras.initializers.RandomNormal(1.0, 0.02)
        return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=gamma, name=name)
    if kind in ("instance", "instance_affine"):
        return InstanceNormalization(affine=kind == "instance_affine", name=name)
    raise ValueError(f"`norm` must be one of {NORMS}. Received: norm={kind!r}")


def period_normalization(mix, name: str):
    """Instance norm with the scales and offsets of several periods, as `normalization`.

    Args:
        mix: weights of the periods, `(batch, periods)`.
    """
    layer = PeriodNormalization(mix.shape[-1], name=name)
    return lambda x: layer([x, mix])


def has_bias(norm: str, bias: bool | None) -> bool:
    """Whether a normalized convolution has a bias; None: as published, only before instance norm."""
    return norm.startswith("instance") if bias is None else bias


def conv(filters: int, kernel: int, *, stride: int = 1, padding="valid", bias: bool, name: str):
    return layers.Conv2D(
        filters, kernel, stride, padding, use_bias=bias, kernel_initializer=initial_weights(), name=name
    )


def transposed_conv(filters: int, kernel: int, *, padding: str, bias: bool, name: str):
    return layers.Conv2DTranspose(
        filters, kernel, 2, padding=padding, use_bias=bias, kernel_initializer=initial_weights(), name=name
    )


def picture_input():
    return keras.Input((None, None, 3), name="picture")


def mix_input(periods: int):
    """Weights of the periods that a painting is a mixture of, `(batch, periods)`; they add up to 1."""
    return keras.Input((periods,), name="mix")
