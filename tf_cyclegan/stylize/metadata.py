"""What a photograph's file says besides its pixels, for a painting that is to keep it."""

import io
import math
import warnings
from dataclasses import dataclass
from typing import IO, Any

from PIL import Image, ImageCms
from PIL.ExifTags import IFD, Base

from tf_cyclegan.pictures.kinds import HEAD, kind_of, pillow_format

# What is said of the photograph as a whole. Other tags of the first directory describe how its file is laid out.
_KEPT = (
    *(Base.ImageDescription, Base.Make, Base.Model, Base.Software, Base.DateTime, Base.Artist, Base.Copyright),
    *(Base.XPTitle, Base.XPComment, Base.XPAuthor, Base.XPKeywords, Base.XPSubject, Base.Rating),
)
# A maker's note has addresses within the file; the others hold for the photograph's pixels.
_LEFT_OUT = (Base.MakerNote, Base.ExifImageWidth, Base.ExifImageHeight, Base.ExifInteroperabilityOffset)
# A segment of a JPEG with its own head.
_MAX_EXIF = 65_527
_MAX_DPI = 65_535
_INCH = 2


@dataclass(frozen=True)
class Metadata:
    """What a painting keeps of its photograph.

    Attributes:
        exif: date, camera, place, author, without orientation and thumbnail; empty for none.
        profile: the ICC profile of the photograph's colours; empty for none.
        dpi: dots per inch across and down.
    """

    exif: bytes = b""
    profile: bytes = b""
    dpi: tuple[float, float] | None = None

    def attached(self, picture: Image.Image) -> tuple[Image.Image, dict[str, Any]]:
        """A painting, brought from sRGB to the photograph's colours, and what Pillow is to write with it."""
        converted = _in_profile(picture, self.profile)
        facts = {"exif": self.exif, "icc_profile": self.profile if converted else b"", "dpi": self.dpi}
        return converted or picture, {name: value for name, value in facts.items() if value}


def read_metadata(file: IO[bytes], name: str) -> Metadata:
    """Metadata of a picture that `open_picture` reads; what is damaged is left out, with a warning.

    Args:
        file: open at its beginning.
        name: what to call it in the warning.
    """
    kind = kind_of(file.read(HEAD))
    file.seek(0)
    with Image.open(file, formats=[pillow_format(kind or "", name)]) as image:
        dpi = _read_dpi(image)
        return Metadata(_read_exif(image, dpi, name), image.info.get("icc_profile") or b"", dpi)


def _read_exif(image: Image.Image, dpi: tuple[float, float] | None, name: str) -> bytes:
    try:
        return _exif_of(image, dpi)
    # Whatever Pillow stumbles over in damaged data.
    except Exception:  # noqa: BLE001
        warnings.warn(f"{name}: its EXIF data is damaged, or too long, and is left out", stacklevel=2)
        return b""


def _exif_of(image: Image.Image, dpi: tuple[float, float] | None) -> bytes:
    found, kept = image.getexif(), Image.Exif()
    kept.update({tag: found[tag] for tag in _KEPT if tag in found})
    for directory in (IFD.Exif, IFD.GPSInfo):
        facts = {tag: value for tag, value in found.get_ifd(directory).items() if tag not in _LEFT_OUT}
        if facts:
            kept.get_ifd(directory).update(facts)
    if dpi:  # A WebP has no other place for it.
        kept.update({Base.XResolution: dpi[0], Base.YResolution: dpi[1], Base.ResolutionUnit: _INCH})
    data = kept.tobytes()
    if len(data) > _MAX_EXIF:
        raise ValueError(f"{len(data)} bytes")
    return b"" if data == Image.Exif().tobytes() else data


def _read_dpi(image: Image.Image) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if not all(math.isfinite(value) and 1 <= value <= _MAX_DPI for value in (across, down)):
        return None
    return across, down


def _in_profile(picture: Image.Image, profile: bytes) -> Image.Image | None:
    """A painting in the colours of a profile; None where that is for other pictures than RGB, or for reading alone."""
    try:
        target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, srgb, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
