"""Callbacks that report on a run during training: losses, progress, curves."""

import csv
import math
import time
from collections.abc import Callable
from pathlib import Path

from tqdm.auto import tqdm

from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.run.folder import CURVES, LOSSES
from tf_cyclegan.run.losses import read_losses
from tf_cyclegan.run.steps_table import columns, cut_back, warn_of_gap
from tf_cyclegan.train.callback import StepCallback
from tf_cyclegan.train.curves import draw_losses

# Of the terms of the loss; those that are not here are called on the progress line as in losses.csv.
_SHORT = {"adversarial": "G", "discriminator": "D", "identity": "same"}

# Steps until the pace of a session says something: the first contains tracing and compiling.
_PACE_STEPS = 20


class LossLog(StepCallback):
    """Writes every step's losses to `losses.csv`, which is first cut back to the restored step.

    A loss that is not finite ends the run: later steps would be worthless, and the last checkpoint is still good.
    """

    def __init__(self, path: Path, names: list[str], start: int):
        super().__init__(start)
        kept = columns(path)[1:]
        names = kept if sorted(kept) == sorted(names) else names  # A run keeps the order of its columns.
        cut_back(path, ["step", *names], start)
        warn_of_gap(path, start)
        self._file = path.open("a", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._names = names

    def after_step(self, step, logs):
        bad = [name for name in self._names if not math.isfinite(logs[name])]
        if bad:
            raise UserError(f"step {step}: {bad[0]} is not finite; the last checkpoint is still good")
        self._writer.writerow([step, *(repr(float(logs[name])) for name in self._names)])

    def before_save(self):
        self._file.flush()

    def close(self):
        self._file.close()


class Progress(StepCallback):
    """A bar over the whole run with the time left for it, the losses, and what is wrong with the backup.

    Args:
        start: steps done before this session.
        steps: of the whole run.
        max_minutes: of a session; 0 for no limit.
        trouble: returns what is wrong, or an empty text.
    """

    def __init__(self, start: int, steps: int, max_minutes: float = 0.0, trouble: Callable[[], str] = str):
        super().__init__(start)
        self._steps, self._max_minutes, self._trouble = steps, max_minutes, trouble
        self._first, self._began = start, time.monotonic()
        self._bar = tqdm(total=steps, initial=start, unit="step", dynamic_ncols=True, smoothing=0.05)

    def after_step(self, step, logs):
        kinds: dict[str, float] = {}
        for name, value in logs.items():
            kind, pair, _ = name.rpartition("_")
            if pair:  # All but Keras' sum of them.
                kinds[kind] = kinds.get(kind, 0.0) + value
        losses = " ".join(f"{_SHORT.get(kind, kind)} {value:.2f}" for kind, value in kinds.items())
        words = filter(None, (losses, self._sessions(step), self._trouble()))
        try:
            self._bar.set_postfix_str(" · ".join(words), refresh=False)
            self._bar.update()
        except OSError:  # The terminal was closed; the run is to be saved all the same.
            self._bar.disable = True

    def close(self):
        self._bar.close()

    def _sessions(self, step: int) -> str:
        """How many sessions are still to come, at the pace of this one."""
        if not self._max_minutes or step - self._first < _PACE_STEPS:
            return ""
        elapsed = (time.monotonic() - self._began) / 60
        left = elapsed / (step - self._first) * (self._steps - step) - (self._max_minutes - elapsed)
        more = max(0, math.ceil(left / self._max_minutes))
        return (
            f"{more} more session{'s' * (more != 1)} of {self._max_minutes:g} min" if more else "ends in this session"
        )


class TensorBoard(StepCallback):
    """Losses and learning rate for TensorBoard, by the step of the whole run.

    Keras' own callback counts from 0 again in every session.
    """

    def __init__(self, start: int, folder: Path, every: int = 20):
        import tensorflow as tf

        super().__init__(start)
        self._summary = tf.summary
        self._writer = tf.summary.create_file_writer(str(folder))
        self._every = every

    def after_step(self, step, logs):
        if step % self._every:
            return
        with self._writer.as_default(step):
            for name, value in logs.items():
                self._summary.scalar(name, value)
            self._summary.scalar("learning_rate", self.model.optimizer.learning_rate)

    def close(self):
        self._writer.close()


class Curves(StepCallback):
    """Draws `losses.csv` as `losses.png` with every checkpoint, for use without TensorBoard."""

    def __init__(self, start: int, run: Path):
        super().__init__(start)
        self._run = run

    def after_step(self, step, logs):
        """Nothing: drawing long curves takes a second."""

    def before_save(self):
        with replacing(self._run / CURVES) as partial:
            partial.write_bytes(draw_losses(read_losses(self._run / LOSSES)))
