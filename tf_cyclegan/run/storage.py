"""Writes and reads the arrays of a checkpoint: TensorFlow's own format, or NumPy's where TensorFlow is not the backend.

Both keep a list of variables in an order that the run's config decides. `snapshot` copies the values at a step
boundary; `write` may then run while training continues.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import keras
import numpy as np

from tf_cyclegan.disk.replacing import replacing


class Storage(Protocol):
    """What `Checkpoints` needs of a format."""

    def snapshot(self, variables: Sequence[keras.Variable]) -> None:
        """Copies the values of the variables, so that they may change while `write` runs."""

    def write(self, folder: Path, step: int) -> list[Path]:
        """Writes the last snapshot and returns its files, whose names begin with `ckpt-STEP.`."""

    def read(self, folder: Path, step: int, variables: Sequence[keras.Variable]) -> None:
        """Gives the variables the values of a checkpoint; any exception means that it is of no use."""


def open_storage() -> Storage:
    """The format of the backend in use."""
    return TensorFlowStorage() if keras.backend.backend() == "tensorflow" else NumpyStorage()


class NumpyStorage:
    """One `.npz` a checkpoint."""

    def __init__(self) -> None:
        self._values: list[np.ndarray] = []

    def snapshot(self, variables: Sequence[keras.Variable]) -> None:
        self._values = [np.array(keras.ops.convert_to_numpy(v)) for v in variables]

    def write(self, folder: Path, step: int) -> list[Path]:
        path = folder / f"ckpt-{step}.npz"
        with replacing(path) as partial, partial.open("wb") as file:
            np.savez(file, *self._values)
        return [path]

    def read(self, folder: Path, step: int, variables: Sequence[keras.Variable]) -> None:
        with np.load(folder / f"ckpt-{step}.npz", allow_pickle=False) as values:
            if len(values.files) != len(variables):
                raise ValueError(f"{len(values.files)} arrays, not {len(variables)}")
            for i, variable in enumerate(variables):
                variable.assign(values[f"arr_{i}"])


class TensorFlowStorage:
    """`tf.train.Checkpoint` over shadow variables, kept by a `tf.train.CheckpointManager`.

    Saving the trained variables themselves while training continues would mix two steps; TensorFlow's and Keras' own
    asynchronous saving raised at the second save.
    """

    def __init__(self) -> None:
        self._shadows: list = []

    def snapshot(self, variables: Sequence[keras.Variable]) -> None:
        import tensorflow as tf

        values = _tensorflow_variables(variables)
        if not self._shadows:
            with tf.device("CPU:0"):
                self._shadows = [tf.Variable(value, trainable=False) for value in values]
            return
        for shadow, value in zip(self._shadows, values, strict=True):
            shadow.assign(value)

    def write(self, folder: Path, step: int) -> list[Path]:
        import tensorflow as tf

        # TensorFlow's list of checkpoints is not needed, manifests are ours; a damaged one would stop the manager.
        (folder / "checkpoint").unlink(missing_ok=True)
        manager = tf.train.CheckpointManager(_checkpoint(self._shadows), str(folder), max_to_keep=None)
        prefix = Path(manager.save(checkpoint_number=step))
        return sorted(folder.glob(f"{prefix.name}.*"))

    def read(self, folder: Path, step: int, variables: Sequence[keras.Variable]) -> None:
        _checkpoint(_tensorflow_variables(variables)).restore(str(folder / f"ckpt-{step}")).assert_consumed()


def _tensorflow_variables(variables: Sequence[keras.Variable]) -> list:
    """What is behind the variables; of those that every replica has for itself (image pools), each replica's own."""
    import tensorflow as tf

    found: list = []
    for variable in variables:
        value = variable.value
        own = hasattr(value, "values") and value.synchronization == tf.VariableSynchronization.ON_READ
        found += value.values if own else [value]
    return found


def _checkpoint(variables: Sequence):
    import tensorflow as tf

    return tf.train.Checkpoint(state={f"{i:04d}": variable for i, variable in enumerate(variables)})
