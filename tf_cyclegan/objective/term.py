"""The base of all terms of an objective."""

from typing import Any

from tf_cyclegan.objective.step import Step


class Term:
    """A part of the objective: one loss or several, each with a name and a weight.

    The names are the columns of `losses.csv`: KIND_DOMAIN, where DOMAIN says which pictures are compared or judged.

    Args:
        weights: weight of each loss by its name; a loss of weight 0 is left out.
    """

    def __init__(self, weights: dict[str, float]):
        self.weights = {name: weight for name, weight in weights.items() if weight}

    def __call__(self, step: Step) -> dict[str, Any]:
        """The losses of a step by name: scalars, already multiplied by their weights."""
        return {name: weight * self.loss(step, name.rpartition("_")[2]) for name, weight in self.weights.items()}

    def loss(self, step: Step, domain: str) -> Any:
        """The loss of a domain, without its weight: a scalar in float32 (or float64)."""
        raise NotImplementedError
