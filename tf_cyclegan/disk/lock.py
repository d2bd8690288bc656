"""One process at a time at a place, such as a run's folder."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLease, Timeout

from tf_cyclegan.errors import UserError

# The errors of file systems without locks, such as some network drives.
_NO_LOCKS = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL}
# Where it has none, a file serves as the lock. Its holder touches it several times in this time; one that is not
# touched any more belongs to a process that was killed, perhaps on another machine.
LEASE_SECONDS = 30.0


@contextmanager
def locked(path: Path, message: str) -> Iterator[None]:
    """Holds a lock on the file `path`, which is made and removed again.

    The system releases it when the process ends in whatever way. On a file system without locks a lease replaces
    it: if the holder was on another machine, it takes `LEASE_SECONDS` to find out that it is gone.

    Args:
        path: the lock's file; its folder must be there.
        message: what to say where another process holds it.

    Raises:
        UserError: another process holds it, or the folder cannot be written.
    """
    try:
        lock = _acquire(path)
    except Timeout as error:
        raise UserError(message) from error
    except OSError as error:
        raise UserError(f"{path.parent}: cannot be written ({error.strerror or error})") from error
    try:
        yield
    finally:
        with suppress(OSError):
            # The file is removed while it is held: a waiting process sees that it is gone, and does not take it for the
            # lock. Windows does not remove open files; there the library does so after its release.
            path.unlink()
        with suppress(OSError):  # A network drive that is gone has no lock any more.
            lock.release()


def _acquire(path: Path) -> BaseFileLock:
    lock: BaseFileLock = FileLock(path, fallback_to_soft=False)
    try:
        lock.acquire(timeout=0)
    except OSError as error:
        if isinstance(error, Timeout) or error.errno not in _NO_LOCKS:
            raise
        path.unlink(missing_ok=True)  # An empty file that nobody holds.
        lock = SoftFileLease(path.with_name(f"{path.name}.lease"), lease_duration=LEASE_SECONDS)
        lock.acquire(timeout=1.2 * LEASE_SECONDS)
    return lock
