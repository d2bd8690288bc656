"""One process at a time in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tf_cyclegan.errors import UserError

try:
    import fcntl
except ImportError:  # Windows, where two preparations of one folder are told only by what they do to each other.
    fcntl = None  # type: ignore[assignment]


@contextmanager
def locked(path: Path, message: str) -> Iterator[None]:
    """Holds a lock on the file `path`, which is made; a process that is killed lets go of it.

    Raises:
        UserError: another process holds it; `message` says so.
    """
    with path.open("w") as file:
        if fcntl:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UserError(message) from error
        yield
