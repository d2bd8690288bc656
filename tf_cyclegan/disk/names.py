"""Names that come from data as names of files: safe on every system, and never two for one file."""

import unicodedata
from collections.abc import Iterable, Sequence

# File systems hold 255 bytes a name; the rest is for what is put before the name of an unfinished file.
MAX_BYTES = 240
_FORBIDDEN = frozenset('<>:"/\\|?*')
# No files on Windows, whatever their ending.
_PORTS = (port + number for port in ("COM", "LPT") for number in "123456789¹²³")
_DEVICES = frozenset(("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *_PORTS))


def folded(name: str) -> str:
    """A name as the least exact file system compares it: two names are surely two files where these differ.

    Systems ignore case, the normal form of Unicode, characters without a shape, and dots and spaces at the end.
    """
    shown = "".join(c for c in name if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", shown.rstrip(". ")).casefold())


def printable(name: str) -> str:
    r"""A name that a file system gave, as text that can be written: bytes that are no UTF-8 become `\udc…`."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def is_plain(name: str) -> bool:
    """Whether a name leads to a file of its own folder, on every system."""
    return name not in ("", ".", "..") and not _FORBIDDEN & set(name) and name.isprintable()


def safe_name(name: str, ending: str = "", number: int = 1) -> str:
    """A file's name as like `name` as can be; what a system forbids becomes `_`. A name without fault stays as it is.

    Args:
        name: any text, without the ending.
        ending: put behind it, such as ".jpg".
        number: from 2 on put between both, `_2`.

    Returns:
        A name of at most `MAX_BYTES` bytes without separators, control characters and the like, that is not hidden,
        no device of Windows and can be encoded as UTF-8.
    """
    end = f"_{number}{ending}" if number > 1 else ending
    safe = "".join("_" if c in _FORBIDDEN or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in name)
    if not safe or safe.startswith("."):
        safe = f"_{safe[1:]}"
    if f"{safe}{end}".partition(".")[0].rstrip(" ").upper() in _DEVICES:
        safe = f"_{safe}"
    safe = safe.encode()[: MAX_BYTES - len(end.encode())].decode(errors="ignore")
    if not end and safe.endswith((".", " ")):
        safe = f"{safe[:-1]}_"
    return safe + end


class UniqueNames:
    """Gives out names of files one after the other, of which no two are one file on any system (`folded`).

    Args:
        folders: relative paths with "/" at the end, whose names no file gets.
    """

    def __init__(self, folders: Iterable[str] = ()):
        self._taken = {_folded_path(path[:end]) for path in folders for end, c in enumerate(path) if c == "/"}
        # The last number of each name, since of thousands of one name each would try all numbers before it.
        self._numbers: dict[str, int] = {}

    def take(self, name: str, ending: str, folder: str = "") -> str:
        """The name, safe as `safe_name` makes it, or with a number where that is taken already.

        Args:
            name: any text, without the ending.
            ending: put behind it, such as ".jpg".
            folder: one of `folders` that the file is in, put before it.
        """
        wanted = _folded_path(folder + safe_name(name, ending))
        number = self._numbers.get(wanted, 1)
        while _folded_path(path := folder + safe_name(name, ending, number)) in self._taken:
            number += 1
        self._numbers[wanted] = number
        self._taken.add(_folded_path(path))
        return path


def unique_names(names: Iterable[str], ending: str) -> list[str]:
    """A safe file name for each name without ending, in their order; one that is taken already gets a number."""
    unique = UniqueNames()
    return [unique.take(name, ending) for name in names]


def unique_paths(paths: Sequence[Sequence[str]], ending: str) -> list[str]:
    """The same for files in folders.

    Args:
        paths: of each file the names of its folders from above, and its own without the ending.
        ending: of all files, such as ".jpg".

    Returns:
        Relative paths with "/" between their names; no file has the name of a folder.
    """
    folders = ["".join(f"{safe_name(part)}/" for part in parts[:-1]) for parts in paths]
    unique = UniqueNames(set(folders))
    return [unique.take(parts[-1], ending, folder) for folder, parts in zip(folders, paths, strict=True)]


def _folded_path(path: str) -> str:
    return "/".join(map(folded, path.split("/")))
