"""Reading and writing pictures: whatever a camera, a scanner or the web produces, as upright 8-bit RGB."""

import contextlib
import io
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageCms, ImageOps
from PIL.TiffImagePlugin import TiffImageFile

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.kinds import HEAD, kind_of, pillow_format
from tf_cyclegan.pictures.listing import describe, find_pictures, why_unreadable
from tf_cyclegan.settings.limits import MAX_PIXELS, MIN_SIDE

# What Pillow raises for damaged files, besides its own errors; RuntimeError comes from libheif.
_DAMAGED = (
    *(OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, AttributeError, EOFError, struct.error),
    RuntimeError,
)
# Pillow warns of metadata that it cannot read, and of large pictures, whose size is checked here.
warnings.filterwarnings("ignore", module=r"PIL\.")

# Tags of TIFF files.
_NEW_SUBFILE_TYPE, _PHOTOMETRIC, _DNG_VERSION = 254, 262, 50706


def list_pictures(folder: str | Path) -> list[Path]:
    """The pictures below `folder`, sorted by their path; a warning counts and names everything else.

    Raises:
        UserError: there is no such folder, or no picture in it.
    """
    found = find_pictures(folder)
    for line in describe(found.left_out):
        warnings.warn(f"{folder}: left out: {line}", stacklevel=2)
    return found.pictures


