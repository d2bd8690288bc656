"""The term that keeps places recognisable: PatchNCE."""

import keras
from keras import ops

from tf_cyclegan.objective.step import OTHER
from tf_cyclegan.objective.term import Term

# Places along each side that are compared, and the temperature of Park et al.
_SIDE, _TEMPERATURE = 8, 0.07


class PatchNCE(Term):
    """PatchNCE between x and G(x) (`nce_y`), and between y and F(y) (`nce_x`), next to the cycle or instead of it.

    Args:
        weight: of both; 0 leaves them out.
        encoders: by the domain of the result, the first half of its generator, from `networks.encoder_of`.
    """

    def __init__(self, weight: float, encoders: dict[str, keras.Model]):
        super().__init__({"nce_y": weight, "nce_x": weight})
        self._encoders = encoders

    def loss(self, step, domain):
        encoder, picture = self._encoders[domain], step[OTHER[domain]]
        result = encoder(step[f"fake_{domain}"], training=step.training)
        return patch_nce_loss(result, encoder(picture, training=step.training))


def patch_nce_loss(features, picture_features):
    """Whether every place of a result is more like the same place of its picture than like others of it.

    The cross-entropy, as the mean over layers and places, of recognising the place's own features among those of all
    places by their cosines over 0.07. Places are a grid of at most 8 × 8; the features are compared as they are,
    without the small trained networks of Park et al., https://arxiv.org/abs/2007.15651, section 3, and no gradient goes
    through those of the picture.

    Args:
        features: of a result, from `networks.encoder_of`: a list of `(batch, h, w, channels)`.
        picture_features: the same of the picture that it was made of.
    """
    losses = []
    for result, picture in zip(features, picture_features, strict=True):
        query, key = _places(result), ops.stop_gradient(_places(picture))
        cosines = ops.matmul(query, ops.transpose(key, (0, 2, 1))) / _TEMPERATURE
        own = ops.diagonal(cosines, axis1=1, axis2=2)
        losses.append(ops.mean(ops.logsumexp(cosines, axis=-1) - own))
    return sum(losses) / len(losses)


def _places(features):
    """Features of unit length at a grid of places, `(batch, places, channels)` float32."""
    rows, columns = (_grid(side) for side in features.shape[1:3])
    grid = ops.take(ops.take(features, rows, axis=1), columns, axis=2)
    flat = ops.reshape(ops.cast(grid, "float32"), (-1, len(rows) * len(columns), features.shape[-1]))
    return ops.normalize(flat, axis=-1)


def _grid(side: int) -> list[int]:
    """At most `_SIDE` places at equal distances, as far from the ends as half of that."""
    count = min(side, _SIDE)
    return [(2 * i + 1) * side // (2 * count) for i in range(count)]
