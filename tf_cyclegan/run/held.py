"""A run's folder for one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tf_cyclegan.disk.lock import locked
from tf_cyclegan.disk.replacing import making


@contextmanager
def held(run: Path) -> Iterator[None]:
    """A run's folder for one process at a time; where nothing was written into a new one, it is removed again.

    Raises:
        UserError: another process writes into it, or it cannot be made.
    """
    with making(run), locked(run / ".lock", f"{run}: another process trains this run; wait for it"):
        yield
