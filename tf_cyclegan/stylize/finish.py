"""The steps after the network: strength, the photograph's own colours, detail of a larger photograph.

Pure functions of pictures, NumPy and Pillow only: a slider that moves calls these again, and not the network. All
work in bands of rows, so that a picture of 24 megapixels needs little more memory than itself.
"""

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from tf_cyclegan.pictures.luma import LUMA
from tf_cyclegan.settings.limits import MIN_SIDE

_LUMA = LUMA.astype(np.float32)
# Pixels of a band; each of the handful of arrays that are alive at once takes twelve bytes of it.
_BAND_PIXELS = 1 << 19
# Of the guided filter: half the window's side at the painted size, and the variance (of values in [0, 1]) below which
# the photograph counts as flat and lends no detail.
_RADIUS = 4
_EPSILON = 1e-3


def finish(
    photo: Image.Image,
    painting: Image.Image,
    strength: float = 100,
    colours: bool = False,
    *,
    in_place: bool = False,
) -> Image.Image:
    """The painting with the photograph's colours where they are wanted, and then blended with the photograph.

    Args:
        photo: RGB.
        painting: RGB, of the same size.
        strength: 0 to 100; see `blend`.
        colours: whether to keep the photograph's; see `keep_colours`.
        in_place: the result may overwrite `painting`, or be one of the two pictures itself.
    """
    if strength > 0 and colours:
        painting, in_place = keep_colours(photo, painting, in_place=in_place), True
    return blend(photo, painting, strength, in_place=in_place)


def blend(photo: Image.Image, painting: Image.Image, strength: float, *, in_place: bool = False) -> Image.Image:
    """Photograph and painting mixed, value by value in sRGB.

    Args:
        photo: RGB.
        painting: RGB, of the same size.
        strength: per cent of the painting; 0 gives the photograph's pixels, 100 the painting's.
        in_place: the result may overwrite `painting`, or be one of the two pictures itself.
    """
    if not 0 <= strength <= 100:
        raise ValueError(f"`strength` must be in 0 to 100. Received: strength={strength}")
    if strength in (0, 100):
        _check_sizes(photo, painting)
        kept = painting if strength else photo
        return kept if in_place else kept.copy()
    share = np.float32(strength / 100)
    return _in_bands(photo, painting, lambda below, above: below + (above - below) * share, in_place)


def keep_colours(photo: Image.Image, painting: Image.Image, *, in_place: bool = False) -> Image.Image:
    """Luma of the painting with the chroma of the photograph (Y, and Cb and Cr, of BT.601).

    Where a colour is not possible at the new luma, it is made as much paler as it must be: luma and hue stay.

    Args:
        photo: RGB.
        painting: RGB, of the same size.
        in_place: the result overwrites `painting`.
    """

    def recolour(colours: np.ndarray, lights: np.ndarray) -> np.ndarray:
        light = (lights @ _LUMA)[..., None]
        # Equal steps of R, G and B change Y alone, so Cb and Cr are in the differences of R, G and B from Y.
        chroma = colours - (colours @ _LUMA)[..., None]
        room = np.where(chroma > 0, 255 - light, light)
        share = np.min(room / np.maximum(np.abs(chroma), 1e-6), axis=-1, keepdims=True)
        return light + chroma * np.minimum(share, 1)

    return _in_bands(photo, painting, recolour, in_place)


def small_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """The size at which to paint a picture so that its strokes become `scale` times as large: width and height."""
    if scale < 1:
        raise ValueError(f"`scale` must be at least 1. Received: scale={scale}")
    scale = max(1.0, min(scale, min(size) / MIN_SIDE))
    width, height = (max(1, round(side / scale)) for side in size)
    return width, height


