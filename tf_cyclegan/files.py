"""Files that are never half written."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tf_cyclegan.errors import UserError
from tf_cyclegan.paths import scratch


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary file to write, which takes the name `path` when the body went well; an earlier file stays when not.

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