def open_picture(
    source: str | Path | IO[bytes],
    *,
    name: str | None = None,
    max_side: int | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Image.Image:
    """Decodes a picture: EXIF orientation applied, sRGB, alpha on white, 16-bit and CMYK brought to 8-bit RGB.

    Args:
        source: a path or an open binary file.
        name: what to call it in error messages (default: the path).
        max_side: a hint that no more than this is needed on the longer side; JPEGs are then decoded at a fraction of
            the size where that is still at least as large.
        max_pixels: larger pictures are refused before they are decoded.

    Returns:
        An RGB picture with both sides at least `MIN_SIDE`.

    Raises:
        UserError: no picture, damaged, too small or too large; the message names the picture.
        MissingDecoder: a UserError too; its kind cannot be decoded on this machine.
    """
    name = name or str(source)
    with _opened(source, name) as file:
        return _decode(file, name, max_side, max_pixels)


def as_photo(image: Image.Image, name: str = "the picture") -> Image.Image:
    """An open picture of any mode as `open_picture` gives it; it is not changed itself.

    Args:
        image: of Pillow; what is read of its file only now may turn out to be damaged.
        name: what to call it in error messages.

    Raises:
        UserError: as `open_picture`.
    """
    with _faults_named(name, MAX_PIXELS):
        _check(image, name, MAX_PIXELS)
        try:
            return _to_rgb(ImageOps.exif_transpose(image))
        except _DAMAGED:  # Of its EXIF data, or of the pixels: then this fails, too.
            return _to_rgb(image.copy())


@contextlib.contextmanager
def _opened(source: str | Path | IO[bytes], name: str) -> Iterator[IO[bytes]]:
    if not isinstance(source, str | Path):
        yield source
        return
    try:
        with Path(source).open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise UserError(f"{name}: no such file") from error
    except OSError as error:
        if Path(source).is_dir():
            raise UserError(f"{name}: a folder, not a picture") from error
        raise UserError(f"{name}: {why_unreadable(error)}") from error


def _decode(file: IO[bytes], name: str, max_side: int | None, max_pixels: int) -> Image.Image:
    with _faults_named(name, max_pixels):
        kind = kind_of(file.read(HEAD))
        file.seek(0)
        if kind is None:
            raise UserError(f"{name}: not a picture, or a format that is not supported")
        with Image.open(file, formats=[pillow_format(kind, name)]) as image:
            _check(image, name, max_pixels)
            if max_side and image.format == "JPEG":
                image.draft("RGB", (max_side, max_side))
            image.load()
            return _to_rgb(_upright(image))


@contextlib.contextmanager
def _faults_named(name: str, max_pixels: int) -> Iterator[None]:
    """Whatever decoding raises becomes a `UserError` that names the picture."""
    try:
        yield
    except UserError:
        raise
    except Image.DecompressionBombError as error:
        raise UserError(f"{name}: too large; at most {max_pixels / 1e6:.0f} megapixels") from error
    except Image.UnidentifiedImageError as error:
        raise UserError(f"{name}: not a picture, or a format that is not supported") from error
    except MemoryError as error:
        raise UserError(f"{name}: not enough memory to decode it") from error
    # Decoders of damaged files raise whatever they stumble over; each of these means that the file is damaged.
    except _DAMAGED as error:
        raise UserError(f"{name}: damaged picture ({str(error)[:80] or type(error).__name__})") from error


def _check(image: Image.Image, name: str, max_pixels: int) -> None:
    width, height = image.size
    if _is_raw(image):
        raise UserError(
            f"{name}: a camera's raw file, of which only a small preview can be read; save it as JPEG or TIFF"
        )
    if min(image.size) < MIN_SIDE:
        raise UserError(f"{name}: {width}×{height} pixels is too small; both sides must have at least {MIN_SIDE}")
    if width * height > max_pixels:
        raise UserError(f"{name}: {width}×{height} pixels is too large; at most {max_pixels / 1e6:.0f} megapixels")


def _is_raw(image: Image.Image) -> bool:
    """Raw files of cameras are TIFFs whose first picture is a preview; DNG says by a tag of its own what it is."""
    tags = image.tag_v2 if isinstance(image, TiffImageFile) else {}
    return tags.get(_NEW_SUBFILE_TYPE, 0) == 1 or _DNG_VERSION in tags


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF data says; as it is where that is damaged, since the pixels are good."""
    try:
        # Without in_place it would also copy pictures that are upright already: 200 MB for 50 megapixels.
        ImageOps.exif_transpose(image, in_place=True)
    except _DAMAGED:
        return image
    return image


def _to_rgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _from_deep_grey(image)
    if image.mode not in ("P", "PA", "LA", "La", "RGBA", "RGBa") and "transparency" not in image.info:
        return _to_srgb(image, profile)
    # Grey stays grey, so that a profile for grey fits it.
    colours, with_alpha = ("L", "LA") if image.mode in ("1", "L", "LA", "La") else ("RGB", "RGBA")
    image = image.convert(with_alpha)
    white = Image.new("RGB", image.size, "white")
    white.paste(_to_srgb(image.convert(colours), profile), mask=image.getchannel("A"))
    return white


def _from_deep_grey(image: Image.Image, rows: int = 256) -> Image.Image:
    """16-bit grey (65535 is white, or 0 where a TIFF says so), 32-bit integers of the same range, or floats in [0, 1]
    or [0, 255].

    In bands of `rows`, so that the floats of a large scan are never all in memory.
    """
    bands = [(0, top, image.width, min(top + rows, image.height)) for top in range(0, image.height, rows)]
    white = 65535.0
    if image.mode == "F":
        # NaN is ignored by fmax, also where a whole band is NaN.
        white = (
            1.0 if np.fmax.reduce([np.fmax.reduce(np.asarray(image.crop(b)), None) for b in bands]) <= 1.0 else 255.0
        )
    result = Image.new("L", image.size)
    for band in bands:
        grey = np.clip(np.nan_to_num(np.asarray(image.crop(band), np.float64)) * (255.0 / white), 0, 255)
        result.paste(Image.fromarray(np.rint(grey).astype(np.uint8)), band[:2])
    return (ImageOps.invert(result) if _white_is_zero(image) else result).convert("RGB")


def _white_is_zero(image: Image.Image) -> bool:
    """Pillow inverts them itself where they have 8 bits, and writes floats with this tag that are no negatives."""
    return isinstance(image, TiffImageFile) and image.mode.startswith("I;16") and image.tag_v2.get(_PHOTOMETRIC) == 0


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile or image.mode not in ("RGB", "CMYK", "L", "LAB"):
        return _as_rgb(image)
    in_place = image.mode == "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB", inPlace=in_place)
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A profile that is damaged or of another colour model says nothing; the pixels are still good.
        return _as_rgb(image)
    return converted if converted is not None else _as_rgb(image)


def _as_rgb(image: Image.Image) -> Image.Image:
    # `convert` copies also what is RGB already: 200 MB of 50 megapixels.
    return image if image.mode == "RGB" else image.convert("RGB")
