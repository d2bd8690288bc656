"""What kind of picture a file is, by its first bytes whatever its name says, and whether it can be decoded here."""

import re
from functools import lru_cache

from tf_cyclegan.errors import UserError

# The first bytes of a file that are enough for `kind_of`.
HEAD = 64
# By kind what Pillow calls it.
_FORMATS = {
    "JPEG": "JPEG",
    "PNG": "PNG",
    "WebP": "WEBP",
    "TIFF": "TIFF",
    "GIF": "GIF",
    "BMP": "BMP",
    "AVIF": "AVIF",
    "HEIC": "HEIF",
    "JPEG 2000": "JPEG2000",
    "PPM": "PPM",
    "PSD": "PSD",
    "QOI": "QOI",
}
KINDS = tuple(_FORMATS)
_SIGNATURES = (
    ("JPEG", rb"\xff\xd8\xff"),
    ("PNG", rb"\x89PNG\r\n\x1a\n"),
    ("WebP", rb"RIFF....WEBPVP8[ LX]"),
    ("TIFF", rb"II[*+]\0|MM\0[*+]"),
    ("GIF", rb"GIF8[79]a"),
    # Two letters are too few to go by; the header's size follows.
    ("BMP", rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"),
    ("JPEG 2000", rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n"),
    ("PPM", rb"P[1-6]\s"),
    ("PSD", rb"8BPS"),
    ("QOI", rb"qoif"),
)
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
# Kinds that Pillow cannot always decode, and what makes it.
REMEDIES = {"HEIC": "pip install pillow-heif", "AVIF": "pip install --upgrade pillow"}


class MissingDecoder(UserError):  # noqa: N818
    """A picture whose kind cannot be decoded on this machine.

    Args:
        name: of the picture.
        kind: one of `KINDS`.
    """

    def __init__(self, name: str, kind: str):
        super().__init__(f"{name}: {kind}, which is read only after: {REMEDIES[kind]}")
        self.kind = kind


def kind_of(head: bytes) -> str | None:
    """The kind of picture, one of `KINDS`, by the first `HEAD` bytes of a file; None for everything else."""
    if head[4:8] == b"ftyp":
        return _kind_of_boxes(head)
    return next((kind for kind, start in _SIGNATURES if re.match(start, head, re.DOTALL)), None)


def _kind_of_boxes(head: bytes) -> str | None:
    """Films begin alike, and the brand in front may be one that HEIC and AVIF share: the others decide."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[i : i + 4] for i in range(16, end, 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    return "HEIC" if brands & _HEIC else None


def missing_kinds() -> set[str]:
    """Kinds that cannot be decoded on this machine."""
    return {kind for kind, has in (("HEIC", has_heic()), ("AVIF", has_avif())) if not has}


def pillow_format(kind: str, name: str) -> str:
    """What Pillow calls a kind of picture, which it can decode from now on.

    Raises:
        MissingDecoder: it cannot; `name` is what the message calls the picture.
    """
    if kind in REMEDIES and kind in missing_kinds():
        raise MissingDecoder(name, kind)
    return _FORMATS[kind]


@lru_cache(maxsize=1)
def has_heic() -> bool:
    """Makes Pillow decode HEIC, where pillow-heif is installed. It is loaded when the first HEIC is opened."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener(thumbnails=False)
    return True


@lru_cache(maxsize=1)
def has_avif() -> bool:
    """Whether this Pillow decodes AVIF: from 11.3 on, where it was built with it."""
    from PIL import features  # The command line asks for kinds alone, and is not to load Pillow for it.

    return "avif" in features.get_supported_modules()
