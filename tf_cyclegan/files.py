"""Files that are never half written."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tf_cyclegan.errors import UserError


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary file to write, which takes the name `path` when the body went well; an earlier file stays when not.

    Args:
        path: the file to make; its folder is made too.

    Raises:
        UserError: it cannot be written.
    """
    path = Path(path)
    partial = path.with_name(f".partial-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        with contextlib.suppress(OSError):  # Where its folder cannot exist, neither can the file.
            partial.unlink()
