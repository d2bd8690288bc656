"""The callback that saves a run and ends it in time, and the signals that ask for it."""

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tf_cyclegan.train.callback import StepCallback, sync

# Windows has no SIGHUP, which says that the terminal was closed.
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Clock:
    """When a session saves and when it ends.

    Args:
        save_minutes: between two saves.
        max_minutes: of the session; 0 for no limit.
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
    """Saves by the clock and by count, and ends the session after the step in which its time is up or a stop is
    requested.

    Args:
        start: steps done before this session.
        save: called with the step.
        clock: decides when to save.
        over: decides whether the session ends after the step of this number.
        every: number of steps between two more saves; 0 for by the clock alone.
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
