"""Networks of one period and of several, made of one another."""

from collections.abc import Iterator

import keras
import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.layers import InstanceNormalization
from tf_cyclegan.networks.painter import painter_generator


def periods_of(network: keras.Model) -> int:
    """How many periods a network knows."""
    return next((given.shape[-1] for given in network.inputs if given.name == "mix"), 1)


def take_period(generator: keras.Model, index: int) -> keras.Model:
    """The painter of one period alone, out of a painter of several: it paints the same.

    Args:
        generator: of several periods.
        index: of the period.
    """
    single = _painter_like(generator, 1)
    single.set_weights(mixed_weights(generator, single, np.eye(periods_of(generator))[[index]]))
    return single


def with_period(generator: keras.Model, single: keras.Model) -> keras.Model:
    """A painter with one period more, which stands last; the others stay bit for bit as they are.

    Args:
        generator: of one period or of several.
        single: a painter of the new one, which differs from `generator` only in what each period has of its own.

    Raises:
        UserError: it differs elsewhere, too.
    """
    count = periods_of(generator)
    joined, weights = _painter_like(generator, count + 1), []
    for (layer, shape, known), (_, _, new) in zip(_found(generator, joined), _found(single, joined), strict=True):
        if is_of_a_period(layer):
            weights.append(np.concatenate([known.reshape(count, -1), new.reshape(1, -1)]).reshape(shape))
        elif np.array_equal(known, new):
            weights.append(known)
        else:
            raise UserError(f"the new period was learned with another network: {layer.name} differs")
    joined.set_weights(weights)
    return joined


def mixed_weights(network: keras.Model, like: keras.Model, shares: np.ndarray) -> list[np.ndarray]:
    """Weights for `like`, whose periods then do what mixtures of those of `network` do.

    Args:
        network: a painter or a projected discriminator of one period or of several, or any network that knows none.
        like: the same for other periods, whose weights are asked for.
        shares: of the periods of `network` in each of those of `like`, `(periods of like, periods of network)`.
    """
    if periods_of(network) == periods_of(like) == 1:
        return network.get_weights()
    shares = shares.astype(np.float32)
    return [_mixed(layer, shape, weight, shares) for layer, shape, weight in _found(network, like)]


def _mixed(layer: keras.Layer, shape: tuple[int, ...], weight: np.ndarray, shares: np.ndarray) -> np.ndarray:
    if is_of_a_period(layer):
        return (shares @ weight.reshape(shares.shape[1], -1)).reshape(shape)
    # A discriminator has a channel for each period.
    return weight @ shares.T if layer.name.endswith("_verdict") else weight


def _found(network: keras.Model, like: keras.Model) -> Iterator[tuple[keras.Layer, tuple[int, ...], np.ndarray]]:
    """Each weight of `network` in the order of those of `like`, with the layer of `like` and the shape there."""
    for layer in like.layers:
        found = network.get_layer(layer.name).get_weights() if layer.weights else []
        for own, weight in zip(layer.weights, found, strict=True):
            yield layer, own.shape, weight


def is_of_a_period(layer: keras.Layer) -> bool:
    """Whether each period has weights of its own in this layer of a painter."""
    return isinstance(layer, InstanceNormalization) or layer.name == "light_colour"


def _painter_like(generator: keras.Model, periods: int) -> keras.Model:
    blocks = sum(layer.name.startswith("block") and layer.name.endswith("_add") for layer in generator.layers)
    filters = generator.get_layer("stem_conv").filters
    return painter_generator(filters, blocks, name=generator.name, periods=periods)
