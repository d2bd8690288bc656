"""Pictures of a plain folder, nested or flat, or of a zip of one, which is read in place."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

from tf_cyclegan.errors import UserError
from tf_cyclegan.picture_files import find_pictures
from tf_cyclegan.prepare.listing import list_files
from tf_cyclegan.prepare.work import PassedOver, Work, open_file


def read_folder(source: str | Path, passed_over: list[PassedOver] | None = None) -> list[Work]:
    """Every picture below a folder, or in a zip; a folder and its zip give the same works.

    Args:
        source: a folder, or a zip file.
        passed_over: what is no picture, or cannot be read, is added to it.

    Raises:
        UserError: there is no such folder or zip, or no picture in it.
    """
    source = Path(source)
    if source.is_file():
        files, left_out = _list_zip(source)
        name = source.stem
    elif not source.exists():
        raise UserError(f"{source}: no such folder or zip file")
    else:
        found = find_pictures(source)
        files = {path.relative_to(source).as_posix(): partial(open_file, path) for path in found.pictures}
        left_out, name = found.left_out, source.name
    if passed_over is not None:
        passed_over += [PassedOver(name, file, reason) for file, reason in left_out.items()]
    return [Work(file, opened, name, folder=file.rpartition("/")[0].split("/")[0]) for file, opened in files.items()]


def _list_zip(source: Path) -> tuple[dict[str, Callable[[], IO[bytes]]], dict[str, str]]:
    """How to open each picture of a zip, and why its other members are left out."""
    listing = list_files(source)
    files, left_out = listing.sort()
    if not files:
        raise UserError(f"{source}: no pictures in this zip")
    # The folder that was zipped is usually part of the names.
    outer = f"{source.stem}/"
    if all(name.startswith(outer) for name in files):
        files = {name.removeprefix(outer): opened for name, opened in files.items()}
    return dict(sorted(files.items(), key=lambda item: item[0].split("/"))), left_out
