"""Features on a map: principal components."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Map(NamedTuple):
    """Points in two dimensions.

    Attributes:
        points: of each set, `(n, 2)`.
        explained: share of the variance along each axis; the rest is not to be seen on the map.
    """

    points: list[np.ndarray]
    explained: tuple[float, float]


def project(sets: Sequence[np.ndarray]) -> Map:
    """The first two principal components of several sets of features, all sets of equal weight whatever their sizes.

    Each axis is turned so that the last set's mean lies at its positive end: the same features give the same map.

    Args:
        sets: `(n, features)` each, at least 3 pictures together.
    """
    every = [np.asarray(features, np.float64) for features in sets]
    centre = np.mean([features.mean(axis=0) for features in every], axis=0)
    weighted = np.concatenate([(features - centre) / np.sqrt(len(features)) for features in every])
    _, values, axes = np.linalg.svd(weighted, full_matrices=False)
    first = np.zeros((2, weighted.shape[1]))
    first[: len(axes[:2])] = axes[:2]
    points = [(features - centre) @ first.T for features in every]
    signs = np.where(points[-1].mean(axis=0) < 0, -1.0, 1.0)
    shares = np.zeros(2)
    if (total := np.sum(values**2)) > 0:
        shares[: len(values[:2])] = values[:2] ** 2 / total
    return Map([p * signs for p in points], (float(shares[0]), float(shares[1])))
