"""The term by which another run's generator supplies light and colour."""

import keras
from keras import ops

from tf_cyclegan.objective.coarse import coarse
from tf_cyclegan.objective.consistency import l1_loss
from tf_cyclegan.objective.term import Term


class Teacher(Term):
    """How far light and colour of G(x) are from those of the teacher's picture of x: `teacher_y`.

    Args:
        weight: of the term; 0 leaves it out.
        teacher: X → Y, a trained generator that stays as it is; not part of the model's weights.
    """

    def __init__(self, weight: float, teacher: keras.Model | None):
        super().__init__({"teacher_y": weight} if teacher else {})
        self._teacher = teacher

    def loss(self, step, domain):
        taught = ops.stop_gradient(self._teacher(step["x"], training=False))
        return light_and_colour_loss(step[f"fake_{domain}"], ops.cast(taught, step[f"fake_{domain}"].dtype))


def light_and_colour_loss(result, other):
    """Mean absolute difference of two pictures in means of 8 × 8 pixels, every four: texture is left free.

    Args:
        result: `(batch, h, w, 3)` in [-1, 1], sides of at least 8 pixels.
        other: of the same shape.
    """
    return l1_loss(coarse(result), coarse(other))
