"""Learning rates over a run."""

import keras
from keras import ops


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
        left = (self.steps - ops.cast(step, "float32")) / (self.steps * (1.0 - self.decay_from))
        return self.learning_rate * ops.clip(left, 0.0, 1.0)

    def get_config(self):
        return {"learning_rate": self.learning_rate, "steps": self.steps, "decay_from": self.decay_from}
