"""Whether a result keeps the shapes of its picture: edges that come from nowhere, faces that can no longer be found.

Distances between sets of pictures are blind to both: bright patches on cheeks made no difference to KID.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from tf_cyclegan.faces import can_find_faces, has_face
from tf_cyclegan.losses import EDGE_GAIN, EDGE_PIXELS

# A coarse step counts from so many of 255 levels on; texture stays below. A sharp edge spreads over two of them.
_LEVELS = 8.0


class Shapes(NamedTuple):
    """Of one result.

    Attributes:
        new_edges: share of its places with a coarse edge that the picture does not have, in [0, 1].
        face: 1 where a face is found in the result, 0 where none is; None where none is found in the picture, or
            nothing is there to find faces with.
    """

    new_edges: float
    face: float | None


def compare_shapes(picture: np.ndarray, result: np.ndarray) -> Shapes:
    """Compares a picture with what became of it, `(h, w, 3)` uint8 both, sides of at least 12 pixels."""
    return Shapes(new_edges(result, picture), _face_found(picture, result))


def summarize(found: Iterable[Shapes]) -> dict[str, Any]:
    """Means over pictures: `new_edges`; `faces`, the share that is found again; and of how many `pictures` with one."""
    edges, faces = zip(*found, strict=True)
    known = [face for face in faces if face is not None]
    return {
        "new_edges": float(np.mean(edges)),
        "faces": float(np.mean(known)) if known else None,
        "pictures": len(known),
    }


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


def _face_found(picture: np.ndarray, result: np.ndarray) -> float | None:
    # Both are searched in the same way: what is asked is whether the same detector still finds it.
    if not can_find_faces() or not has_face(Image.fromarray(picture), painted=False):
        return None
    return float(has_face(Image.fromarray(result), painted=False))
