"""A discriminator that sees pictures through the features of a trained network."""

from pathlib import Path

import keras
from keras import layers

from tf_cyclegan.networks.efficientnet_lite import feature_maps, load_weights
from tf_cyclegan.networks.layers import output_activation

# Root mean square of the feature maps on photographs; divided by it, every head starts at the same scale.
_MAGNITUDES = (6.5, 8.5, 7.0, 6.0)


def projected_discriminator(
    filters: int = 64, weights: str | Path | None = None, name: str = "projected"
) -> keras.Model:
    """Four small heads over fixed random mixtures of EfficientNet-Lite0's feature maps.

    The network underneath and the mixtures stay as they are; only the heads learn. Such a discriminator can distinguish
    paintings from photographs after a few hundred steps, where one that starts from noise needs many thousands.

    Args:
        filters: channels of the mixtures and of the heads.
        weights: published state dict of EfficientNet-Lite0; None leaves its weights random.
        name: of the model.

    Returns:
        A model `(batch, h, w, 3)` → logits `(batch, h/16, w/16, 4)`, sides rounded up: of every patch one verdict from
        each of the four depths.

    Raises:
        UserError: `weights` is missing, damaged, or of another network.

    Reference: Sauer et al., "Projected GANs Converge Faster", https://arxiv.org/abs/2111.01007 (without mixing across
    scales and without spectral normalization; patches as in https://arxiv.org/abs/1611.07004).
    """
    picture = keras.Input((None, None, 3), name="picture")
    maps = zip(feature_maps(picture), _MAGNITUDES, strict=True)
    verdicts = [_head(x, filters, 1 / magnitude, depth) for depth, (x, magnitude) in enumerate(maps)]
    last = output_activation("linear", "verdict")
    network = keras.Model(picture, last(layers.Concatenate(name="verdicts")(verdicts)), name=name)
    if weights is not None:
        load_weights(network, weights)
    return network


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
