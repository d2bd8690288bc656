"""Finds faces that are large enough to make a picture a portrait.

The detector is the frontal face cascade of local binary patterns (Liao et al., 2007) that scikit-image carries: no
network, no download, 20 ms a picture.
"""

from functools import cache

import numpy as np
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures import resize_short_side

# Faces are looked for at this short side, in pixels; the smallest that counts is a fifth of it.
_SCALE, _LEAST = 120, 24


def can_find_faces() -> bool:
    """Is scikit-image installed?"""
    try:
        _detector()
    except UserError:
        return False
    return True


def has_face(picture: Image.Image) -> bool:
    """Is there a frontal face of at least a fifth of the shorter side in this RGB picture of any size?

    Raises:
        UserError: scikit-image is not installed.
    """
    grey = np.asarray(resize_short_side(picture.convert("L"), _SCALE))
    most = min(grey.shape)
    found = _detector().detect_multi_scale(
        img=grey, scale_factor=1.2, step_ratio=1, min_size=(_LEAST, _LEAST), max_size=(most, most)
    )
    return bool(found)


@cache
def _detector():
    try:
        from skimage.data import lbp_frontal_face_cascade_filename
        from skimage.feature import Cascade
    except ImportError as error:
        raise UserError("faces are found with scikit-image, which is missing: pip install scikit-image") from error
    return Cascade(lbp_frontal_face_cascade_filename())
