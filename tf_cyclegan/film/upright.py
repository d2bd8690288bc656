"""A decoded frame as a picture: upright, with square pixels, 8-bit RGB, alpha on white."""

from typing import Any

import numpy as np
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.film.library import load_av
from tf_cyclegan.settings.limits import MAX_PIXELS, MIN_SIDE

# Where the first row and the first column of a matrix lead → what brings the picture there.
_TURNS = {
    (1, 0, 0, 1): None,
    (0, 1, -1, 0): Image.Transpose.ROTATE_270,
    (-1, 0, 0, -1): Image.Transpose.ROTATE_180,
    (0, -1, 1, 0): Image.Transpose.ROTATE_90,
    (-1, 0, 0, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Image.Transpose.TRANSPOSE,
    (0, -1, -1, 0): Image.Transpose.TRANSVERSE,
}


def fitted_size(size: tuple[int, int], max_side: int | None, *, even: bool) -> tuple[int, int]:
    """The size of a result, width and height.

    Args:
        size: of the film.
        max_side: of the result at most; None: any.
        even: both sides must be even, as most films have them.

    Raises:
        UserError: the film is too small or too large.
    """
    if min(size) < MIN_SIDE or size[0] * size[1] > MAX_PIXELS:
        few, many = f"{MIN_SIDE} pixels a side or more", f"{MAX_PIXELS:,} in all at most"
        raise UserError(f"frames of {size[0]}×{size[1]} pixels; a film has {few}, and {many}")
    scale = min(1, max_side / max(size)) if max_side else 1
    step = 2 if even else 1
    width, height = (max(MIN_SIDE, int(side * scale / step + 0.5) * step) for side in size)
    return width, height


def as_picture(frame: Any) -> Image.Image:
    """A frame of PyAV as RGB, turned and scaled as the film says."""
    alpha = any(component.is_alpha for component in frame.format.components) or frame.format.has_palette
    picture = Image.fromarray(frame.to_ndarray(format="rgba" if alpha else "rgb24"))
    if alpha:
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    turn = _turn(frame)
    return picture.transpose(turn) if turn is not None else picture


def turned_size(frame: Any, aspect: float) -> tuple[int, int]:
    """Width and height of a frame as it is seen.

    Args:
        frame: of PyAV.
        aspect: width of a pixel in relation to its height.
    """
    size = max(1, round(frame.width * aspect)), frame.height
    turn = _turn(frame)
    sideways = turn in (
        *(Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270),
        *(Image.Transpose.TRANSPOSE, Image.Transpose.TRANSVERSE),
    )
    return size[::-1] if sideways else size


def _turn(frame: Any) -> Image.Transpose | None:
    kind = load_av().sidedata.sidedata.Type.DISPLAYMATRIX
    matrix = frame.side_data.get(kind)
    if matrix is None:
        return None
    a, b, _, c, d, *_ = np.frombuffer(bytes(matrix), np.int32)[:9] / 65536
    return _TURNS.get((round(a), round(b), round(c), round(d)))
