"""The term that keeps what a picture shows, and leaves its pixels free to become strokes."""

from keras import ops

from tf_cyclegan.objective.step import OTHER
from tf_cyclegan.objective.term import Term

# Features by which a scene is recognised, and how much each counts.
CONTENT_FEATURES = {"block2": 0.2, "block4": 1.0, "block8": 1.0}


class Content(Term):
    """How far a result's features are from those of its picture, each channel freed of its mean and its spread.

    Mean and spread belong to the style: a period may have other colours and another contrast. Losses: `content_y` for
    G(x) and `content_x` for F(y).

    Args:
        weight: of both; 0 leaves them out.

    Reference: perceptual losses, Johnson et al., https://arxiv.org/abs/1603.08155; freed features as in instance
    normalization, Huang and Belongie, https://arxiv.org/abs/1703.06868.
    """

    def __init__(self, weight: float):
        super().__init__({"content_y": weight, "content_x": weight})

    def loss(self, step, domain):
        made, picture = step[f"features_fake_{domain}"], step[f"features_{OTHER[domain]}"]
        return sum(
            share * ops.mean(ops.square(freed(made[name]) - freed(picture[name])))
            for name, share in CONTENT_FEATURES.items()
        )


def freed(features):
    """Features `(batch, h, w, c)` with mean 0 and spread 1 in each channel of each picture."""
    x = ops.cast(features, "float32")
    x = x - ops.mean(x, axis=(1, 2), keepdims=True)
    return x / (ops.sqrt(ops.mean(ops.square(x), axis=(1, 2), keepdims=True) + 1e-8) + 1e-3)
