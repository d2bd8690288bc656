"""Paintings as files: encoded, named and zipped."""

import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import PurePath

from PIL import Image

MIME = {"JPEG": "image/jpeg", "PNG": "image/png"}
_SUFFIX = {"JPEG": "jpg", "PNG": "png"}


def encode(picture: Image.Image, kind: str) -> bytes:
    """The picture as a "JPEG" (quality 95, all colours) or "PNG", without the photo's metadata."""
    file = io.BytesIO()
    settings = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"compress_level": 4}
    # Pillow writes what a picture remembers of the file it came from: a comment, the resolution.
    bare = picture.copy()
    bare.info = {}
    bare.save(file, kind, **settings)
    return file.getvalue()


def file_name(photo: str, style: str, kind: str) -> str:
    """What the download is called: the photo's name and the style's, without what a file system may not like."""
    stem = re.sub(r"[^\w.-]+", "-", PurePath(photo.replace("\\", "/")).stem).strip(".-")[:60]
    return f"{stem or 'photo'}-{style}.{_SUFFIX[kind]}"


def make_zip(files: Iterable[tuple[str, bytes]]) -> bytes:
    """(name, bytes) of each file → a zip; a name that comes twice gets a number."""
    buffer, taken = io.BytesIO(), set()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            stem, dot, suffix = name.rpartition(".")
            number, unique = 1, name
            while unique.lower() in taken:
                number += 1
                unique = f"{stem}_{number}{dot}{suffix}"
            taken.add(unique.lower())
            archive.writestr(unique, data)
    return buffer.getvalue()
