"""Files that are never half written."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tf_cyclegan.disk.paths import scratch
from tf_cyclegan.errors import UserError


@contextmanager
def making(folder: Path) -> Iterator[None]:
    """Makes a folder and its parents; if the body fails, those that are still empty are removed again.

    Raises:
        UserError: it cannot be made.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # There is something in it.
            for path in missing:
                path.rmdir()
        raise


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary file to write, which gets the name `path` if the body succeeds; otherwise an earlier file stays.

    Args:
        path: the file to make; its folder is made too.

    Raises:
        UserError: it cannot be written.
    """
    path = Path(path)
    partial = scratch(path)
    try:
        if path.is_dir():
            raise UserError(f"{path}: cannot be written (it is a folder); give the name of a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        with contextlib.suppress(OSError):  # Where its folder cannot exist, neither can the file.
            partial.unlink()
