"""Paintings as files: finished, encoded, named and zipped."""

import io
import re
import threading
import zipfile
from collections.abc import Iterable
from pathlib import PurePath

from painting import Finish, Painting
from PIL import Image

from tf_cyclegan.disk.names import UniqueNames, safe_name
from tf_cyclegan.pictures.pixels import fit_long_side
from tf_cyclegan.stylize.finish import finish

# The browser gets no larger pictures for the screen; the download has every pixel.
VIEW_SIDE = 1600
# Two pictures of 50 megapixels take 400 MB, so two visitors must not have theirs finished at the same moment; nor two
# sheets of paper.
ONE_AT_A_TIME = threading.Lock()
MIME = {"JPEG": "image/jpeg", "PNG": "image/png"}
_SUFFIX = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "MP4": "mp4"}


def encode(picture: Image.Image, kind: str) -> bytes:
    """The picture as a "JPEG" (quality 95, all colours) or "PNG", without the photo's metadata."""
    file = io.BytesIO()
    settings = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"compress_level": 4}
    # Pillow writes what a picture remembers of the file it came from: a comment, the resolution.
    remembered, picture.info = picture.info, {}
    try:
        picture.save(file, kind, **settings)
    finally:
        picture.info = remembered
    return file.getvalue()


def finished_file(painting: Painting, wish: Finish) -> bytes:
    """The file to download. The network's result is sent unchanged if nothing is to be changed."""
    if wish.kind == "JPEG" and not wish.changes:
        return painting.painting
    with ONE_AT_A_TIME:
        return encode(finished_picture(painting, wish), wish.kind)


def finished_picture(painting: Painting, wish: Finish) -> Image.Image:
    """The painting with the changes that are wanted, RGB."""
    photo, painted = _open(painting.photo), _open(painting.painting)
    return finish(photo, painted, wish.strength, wish.colours, in_place=True)


def view_of(painting: Painting, wish: Finish) -> tuple[bytes, bytes]:
    """Photo and finished painting as JPEGs that are no larger than a screen shows."""
    whole = max(painting.size) <= VIEW_SIDE
    if whole and not wish.changes:
        return painting.photo, painting.painting
    photo, painted = _open(painting.photo, VIEW_SIDE), _open(painting.painting, VIEW_SIDE)
    shown = painting.photo if whole else encode(photo, "JPEG")
    return shown, encode(finish(photo, painted, wish.strength, wish.colours, in_place=True), "JPEG")


def _open(jpeg: bytes, side: int | None = None) -> Image.Image:
    with Image.open(io.BytesIO(jpeg)) as picture:
        if side:
            picture.draft("RGB", (side, side))
        picture.load()
        return fit_long_side(picture, side) if side else picture


def file_name(photo: str, style: str, kind: str) -> str:
    """The name of the download: the photo's name and the style's, without characters that a file system may refuse."""
    stem = re.sub(r"[^\w.-]+", "-", PurePath(photo.replace("\\", "/")).stem).strip(".-")[:60]
    return safe_name(f"{stem or 'photo'}-{style}", f".{_SUFFIX[kind]}")


def make_zip(files: Iterable[tuple[str, bytes]]) -> bytes:
    """(name, bytes) of each file → a zip; a name that comes twice gets a number."""
    buffer, names = io.BytesIO(), UniqueNames()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            stem, dot, suffix = name.rpartition(".")
            archive.writestr(names.take(stem, dot + suffix), data)
    return buffer.getvalue()
