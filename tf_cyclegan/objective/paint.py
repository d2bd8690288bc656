"""The term that asks for paint: statistics of features, as strokes, canvas and relief leave them."""

import numpy as np
from keras import ops

from tf_cyclegan.objective.term import Term

# Features in which paint shows: wide ones, from fine to coarse.
PAINT_FEATURES = ("stem", *(f"block{i}_expand" for i in (1, 2, 3, 4, 6, 8)))
# Some channels are nearly always 0.
_LEAST_SPREAD = 0.01


class Paint(Term):
    """How far mean and covariance of a result's features are from those of the picture that it meets in this step.

    Losses: `paint_y` for G(x) and the painting y, `paint_x` for F(y) and the photograph x. Each channel is divided by
    its spread in paintings and photographs, so that all count alike.

    Args:
        weight: of both; 0 leaves them out.
        spread: by each of `PAINT_FEATURES`, standard deviations of its channels, `(channels,)`.

    Reference: Gatys et al., "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016; means as in Li et
    al., "Demystifying Neural Style Transfer", https://arxiv.org/abs/1701.01036.
    """

    def __init__(self, weight: float, spread: dict[str, np.ndarray]):
        super().__init__({"paint_y": weight, "paint_x": weight})
        self._spread = {name: np.asarray(values, "float32") + _LEAST_SPREAD for name, values in spread.items()}

    def loss(self, step, domain):
        made, real = step[f"features_fake_{domain}"], step[f"features_{domain}"]
        return sum(self._distance(name, made[name], real[name]) for name in PAINT_FEATURES)

    def _distance(self, name: str, made, real):
        ours, theirs = (statistics(ops.cast(features, "float32") / self._spread[name]) for features in (made, real))
        return sum(ops.mean(ops.square(a - b)) for a, b in zip(ours, theirs, strict=True))


def statistics(features):
    """Mean `(batch, c)` and covariance `(batch, c, c)` of features `(batch, h, w, c)` over their places."""
    _, height, width, channels = features.shape
    flat = ops.reshape(ops.cast(features, "float32"), (-1, height * width, channels))
    mean = ops.mean(flat, axis=1, keepdims=True)
    centred = flat - mean
    covariance = ops.matmul(ops.transpose(centred, (0, 2, 1)), centred) / (height * width)
    return mean[:, 0], covariance
