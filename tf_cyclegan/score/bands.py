"""Which bands of a photograph are still in its result: a painter replaces the finest detail and keeps the shapes.

A filter keeps both. Distances between sets of pictures do not show it: new colours alone bring a set nearer to
paintings.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter

from tf_cyclegan.pictures.luma import luminance
from tf_cyclegan.pictures.similarity import correlation

# Standard deviations of Gaussians in pixels: the finest detail is what the first leaves of a picture, and the shapes
# are what the second lets through and the third does not.
FINE = 1.0
MIDDLE, COARSE = 4.0, 16.0


class Bands(NamedTuple):
    """Of one picture and its result: correlations of two bands of their luminances, in [-1, 1].

    Attributes:
        detail_kept: of the finest band. About 0.2 to 0.35 for a painter, 0.8 for a filter.
        shapes_kept: of the band between 4 and 16 pixels. From 0.92 on for a painter, 0.99 for a filter.
    """

    detail_kept: float
    shapes_kept: float


# Of a picture and itself.
UNCHANGED = Bands(1.0, 1.0)


def compare_bands(picture: np.ndarray, result: np.ndarray) -> Bands:
    """Pearson's correlations of the bands of a picture and its result.

    With the luminance Y and Gaussians G of a standard deviation in pixels, the finest band is Y - G₁ * Y and that of
    the shapes is G₄ * Y - G₁₆ * Y. More light or other contrast changes neither correlation. A band that is even in
    one of the two counts as 0, since nothing of the other's is in it; if it is even in both, as 1, since there was
    nothing to lose (`similarity.correlation`).

    Args:
        picture, result: `(h, w, 3)` RGB in [0, 255], of one shape. They are compared as they are: of other sizes, the
            same pictures have other bands.
    """
    (fine, shapes), (new_fine, new_shapes) = (_bands(luminance(pixels)) for pixels in (picture, result))
    return Bands(correlation(fine, new_fine), correlation(shapes, new_shapes))


def average(found: Iterable[Bands]) -> dict[str, float]:
    """Means over pictures, by the names of `Bands`."""
    return dict(zip(Bands._fields, np.mean(list(found), axis=0).tolist(), strict=True))


def _bands(luma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return luma - gaussian_filter(luma, FINE), gaussian_filter(luma, MIDDLE) - gaussian_filter(luma, COARSE)
