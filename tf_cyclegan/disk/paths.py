"""Keeps the outputs of a command apart from its inputs, however their paths are spelled."""

import contextlib
import os
from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import chain, combinations, product
from pathlib import Path
from typing import IO, NamedTuple

from tf_cyclegan.disk.names import folded
from tf_cyclegan.errors import UserError

StrPath = str | os.PathLike[str]
# A path, several, or an option that was not given.
Given = StrPath | Iterable[StrPath] | None


def check_apart(outputs: Mapping[str, Given], inputs: Mapping[str, Given]) -> None:
    """Refuses outputs that are, contain or are within an input or another output: writing them would destroy files.

    Symbolic links, `..`, hard links and other spellings of one place are recognised.

    Args:
        outputs: what will be written or replaced, by option; the unfinished file or folder of `scratch` counts too.
        inputs: what is read, by option or by what it is; they may overlap.

    Raises:
        UserError: two of them overlap; the message names both.
    """
    written = [[*_places(name, paths)] for name, paths in outputs.items()]
    every = [*chain(*written)]
    read = [*chain(*(_places(name, paths) for name, paths in inputs.items()))]
    unfinished = [*chain(*(_places(f"{place.name}'s unfinished", scratch(place.path)) for place in every))]
    among = chain(*(product(one, other) for one, other in combinations(written, 2)))
    for output, other in chain(among, product(every, read), product(unfinished, read)):
        if how := _overlap(output.ancestry, other.ancestry):
            one, two = f"{output.name} {output.path}", f"{other.name} {other.path}"
            raise UserError(f"{one} {how} {two}; choose a place apart from it, so that nothing is overwritten")


def paths_of(given: Given) -> list[Path]:
    """The paths of an option that was given once, several times or not at all."""
    every = [given] if isinstance(given, str | os.PathLike) else given or ()
    return [Path(path) for path in every if str(path)]


def check_not_read(option: str, path: StrPath, stream: IO[bytes]) -> None:
    """Refuses an output that is the very file which a stream, such as standard input, is read from.

    Raises:
        UserError: it is; the message names the option.
    """
    with contextlib.suppress(OSError):  # A stream without a file, or a file that is not there yet.
        if os.path.samestat(Path(path).stat(), os.fstat(stream.fileno())):
            raise UserError(f"{option} {path} is the file that is read from; choose another one")


def scratch(path: StrPath) -> Path:
    """The neighbour under whose name a file or folder is made until it is complete and gets its own name.

    The last name of a path may be a link, which is replaced then, and not followed. `/` has no neighbours.
    """
    path = Path(path)
    if path.name in ("", ".."):
        path = Path(os.path.realpath(path))
    return path.with_name(f".partial-{path.name}") if path.name else path


def is_or_holds(path: StrPath, other: StrPath) -> bool:
    """Whether `other` is `path` or is within it."""
    return _ancestry(path)[-1] in _ancestry(other)


def is_link(path: StrPath) -> bool:
    """Whether a path is a symbolic link; a path that no disk can have is none."""
    with contextlib.suppress(OSError):
        return Path(path).is_symlink()
    return False


class _Place(NamedTuple):
    name: str
    path: Path
    ancestry: list[Hashable]


def _places(name: str, paths: Given) -> Iterator[_Place]:
    for path in paths_of(paths):
        yield _Place(name, path, _ancestry(path))
        if is_link(path):  # Such a path is in two places.
            yield _Place(name, path, _ancestry(path, follow=False))


def _overlap(one: list[Hashable], other: list[Hashable]) -> str:
    if one[-1] == other[-1]:
        return "is the same as"
    if other[-1] in one:
        return "lies within"
    return "holds" if one[-1] in other else ""


def _ancestry(path: StrPath, *, follow: bool = True) -> list[Hashable]:
    """The identity of every folder above a path, from the root on, and its own.

    Places that exist are compared by device and inode, so that a disk that ignores case decides for itself. Places that
    do not exist yet are compared by name, as the least exact disk would compare them.

    Args:
        path: of anything.
        follow: where it is a link, take what it leads to; else the link.
    """
    path = Path(path)
    real = Path(os.path.realpath(path)) if follow else Path(os.path.realpath(path.parent), path.name)
    found: list[Hashable] = []
    for place in (*reversed(real.parents), real):
        found.append(_identity(place) or (found[-1] if found else None, folded(place.name)))
    return found


def _identity(place: Path) -> Hashable | None:
    try:
        found = place.lstat()
    except OSError:
        return None  # Not there, or not to be looked at: then nothing is known but the name.
    # Some network disks number no files.
    return (found.st_dev, found.st_ino) if found.st_ino else None
