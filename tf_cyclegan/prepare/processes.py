"""Work spread over all cores, results in order."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from tf_cyclegan.errors import UserError

T = TypeVar("T")
R = TypeVar("R")

# A process takes a third of a second to start, the time of a dozen large pictures.
_WORTH_A_PROCESS = 24
_WAITING = 4


def count_processes(tasks: int, asked: int | None = None) -> int:
    """How many processes are worth it for so many tasks: `asked`, or at most one a core.

    Raises:
        UserError: less than one was asked.
    """
    if asked is not None:
        if asked < 1:
            raise UserError(f"{asked} processes are too few; at least 1")
        return asked
    return max(1, min(_cores(), tasks // _WORTH_A_PROCESS))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(function: Callable[[T], R], tasks: Iterable[T], processes: int) -> Iterator[R]:
    """`function` of each task, computed in so many processes, in the order of the tasks.

    Processes are started afresh, not forked, since the caller may have threads (TensorFlow, a notebook). They end with
    the caller, even where it is killed. Tasks are taken only a few ahead.

    Args:
        function: a module's function, without state.
        tasks: what it takes; with more than one process it is pickled.
        processes: 1 for none beside this one.

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
            waiting.append(pool.submit(function, task))
            if len(waiting) > _WAITING * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise UserError("a process was ended from outside, perhaps for lack of memory") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """A worker waits on a pipe that it holds open itself: it would wait for ever after the parent's death."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair.
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
