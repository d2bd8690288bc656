"""Finds faces that are large enough to make a picture a portrait.

The detector is the frontal face cascade of local binary patterns (Liao et al., 2007) that scikit-image carries: no
network, no download, 9 ms a photograph.
"""

from functools import cache

import numpy as np
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.pixels import resize_short_side

# Short side at which faces are looked for, in pixels. Painted faces are looked for more closely, for 22 ms: with the
# sizes and steps of photographs a third of them is missed.
_SCALE = 120
# Panoramas whose sides have at least this ratio are no portraits, and slow to search.
_STRIP = 4
_PHOTOGRAPHED = {"scale_factor": 1.25, "min_size": (30, 30)}
_PAINTED = {"scale_factor": 1.2, "min_size": (24, 24)}


def can_find_faces() -> bool:
    """Is scikit-image installed?"""
    try:
        _detector()
    except UserError:
        return False
    return True


def has_face(picture: Image.Image, *, painted: bool) -> bool:
    """Is there a frontal face of at least a quarter (painted: a fifth) of the shorter side in this RGB picture?

    Raises:
        UserError: scikit-image is not installed.
    """
    if max(picture.size) > _STRIP * min(picture.size):
        return False
    grey = np.asarray(resize_short_side(picture.convert("L"), _SCALE))
    most = min(grey.shape)
    sizes = _PAINTED if painted else _PHOTOGRAPHED
    return bool(_detector().detect_multi_scale(img=grey, step_ratio=1, max_size=(most, most), **sizes))


@cache
def _detector():
    try:
        from skimage.data import lbp_frontal_face_cascade_filename
        from skimage.feature import Cascade
    except ImportError as error:
        raise UserError("faces are found with scikit-image, which is missing: pip install scikit-image") from error
    return Cascade(lbp_frontal_face_cascade_filename())
