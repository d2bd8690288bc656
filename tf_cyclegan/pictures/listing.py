"""Finds the pictures in a folder. Files that are no pictures, or cannot be read, are counted and named.

Hidden files and what systems and other programs put into folders are not the user's data, and are passed over. Links to
folders are followed, and no folder is read twice. The list depends neither on the order in which the file system gives
names nor on which kinds of pictures can be decoded on this machine.
"""

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import IO, NamedTuple

from tf_cyclegan.disk.names import printable
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.kinds import HEAD, kind_of

# Taken as pictures without reading them, since reading thousands takes time on a network drive; a file that is none
# is named when it is decoded. For every other file the first bytes decide.
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif")

NO_PICTURE = "no picture, or of an unknown kind"
NO_PERMISSION = "no permission to read it"
NO_TARGET = "a link that leads nowhere"
TO_ABOVE = "a link to a folder above it"
NO_FILE = "no regular file"

# Besides names that begin with a dot; in small letters.
_SYSTEM = {
    *("__macosx", "icon\r", "lost+found"),
    *("thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "recycler", "system volume information"),
    *("@eadir", "#recycle", "@recycle", "@tmp"),
}
_NAMED = 5

# A folder or file, and its path within the folder that is listed.
_Place = tuple[Path, tuple[str, ...]]


class Found(NamedTuple):
    """Pictures of a folder.

    Attributes:
        pictures: sorted by their path.
        left_out: why other files and folders are not among them, by their path within the folder.
    """

    pictures: list[Path]
    left_out: dict[str, str]


class Files(NamedTuple):
    """Every file of a folder.

    Attributes:
        paths: within the folder, "/" between folders, in the order of their parts; and the files.
        left_out: why files and folders could not be listed, by their path within the folder.
    """

    paths: dict[str, Path]
    left_out: dict[str, str]


def is_hidden(parts: Iterable[str]) -> bool:
    """Whether one of the parts of a path is hidden, or of a system or another program."""
    return any(part.startswith(".") or part.casefold() in _SYSTEM for part in parts)


def find_pictures(folder: str | Path) -> Found:
    """The pictures below `folder`: by their ending, or where that is unusual by their bytes.

    Raises:
        UserError: there is no such folder, it cannot be read, or there is no picture in it.
    """
    files, left_out = list_folder(folder)
    pictures = []
    for name, path in files.items():
        if reason := why_no_picture(name, lambda path=path: path.open("rb")):  # type: ignore[misc]
            left_out[printable(name)] = reason
        else:
            pictures.append(path)
    if not pictures:
        found = "; ".join(describe(left_out))
        raise UserError(f"{folder}: no pictures in this folder{f' ({found})' if found else ''}")
    return Found(pictures, left_out)


def why_no_picture(name: str, open_file: Callable[[], IO[bytes]]) -> str | None:
    """Why a file is not taken as a picture; None where it is."""
    if PurePath(name).suffix.lower() in SUFFIXES:
        return None
    try:
        with open_file() as file:
            head = file.read(HEAD)
    except OSError as error:
        return why_unreadable(error)
    return None if kind_of(head) else NO_PICTURE


def why_unreadable(error: OSError) -> str:
    """What an error of the operating system means, in a few words."""
    return NO_PERMISSION if isinstance(error, PermissionError) else f"cannot be read ({error.strerror or error})"


def describe(left_out: Mapping[str, str]) -> list[str]:
    """A line a reason: how many, and the first names."""
    by_reason = defaultdict(list)
    for name, reason in left_out.items():
        by_reason[reason].append(name)
    return [count_and_name(reason, names) for reason, names in by_reason.items()]


def count_and_name(what: str, names: Sequence[str]) -> str:
    """ "what: 7 (first; second; …)"; semicolons, since artists' names have commas."""
    return f"{what}: {len(names)} ({'; '.join(names[:_NAMED])}{' …' if len(names) > _NAMED else ''})"


def list_folder(folder: str | Path) -> Files:
    """Every file below `folder`, but for what is hidden.

    Where a folder can be reached in two ways, it is listed where it really lies, else by the link that is fewer links
    away, and of these by the first in the order of names.

    Raises:
        UserError: there is no such folder, or it cannot be read.
    """
    folder = Path(folder)
    try:
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise UserError(f"{folder}: no such folder")
        os.scandir(folder).close()
    except PermissionError as error:
        raise UserError(f"{folder}: no permission to read this folder") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{folder}: no such folder") from error
    walk = _Walk()
    links: list[_Place] = [(folder, ())]
    while links:
        links = walk.follow(links)
    paths = {"/".join(parts): path for parts, path in sorted(walk.files)}
    return Files(paths, {printable("/".join(parts)): reason for parts, reason in sorted(walk.left_out.items())})


class _Walk:
    """What was found so far.

    Attributes:
        files: path within the folder, and path.
        left_out: why, by the path within the folder.
    """

    def __init__(self) -> None:
        self.files: list[tuple[tuple[str, ...], Path]] = []
        self.left_out: dict[tuple[str, ...], str] = {}
        self._seen: set[tuple[int, int] | str] = set()

    def follow(self, links: Sequence[_Place]) -> list[_Place]:
        """Lists what lies below some folders; links to folders among it are returned, in the order of names."""
        further: list[_Place] = []
        for path, parts in links:
            if parts and self._leads_above(path):
                self.left_out[parts] = TO_ABOVE
                continue
            waiting = [(path, parts)]
            while waiting:
                below, links_there = self._list(*waiting.pop())
                waiting += below
                further += links_there
        return sorted(further, key=lambda place: place[1])

    def _leads_above(self, link: Path) -> bool:
        """Whether a link leads to a folder around it that is not listed: its other folders are not meant."""
        target, around = Path(os.path.realpath(link)), Path(os.path.realpath(link.parent))
        return (target == around or target in around.parents) and _identity(link) not in self._seen

    def _list(self, folder: Path, parts: tuple[str, ...]) -> tuple[list[_Place], list[_Place]]:
        """The folders in a folder and the links to folders, unless it was listed before."""
        try:
            identity = _identity(folder)
            if identity in self._seen:
                return [], []
            self._seen.add(identity)
            with os.scandir(folder) as found:
                entries = list(found)
        except OSError as error:
            self.left_out[parts] = why_unreadable(error)
            return [], []
        below: list[_Place] = []
        links: list[_Place] = []
        for entry in entries:
            if not is_hidden([entry.name]):
                self._sort(entry, (folder / entry.name, (*parts, entry.name)), below, links)
        return below, links

    def _sort(self, entry: os.DirEntry, place: _Place, below: list[_Place], links: list[_Place]) -> None:
        path, parts = place
        try:
            if entry.is_dir(follow_symlinks=False):
                below.append(place)
            elif entry.is_dir():
                links.append(place)
            elif entry.is_file():
                self.files.append((parts, path))
            else:
                self.left_out[parts] = NO_TARGET if entry.is_symlink() and not path.exists() else NO_FILE
        except OSError as error:
            self.left_out[parts] = why_unreadable(error)


def _identity(folder: Path) -> tuple[int, int] | str:
    """The identity of a folder, whichever path leads to it."""
    found = folder.stat()
    return (found.st_dev, found.st_ino) if found.st_ino else os.path.realpath(folder)  # Some network drives have none.
