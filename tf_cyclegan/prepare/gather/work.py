"""One picture on its way into a data set."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple


@dataclass(frozen=True)
class Work:
    """A picture of a source, with what is known about it.

    Attributes:
        name: of the picture within its source; stable, so that the split does not depend on where the source lies.
        open: gives the encoded picture as a binary file.
        source: which collection or folder.
        medium: what the source says of material, size and place ("picture data" of the Kaggle collection).
        width: in pixels, where the source gives it before the picture is opened; `height` too.
        split: "train" or "test" where the source has a split of its own, else "".
        folder: of a plain folder of pictures the sub-folder that it lies in, the first of its path, else "".
        origins: folder or zip that it is read from, and the file itself where that is a link to elsewhere: places that
            nothing may be written to. Empty where the picture is in memory, or in the program's own cache.
    """

    name: str
    open: Callable[[], IO[bytes]]
    source: str
    artist: str = ""
    title: str = ""
    period: str = ""
    medium: str = ""
    url: str = ""
    width: int | None = None
    height: int | None = None
    split: str = ""
    folder: str = ""
    origins: tuple[Path, ...] = ()


class PassedOver(NamedTuple):
    """A file or folder of a source that is no work.

    Attributes:
        source: which folder.
        name: of the file within its source.
        reason: why.
    """

    source: str
    name: str
    reason: str
