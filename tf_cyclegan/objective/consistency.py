"""The terms that compare pictures with the inputs: cycle consistency and identity.

Reference: Zhu et al., https://arxiv.org/abs/1703.10593, sections 3.2 and 5.2.
"""

from keras import ops

from tf_cyclegan.objective.term import Term


class Cycle(Term):
    """‖F(G(x)) - x‖₁ (`cycle_x`) and ‖G(F(y)) - y‖₁ (`cycle_y`).

    Args:
        weight_x: of the way from X and back; 0 leaves it out.
        weight_y: of the way from Y and back.
        pixels: side of the squares in whose means pictures are compared; 1 compares every pixel, as published. Means
            leave the way there free to paint over fine detail, which the way back cannot know.
    """

    def __init__(self, weight_x: float, weight_y: float, pixels: int = 1):
        super().__init__({"cycle_x": weight_x, "cycle_y": weight_y})
        self.pixels = pixels

    def loss(self, step, domain):
        return l1_loss(self._means(step[f"cycled_{domain}"]), self._means(step.real(domain)))

    def _means(self, pictures):
        if self.pixels == 1:
            return pictures
        return ops.average_pool(pictures, self.pixels, self.pixels, data_format="channels_last")


class Identity(Term):
    """‖F(x) - x‖₁ (`identity_x`) and ‖G(y) - y‖₁ (`identity_y`): pictures of the target domain are left alone.

    Args:
        weight_x: of `identity_x`; 0 leaves it out.
        weight_y: of `identity_y`.
    """

    def __init__(self, weight_x: float, weight_y: float):
        super().__init__({"identity_y": weight_y, "identity_x": weight_x})

    def loss(self, step, domain):
        return l1_loss(step[f"same_{domain}"], step.real(domain))


def l1_loss(a, b):
    """Mean absolute difference of two batches of pictures."""
    return ops.mean(ops.abs(a - b))
