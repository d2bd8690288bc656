"""What the callbacks of a training have in common: they count the steps of the whole run."""

import keras


class StepCallback(keras.callbacks.Callback):
    """A callback that counts steps of the whole run, not of this session.

    Args:
        start: steps done before this session.
    """

    def __init__(self, start: int):
        super().__init__()
        self.step = start

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        self.after_step(self.step, logs or {})

    def after_step(self, step: int, logs: dict[str, float]) -> None:
        raise NotImplementedError

    def before_save(self) -> None:
        """Called before a checkpoint is taken, whose backup copies what is on the disk."""

    def close(self) -> None:
        """Called once when the session is over, also when it ended with an exception."""


def sync(model: keras.Model) -> None:
    """Brings the variables up to date: on JAX, `fit()` keeps the state outside them."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()
