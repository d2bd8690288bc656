"""What a script needs to paint: a style, and a photograph in it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import as_photo, open_picture
from tf_cyclegan.stylize.fetch import open_style
from tf_cyclegan.stylize.files import paint as paint_photo
from tf_cyclegan.stylize.look import MAX_SIDE, Look
from tf_cyclegan.stylize.mix import mixed
from tf_cyclegan.stylize.style import DEFAULT_STYLE
from tf_cyclegan.stylize.stylizer import Stylizer


def load_style(style: str | Path = DEFAULT_STYLE, mix: str | Mapping[str, float] | None = None) -> Stylizer:
    """Opens a style once, to paint any number of photographs in it.

    Args:
        style: name of a style that comes with the project (`python -m tf_cyclegan styles` lists them), folder of a
            bundle, a style file (`.tar`, `.tar.xz`), or the http(s) address of one.
        mix: of a style that has several periods, the share of each: `{"baroque": 0.6, "rococo": 0.4}`, or the same as
            text, `"baroque:0.6,rococo:0.4"`. The shares add up to 1.

    Returns:
        A style for `paint`. Its `bundle` says what is known of it: `bundle.name()`, `bundle.about["years"]`,
        `bundle.kid`.

    Raises:
        UserError: there is no such style, it is damaged, or it cannot paint this mixture.
    """
    shares = ",".join(f"{name}:{share}" for name, share in mix.items()) if isinstance(mix, Mapping) else mix
    return Stylizer(mixed(open_style(str(style)), shares))


def paint(
    photo: str | Path | Image.Image | np.ndarray,
    style: Stylizer | str | Path = DEFAULT_STYLE,
    *,
    brush: str | None = None,
    strength: float = 100,
    keep_colours: bool = False,
    max_side: int | None = MAX_SIDE,
) -> Image.Image:
    """A photograph as a painting.

    Args:
        photo: path of a picture, an open picture of any mode, or uint8 of shape `(height, width, 3)`, RGB. It is not
            changed.
        style: from `load_style`, or what that takes for a style of one period; this is then opened for each picture.
        brush: size of the strokes, "fine", "medium" or "broad"; default: that of the style.
        strength: percentage of the painting in the mix, 0 to 100; the rest is the photograph.
        keep_colours: take only light and dark from the painting.
        max_side: longer side of the result in pixels, at least 16; larger photographs are made smaller first. None:
            as large as the photograph.

    Returns:
        A new RGB picture, upright as the photograph's EXIF data says, in sRGB, without metadata.

    Raises:
        UserError: the photograph cannot be read, the style cannot be opened, or an option is out of its bounds.
    """
    stylizer = style if isinstance(style, Stylizer) else load_style(style)
    look = Look(max_side, brush or stylizer.brush, strength, keep_colours)
    return paint_photo(stylizer, _opened(photo, max_side), look)


def _opened(photo: str | Path | Image.Image | np.ndarray, max_side: int | None) -> Image.Image:
    if isinstance(photo, str | Path):
        return open_picture(photo, max_side=max_side)
    if isinstance(photo, Image.Image):
        return as_photo(photo)
    if not isinstance(photo, np.ndarray) or photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3:
        raise UserError(f"a photograph is a path, a picture of Pillow, or uint8 (height, width, 3), not {_kind(photo)}")
    return as_photo(Image.fromarray(photo))


def _kind(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape}"
    return type(value).__name__
