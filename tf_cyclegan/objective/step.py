"""One training step: its pictures and verdicts, each made when a term first asks for it."""

from collections.abc import Callable
from typing import Any

from keras import ops

OTHER = {"x": "y", "y": "x"}


class Step(dict):
    """The tensors of one step, by name: the inputs, and `KIND_DOMAIN`, such as `fake_y`.

    Most of a step's time goes into passes through networks, so nothing is made that no term asks for.

    Args:
        inputs: `{"x": …, "y": …}`, float pictures `(batch, height, width, 3)` in [-1, 1]; with several periods also
            "mix", of which of them each painting is: `(batch, periods)`, a 1 in each row.
        makers: by KIND, what makes one of them: takes the step and the domain, "x" or "y".
        training: whether this is a training step.
    """

    def __init__(self, inputs: dict[str, Any], makers: dict[str, Callable[["Step", str], Any]], training: bool):
        super().__init__(inputs)
        self.makers, self.training = makers, training

    def __missing__(self, name: str) -> Any:
        kind, _, domain = name.rpartition("_")
        self[name] = self.makers[kind](self, domain)
        return self[name]

    def real(self, domain: str) -> Any:
        """The input of a domain in the precision of what the networks give: float32, or float64."""
        return ops.cast(self[domain], self[f"fake_{domain}"].dtype)
