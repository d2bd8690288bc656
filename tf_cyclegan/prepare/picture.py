"""Converts and measures one picture; this is the work of each process.

Every finished picture is kept as `KEY.jpg`, and then `KEY.json` with what was measured. The key is a hash of the
encoded picture, its name and the form, so that a preparation that is continued, or has other rules of selection, reuses
finished pictures, but never those of another picture.
"""

import hashlib
import io
import json
import pickle
import pickletools
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

import PIL
from PIL import Image

from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.pictures.kinds import MissingDecoder
from tf_cyclegan.pictures.listing import NO_PERMISSION
from tf_cyclegan.pictures.pixels import resize_short_side
from tf_cyclegan.prepare.cleaning import UNDECODED, UNREADABLE
from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.prepare.measure.frame import Box, find_painting
from tf_cyclegan.prepare.measure.measures import SCALE, Measures, measure
from tf_cyclegan.prepare.measure.scene import genre_of_picture
from tf_cyclegan.settings.limits import MAX_SIDE, MIN_SIDE

JPEG_QUALITY = 90
# Version of the kept files; raised when a picture would be written differently than before.
_VERSION = 2
# How pickle writes the name of a module.
_NAMES = ("SHORT_BINUNICODE", "BINUNICODE")


@dataclass(frozen=True)
class Form:
    """The settings that decide how a picture is written.

    Attributes:
        size: short side in pixels, at most: no picture is enlarged.
        frames: cut off margins and gilt frames.
        looks: recognise the genre by the looks of the picture, too.
        painted: it is a painting, no photograph.
    """

    size: int
    frames: bool
    looks: bool
    painted: bool


@dataclass(frozen=True)
class Picture:
    """A picture that is written.

    Attributes:
        key: names its files.
        width: of the source in pixels, upright; `height` too.
        box: what was kept of it, in its pixels.
        looks: its genre by its looks; "" where that was not asked.
        sha256: of the JPEG.
        source_sha256: of the encoded picture that it was made from.
    """

    key: str
    width: int
    height: int
    box: Box
    looks: str
    measures: Measures
    sha256: str
    source_sha256: str

    @property
    def short_side(self) -> int:
        """Of what was kept, in pixels of the source."""
        return min(self.box.right - self.box.left, self.box.bottom - self.box.top)


class Refused(NamedTuple):
    """Why a picture cannot be used: one of `cleaning.UNREAD`, and a line that names it."""

    reason: str
    detail: str


class Task(NamedTuple):
    """The task of a process.

    Attributes:
        work: the picture.
        identity: distinguishes it from every other picture of the data set.
        folder: of finished pictures.
        form: how to write it.
    """

    work: Work
    identity: str
    folder: Path
    form: Form


def write_work(task: Task) -> Picture | Refused:
    """Reads, writes and measures a work's picture, or finds it finished.

    Raises:
        UserError: the folder cannot be written.
    """
    work = task.work
    try:
        data = read_work(work)
    except UserError as error:
        return Refused(UNREADABLE, str(error))
    return write_picture(data, f"{work.source}/{work.name}", task.identity, task.folder, task.form)


