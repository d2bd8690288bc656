"""Whatever else can be done to the photographs: the results are measured next to it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tf_cyclegan.score.bands import compare_bands
from tf_cyclegan.score.damage import find_damage
from tf_cyclegan.score.feature_sets import FeatureCache, FeatureSet, central_crop, kept_of
from tf_cyclegan.score.translation import Translation


class Rival(ABC):
    """Another way from pictures to results than the run's generator; computed like an anchor, next to its results.

    Args:
        paths: the pictures that it starts from.
    """

    def __init__(self, paths: Sequence[Path]):
        self._paths = paths

    @abstractmethod
    def __call__(self, index: int, crop: np.ndarray) -> np.ndarray:
        """The result for the picture of this place, given its central crop; `(h, w, 3)` uint8 both."""

    @abstractmethod
    def name(self, cache: FeatureCache) -> str:
        """Says which results these are, with everything that they depend on besides the pictures."""

    def translate(self, cache: FeatureCache) -> Translation:
        """The numbers of the results, without `pairs`: nothing is translated back."""
        crops = ((i, central_crop(self._paths[i])) for i in kept_of(len(self._paths)).tolist())
        pairs = ((crop, self(i, crop)) for i, crop in crops)
        found = [(find_damage(*pair), compare_bands(*pair)) for pair in pairs]
        return Translation(self.features(cache), {}, [damage for damage, _ in found], [bands for _, bands in found])

    def features(self, cache: FeatureCache) -> dict[str, FeatureSet]:
        """Of the results, by look."""
        return cache.features(self._paths, change=self, change_name=self.name(cache))
