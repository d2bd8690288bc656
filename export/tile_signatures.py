"""A generator whose instance norms take their statistics from outside, so that a large picture can be painted in tiles.

An instance norm uses mean and variance of the whole picture, and a tile has others: painted alone, neighbours differ in
brightness and contrast. So `model.tflite` has three more signatures, which share its one copy of the weights
(`tf_cyclegan.stylize.tiled` runs them). LiteRT sorts signatures by name, and most programs take a file's first one:
theirs come after `serving_default`.

- `tile`: a picture uint8 `(1, h, w, 3)` and `statistics` float32 `(2, channels)` → `painting`, uint8. The channels of
  all instance norms follow one another in the order in which they run; the rows are means, and scales
  1 / √(variance + ε).
- `tile_measure`: the same inputs and a `window` int32 `(4,)`, top, bottom, left, right, in steps of the multiple →
  `moments` `(2, channels)`: the means of x - mean and of (x - mean)² within the window.
- `tile_sample`: a picture and a `correction` `(2, channels)` → `statistics` of this picture, corrected, and its
  `moments`, mean and variance. The correction adds its first row, in standard deviations, to the means, and
  multiplies the variances by its second; later norms see what the corrected ones before them let through.

A network of several periods takes their weights `mix`, `(1, periods)`, as its last input in each of them.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf
from keras import layers, ops

from export.rewrite import BlockConv2D
from tf_cyclegan.networks.cost import count, lay_out
from tf_cyclegan.networks.generators import size_multiple
from tf_cyclegan.networks.layers import (
    FromUint8,
    InstanceNormalization,
    PeriodColour,
    PeriodNormalization,
    ReflectionPadding2D,
    ToUint8,
    UpsampleBilinear2D,
)

# Key → numbers of inputs and of outputs.
SIGNATURES = {"tile": (2, 1), "tile_measure": (3, 1), "tile_sample": (2, 2)}
# A network that looks further has no use for tiles: a U-Net's innermost layers see the whole picture.
MAX_OVERLAP = 256
# What the painting of a tile may take: with program, photograph and result at 24 megapixels, 600 MB in all.
TILE_BYTES = 210_000_000
# Below any standard deviation that matters; a channel that is constant in the sample divides by it.
_TINY = 1e-8


class Norm(NamedTuple):
    """What an instance norm does after its statistics; `scale` and `offset` are None where it has none."""

    epsilon: float
    scale: Any
    offset: Any


# (norm, its input, place of its first channel, rows of its input in one step of the size multiple) → its output
Normalize = Callable[[Norm, Any, int, int], Any]


def signatures_of(generator: keras.Model) -> dict[str, tuple[int, int]]:
    """The signatures of a file that can be painted in tiles: key → numbers of inputs and of outputs."""
    more = len(generator.inputs) - 1
    return {key: (inputs + more, outputs) for key, (inputs, outputs) in SIGNATURES.items()}


def overlap_of(generator: keras.Model) -> int | None:
    """How many pixels around a tile can change it, as a multiple of the size multiple; None: tiles are no use.

    That is the case where the network sees too far, and where it has no instance norm.
    """
    multiple = size_multiple(generator)
    overlap = -(-_walk(generator)[id(generator.output)][1] // multiple) * multiple
    return overlap if overlap <= MAX_OVERLAP and count_channels(generator) else None


def tile_side(generator: keras.Model, overlap: int, budget: int = TILE_BYTES) -> int:
    """The largest side of a tile, a multiple of 64 and of the size multiple, that LiteRT paints within `budget` bytes.

    LiteRT's convolutions keep a pointer for every value of a kernel's plane at every place of their output, which is
    more than the features themselves: of the painter about three quarters.
    """
    probe = 64 * size_multiple(generator)
    cost = count(generator, probe, probe)
    laid_out = lay_out(generator, probe, probe)
    pointers = 8 * sum(_pointers(layer) for layer in laid_out.layers)
    step = max(64, size_multiple(generator))
    fits = int(math.sqrt(budget * probe**2 / (cost.inference_bytes + pointers))) // step * step
    return max(fits, -(-(2 * overlap + step) // step) * step)


def _pointers(layer: keras.Layer) -> int:
    """Values of a convolution's plane at all places of its output; 0 for other layers."""
    if not isinstance(layer, layers.Conv2D | layers.SeparableConv2D | layers.Conv2DTranspose):
        return 0
    return math.prod(layer.kernel_size) * layer.output.shape[1] * layer.output.shape[2]


def count_channels(generator: keras.Model) -> int:
    """Channels of all instance norms together."""
    norms = [layer for layer in generator.layers if isinstance(layer, InstanceNormalization)]
    return sum(norm.output.shape[-1] for norm in norms)


