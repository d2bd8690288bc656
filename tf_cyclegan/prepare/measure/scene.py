"""What a picture without words shows, as far as a few numbers can say: a portrait, a landscape, or something else."""

import numpy as np
from PIL import Image

from tf_cyclegan.pictures.faces import has_face
from tf_cyclegan.pictures.luma import luminance

_GRID, _BANDS = 48, 3
# Logistic regression on `_features`, fitted on 1,586 pictures: photographs of known classes (skies and houses against
# animals and people) and paintings whose titles name their genre. The last weight is the intercept. Sky above, green
# below and width speak for a landscape.
# fmt: off
_WEIGHTS = np.array([
    5.77, 4.58, -9.17, 5.04, -3.91, -1.66,
    4.39, -6.42, 4.51, -0.40, 2.16, -1.45,
    -5.43, -4.00, 1.86, -7.46, 5.75, -1.23,
    0.03, -1.14, 0.50, 5.58, -3.74,
])



def genre_of_picture(picture: Image.Image, *, painted: bool) -> str:
    """The genre by the looks of an RGB picture: "portrait", "landscape" or "other".

    Raises:
        UserError: scikit-image, which finds the faces, is not installed.
    """
    if has_face(picture, painted=painted):
        return "portrait"
    return "landscape" if landscape_score(picture) > 0 else "other"


def landscape_score(picture: Image.Image) -> float:
    """Log odds that an RGB picture shows land, sea, sky or town."""
    return float(np.append(_features(picture), 1.0) @ _WEIGHTS)


def _features(picture: Image.Image) -> np.ndarray:
    """Six numbers for each third of the height, and four of the whole: float64 `(22,)`."""
    small = picture.resize((_GRID, _GRID), Image.Resampling.BOX)
    pixels = np.asarray(small).astype(np.float64) / 255
    (red, green, blue), luma = np.moveaxis(pixels, 2, 0), luminance(pixels)
    across, down = np.abs(np.diff(luma, axis=1)), np.abs(np.diff(luma, axis=0))
    found: list[float] = []
    for band in range(_BANDS):
        rows = slice(band * _GRID // _BANDS, (band + 1) * _GRID // _BANDS)
        sides = np.concatenate([luma[rows, :4], luma[rows, -4:]], axis=1)
        colours = (luma[rows], (red - green)[rows], ((red + green) / 2 - blue)[rows], 5 * across[rows], 5 * down[rows])
        found += [values.mean() for values in colours]
        found.append(sides.mean() - luma[rows, _GRID // 3 : 2 * _GRID // 3].mean())
    layers, columns = luma.mean(axis=1).std(), luma.mean(axis=0).std()
    found += [5 * down.mean(axis=1).max(), 3 * layers, 3 * columns, np.log(picture.width / picture.height)]
    return np.array(found)
