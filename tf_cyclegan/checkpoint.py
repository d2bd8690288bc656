"""Saving and resuming the whole state of a run, with TensorFlow's own checkpoints."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import keras
import tensorflow as tf

from tf_cyclegan.errors import UserError

KEPT = 2


class Checkpoints:
    """The checkpoints of one run; the last `KEPT` are kept.

    Args:
        folder: where they lie.
        variables: everything that a continued run needs, in an order that its config alone decides.
    """

    def __init__(self, folder: str | Path, variables: Sequence[keras.Variable]):
        self.folder = Path(folder)
        # Named by place: Keras numbers names anew whenever a process builds the same thing twice.
        state = {f"{i:04d}": v.value for i, v in enumerate(variables)}
        self._checkpoint = tf.train.Checkpoint(state=state, step=tf.Variable(0, dtype=tf.int64))
        self._manager = self._open_manager()

    def _open_manager(self) -> tf.train.CheckpointManager:
        try:
            return tf.train.CheckpointManager(self._checkpoint, str(self.folder), max_to_keep=KEPT)
        except (ValueError, tf.errors.OpError):
            # The list of checkpoints is damaged. The checkpoints are found without it, see `_steps`.
            (self.folder / "checkpoint").unlink()
            return tf.train.CheckpointManager(self._checkpoint, str(self.folder), max_to_keep=KEPT)

    def _steps(self) -> list[int]:
        """Steps of the checkpoints that are there, newest first, whether TensorFlow's list names them or not."""
        numbers = (path.stem.removeprefix("ckpt-") for path in self.folder.glob("ckpt-*.index"))
        return sorted((int(n) for n in numbers if n.isdigit()), reverse=True)

    def restore(self) -> int:
        """Restores the newest checkpoint that can be read and returns its step; 0 where there is none.

        Raises:
            UserError: there are checkpoints and none of them can be read.
        """
        steps = self._steps()
        for step in steps:
            path = self.folder / f"ckpt-{step}"
            try:
                self._checkpoint.restore(str(path)).assert_consumed()
                return int(self._checkpoint.step.numpy())
            except Exception as error:  # noqa: BLE001 - TensorFlow raises many kinds; each means that it is damaged
                warnings.warn(f"{path}: damaged, the one before it is tried ({str(error)[:80]})", stacklevel=2)
        if steps:
            raise UserError(f"{self.folder}: no checkpoint can be read; remove the folder to start the run anew")
        return 0

    def save(self, step: int) -> None:
        """Writes the state after `step` steps, and removes what is older than the last `KEPT`.

        Raises:
            UserError: it cannot be written, for example because the disk is full.
        """
        self._checkpoint.step.assign(step)
        try:
            self._manager.save(checkpoint_number=step)
        except (tf.errors.OpError, OSError) as error:
            raise UserError(f"{self.folder}: checkpoint {step} could not be written ({str(error)[:120]})") from error
