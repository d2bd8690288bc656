"""A visitor's file → a picture, or one clear line: no upload may cost the page its memory or its time."""

import io

from PIL import Image
from pillow_heif import register_heif_opener

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures import fit_long_side, open_picture

register_heif_opener(thumbnails=False)

MAX_MEGABYTES = 25
MAX_MEGAPIXELS = 50
MAX_PICTURES = 12
TYPES = ("jpg", "jpeg", "png", "webp", "heic", "heif", "tif", "tiff")
# An honest progressive JPEG has about ten scans; each of a thousand costs a pass over every pixel.
MAX_SCANS = 64
_HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")


def kind_of(data: bytes) -> str | None:
    """The format by the file's first bytes, whatever its name says; None for those that the page does not take."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[:4] in (b"II*\0", b"MM\0*"):
        return "TIFF"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF:
        return "HEIC"
    return None


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
    except RuntimeError as error:  # libheif's word for a damaged file.
        raise UserError(f"{name}: damaged picture ({str(error)[:80]})") from error
    return fit_long_side(photo, side) if side else photo


def _check(name: str, data: bytes) -> None:
    """What the decoders themselves do not limit."""
    if not data:
        raise UserError(f"{name}: the file is empty")
    if len(data) > MAX_MEGABYTES * 1_000_000 * 1.05:  # Streamlit counts a megabyte as 1,048,576 bytes.
        raise UserError(f"{name}: larger than {MAX_MEGABYTES} MB")
    kind = kind_of(data)
    if kind is None:
        raise UserError(f"{name}: not a JPEG, PNG, WebP, HEIC or TIFF; save it as one of these and try again")
    # Within the data of a scan 0xFF is always followed by a zero, so this pair starts a scan.
    if kind == "JPEG" and data.count(b"\xff\xda") > MAX_SCANS:
        raise UserError(f"{name}: a JPEG of more than {MAX_SCANS} scans; save it again and try that file")
