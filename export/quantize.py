"""Rounds the weights of a generator so coarsely that they take a given number of bytes when compressed."""

import lzma
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from tf_cyclegan.disk.archive import PRESET
from tf_cyclegan.networks.files import with_layers
from tf_cyclegan.pictures.pixels import normalize

# A kernel with fewer weights than this is left as it is: it saves nothing.
_SMALL = 1000
# The coarsest and the finest step, as powers of two relative to the kernel's root mean square.
_COARSEST, _FINEST = 1, -9
# Added to the inputs' second moments, as a share of their mean, so that they can be inverted.
_DAMPING = 0.01
# And this, where the inputs are all zero.
_NOTHING = 1e-12
# Largest float16 up to which every integer has its place.
_EXACT = 2048


def round_weights(
    generator: keras.Model, pictures: Sequence[np.ndarray], max_bytes: int, carry_over: bool = True
) -> keras.Model:
    """A copy whose kernels are multiples of a step each, and take together at most `max_bytes` when compressed.

    A step is a power of two: its multiples are float16 numbers with few different bytes, which any compressor makes
    small, and which a TFLite model of float16 holds exactly. How coarse each kernel's step is follows from its cost: if
    the squared error that a kernel adds to the pictures, divided by its number of weights, is the same for all kernels,
    no bit could be spent better elsewhere (uniform steps and entropy coding: Gish and Pierce, "Asymptotically efficient
    quantizing", IEEE Transactions on Information Theory 14 (5), 1968). Within a convolution the error of each weight is
    carried over to those that follow, so that the remaining error lies where the layer's inputs are small (Frantar et
    al., "GPTQ", https://arxiv.org/abs/2210.17323).

    Args:
        generator: floats in [-1, 1] in and out.
        pictures: real ones, uint8 `(h, w, 3)`, on which inputs and cost are measured.
        max_bytes: of all kernels together, compressed; the rest of a style comes on top.
        carry_over: False leaves every error where it is, to compare with.

    Raises:
        ValueError: not even the coarsest steps are small enough.
    """
    copy = with_layers(generator, lambda layer: type(layer).from_config(layer.get_config()))
    inputs = [normalize(picture)[None] for picture in pictures]
    kernels = _measure(copy, inputs, _factors(copy, inputs) if carry_over else {})
    for kernel, values in zip(kernels, _rounded_within(kernels, max_bytes), strict=True):
        kernel.variable.assign(values)
    return copy


@dataclass(frozen=True)
class _Kernel:
    """A kernel, and the effect of rounding it.

    Attributes:
        variable: that holds it.
        values: as trained.
        factor: of a convolution's inputs: the upper Cholesky factor of the inverse of their second moments; None
            where errors are not carried over.
        cost: the squared error in the pictures that a step of one would add.
    """

    variable: keras.Variable
    values: np.ndarray
    factor: np.ndarray | None = None
    cost: float = 0.0

    @property
    def middle(self) -> int:
        """Exponent of the power of two next to the root mean square."""
        return round(float(np.log2(np.sqrt(np.mean(self.values**2)))))

    def rounded(self, step: float) -> np.ndarray:
        """The values as multiples of a step."""
        if self.factor is None:
            return _nearest(self.values, step)
        rows = self.values.reshape(len(self.factor), -1).copy()
        for i, weights in enumerate(self.factor):
            nearest = _nearest(rows[i], step)
            error = (rows[i] - nearest) / weights[i]
            rows[i] = nearest
            rows[i + 1 :] -= np.outer(weights[i + 1 :], error)
        return rows.reshape(self.values.shape)


def _nearest(values: np.ndarray, step: float) -> np.ndarray:
    # Adds 0.0 so that -0.0 becomes 0.0, which compresses better.
    return np.clip(np.round(values / step), -_EXACT, _EXACT) * step + 0.0


