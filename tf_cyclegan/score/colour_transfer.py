"""Colour transfer: a picture gets the colours of other pictures, and nothing else.

Reference: Reinhard et al., "Color transfer between images", 2001; here in CIE L*a*b*.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

# sRGB to XYZ with its white (D65) at 1, as in IEC 61966-2-1.
_TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
_WHITE = np.array([0.95047, 1.0, 1.08883])
_STEPS = np.arange(256) / 255.0
_LINEAR = np.where(_STEPS > 0.04045, ((_STEPS + 0.055) / 1.055) ** 2.4, _STEPS / 12.92)
_TO_CUBES = (_TO_XYZ / _WHITE[:, None]).T
_FROM_CUBES = np.linalg.inv(_TO_CUBES)
_EDGE = 6 / 29


class ColourStatistics(NamedTuple):
    """Mean and standard deviation of each channel of L*a*b*, shape `(3,)` each."""

    mean: np.ndarray
    deviation: np.ndarray


def to_lab(picture: np.ndarray) -> np.ndarray:
    """sRGB uint8 `(…, 3)` → CIE L*a*b* (D65) float64: L in [0, 100], a and b about in [-110, 100]."""
    t = _LINEAR[np.asarray(picture)] @ _TO_CUBES
    f = np.where(t > _EDGE**3, np.cbrt(t), t / (3 * _EDGE**2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def from_lab(lab: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) `(…, 3)` → sRGB uint8, rounded; out-of-gamut colours are clipped."""
    middle = (lab[..., 0] + 16) / 116
    f = np.stack([middle + lab[..., 1] / 500, middle, middle - lab[..., 2] / 200], axis=-1)
    t = np.where(f > _EDGE, f**3, 3 * _EDGE**2 * (f - 4 / 29))
    linear = np.clip(t @ _FROM_CUBES, 0, 1)
    encoded = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return np.rint(np.clip(encoded, 0, 1) * 255).astype(np.uint8)


def colour_statistics(pictures: Iterable[np.ndarray]) -> ColourStatistics:
    """Mean and deviation of the colours of uint8 pictures `(h, w, 3)`, each averaged over the pictures.

    So the deviation is the usual contrast within one picture, not the difference between pictures.

    Raises:
        ValueError: no pictures.
    """
    found = [(lab.mean(axis=(0, 1)), lab.std(axis=(0, 1))) for lab in map(to_lab, pictures)]
    if not found:
        raise ValueError("no pictures to take colours from")
    means, deviations = zip(*found, strict=True)
    return ColourStatistics(np.mean(means, axis=0), np.mean(deviations, axis=0))


def colour_transfer(picture: np.ndarray, reference: ColourStatistics) -> np.ndarray:
    """The picture with each channel of L*a*b* shifted and scaled to the reference's mean and deviation.

    Args:
        picture: `(h, w, 3)` uint8.
        reference: from `colour_statistics`.

    Returns:
        `(h, w, 3)` uint8. A channel that is the same everywhere is only shifted.
    """
    lab = to_lab(picture)
    mean, deviation = lab.mean(axis=(0, 1)), lab.std(axis=(0, 1))
    scale = np.divide(reference.deviation, deviation, out=np.ones(3), where=deviation > 1e-6)
    return from_lab((lab - mean) * scale + reference.mean)
