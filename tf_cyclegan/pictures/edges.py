"""Coarse edges: those of shapes, in which strokes and canvas vanish."""

import numpy as np

# A coarse step counts from so many of 255 levels on; texture stays below. A sharp edge spreads over two of them.
_LEVELS = 8.0

# Side of one place of a coarse picture, and how much harder than the picture's an edge may be in `new_edges_loss`.
EDGE_PIXELS, EDGE_GAIN = 8, 1.5


def new_edges(result: np.ndarray, picture: np.ndarray) -> float:
    """Share of places with a coarse edge that the picture does not have: patches, blotches, halos.

    Places are those of `losses.new_edges_loss`: means of 8 × 8 pixels, every four pixels. An edge is a difference of
    neighbours, in some colour, that is over `_LEVELS` above `EDGE_GAIN` times that of the picture.

    Args:
        result, picture: `(h, w, 3)` uint8, sides of at least 12 pixels.

    Returns:
        In [0, 1]; 0 of a picture with itself, in other light and in up to `EDGE_GAIN` times its contrast.
    """
    steps = zip(_coarse_steps(result), _coarse_steps(picture), strict=True)
    return float(np.mean([np.mean((new - EDGE_GAIN * old).max(axis=-1) > _LEVELS) for new, old in steps]))


def _coarse_steps(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Absolute differences of neighbours, along columns and along rows, of the coarse picture."""
    half = EDGE_PIXELS // 2
    rows, columns = pixels.shape[0] // half, pixels.shape[1] // half
    blocks = np.asarray(pixels[: rows * half, : columns * half], np.float64).reshape(rows, half, columns, half, -1)
    means = blocks.mean(axis=(1, 3))
    coarse = (means[:-1, :-1] + means[1:, :-1] + means[:-1, 1:] + means[1:, 1:]) / 4
    return np.abs(np.diff(coarse, axis=0)), np.abs(np.diff(coarse, axis=1))
