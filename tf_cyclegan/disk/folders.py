"""Folders that are never half written: a folder gets its name when it is complete."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tf_cyclegan.disk.paths import is_or_holds, scratch
from tf_cyclegan.errors import UserError


@contextmanager
def replacing_folder(out: str | Path, mark: str | None, what: str) -> Iterator[Path]:
    """A temporary folder that replaces `out` if the body succeeds; otherwise the folder that was there before stays.

    Args:
        out, mark, what: as in `check_replaceable`; the folder above `out` is made too.

    Raises:
        UserError: `out` is something else, or cannot be written or replaced.
    """
    place = check_replaceable(out, mark, what)
    workshop = scratch(place)
    try:
        if os.path.lexists(workshop):
            bring_back(place, workshop / "earlier")
            shutil.rmtree(workshop)
        new = workshop / "new"
        new.mkdir(parents=True)
        yield new
        publish(new, place, workshop / "earlier")
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
    finally:
        # Where the earlier folder could not be brought back, it stays there.
        if os.path.lexists(place) or not os.path.lexists(workshop / "earlier"):
            shutil.rmtree(workshop, ignore_errors=True)


def check_replaceable(out: str | Path, mark: str | None, what: str) -> Path:
    """Refuses to replace a folder that holds anything else.

    Args:
        out: new, empty, or an earlier result.
        mark: a file by which an earlier result is known; None where nothing is ever replaced.
        what: such a result is called, as in "a page".

    Returns:
        As `place_of`.

    Raises:
        UserError: the folder is something else, or as `place_of`.
    """
    place = place_of(out)
    if not is_free(place) and not (mark and (place / mark).is_file()):
        raise UserError(f"{out}: exists and is not {what}; choose another folder")
    return place


def place_of(out: str | Path) -> Path:
    """Where a folder that will be replaced really is, with links and `..` followed, so that its neighbours can be
    named.

    Raises:
        UserError: it is, or holds, the folder that the program runs in, which cannot be renamed below its user.
    """
    if is_or_holds(out, Path.cwd()):
        raise UserError(f"{out}: is or holds the folder that this command runs in; choose another one")
    path, real = Path(out), Path(os.path.realpath(out))
    # A path may lead through the very folder that is about to be renamed. A plain one stays as its user knows it.
    return path if ".." not in path.parts and path.absolute() == real else real


def is_free(folder: Path) -> bool:
    """Whether nothing is lost if a folder gets this name: nothing is there, or an empty folder."""
    return not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir()))


def publish(new: Path, out: Path, earlier: Path) -> None:
    """Gives a finished folder its name; what has that name is moved to `earlier`, and back if this fails.

    Raises:
        OSError: it cannot be renamed.
    """
    if os.path.lexists(out):
        out.replace(earlier)
    try:
        new.replace(out)
    except OSError:
        bring_back(out, earlier)
        raise


def bring_back(out: Path, earlier: Path) -> None:
    """Gives a folder that `publish` moved away its name again, where a process ended between the two renames.

    Raises:
        OSError: it cannot be renamed.
    """
    if os.path.lexists(earlier) and not os.path.lexists(out):
        earlier.replace(out)
