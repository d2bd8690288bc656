"""Ctrl-C that lets the frame at hand be finished."""

import signal
import threading
from types import FrameType


class Stop:
    """Within its body the first Ctrl-C only sets `asked`; the second one interrupts as always.

    Signals reach the main thread alone; in any other one nothing changes.
    """

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> "Stop":
        self._main = threading.current_thread() is threading.main_thread()
        if self._main:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        if self._main:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, self._before)