def carry_detail(
    photo: Image.Image, small_photo: Image.Image, small_painting: Image.Image, *, in_place: bool = False
) -> Image.Image:
    """A painting made at a smaller size, at the size of the photograph and with its detail.

    Around every place of the small pictures, the painting is fitted as a linear function of the photograph, channel by
    channel: painting ≈ a · photo + b. Applied to the large photograph, the function gives edges as sharp as they are
    there, and no detail where the painting has smoothed it (a near 0). What the fit leaves, the strokes, is enlarged.

    Args:
        photo: RGB, large.
        small_photo: the same made smaller.
        small_painting: its painting, of the same size.
        in_place: the painting overwrites `photo`, which of 50 megapixels takes 200 MB.

    Returns:
        RGB, of the size of `photo`; the painting itself where nothing was made smaller.

    Reference: He and Sun, "Fast Guided Filter", https://arxiv.org/abs/1505.00996
    """
    _check_sizes(small_photo, small_painting)
    if photo.size == small_photo.size:
        return small_painting.copy()
    guide, painting = (np.asarray(p, np.float32) / 255 for p in (small_photo, small_painting))
    mean = _box(guide)
    slope = (_box(guide * painting) - mean * _box(painting)) / (_box(guide * guide) - mean**2 + _EPSILON)
    slope = _box(slope)
    offset = painting - slope * guide  # This adds the fit's remainder, the strokes.
    result = photo if in_place else Image.new("RGB", photo.size)
    for top, bottom in _bands(photo.size):
        pixels = np.asarray(photo.crop((0, top, photo.width, bottom)), np.float32)
        a, b = (_enlarge(part, photo.size, top, bottom) for part in (slope, offset))
        result.paste(Image.fromarray(_levels(a * pixels + 255 * b)), (0, top))
    return result


def _box(values: np.ndarray) -> np.ndarray:
    """Mean over a window of 2 · `_RADIUS` + 1 pixels a side, over what of it is in the picture; `(h, w, 3)`."""
    for axis in (0, 1):
        length = values.shape[axis]
        sums = np.concatenate(
            [np.zeros_like(values.take([0], axis), np.float64), np.cumsum(values, axis, np.float64)], axis
        )
        last = np.minimum(np.arange(length) + _RADIUS + 1, length)
        first = np.maximum(np.arange(length) - _RADIUS, 0)
        shape = (-1, 1, 1) if axis == 0 else (1, -1, 1)
        values = ((sums.take(last, axis) - sums.take(first, axis)) / (last - first).reshape(shape)).astype(np.float32)
    return values


def _enlarge(values: np.ndarray, size: tuple[int, int], top: int, bottom: int) -> np.ndarray:
    """Rows `top` to `bottom` of a float array `(h, w, 3)` enlarged to `size`, bilinear."""
    height, width, channels = values.shape
    scale = height / size[1]
    box = (0, top * scale, width, min(bottom * scale, height))
    shape = (size[0], bottom - top)
    planes = [Image.fromarray(np.ascontiguousarray(values[..., c])) for c in range(channels)]
    return np.stack([np.asarray(p.resize(shape, Image.Resampling.BILINEAR, box=box)) for p in planes], -1)


def _in_bands(
    photo: Image.Image,
    painting: Image.Image,
    function: Callable[[np.ndarray, np.ndarray], np.ndarray],
    in_place: bool,
) -> Image.Image:
    """Float32 levels of both pictures → levels of a new one, or of `painting` in its place, band by band."""
    _check_sizes(photo, painting)
    result = painting if in_place else Image.new("RGB", photo.size)
    for top, bottom in _bands(photo.size):
        box = (0, top, photo.width, bottom)
        levels = function(*(np.asarray(p.crop(box), np.float32) for p in (photo, painting)))
        result.paste(Image.fromarray(_levels(levels)), (0, top))
    return result


def _check_sizes(photo: Image.Image, painting: Image.Image) -> None:
    if photo.size != painting.size:
        raise ValueError(f"Both pictures must have one size. Received: {photo.size} and {painting.size}")


def _bands(size: tuple[int, int]) -> Iterator[tuple[int, int]]:
    width, height = size
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def _levels(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)
