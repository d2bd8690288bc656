"""The damage that a result does to its picture: edges that come from nowhere, faces that can no longer be found.

Distances between sets of pictures are blind to both: bright patches on cheeks made no difference to KID. In
`metrics.json` both are under `shapes`; how much of the shapes is kept is another measure, in `bands`.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from tf_cyclegan.pictures.edges import new_edges
from tf_cyclegan.pictures.faces import can_find_faces, has_face


class Damage(NamedTuple):
    """Of one result.

    Attributes:
        new_edges: share of its places with a coarse edge that the picture does not have, in [0, 1].
        face: 1 where a face is found in the result, 0 where none is; None where none is found in the picture, or
            nothing is there to find faces with.
    """

    new_edges: float
    face: float | None


def find_damage(picture: np.ndarray, result: np.ndarray) -> Damage:
    """Of a picture and its result, `(h, w, 3)` uint8 both, sides of at least 12 pixels."""
    return Damage(new_edges(result, picture), _face_found(picture, result))


def summarize(found: Iterable[Damage]) -> dict[str, Any]:
    """Means over pictures: `new_edges`; `faces`, the share that is found again; and of how many `pictures` with one."""
    edges, faces = zip(*found, strict=True)
    known = [face for face in faces if face is not None]
    return {
        "new_edges": float(np.mean(edges)),
        "faces": float(np.mean(known)) if known else None,
        "pictures": len(known),
    }


def _face_found(picture: np.ndarray, result: np.ndarray) -> float | None:
    # Both are searched in the same way: the question is whether the same detector still finds the face.
    if not can_find_faces() or not has_face(Image.fromarray(picture), painted=False):
        return None
    return float(has_face(Image.fromarray(result), painted=False))
