"""A discriminator that sees pictures through the features of a trained network."""

from typing import NamedTuple

import keras
from keras import layers

from tf_cyclegan.networks.blocks import mix_input
from tf_cyclegan.networks.layers import PeriodChoice, output_activation


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


def projected_discriminator(filters: int = 64, name: str = "projected", *, periods: int = 1) -> keras.Model:
    """Four small heads over fixed random mixtures of EfficientNet-Lite0's features.

    The network that gives the features is shared with the terms of the objective and is no part of this one; the
    mixtures stay as they are, only the heads learn. Such a discriminator tells paintings from photographs after a few
    hundred steps, where one that starts from noise needs many thousands.

    Args:
        filters: channels of the mixtures and of the heads.
        name: of the model.
        periods: with more than one, the heads' last convolutions have a verdict for each, of which one is asked for.

    Returns:
        A model: a dictionary of `JUDGED_FEATURES`, `(batch, h/k, w/k, channels)` with k = 2, 4, 8 and 16 → logits
        `(batch, h/16, w/16, 4)`, sides rounded up: of every patch one verdict from each of the four depths. With
        several periods the dictionary also has their weights "mix", `(batch, periods)`.

    Reference: Sauer et al., "Projected GANs Converge Faster", https://arxiv.org/abs/2111.01007 (without mixing across
    scales and without spectral normalization; patches as in https://arxiv.org/abs/1611.07004).
    """
    features = {name: keras.Input((None, None, f.channels), name=name) for name, f in JUDGED_FEATURES.items()}
    mix = mix_input(periods) if periods > 1 else None
    scales = [1 / feature.magnitude for feature in JUDGED_FEATURES.values()]
    verdicts = [
        _head(x, filters, scale, depth, mix)
        for depth, (x, scale) in enumerate(zip(features.values(), scales, strict=True))
    ]
    last = output_activation("linear", "verdict")
    inputs = features if mix is None else {**features, "mix": mix}
    return keras.Model(inputs, last(layers.Concatenate(name="verdicts")(verdicts)), name=name)


def _head(x, filters: int, scale: float, depth: int, mix):
    """Verdicts `(batch, h/16, w/16, 1)` of a map that has been halved `depth` + 1 times."""
    name = f"head{depth}"
    x = layers.Rescaling(scale, name=f"{name}_scale")(x)
    mixtures = layers.Conv2D(filters, 1, use_bias=False, kernel_initializer="he_normal", name=f"{name}_mix")
    mixtures.trainable = False
    x = mixtures(x)
    for i in range(3 - depth):
        x = layers.Conv2D(filters, 4, 2, "same", kernel_initializer="he_normal", name=f"{name}_down{i}")(x)
        x = layers.LeakyReLU(0.2, name=f"{name}_down{i}_relu")(x)
    x = layers.Conv2D(filters, 3, 1, "same", kernel_initializer="he_normal", name=f"{name}_conv")(x)
    x = layers.LeakyReLU(0.2, name=f"{name}_relu")(x)
    if mix is None:
        return layers.Conv2D(1, 3, 1, "same", name=f"{name}_verdict")(x)
    verdicts = layers.Conv2D(mix.shape[-1], 3, 1, "same", name=f"{name}_verdict")(x)
    return PeriodChoice(name=f"{name}_choice")([verdicts, mix])
