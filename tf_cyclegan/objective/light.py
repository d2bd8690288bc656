"""The term that holds how light and dark lie in a picture, and leaves everything finer free."""

from keras import ops

from tf_cyclegan.objective.step import OTHER
from tf_cyclegan.objective.term import Term

# Side in pixels of the squares in whose means brightness is compared.
LIGHT_PIXELS = 16


class Light(Term):
    """How far the brightness of G(x) is from that of x (`light_y`), and that of F(y) from that of y (`light_x`).

    Args:
        weight: of both; 0 leaves them out.
    """

    def __init__(self, weight: float):
        super().__init__({"light_y": weight, "light_x": weight})

    def loss(self, step, domain):
        return light_loss(step[f"fake_{domain}"], step.real(OTHER[domain]))


def light_loss(result, picture):
    """Mean absolute difference of brightness in means over 16 × 16 pixels; texture and colour are left free.

    Args:
        result: `(batch, h, w, 3)` in [-1, 1], sides of at least 16 pixels.
        picture: of the same shape.
    """
    return ops.mean(ops.abs(_brightness(result) - _brightness(picture)))


def _brightness(pictures):
    grey = ops.mean(pictures, axis=3, keepdims=True)
    return ops.average_pool(grey, LIGHT_PIXELS, LIGHT_PIXELS, data_format="channels_last")
