"""Grows a larger generator that at first paints exactly like a smaller one."""

from typing import Any

import keras
import numpy as np
from keras import layers

# Generators of one layout, whose layers have the same names; each can take the weights of those before it.
_FAMILY = ("mobile", "mobile_dense")


def can_grow(small: dict[str, Any], large: dict[str, Any]) -> bool:
    """Whether `grow` can put a generator of the first architecture into one of the second.

    Args:
        small: the arguments that the generator was built with, as in `TrainConfig.architectures`.
        large: likewise.
    """
    if small["kind"] not in _FAMILY or large["kind"] not in _FAMILY[_FAMILY.index(small["kind"]) :]:
        return False
    return (
        small["filters"] <= large["filters"] and {**small, "kind": large["kind"], "filters": large["filters"]} == large
    )


def grow(small: keras.Model, large: keras.Model) -> None:
    """Puts a trained generator into a new one of more channels, or of full convolutions instead of separable ones.

    At first the large network paints like the small one: the old channels come first and see only each other; the new
    ones, with their random weights, see all channels and are seen by none, until training joins them. After
    Chen et al., "Net2Net", https://arxiv.org/abs/1511.05641, with zeros instead of copied channels.

    Args:
        small: a trained generator.
        large: a new one, for which `can_grow`; its weights are set in place.
    """
    for layer in large.layers:
        if layer.weights:
            old = _weights_for(layer, small.get_layer(layer.name))
            names = [v.name for v in layer.weights]
            triples = zip(names, layer.get_weights(), old, strict=True)
            layer.set_weights([_placed(name, new, theirs) for name, new, theirs in triples])


def _weights_for(layer: keras.Layer, old: keras.Layer) -> list[np.ndarray]:
    """The old layer's weights; those of a separable convolution as one kernel, where the new one is none."""
    weights = old.get_weights()
    if not isinstance(old, layers.SeparableConv2D) or isinstance(layer, layers.SeparableConv2D):
        return weights
    depthwise, pointwise, *bias = weights
    return [depthwise * pointwise, *bias]


def _placed(name: str, new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """`new` with `old` in its first places, and zeros where an old channel would see a new one."""
    new = new.copy()
    if name in ("kernel", "pointwise_kernel"):
        new[..., old.shape[-2] :, : old.shape[-1]] = 0
    new[tuple(slice(size) for size in old.shape)] = old
    return new
