"""Colour transfer alone, as an anchor for every score."""

import numpy as np

from tf_cyclegan.score.colour_transfer import colour_statistics, colour_transfer
from tf_cyclegan.score.domain import Domain
from tf_cyclegan.score.feature_sets import FeatureCache, FeatureSet, central_crop, kept_of
from tf_cyclegan.score.shapes import Shapes, compare_shapes


class Transfer:
    """Colour transfer to a target: each picture gets the colours of a training picture of the target.

    Each training picture is drawn at random with a fixed seed, so the results have the target's variety of colours.

    Args:
        source: whose held-out pictures are changed.
        target: whose training pictures they get the colours of.
    """

    def __init__(self, source: Domain, target: Domain):
        self._paths, training = source.files.held_out, target.files.training
        drawn = np.random.default_rng(0).integers(len(training), size=len(self._paths))
        self._references = [training[i] for i in drawn]

    def __call__(self, index: int, crop: np.ndarray) -> np.ndarray:
        """The crop, of the held-out picture of this place, in its new colours; `(h, w, 3)` uint8 both."""
        return colour_transfer(crop, colour_statistics([central_crop(self._references[index])]))

    def features(self, cache: FeatureCache) -> dict[str, FeatureSet]:
        """Of the changed pictures, by look."""
        name = f"colour transfer from {cache.digest(self._references)}"
        return cache.features(self._paths, change=self, change_name=name)

    def shapes(self) -> list[Shapes]:
        """How the changed pictures keep their shapes, of the pictures `kept_of` their number."""
        crops = ((i, central_crop(self._paths[i])) for i in kept_of(len(self._paths)).tolist())
        return [compare_shapes(crop, self(i, crop)) for i, crop in crops]
