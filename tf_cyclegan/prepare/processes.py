"""Work spread over all cores, results in order."""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import ModuleType
from typing import TypeVar

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.settings import PROCESSES

T = TypeVar("T")
R = TypeVar("R")

# A process takes a third of a second to start, the time of a dozen large pictures.
_WORTH_A_PROCESS = 24
_WAITING = 4
# Windows waits for no more at a time.
_MOST = 61 if sys.platform == "win32" else 1024


def count_processes(tasks: int, asked: int | None = None) -> int:
    """How many processes to use for `tasks` tasks: `asked`, or at most one per core.

    Raises:
        UserError: that number makes no sense.
    """
    asked = PROCESSES.check("processes", asked)
    return min(asked or max(1, min(_cores(), tasks // _WORTH_A_PROCESS)), _MOST)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(function: Callable[[T], R], tasks: Iterable[T], processes: int) -> Iterator[R]:
    """`function` of each task, computed in `processes` processes, in the order of the tasks.

    Processes are started afresh, not forked, since the caller may have threads (TensorFlow, a notebook). They end with
    the caller, even where it is killed. Tasks are taken only a few ahead. A script that calls this needs no guard
    `if __name__ == "__main__"`, since the processes do not import it.

    Args:
        function: a module's function, without state; of no script.
        tasks: what it takes; with more than one process it is pickled.
        processes: 1 for none besides this one.

    Raises:
        UserError: a process was ended from outside.
    """
    if processes == 1:
        yield from map(function, tasks)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, initializer=_end_with_parent)
    waiting: deque[Future[R]] = deque()
    try:
        for task in tasks:
            with _without_script():
                waiting.append(pool.submit(function, task))
            if len(waiting) > _WAITING * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise UserError("a process was ended from outside, perhaps for lack of memory") from error
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _without_script() -> Iterator[None]:
    """Processes that start in the body know no script: otherwise they would import it and run it again."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _end_with_parent() -> None:
    """A worker waits on a pipe that it holds open itself: it would wait for ever after the parent's death."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair.
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