def _measure(generator: keras.Model, pictures: list[np.ndarray], factors: dict[str, np.ndarray]) -> list[_Kernel]:
    painted = [np.asarray(generator(picture, training=False)) for picture in pictures]
    kernels = []
    for variable in generator.weights:
        values = np.asarray(variable)
        if values.size >= _SMALL and np.any(values):
            kernel = _Kernel(variable, values, factors.get(variable.path))
            step = 2.0 ** (kernel.middle - 2)
            variable.assign(kernel.rounded(step))
            again = [np.asarray(generator(picture, training=False)) for picture in pictures]
            variable.assign(values)
            error = float(np.mean([np.mean((a - b) ** 2) for a, b in zip(painted, again, strict=True)]))
            kernels.append(replace(kernel, cost=error / step**2))
    return kernels


def _factors(generator: keras.Model, pictures: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The factor of every convolution's inputs that `_Kernel` needs, by the path of the kernel."""
    convolutions = [layer for layer in generator.layers if type(layer) is keras.layers.Conv2D]
    inputs = keras.Model(generator.input, [layer.input for layer in convolutions])
    moments: dict[str, Any] = {}
    for picture in pictures:
        for layer, values in zip(convolutions, inputs(picture, training=False), strict=True):
            patches = keras.ops.image.extract_patches(values, layer.kernel_size, layer.strides, 1, layer.padding)
            rows = np.asarray(patches).reshape(-1, patches.shape[-1])
            moments[layer.kernel.path] = moments.get(layer.kernel.path, 0.0) + rows.T @ rows
    return {path: _factor(moment.astype(np.float64)) for path, moment in moments.items()}


def _factor(moment: np.ndarray) -> np.ndarray:
    moment[np.diag_indices_from(moment)] += _DAMPING * np.mean(np.diag(moment)) + _NOTHING
    return np.linalg.cholesky(np.linalg.inv(moment)).T.astype(np.float32)


def _rounded_within(kernels: Sequence[_Kernel], max_bytes: int) -> list[np.ndarray]:
    """The kernels rounded as finely as fits.

    The search uses entropies, without errors carried over. The bytes that these and xz take beyond the entropies must
    be saved in the next round.
    """
    budget = float(max_bytes)
    while True:
        found = [k.rounded(step) for k, step in zip(kernels, _steps_within(kernels, budget), strict=True)]
        data = b"".join(values.astype(np.float16).tobytes() for values in found)
        size = len(lzma.compress(data, preset=PRESET))
        if size <= max_bytes:
            return found
        budget *= 0.99 * max_bytes / size


def _steps_within(kernels: Sequence[_Kernel], max_bytes: float) -> list[float]:
    """The finest steps of equal cost per weight that fit, by bisection of that cost."""

    def size(cost: float) -> float:
        rounded = (_nearest(k.values, step) for k, step in zip(kernels, _steps(kernels, cost), strict=True))
        return sum(values.size * _entropy(values) for values in rounded) / 8

    low, high = -80.0, 40.0  # Logarithms to base 2.
    if size(high) > max_bytes:
        raise ValueError(f"not even the coarsest steps take fewer bytes. Received: max_bytes={max_bytes:.0f}")
    while high - low > 0.02:
        middle = (low + high) / 2
        low, high = (low, middle) if size(middle) <= max_bytes else (middle, high)
    return _steps(kernels, high)


def _steps(kernels: Sequence[_Kernel], cost: float) -> list[float]:
    exponents = []
    for kernel in kernels:
        wanted = (cost + np.log2(kernel.values.size) - np.log2(kernel.cost + 1e-30)) / 2
        exponents.append(np.clip(round(wanted), kernel.middle + _FINEST, kernel.middle + _COARSEST))
    return [2.0 ** int(exponent) for exponent in exponents]


def _entropy(values: np.ndarray) -> float:
    """Bits a value."""
    _, counts = np.unique(values, return_counts=True)
    shares = counts / values.size
    return -float(np.sum(shares * np.log2(shares)))
