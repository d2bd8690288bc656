"""The files of a folder or of a zip by their names; a zip is read in place, nothing of it is ever unpacked."""

import os
import stat
import zipfile
import zlib
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.listing import describe, find_pictures, is_hidden, list_folder, why_no_picture

MAX_MEMBER_BYTES = 200_000_000


class Listing(NamedTuple):
    """The files of a source.

    Attributes:
        files: how to open each file, by its path within the source ("/" between folders). Can be pickled.
        refused: what is wrong with files that are not among `files`, or not as expected, by their names.
    """

    files: dict[str, Callable[[], IO[bytes]]]
    refused: dict[str, str]

    def pictures(self) -> list[str]:
        """The paths of those that are pictures: by their ending, or where that is unusual by their bytes."""
        return [*self.sort()[0]]

    def sort(self) -> tuple[dict[str, Callable[[], IO[bytes]]], dict[str, str]]:
        """The pictures among `files`, and why every other file is left out."""
        reasons = {path: _why_no_picture(path, open_one) for path, open_one in self.files.items()}
        left_out = {path: reason for path, reason in reasons.items() if reason}
        return {path: opened for path, opened in self.files.items() if path not in left_out}, self.refused | left_out


class Pictures(NamedTuple):
    """The pictures of a folder or of a zip of one.

    Attributes:
        files: how to open each picture, by its path within the source, in the order of these paths. Can be pickled.
        left_out: why other files and folders are not among them, by their path within the source.
        links: where the pictures lie that are links, by the same paths.
    """

    files: dict[str, Callable[[], IO[bytes]]]
    left_out: dict[str, str]
    links: dict[str, Path]


def list_source(source: str | Path) -> Pictures:
    """The pictures of a folder, or of a zip, which is read in place; a folder and its zip give the same.

    Raises:
        UserError: there is no such folder or zip, it cannot be read, or there is no picture in it.
    """
    source = Path(source)
    if not source.exists():
        raise UserError(f"{source}: no such folder or zip file")
    if source.is_file():
        return _pictures_of_zip(source)
    found = find_pictures(source)
    names = {path.relative_to(source).as_posix(): path for path in found.pictures}
    files: dict[str, Callable[[], IO[bytes]]] = {name: partial(open_file, path) for name, path in names.items()}
    links = {name: path for name, path in names.items() if path.is_symlink()}
    return Pictures(files, found.left_out, links)


def _pictures_of_zip(source: Path) -> Pictures:
    files, left_out = list_files(source).sort()
    if not files:
        raise UserError(f"{source}: no pictures in this zip")
    # The folder that was zipped is usually part of the names.
    outer = f"{source.stem}/"
    if all(name.startswith(outer) for name in files):
        files = {name.removeprefix(outer): opened for name, opened in files.items()}
    return Pictures(dict(sorted(files.items(), key=lambda item: item[0].split("/"))), left_out, {})


def open_file(path: Path) -> IO[bytes]:
    """The file at `path`, for reading; can be pickled as a part of a function."""
    return path.open("rb")


def list_files(source: str | Path) -> Listing:
    """Lists a folder or a zip file; hidden files are passed over.

    Of a zip these members are refused: names that lead outside it, links, encrypted ones, those that claim to be larger
    than `MAX_MEMBER_BYTES` unpacked, and all but the last of the same name.

    Raises:
        UserError: there is nothing, or no folder and no readable zip.
    """
    source = Path(source)
    if source.is_dir():
        paths, left_out = list_folder(source)
        refused = {name: f"cannot be listed ({reason})" for name, reason in left_out.items()}
        return Listing({name: partial(open_file, path) for name, path in paths.items()}, refused)
    if not source.exists():
        raise UserError(f"{source}: no such folder or zip file")
    return _list_zip(source)


def _list_zip(source: Path) -> Listing:
    try:
        stamp = source.stat().st_mtime_ns
        members = _open_zip(str(source.resolve()), stamp, os.getpid()).infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UserError(f"{source}: neither a folder nor a readable zip file ({error})") from error
    files: dict[str, Callable[[], IO[bytes]]] = {}
    refused: dict[str, str] = {}
    for member in members:
        # Zips written by some Windows programs have backslashes between folders.
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if member.is_dir() or is_hidden(part for part in path.parts if part != ".."):
            continue
        if reason := _fault(member, path):
            refused[member.filename] = reason
            continue
        if str(path) in files:
            refused[member.filename] = "are in the zip more than once; the last one counts"
        files[str(path)] = partial(_open_member, str(source.resolve()), stamp, member.filename)
    return Listing(files, refused)


def _fault(member: zipfile.ZipInfo, path: PurePosixPath) -> str | None:
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "lead outside the zip by their name, left out"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "are links, left out"
    if member.flag_bits & 1:
        return "are encrypted, left out"
    if member.file_size > MAX_MEMBER_BYTES:
        return f"claim over {MAX_MEMBER_BYTES // 1_000_000} MB unpacked, left out"
    return None


def _why_no_picture(path: str, open_one: Callable[[], IO[bytes]]) -> str | None:
    try:
        return why_no_picture(path, open_one)
    except (RuntimeError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        return f"cannot be read ({error})"


@lru_cache(maxsize=4)
def _open_zip(path: str, stamp: int, process: int) -> zipfile.ZipFile:
    """The zip, opened once per process: reading the list of 45,000 members takes longer than a picture, and processes
    that share an open file move each other's place in it."""
    return zipfile.ZipFile(path)


def _open_member(path: str, stamp: int, name: str) -> IO[bytes]:
    return _open_zip(path, stamp, os.getpid()).open(name)


def describe_refused(refused: dict[str, str]) -> list[str]:
    """One line per reason, with the number of files and the first of their names."""
    return describe({name: f"files that {reason}" for name, reason in refused.items()})
