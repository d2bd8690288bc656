"""Pictures without their colours."""

import numpy as np

# Shares of red, green and blue in the luma of Rec. ITU-R BT.601, as in JPEG's YCbCr.
LUMA = np.array([0.299, 0.587, 0.114])
MEAN, DEVIATION = 128.0, 50.0


def luminance(picture: np.ndarray) -> np.ndarray:
    """Luma of an RGB picture (ITU-R BT.601), `(…, 3)` → `(…)` float64 of the same range."""
    return np.asarray(picture, np.float64) @ LUMA


def equalized_grey(picture: np.ndarray) -> np.ndarray:
    """The picture in grey, its luminance scaled to mean 128 and deviation 50: colours and contrast no longer count.

    Args:
        picture: `(h, w, 3)` uint8.

    Returns:
        `(h, w, 3)` uint8 with three equal channels. A picture of one luminance becomes 128 everywhere.
    """
    grey = luminance(picture)
    deviation = grey.std()
    scaled = (grey - grey.mean()) * (DEVIATION / deviation if deviation > 1e-6 else 0.0) + MEAN
    return np.repeat(np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)[..., None], 3, axis=-1)
