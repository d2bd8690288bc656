"""Finds the painting within its frame or margin, so that neither is learned as part of the style.

Two things are cut off: margins of one colour (paper, a wall, the bars of a film), and gilt frames. A margin counts only
where the picture begins at a straight, sharp edge, on two opposite sides at least; skies, snow and studio backgrounds
have no such edge on two sides. A gilt frame counts only on all four sides.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image

# The search runs on a picture of about this short side, in pixels.
_SCALE = 256
_LEAST, _MOST = 0.012, 0.3
# Levels of 0 to 255: how far paper may wander, and how far the picture must be from it where it begins.
_SAME, _OTHER = 10, 14
_EDGE_SHARE, _BEGINS = 0.85, 0.4
# The inner edge of a frame is a step of this many levels along this share of its length. Both sides of it are averaged
# over this many pixels (along, across): the texture of brush strokes is full of edges, but not of such steps.
_LINE_SHARE, _STEP = 0.8, 16
_ALONG, _ACROSS = 8, 3
_GOLD_SHARE = 0.7
# Where half of all lines are such edges along this share of their length, none of them is a frame: autumn leaves.
_RESTLESS = 0.5


class Box(NamedTuple):
    """What is kept, in pixels: from `left`, `top` to before `right`, `bottom`."""

    left: int
    top: int
    right: int
    bottom: int


def find_painting(picture: Image.Image) -> Box:
    """The part of an RGB picture that is neither margin nor gilt frame; all of it where there are none."""
    scale = max(1.0, min(picture.size) / _SCALE)
    small = picture.resize((round(picture.width / scale), round(picture.height / scale)), Image.Resampling.BOX)
    pixels = np.asarray(small).astype(np.int16)
    whole = box = Box(0, 0, small.width, small.height)
    for find in (_margins, _gilt_frame, _margins):
        left, top, right, bottom = find(pixels[box.top : box.bottom, box.left : box.right])
        box = Box(box.left + left, box.top + top, box.right - right, box.bottom - bottom)
    if box == whole or 2 * min(box.right - box.left, box.bottom - box.top) < min(small.size):
        return Box(0, 0, *picture.size)
    return _scaled(box, whole, picture.size)


def _scaled(box: Box, whole: Box, size: tuple[int, int]) -> Box:
    """The box in the pixels of the full picture, one small pixel tighter where something is cut: edges are soft."""
    across, down = size[0] / whole.right, size[1] / whole.bottom
    left, top = (side + 1 if side else 0 for side in box[:2])
    right, bottom = (
        side - 1 if side < end else end for side, end in ((box.right, whole.right), (box.bottom, whole.bottom))
    )
    return Box(round(left * across), round(top * down), round(right * across), round(bottom * down))


def _margins(pixels: np.ndarray) -> tuple[int, int, int, int]:
    """Widths of the margins left, top, right, bottom; 0 where there is none."""
    left = right = top = bottom = 0
    for _ in range(2):
        inner = pixels[top : pixels.shape[0] - bottom, left : pixels.shape[1] - right]
        columns = inner.transpose(1, 0, 2)
        if not left + right:
            left, right = _opposite(columns)
        if not top + bottom:
            top, bottom = _opposite(inner)
    return left, top, right, bottom


def _opposite(lines: np.ndarray) -> tuple[int, int]:
    """Margins at the first and at the last line, both or none."""
    first, last = _margin(lines), _margin(lines[::-1])
    if not first or not last or np.abs(_colour(lines[0]) - _colour(lines[-1])).max() > 3 * _SAME:
        return 0, 0
    return first, last


def _colour(line: np.ndarray) -> np.ndarray:
    return np.median(line, axis=0)


def _margin(lines: np.ndarray) -> int:
    """How many lines from the first one are of one colour, where they end at a sharp edge; else 0."""
    least, most = max(3, round(len(lines) * _LEAST)), int(len(lines) * _MOST)
    colour = _colour(lines[0])
    if not _is_plain(lines[:least], colour).all():
        return 0
    plain = _is_plain(lines[: most + 1], colour)
    depth = int(np.argmin(plain))
    if plain[depth]:
        return 0
    other = np.abs(lines[depth : depth + len(lines) // 4] - colour).max(axis=2) >= _OTHER
    # Where a bright sky meets a white margin there is no edge; but what begins elsewhere begins at one line.
    begins, differs = other[:3].any(axis=0), other.any(axis=0)
    return depth if begins.mean() >= _BEGINS and begins.sum() >= _EDGE_SHARE * differs.sum() else 0


def _is_plain(lines: np.ndarray, colour: np.ndarray) -> np.ndarray:
    return (np.abs(lines - colour).max(axis=2) <= _SAME).mean(axis=1) >= 0.97


def _gilt_frame(pixels: np.ndarray) -> tuple[int, int, int, int]:
    """Widths of a gilt frame left, top, right, bottom; all 0 where a side lacks one."""
    sides = [pixels.transpose(1, 0, 2), pixels, pixels.transpose(1, 0, 2)[::-1], pixels[::-1]]
    widths = []
    for side in sides:
        widths.append(_sight_edge(side))
        if not widths[-1] or max(widths) > 1.6 * min(widths):
            return 0, 0, 0, 0
    # The outer half may be a wall or its shadow.
    gilt = all(_gold(side[width // 2 : width]) >= _GOLD_SHARE for side, width in zip(sides, widths, strict=True))
    left, top, right, bottom = widths if gilt else (0, 0, 0, 0)
    return left, top, right, bottom


def _sight_edge(lines: np.ndarray) -> int:
    """The innermost straight line that runs along nearly the whole side; 0 where there is none."""
    least, most = max(_ACROSS, round(0.03 * len(lines))), round(0.25 * len(lines))
    quarter = lines.shape[1] // 4
    count = 2 * quarter // _ALONG * _ALONG
    middle = lines[: most + 2 * _ACROSS, quarter : quarter + count].astype(np.float64)
    blocks = middle.reshape(len(middle), -1, _ALONG, 3).mean(axis=2)
    means = np.lib.stride_tricks.sliding_window_view(blocks, _ACROSS, axis=0).mean(axis=-1)
    steps = np.abs(means[_ACROSS:] - means[:-_ACROSS]).max(axis=2) >= _STEP
    strength = steps.mean(axis=1)
    found = np.flatnonzero(strength >= _LINE_SHARE) + _ACROSS
    found = found[(found >= least) & (found <= most)]
    if np.median(strength) > _RESTLESS:
        return 0
    return int(found[-1]) if len(found) else 0


def _gold(band: np.ndarray) -> float:
    """The share of a band that is gold in light or shade: red over green over blue."""
    red, green, blue = (band[..., i] for i in range(3))
    return float(np.mean((red >= green) & (green >= blue) & (8 * (red - blue) >= red + 40)))
