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
from tf_cyclegan.moving_average import MovingAverage
from tf_cyclegan.samples import SampleGrid


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

    def close(self) -> None:
        """Called once when the sitting is over, also when it ended with an exception."""


class LossLog(StepCallback):
    """Writes every step's losses to `losses.csv`, which is first cut back to the restored step.

    A loss that is not finite ends the run: what follows it would be worthless, and the last checkpoint is still good.
    """

    def __init__(self, path: Path, names: list[str], start: int):
        super().__init__(start)
        _cut_back(path, ["step", *names], start)
        self._file = path.open("a", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._names = names

    def after_step(self, step, logs):
        bad = [name for name in self._names if not math.isfinite(logs[name])]
        if bad:
            raise UserError(f"step {step}: {bad[0]} is not finite; the last checkpoint is still good")
        self._writer.writerow([step, *(repr(float(logs[name])) for name in self._names)])

    def flush(self):
        self._file.flush()

    def close(self):
        self._file.close()


def _cut_back(path: Path, header: list[str], step: int) -> None:
    """Leaves the header and the rows up to `step`; the old file stays until the new one is complete."""
    rows: list[list[str]] = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if row and row[0].isdigit() and int(row[0]) <= step]
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


class Progress(StepCallback):
    """A bar over the whole run with the time left for it, and the losses."""

    def __init__(self, start: int, steps: int):
        super().__init__(start)
        self._bar = tqdm(total=steps, initial=start, unit="step", dynamic_ncols=True, smoothing=0.05)

    def after_step(self, step, logs):
        groups = {"G": "adversarial", "D": "discriminator", "cycle": "cycle", "same": "identity"}
        sums = {k: sum(v for name, v in logs.items() if name.startswith(prefix)) for k, prefix in groups.items()}
        self._bar.set_postfix({k: f"{v:.2f}" for k, v in sums.items()}, refresh=False)
        self._bar.update()

    def close(self):
        self._bar.close()


class Average(StepCallback):
    """Keeps the moving average of the generators up to date."""

    def __init__(self, start: int, average: MovingAverage):
        super().__init__(start)
        self._average = average

    def after_step(self, step, logs):
        self._average.update(step)


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


class Saver(StepCallback):
    """Saves by the clock, and ends the sitting after the step in which its time is up or somebody asks for it.

    Args:
        start: steps done before this sitting.
        save: called with the step.
        save_minutes: between two saves.
        max_minutes: of the sitting; 0 for no limit.
        asked: tells whether somebody wants the run to stop.
    """

    def __init__(
        self,
        start: int,
        save: Callable[[int], None],
        save_minutes: float,
        max_minutes: float,
        asked: Callable[[], bool],
    ):
        super().__init__(start)
        self._save, self._asked = save, asked
        self._interval = 60 * save_minutes
        self._next = time.monotonic() + self._interval
        self._end = time.monotonic() + 60 * max_minutes if max_minutes else math.inf

    def after_step(self, step, logs):
        now = time.monotonic()
        if now >= self._end or self._asked():
            self.model.stop_training = True
        elif now >= self._next:
            self._save(step)
            self._next = time.monotonic() + self._interval


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """SIGINT and SIGTERM set a flag, which the body reads by calling what it gets."""
    received: list[int] = []

    def remember(number, _frame):
        if received and number == signal.SIGINT:
            raise KeyboardInterrupt  # Asked twice: now.
        received.append(number)

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
