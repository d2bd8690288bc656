"""Networks of one period and of several, made of one another."""

import keras
import numpy as np

from tf_cyclegan.networks.layers import PeriodColour, PeriodNormalization
from tf_cyclegan.networks.painter import painter_generator


def take_period(generator: keras.Model, index: int) -> keras.Model:
    """The painter of one period alone, out of a painter of several: it paints the same.

    Args:
        generator: of several periods.
        index: of the period.
    """
    blocks = sum(layer.name.startswith("block") and layer.name.endswith("_add") for layer in generator.layers)
    single = painter_generator(generator.get_layer("stem_conv").filters, blocks, name=generator.name)
    for layer in single.layers:
        theirs = generator.get_layer(layer.name)
        weights = theirs.get_weights()
        if isinstance(theirs, PeriodNormalization | PeriodColour):
            weights = [weight[index] for weight in weights]
        layer.set_weights([w.reshape(own.shape) for w, own in zip(weights, layer.weights, strict=True)])
    return single


def spread_periods(single: keras.Model, several: keras.Model) -> list[np.ndarray]:
    """Weights for a network of several periods, each of which then does what a network of one period does.

    Args:
        single: of one period.
        several: the same of several, whose weights are asked for.
    """
    weights = []
    for layer in several.layers:
        found = single.get_layer(layer.name).get_weights() if layer.weights else []
        for own, weight in zip(layer.weights, found, strict=True):
            same = weight.reshape(weight.shape[-2:]) if weight.ndim > len(own.shape) else weight
            weights.append(np.broadcast_to(same, own.shape))
    return weights
