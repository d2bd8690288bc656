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
        names = [f"{i:04d}.{v.path.replace('/', '.')}" for i, v in enumerate(variables)]
        self._checkpoint = tf.train.Checkpoint(
            state={name: v.value for name, v in zip(names, variables, strict=True)}, step=tf.Variable(0, dtype=tf.int64)
        )
        self._manager = tf.train.CheckpointManager(self._checkpoint, str(self.folder), max_to_keep=KEPT)

    def restore(self) -> int:
        """Restores the newest checkpoint that can be read and returns its step; 0 where there is none.

        Raises:
            UserError: there are checkpoints and none of them can be read.
        """
        found = self._manager.checkpoints
        for path in reversed(found):
            try:
                self._checkpoint.restore(path).assert_consumed()
                return int(self._checkpoint.step.numpy())
            except (tf.errors.OpError, ValueError, AssertionError) as error:
                warnings.warn(f"{path}: damaged, the one before it is tried ({str(error)[:80]})", stacklevel=2)
        if found:
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