def tiling_signatures(generator: keras.Model) -> dict[str, tuple[Callable, list[tf.TensorSpec]]]:
    """The three signatures, as functions and what they take; see the module."""
    pair = (2, count_channels(generator))
    picture = tf.TensorSpec((1, None, None, 3), tf.uint8, name="picture")
    statistics = tf.TensorSpec(pair, tf.float32, name="statistics")
    correction = tf.TensorSpec(pair, tf.float32, name="correction")
    window = tf.TensorSpec((4,), tf.int32, name="window")

    mixes = [tf.TensorSpec((1, *given.shape[1:]), tf.float32, name="mix") for given in generator.inputs[1:]]

    def tile(picture, statistics, mix=None):
        return {"painting": _run(generator, picture, mix, lambda norm, x, at, _: _normalize(norm, x, statistics, at))}

    def measure(picture, statistics, window, mix=None):
        moments = []

        def normalize(norm, x, at, zoom):
            moments.append(_moments(_crop(x - statistics[0, at : at + x.shape[-1]], window * zoom)))
            return _normalize(norm, x, statistics, at)

        _run(generator, picture, mix, normalize)
        return {"moments": ops.concatenate(moments, axis=1)}

    def sample(picture, correction, mix=None):
        found, moments = [], []

        def normalize(norm, x, at, zoom):
            own = _own_moments(x)
            moments.append(own)
            found.append(_correct(own, correction[:, at : at + x.shape[-1]], norm.epsilon))
            return _normalize(norm, x, found[-1], 0)

        _run(generator, picture, mix, normalize)
        return {"statistics": ops.concatenate(found, axis=1), "moments": ops.concatenate(moments, axis=1)}

    return {
        "tile": (tile, [picture, statistics, *mixes]),
        "tile_measure": (measure, [picture, statistics, window, *mixes]),
        "tile_sample": (sample, [picture, correction, *mixes]),
    }


def _run(generator: keras.Model, picture, mix, normalize: Normalize):
    """The generator on a uint8 picture, layer by layer, with every instance norm computed by `normalize`.

    Args:
        mix: weights of the periods; None for a network of one.
    """
    tensors = {id(tensor): given for tensor, given in zip(generator.inputs, (FromUint8()(picture), mix), strict=False)}
    places, multiple, first = _walk(generator), size_multiple(generator), 0
    for layer in generator.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        given = keras.tree.map_structure(lambda tensor: tensors[id(tensor)], layer.input)
        if isinstance(layer, InstanceNormalization):
            zoom = multiple // places[id(layer.output)][0]
            x, norm = _opened(layer, given)
            tensors[id(layer.output)] = normalize(norm, x, first, zoom)
            first += x.shape[-1]
        else:
            tensors[id(layer.output)] = layer(given)
    return ToUint8()(tensors[id(generator.output)])


def _opened(layer: InstanceNormalization, given) -> tuple[Any, Norm]:
    """The map that a norm is given, and what it does with it after its statistics."""
    if isinstance(layer, PeriodNormalization):
        return given[0], Norm(layer.epsilon, *layer.mixed(given[1]))
    return given, Norm(layer.epsilon, layer.gamma, layer.beta)


def _normalize(norm: Norm, x, statistics, first: int):
    last = first + x.shape[-1]
    mean, scale = statistics[0, first:last], statistics[1, first:last]
    return (x - mean) * scale if norm.scale is None else (x - mean) * (scale * norm.scale) + norm.offset


def _crop(x, window):
    return x[:, window[0] : window[1], window[2] : window[3]]


def _moments(x):
    """Means of x and of x², `(2, channels)`."""
    return ops.stack([ops.mean(x, axis=(0, 1, 2)), ops.mean(ops.square(x), axis=(0, 1, 2))])


def _own_moments(x):
    """Mean and variance, `(2, channels)`, in two passes as in `InstanceNormalization`."""
    mean = ops.mean(x, axis=(0, 1, 2))
    return ops.stack([mean, ops.mean(ops.square(x - mean), axis=(0, 1, 2))])


def _correct(moments, correction, epsilon: float):
    """Mean and variance of a sample → mean and scale of the picture that it represents."""
    mean = moments[0] + correction[0] * ops.sqrt(moments[1] + _TINY)
    return ops.stack([mean, ops.rsqrt(moments[1] * correction[1] + epsilon)])


def _walk(generator: keras.Model) -> dict[int, tuple[int, int]]:
    """Of every tensor, by its id: its stride in pixels, and how many pixels to each side of a place it depends on."""
    places = {id(tensor): (1, 0) for tensor in generator.inputs}
    for layer in generator.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        inputs = [places[id(tensor)] for tensor in keras.tree.flatten(layer.input)]
        stride = max(stride for stride, _ in inputs)
        reach = max(reach for _, reach in inputs) + stride * _looks(layer)
        places[id(layer.output)] = (_stride_after(layer, stride), reach)
    return places


def _looks(layer: keras.Layer) -> int:
    """How many rows and columns of its input a layer looks to each side, at most.

    Raises:
        NotImplementedError: a layer of a kind that is unknown here.
    """
    if isinstance(layer, layers.Conv2D | layers.SeparableConv2D):
        return (
            layer.kernel_size[0] - 1 if layer.padding == "same" and layer.strides[0] > 1 else layer.kernel_size[0] // 2
        )
    if isinstance(layer, layers.Conv2DTranspose):
        return layer.kernel_size[0] // 2
    if isinstance(layer, layers.AveragePooling2D):
        return layer.pool_size[0] - 1
    if isinstance(layer, BlockConv2D):
        return layer.kernel_size // 2
    if isinstance(layer, UpsampleBilinear2D):
        return 1
    pointwise = (InstanceNormalization, ReflectionPadding2D, layers.ReLU, layers.LeakyReLU, layers.Add, layers.Dropout)
    more = (
        PeriodColour,
        layers.ZeroPadding2D,
        layers.Cropping2D,
        layers.Activation,
        layers.Concatenate,
        layers.BatchNormalization,
    )
    if isinstance(layer, (*pointwise, *more)):
        return 0
    raise NotImplementedError(f"no rule for how far {type(layer).__name__} {layer.name} looks")


def _stride_after(layer: keras.Layer, stride: int) -> int:
    if isinstance(layer, UpsampleBilinear2D | layers.Conv2DTranspose):
        return stride // 2
    if isinstance(layer, layers.AveragePooling2D):
        return stride * layer.pool_size[0]
    return stride * layer.strides[0] if isinstance(layer, layers.Conv2D) else stride
