"""Pictures of a plain folder, nested or flat, or of a zip of one, which is read in place."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures import SUFFIXES, list_pictures
from tf_cyclegan.prepare.listing import describe_refused, list_files
from tf_cyclegan.prepare.work import Work, open_file


def read_folder(source: str | Path, remarks: list[str] | None = None) -> list[Work]:
    """Every picture below a folder, or in a zip; a folder and its zip give the same works.

    Args:
        source: a folder, or a zip file.
        remarks: lines on members of the zip that are left out are added to it.

    Raises:
        UserError: there is no such folder or zip, or no picture in it.
    """
    source = Path(source)
    if source.is_file():
        return _works(source.stem, _list_zip(source, [] if remarks is None else remarks))
    if not source.exists():
        raise UserError(f"{source}: no such folder or zip file")
    paths = list_pictures(source)
    return _works(source.name, {p.relative_to(source).as_posix(): partial(open_file, p) for p in paths})


def _list_zip(source: Path, remarks: list[str]) -> dict[str, Callable[[], IO[bytes]]]:
    listing = list_files(source)
    remarks += describe_refused(listing.refused)
    files = {name: opened for name, opened in listing.files.items() if name.lower().endswith(SUFFIXES)}
    if not files:
        raise UserError(f"{source}: no pictures in this zip (looked for {', '.join(SUFFIXES)})")
    # The folder that was zipped is usually part of the names.
    outer = f"{source.stem}/"
    if all(name.startswith(outer) for name in files):
        files = {name.removeprefix(outer): opened for name, opened in files.items()}
    return dict(sorted(files.items(), key=lambda item: item[0].split("/")))


def _works(source: str, files: dict[str, Callable[[], IO[bytes]]]) -> list[Work]:
    return [Work(name, opened, source, folder=name.rpartition("/")[0].split("/")[0]) for name, opened in files.items()]
