"""How alike two pictures are, pixel by pixel."""

import numpy as np
from scipy import ndimage

from tf_cyclegan.pictures.luma import luminance

# Values that differ by less, of 255 levels, do so by rounding: an array is even.
_EVEN = 1e-6


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of two uint8 pictures of one shape; infinite where they are the same.

    Raises:
        ValueError: pictures of different shapes.
    """
    one, other = _as_pair(one, other)
    error = float(np.mean((one - other) ** 2))
    return float("inf") if error == 0 else float(10 * np.log10(255.0**2 / error))


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Structural similarity of the luminance of two uint8 pictures, in [-1, 1]; 1 where they are the same.

    With the paper's Gaussian window of 11 pixels, deviation 1.5, and averaged where the window lies inside the picture.

    Args:
        one, other: `(h, w, 3)` RGB, or `(h, w)`; both sides at least 11 pixels.

    Raises:
        ValueError: pictures of different shapes, or too small.

    Reference: Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004
    """
    one, other = (_grey(picture) for picture in _as_pair(one, other))
    if min(one.shape) < 11:
        raise ValueError(f"both sides must have at least 11 pixels. Received: {one.shape}")

    def blur(values: np.ndarray) -> np.ndarray:
        return ndimage.gaussian_filter(values, 1.5, truncate=3.5)[5:-5, 5:-5]

    mean1, mean2 = blur(one), blur(other)
    variance1, variance2 = blur(one**2) - mean1**2, blur(other**2) - mean2**2
    covariance = blur(one * other) - mean1 * mean2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    luminance_and_contrast = (mean1**2 + mean2**2 + c1) * (variance1 + variance2 + c2)
    return float(np.mean((2 * mean1 * mean2 + c1) * (2 * covariance + c2) / luminance_and_contrast))


def edge_agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of the edges of two uint8 pictures, in [-1, 1]; 1 where edges are at the same places.

    Edges are the gradient's magnitude of the luminance (Gaussian derivative, deviation 1 pixel). Brighter or weaker
    contrast changes nothing. 0 where one of the two has no edges at all, and 1 where both have none.

    Args:
        one, other: `(h, w, 3)` RGB, or `(h, w)`.

    Raises:
        ValueError: pictures of different shapes.
    """
    return correlation(*(ndimage.gaussian_gradient_magnitude(_grey(p), 1.0) for p in _as_pair(one, other)))


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's correlation of the values of two arrays of one shape, in [-1, 1].

    It is undefined where an array is even, that is, has the same value everywhere. Such a pair counts as 1 if both are
    even, since they agree, and as 0 if one is: it knows nothing of the other.
    """
    even = [np.ptp(values) < _EVEN for values in (one, other)]
    return float(all(even)) if any(even) else float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def cosines(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Cosine between the features of each picture and of its partner: `(n, features)` twice → `(n,)`; 0 for none."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if x.shape != y.shape:
        raise ValueError(f"pairs of features are needed. Received: {x.shape} and {y.shape}")
    norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    return np.divide(np.sum(x * y, axis=1), norms, out=np.zeros(len(x)), where=norms > 0)


def _as_pair(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if one.shape != other.shape:
        raise ValueError(f"pictures of one size are needed. Received: {one.shape} and {other.shape}")
    return one, other


def _grey(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 2 else luminance(picture)
