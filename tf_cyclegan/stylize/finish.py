"""The steps after the network: strength, the photograph's own colours, the tones of a painting that is painted over.

Pure functions of pictures, NumPy and Pillow only: a slider that moves calls these again, and not the network. All
work in bands of rows, so that a picture of 24 megapixels needs little more memory than itself.
"""

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from tf_cyclegan.pictures.luma import LUMA

_LUMA = LUMA.astype(np.float32)
# Pixels of a band; each of the handful of arrays that are alive at once takes twelve bytes of it.
_BAND_PIXELS = 1 << 19
# Tones are kept at the smaller painting's size divided by this. At 1 its strokes stay soft when they are enlarged, at 4
# they get hard rims.
_TONE = 2


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


def keep_tones(small: Image.Image, painting: Image.Image) -> Image.Image:
    """The strokes of a painting, with the tones of a smaller one that it was painted over.

    A network that paints over its own painting changes light and colour once more. So what is coarser than two pixels
    of the smaller painting is taken from that one, and all finer detail from the larger.

    Args:
        small: RGB.
        painting: RGB, of the same shape and larger; it is overwritten.

    Reference: the Laplacian pyramid of Burt and Adelson, https://doi.org/10.1109/TCOM.1983.1095851
    """
    size = (max(1, round(small.width / _TONE)), max(1, round(small.height / _TONE)))
    wanted, own = (picture.resize(size, Image.Resampling.LANCZOS) for picture in (small, painting))
    for top, bottom in _bands(painting.size):
        place = (0, top, painting.width, bottom)
        more, less = (_enlarge(picture, painting.size, top, bottom) for picture in (wanted, own))
        levels = np.asarray(painting.crop(place), np.int16) + more - less
        painting.paste(Image.fromarray(_levels(levels)), place)
    return painting


def _enlarge(picture: Image.Image, size: tuple[int, int], top: int, bottom: int) -> np.ndarray:
    """Rows `top` to `bottom` of a picture that is enlarged to `size`, int16 `(rows, width, 3)`."""
    scale = picture.height / size[1]
    box = (0, top * scale, picture.width, min(bottom * scale, picture.height))
    return np.asarray(picture.resize((size[0], bottom - top), Image.Resampling.LANCZOS, box=box), np.int16)


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
