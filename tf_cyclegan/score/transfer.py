"""Colour transfer alone, as an anchor for every score."""

import numpy as np

from tf_cyclegan.score.colour_transfer import colour_statistics, colour_transfer
from tf_cyclegan.score.domain import Domain
from tf_cyclegan.score.feature_sets import FeatureCache, central_crop
from tf_cyclegan.score.rival import Rival


class Transfer(Rival):
    """Colour transfer to a target: each picture gets the colours of a training picture of the target.

    Each training picture is drawn at random with a fixed seed, so the results have the target's variety of colours.

    Args:
        source: whose held-out pictures are changed.
        target: whose training pictures they get the colours of.
    """

    def __init__(self, source: Domain, target: Domain):
        super().__init__(source.files.held_out)
        training = target.files.training
        drawn = np.random.default_rng(0).integers(len(training), size=len(source.files.held_out))
        self._references = [training[i] for i in drawn]

    def __call__(self, index: int, crop: np.ndarray) -> np.ndarray:
        """The crop in its new colours."""
        return colour_transfer(crop, colour_statistics([central_crop(self._references[index])]))

    def name(self, cache: FeatureCache) -> str:
        return f"colour transfer from {cache.digest(self._references)}"
