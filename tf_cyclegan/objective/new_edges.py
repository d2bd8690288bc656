"""The term against blotches, halos and patches: coarse edges of a result that its picture does not have."""

from keras import ops

from tf_cyclegan.objective.coarse import coarse
from tf_cyclegan.objective.step import OTHER
from tf_cyclegan.objective.term import Term
from tf_cyclegan.pictures.edges import EDGE_GAIN


class NewEdges(Term):
    """New coarse edges in G(x) (`edges_y`) and in F(y) (`edges_x`).

    Args:
        weight: of both; 0 leaves them out.
    """

    def __init__(self, weight: float):
        super().__init__({"edges_y": weight, "edges_x": weight})

    def loss(self, step, domain):
        return new_edges_loss(step[f"fake_{domain}"], step.real(OTHER[domain]))


def new_edges_loss(result, picture):
    """Coarse edges of `result` where `picture` has none: blotches, halos, patches of light on an even cheek.

    Both are reduced to means of 8 × 8 pixels, every four pixels, in which strokes and canvas vanish. A difference of
    neighbours may be `EDGE_GAIN` times that of the picture; the loss is the mean of the differences beyond that. After
    the edge-aware smoothness of Godard et al., https://arxiv.org/abs/1609.03677, section 3.

    Args:
        result: a generator's result for `picture`, `(batch, h, w, 3)` in [-1, 1], sides of at least 12 pixels.
        picture: of the same shape.
    """
    paid = [
        ops.mean(ops.relu(step - EDGE_GAIN * ops.stop_gradient(allowed)))
        for step, allowed in zip(_coarse_steps(result), _coarse_steps(picture), strict=True)
    ]
    return 0.5 * (paid[0] + paid[1])


def _coarse_steps(picture):
    """Absolute differences of neighbours, along columns and along rows, of the coarse picture."""
    means = coarse(picture)
    return ops.abs(means[:, 1:] - means[:, :-1]), ops.abs(means[:, :, 1:] - means[:, :, :-1])
