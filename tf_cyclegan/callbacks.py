"""What happens beside training: losses, progress, samples, checkpoints, and stopping in time."""

import csv
import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
from tqdm.auto import tqdm

from tf_cyclegan.errors import UserError
from tf_cyclegan.files import replacing
from tf_cyclegan.loss_curves import draw_losses, read_losses
from tf_cyclegan.moving_average import MovingAverage
from tf_cyclegan.samples import SampleGrid
from tf_cyclegan.steps_table import cut_back, warn_of_gap

# Steps until the pace of a sitting says something: the first contains tracing and compiling.
_PACE_STEPS = 20


class StepCallback(keras.callbacks.Callback):
    """A callback that counts steps of the whole run, not of this sitting.

    Args:
        start: steps done before this sitting.
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
        """Called once when the sitting is over, also when it ended with an exception."""


def sync(model: keras.Model) -> None:
    """Brings the variables up to date: on JAX, `fit()` keeps the state outside them."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()


class LossLog(StepCallback):
    """Writes every step's losses to `losses.csv`, which is first cut back to the restored step.

    A loss that is not finite ends the run: what follows it would be worthless, and the last checkpoint is still good.
    """

    def __init__(self, path: Path, names: list[str], start: int):
        super().__init__(start)
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


# Of the terms of the loss; those that are not here are called on the progress line as in losses.csv.
_SHORT = {"adversarial": "G", "discriminator": "D", "identity": "same"}


class Progress(StepCallback):
    """A bar over the whole run with the time left for it, the losses, and what is wrong with the backup.

    Args:
        start: steps done before this sitting.
        steps: of the whole run.
        max_minutes: of a sitting; 0 for no limit.
        trouble: tells what is wrong, or nothing.
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
        words = filter(None, (losses, self._sittings(step), self._trouble()))
        try:
            self._bar.set_postfix_str(" · ".join(words), refresh=False)
            self._bar.update()
        except OSError:  # The terminal was closed; the run is to be saved all the same.
            self._bar.disable = True

    def close(self):
        self._bar.close()

    def _sittings(self, step: int) -> str:
        """How many sittings are still to come, at the pace of this one."""
        if not self._max_minutes or step - self._first < _PACE_STEPS:
            return ""
        elapsed = (time.monotonic() - self._began) / 60
        left = elapsed / (step - self._first) * (self._steps - step) - (self._max_minutes - elapsed)
        more = max(0, math.ceil(left / self._max_minutes))
        return (
            f"{more} more sitting{'s' * (more != 1)} of {self._max_minutes:g} min" if more else "ends in this sitting"
        )


class Average(StepCallback):
    """Keeps the moving average of the generators up to date."""

    def __init__(self, start: int, average: MovingAverage):
        super().__init__(start)
        self._average = average

    def after_step(self, step, logs):
        self._average.update(step, before=lambda: sync(self.model))


class Samples(StepCallback):
    """Draws the sample grid every so many steps, and after the last one."""

    def __init__(
        self, start: int, folder: Path, grid: SampleGrid, generators: list[keras.Model], *, every: int, stop: int
    ):
        super().__init__(start)
        self._folder, self._grid, self._generators = folder, grid, generators
        self._every, self._stop = every, stop

    def after_step(self, step, logs):
        if step % self._every == 0 or step == self._stop:
            sync(self.model)
            self._folder.mkdir(exist_ok=True)
            self._grid.draw(*self._generators).save(self._folder / f"step_{step:07d}.png")


class TensorBoard(StepCallback):
    """Losses and learning rate for TensorBoard, by the step of the whole run.

    Keras' own callback counts from 0 again in every sitting.
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
    """Draws `losses.csv` as `losses.png` with every checkpoint: what there is to look at without TensorBoard."""

    def __init__(self, start: int, run: Path):
        super().__init__(start)
        self._run = run

    def after_step(self, step, logs):
        """Nothing: drawing long curves takes a second."""

    def before_save(self):
        with replacing(self._run / "losses.png") as partial:
            partial.write_bytes(draw_losses(read_losses(self._run / "losses.csv")))


class Clock:
    """When a sitting saves and when it ends.

    Args:
        save_minutes: between two saves.
        max_minutes: of the sitting; 0 for no limit.
    """

    def __init__(self, save_minutes: float, max_minutes: float):
        now = time.monotonic()
        self._interval = 60 * save_minutes
        self._next = now + self._interval
        self._end = now + 60 * max_minutes if max_minutes else math.inf

    def is_over(self) -> bool:
        return time.monotonic() >= self._end

    def is_due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() >= self._next

    def restart(self) -> None:
        """Counts the time to the next save from now."""
        self._next = time.monotonic() + self._interval


class Saver(StepCallback):
    """Saves by the clock and by count, and ends the sitting after the step in which its time is up or somebody asked.

    Args:
        start: steps done before this sitting.
        save: called with the step.
        clock: tells when to save.
        over: tells whether the sitting ends after the step of this number.
        every: saves every so many steps as well; 0 for by the clock alone.
        check: called after each step; raises when an earlier save went wrong.
    """

    def __init__(
        self,
        start: int,
        save: Callable[[int], None],
        clock: Clock,
        over: Callable[[int], bool],
        *,
        every: int = 0,
        check: Callable[[], None] = lambda: None,
    ):
        super().__init__(start)
        self._save, self._clock, self._over = save, clock, over
        self._every, self._check = every, check

    def after_step(self, step, logs):
        self._check()
        due = self._clock.is_due() or (self._every and step % self._every == 0)
        if self._over(step):
            self.model.stop_training = True  # What ends here is saved after `fit()`.
        elif due:
            sync(self.model)
            self._save(step)
            self._clock.restart()


# Windows has no SIGHUP, which says that the terminal was closed.
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """SIGINT, SIGTERM and SIGHUP set a flag, which the body reads by calling what it gets.

    A signal that the process was started to ignore, as `nohup` does with SIGHUP, stays ignored.
    """
    received: list[int] = []

    def remember(number, _frame):
        if received and number == signal.SIGINT:
            raise KeyboardInterrupt  # Asked twice: now.
        received.append(number)

    heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, remember) for number in heeded}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
