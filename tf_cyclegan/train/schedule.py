"""Learning rates over a run."""

import math

import keras
from keras import ops

from tf_cyclegan.settings.choices import SCHEDULES

_STEP_FACTOR = 0.1


@keras.saving.register_keras_serializable(package="tf_cyclegan")
class ConstantThenLinear(keras.optimizers.schedules.LearningRateSchedule):
    """Constant at first, then linearly down to zero at the end of the run, as in the CycleGAN paper.

    Args:
        learning_rate: at first.
        steps: of the whole run.
        decay_from: share of the run after which it falls, in [0, 1).
    """

    def __init__(self, learning_rate: float, steps: int, decay_from: float = 0.5):
        self.learning_rate, self.steps, self.decay_from = learning_rate, steps, decay_from

    def __call__(self, step):
        return self.learning_rate * self._left(step)

    def _left(self, step):
        """How much of the fall is still to come, from 1 to 0."""
        left = (self.steps - ops.cast(step, "float32")) / (self.steps * (1.0 - self.decay_from))
        return ops.clip(left, 0.0, 1.0)

    def get_config(self):
        return {"learning_rate": self.learning_rate, "steps": self.steps, "decay_from": self.decay_from}


@keras.saving.register_keras_serializable(package="tf_cyclegan")
class ConstantThenCosine(ConstantThenLinear):
    """Constant at first, then half a cosine down to zero at the end of the run; arguments as above.

    Reference: Loshchilov and Hutter, https://arxiv.org/abs/1608.03983
    """

    def __call__(self, step):
        return self.learning_rate * 0.5 * (1.0 - ops.cos(math.pi * self._left(step)))


@keras.saving.register_keras_serializable(package="tf_cyclegan")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """Another schedule whose rate rises to its value over the first steps, evenly.

    Args:
        schedule: the other one, or a constant rate.
        steps: in which it rises.

    Reference: Goyal et al., https://arxiv.org/abs/1706.02677, section 2.2
    """

    def __init__(self, schedule: keras.optimizers.schedules.LearningRateSchedule | float, steps: int):
        self.schedule, self.steps = schedule, steps

    def __call__(self, step):
        rate = self.schedule(step) if callable(self.schedule) else self.schedule
        return rate * ops.minimum((ops.cast(step, "float32") + 1.0) / self.steps, 1.0)

    def get_config(self):
        return {"schedule": keras.saving.serialize_keras_object(self.schedule), "steps": self.steps}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config["schedule"]), config["steps"])


def build_schedule(name: str, learning_rate: float, steps: int, decay_from: float, warm_up: int = 0):
    """A schedule by name.

    Args:
        name: "linear": constant, then linearly to zero (the paper); "cosine": constant, then half a cosine to zero;
            "step": a tenth after every `decay_from` of the run.
        learning_rate: at first.
        steps: of the whole run.
        decay_from: share of the run after which it falls, in [0, 1).
        warm_up: steps in which it rises to its value; 0 for none.
    """
    schedule = _schedule(name, learning_rate, steps, decay_from)
    return WarmUp(schedule, warm_up) if warm_up else schedule


def _schedule(name: str, learning_rate: float, steps: int, decay_from: float):
    first = int(steps * decay_from)
    if name == "linear":
        return ConstantThenLinear(learning_rate, steps, decay_from)
    if name == "cosine":
        return ConstantThenCosine(learning_rate, steps, decay_from)
    if name == "step":
        boundaries = list(range(first, steps, first)) if first else []
        values = [learning_rate * _STEP_FACTOR**i for i in range(len(boundaries) + 1)]
        return keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, values) if boundaries else learning_rate
    raise ValueError(f"`name` must be one of {SCHEDULES}. Received: name={name!r}")