def read_work(work: Work) -> bytes:
    """The encoded picture.

    Raises:
        UserError: its source cannot give it; the message names the picture.
    """
    try:
        with work.open() as file:
            return file.read()
    except PermissionError as error:
        raise UserError(f"{work.source}/{work.name}: {NO_PERMISSION}") from error
    except (OSError, RuntimeError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(f"{work.source}/{work.name}: cannot be read from its source ({error})") from error


def as_portable(work: Work) -> Work:
    """The work in a form that another process can open: with its bytes, if its opener cannot be pickled."""
    if _is_portable(work.open):
        return work
    try:
        return replace(work, open=partial(io.BytesIO, read_work(work)))
    except UserError as error:
        return replace(work, open=partial(_unreadable, str(error)))


def _is_portable(way: Callable) -> bool:
    """Whether another process can call it; not if a script defines it, since processes do not import the script."""
    try:
        pickled = pickle.dumps(way)
    except (pickle.PicklingError, TypeError, AttributeError):
        return False
    return not any(op.name in _NAMES and text == "__main__" for op, text, _ in pickletools.genops(pickled))


def _unreadable(message: str) -> IO[bytes]:
    raise UserError(message)


def write_picture(data: bytes, label: str, identity: str, folder: Path, form: Form) -> Picture | Refused:
    """Writes an encoded picture into `folder`, or finds it there; `label` is what messages call it."""
    about = json.dumps([_VERSION, PIL.__version__, asdict(form), identity]).encode()
    key = hashlib.sha256(about + b"\0" + data).hexdigest()[:32]
    found = _find(folder, key)
    if found:
        return found
    try:
        full, box, cut = _decode(data, label, form)
    except MissingDecoder as error:
        return Refused(UNDECODED[error.kind], str(error))
    except UserError as error:
        return Refused(UNREADABLE, str(error))
    # As long as measuring and training make it, though it is not written like that.
    if max(cut.size) * max(form.size, SCALE) > MAX_SIDE * min(cut.size):
        return Refused(UNREADABLE, f"{label}: {full[0]}×{full[1]} is too thin a strip")
    resized = resize_short_side(cut, min(form.size, *cut.size))
    encoded = io.BytesIO()
    resized.save(encoded, "JPEG", quality=JPEG_QUALITY)
    jpeg = encoded.getvalue()
    # The smaller picture costs less, and is as good where it has all the pixels that are measured.
    seen = resized if min(cut.size) >= form.size >= SCALE else cut
    looks = genre_of_picture(seen, painted=form.painted) if form.looks else ""
    result = Picture(key, *full, box, looks, measure(seen), *(hashlib.sha256(d).hexdigest() for d in (jpeg, data)))
    with replacing(folder / f"{key}.jpg") as target:
        target.write_bytes(jpeg)
    with replacing(folder / f"{key}.json") as target:
        target.write_text(json.dumps(asdict(result)), encoding="utf-8")
    return result


def _find(folder: Path, key: str) -> Picture | None:
    """The picture of this key, where it is there and undamaged."""
    try:
        values = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
        values["box"], values["measures"] = Box(*values["box"]), Measures(**values["measures"])
        found = Picture(**values)
        return found if sha256_of(folder / f"{key}.jpg") == found.sha256 else None
    except (OSError, ValueError, TypeError, KeyError):
        # It is not there yet, or a preparation was ended in the middle of it: it is made again.
        return None


def _decode(data: bytes, label: str, form: Form) -> tuple[tuple[int, int], Box, Image.Image]:
    """Size of the source, the box that is kept, and that part, decoded no larger than needed."""
    needed = max(form.size, SCALE)
    picture = open_picture(io.BytesIO(data), name=label, max_side=needed)
    full = _full_size(data, picture)
    box = find_painting(picture) if form.frames else Box(0, 0, *picture.size)
    if min(box.right - box.left, box.bottom - box.top) < needed and picture.size != full:
        # The part inside a wide frame is worth decoding in full.
        small, picture = picture, open_picture(io.BytesIO(data), name=label)
        box = _scaled(box, small.size, picture.size)
    cut = picture if box == (0, 0, *picture.size) else picture.crop(box)
    if min(cut.size) < MIN_SIDE:
        raise UserError(f"{label}: {cut.width}×{cut.height} pixels within its margins are too small")
    return full, _scaled(box, picture.size, full), cut


def _full_size(data: bytes, picture: Image.Image) -> tuple[int, int]:
    """Width and height of the source, turned as the picture is."""
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
    turned = (width > height) != (picture.width > picture.height) and width != height
    return (height, width) if turned else (width, height)


def _scaled(box: Box, size: tuple[int, int], to: tuple[int, int]) -> Box:
    across, down = to[0] / size[0], to[1] / size[1]
    return Box(*(round(side * scale) for side, scale in zip(box, (across, down) * 2, strict=True)))
