"""A discriminator that sees pictures through the features of a trained network."""

from typing import NamedTuple

import keras
from keras import layers

from tf_cyclegan.networks.layers import output_activation


class Feature(NamedTuple):
    """A feature that is judged.

    Attributes:
        channels: of it.
        stride: by how much it is smaller than the picture.
        magnitude: its root mean square on photographs; divided by it, every head starts at the same scale.
    """

    channels: int
    stride: int
    magnitude: float


JUDGED_FEATURES = {
    "block0": Feature(16, 2, 6.5),
    "block2": Feature(24, 4, 8.5),
    "block4": Feature(40, 8, 7.0),
    "block10": Feature(112, 16, 6.0),
}


def projected_discriminator(filters: int = 64, name: str = "projected") -> keras.Model:
    """Four small heads over fixed random mixtures of EfficientNet-Lite0's features.

    The network that gives the features is shared with the terms of the objective and is no part of this one; the
    mixtures stay as they are, only the heads learn. Such a discriminator tells paintings from photographs after a few
    hundred steps, where one that starts from noise needs many thousands.

    Args:
        filters: channels of the mixtures and of the heads.
        name: of the model.

    Returns:
        A model: a dictionary of `JUDGED_FEATURES`, `(batch, h/k, w/k, channels)` with k = 2, 4, 8 and 16 → logits
        `(batch, h/16, w/16, 4)`, sides rounded up: of every patch one verdict from each of the four depths.

    Reference: Sauer et al., "Projected GANs Converge Faster", https://arxiv.org/abs/2111.01007 (without mixing across
    scales and without spectral normalization; patches as in https://arxiv.org/abs/1611.07004).
    """
    features = {name: keras.Input((None, None, f.channels), name=name) for name, f in JUDGED_FEATURES.items()}
    scales = [1 / feature.magnitude for feature in JUDGED_FEATURES.values()]
    verdicts = [_head(x, filters, s, depth) for depth, (x, s) in enumerate(zip(features.values(), scales, strict=True))]
    last = output_activation("linear", "verdict")
    return keras.Model(features, last(layers.Concatenate(name="verdicts")(verdicts)), name=name)


def _head(x, filters: int, scale: float, depth: int):
    """Verdicts `(batch, h/16, w/16, 1)` of a map that has been halved `depth` + 1 times."""
    name = f"head{depth}"
    x = layers.Rescaling(scale, name=f"{name}_scale")(x)
    mix = layers.Conv2D(filters, 1, use_bias=False, kernel_initializer="he_normal", name=f"{name}_mix")
    mix.trainable = False
    x = mix(x)
    for i in range(3 - depth):
        x = layers.Conv2D(filters, 4, 2, "same", kernel_initializer="he_normal", name=f"{name}_down{i}")(x)
        x = layers.LeakyReLU(0.2, name=f"{name}_down{i}_relu")(x)
    x = layers.Conv2D(filters, 3, 1, "same", kernel_initializer="he_normal", name=f"{name}_conv")(x)
    x = layers.LeakyReLU(0.2, name=f"{name}_relu")(x)
    return layers.Conv2D(1, 3, 1, "same", name=f"{name}_verdict")(x)
