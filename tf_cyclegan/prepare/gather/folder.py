"""Pictures of a plain folder, nested or flat, or of a zip of one, which is read in place."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

from tf_cyclegan.disk.names import printable
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.listing import find_pictures
from tf_cyclegan.prepare.gather.listing import list_files
from tf_cyclegan.prepare.gather.work import PassedOver, Work, open_file


def read_folder(source: str | Path, passed_over: list[PassedOver] | None = None) -> list[Work]:
    """Every picture below a folder, or in a zip; a folder and its zip give the same works.

    Args:
        source: a folder, or a zip file.
        passed_over: files that are no pictures, or cannot be read, are added to it.

    Raises:
        UserError: there is no such folder or zip, or no picture in it.
    """
    source = Path(source)
    if not source.exists():
        raise UserError(f"{source}: no such folder or zip file")
    if source.is_file():
        files, left_out = _list_zip(source)
        name = printable(source.stem)
        works = [_work(file, opened, name, (source,)) for file, opened in files.items()]
    else:
        found = find_pictures(source)
        left_out, name = found.left_out, printable(source.name)
        works = [
            _work(p.relative_to(source).as_posix(), partial(open_file, p), name, (source, p)[: 1 + p.is_symlink()])
            for p in found.pictures
        ]
    if passed_over is not None:
        passed_over += [PassedOver(name, file, reason) for file, reason in left_out.items()]
    return works


def _work(file: str, opened: Callable[[], IO[bytes]], source: str, origins: tuple[Path, ...]) -> Work:
    name = printable(file)
    return Work(name, opened, source, folder=name.rpartition("/")[0].split("/")[0], origins=origins)


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
