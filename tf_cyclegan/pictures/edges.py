"""Coarse edges: the edges of shapes, on a scale at which strokes and canvas vanish."""

import numpy as np

# A coarse step counts as an edge above this many of 255 levels; texture stays below. A sharp edge spreads over two
# steps.
_LEVELS = 8.0

# Side of one place of a coarse picture in pixels, and how many times as strong as in the original an edge may be.
_PIXELS, _GAIN = 8, 1.5


def new_edges(result: np.ndarray, picture: np.ndarray) -> float:
    """The share of places where a result has a coarse edge that its picture does not have: patches, blotches, halos.

    The places are means of 8 × 8 pixels, one every four pixels. A new edge is a difference between neighbouring places,
    in some colour, that is more than `_LEVELS` above `_GAIN` times the difference in the picture.

    Args:
        result, picture: `(h, w, 3)` uint8, sides of at least 12 pixels.

    Returns:
        A share in [0, 1]. It is 0 for a picture and itself, also in other light or with up to `_GAIN` times its
        contrast.
    """
    steps = zip(_coarse_steps(result), _coarse_steps(picture), strict=True)
    return float(np.mean([np.mean((new - _GAIN * old).max(axis=-1) > _LEVELS) for new, old in steps]))


def _coarse_steps(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Absolute differences between neighbouring places of the coarse picture, down the columns and along the rows."""
    half = _PIXELS // 2
    rows, columns = pixels.shape[0] // half, pixels.shape[1] // half
    blocks = np.asarray(pixels[: rows * half, : columns * half], np.float64).reshape(rows, half, columns, half, -1)
    means = blocks.mean(axis=(1, 3))
    coarse = (means[:-1, :-1] + means[1:, :-1] + means[:-1, 1:] + means[1:, 1:]) / 4
    return np.abs(np.diff(coarse, axis=0)), np.abs(np.diff(coarse, axis=1))
