"""A visitor's file → a picture, or one clear line: no upload may use up the page's memory or time."""

import io
import re

from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.pictures.kinds import HEAD, MissingDecoder, kind_of
from tf_cyclegan.pictures.pixels import fit_long_side

MAX_MEGABYTES = 25
MAX_MEGAPIXELS = 50
MAX_PICTURES = 12
KINDS = ("JPEG", "PNG", "WebP", "HEIC", "AVIF", "TIFF")
# An honest progressive JPEG has about ten scans; each of a thousand costs a pass over every pixel.
MAX_SCANS = 64
# A part of a JPEG: within the data of a scan 0xFF is followed by a zero, another 0xFF or the number of a restart. Codes
# below 0xC0 are reserved; libjpeg skips them without reading their length.
_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")
_SCAN, _END = b"\xda", b"\xd9"


def decode(name: str, data: bytes, side: int | None = None) -> Image.Image:
    """The picture in a file: upright, 8-bit sRGB, its longer side at most `side` pixels.

    Args:
        name: of the file, for messages.
        data: the file's bytes.
        side: None leaves the picture as large as it is.

    Raises:
        UserError: not a picture of a format that the page takes, damaged, or over a limit.
    """
    _check(name, data)
    try:
        photo = open_picture(io.BytesIO(data), name=name, max_side=side, max_pixels=MAX_MEGAPIXELS * 1_000_000)
    except MissingDecoder as error:
        raise UserError(f"{name}: {error.kind} cannot be read on this server; save it as JPEG and try again") from error
    return fit_long_side(photo, side) if side else photo


def _check(name: str, data: bytes) -> None:
    """Checks limits that the decoders themselves do not have."""
    if not data:
        raise UserError(f"{name}: the file is empty")
    if len(data) > MAX_MEGABYTES * 1_000_000 * 1.05:  # Streamlit counts a megabyte as 1,048,576 bytes.
        raise UserError(f"{name}: larger than {MAX_MEGABYTES} MB")
    kind = kind_of(data[:HEAD])
    if kind not in KINDS:
        raise UserError(f"{name}: not a JPEG, PNG, WebP, HEIC, AVIF or TIFF; save it as one of these and try again")
    if kind == "JPEG" and count_scans(data) > MAX_SCANS:
        raise UserError(f"{name}: a JPEG of more than {MAX_SCANS} scans; save it again and try that file")


def count_scans(data: bytes) -> int:
    """Scans of a JPEG, up to its end: phones append a film, in whose bytes any marker may occur."""
    scans, place = 0, 2
    while (found := _MARKER.search(data, place)) and found[1] != _END:
        scans += found[1] == _SCAN
        # The length counts its own two bytes.
        place = found.end() + max(2, int.from_bytes(data[found.end() : found.end() + 2], "big"))
    return scans
