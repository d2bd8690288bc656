"""A fixed set of training pictures, by which generators are scored while they are trained."""

from pathlib import Path

import keras
import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.metrics.distances import kernel_distance
from tf_cyclegan.pictures.files import list_pictures
from tf_cyclegan.pictures.similarity import cosines
from tf_cyclegan.run.evaluations import Scores
from tf_cyclegan.score.extractors import Extractor
from tf_cyclegan.score.feature_sets import LOOKS, FeatureCache, central_crops
from tf_cyclegan.score.translation import paint
from tf_cyclegan.settings.limits import MIN_HELD_OUT

# Photographs that are painted at each evaluation, and paintings that the results are compared with.
_PHOTOGRAPHS, _PAINTINGS = 64, 500


class FixedSet:
    """A small part of the training pictures, always the same, by which generators are compared while they train.

    It uses training pictures, because a generator that was chosen on held-out ones would later score too well on them.

    Args:
        data: prepared folder.
        extractor: of the features.
        folders: where features of the paintings are kept, as for `FeatureCache`.

    Raises:
        UserError: there are fewer than 2 pictures of a domain, or they cannot be read.
    """

    def __init__(self, data: str | Path, extractor: Extractor, folders: tuple[Path, ...]):
        photographs, paintings = (
            _spread(_at_least_two(Path(data) / name), most)
            for name, most in (("trainA", _PHOTOGRAPHS), ("trainB", _PAINTINGS))
        )
        cache = FeatureCache(extractor, folders)
        self.extractor = extractor
        self._paintings = {look: found.kept for look, found in cache.features(paintings).items()}
        self._photographs = np.stack(list(central_crops(photographs)))
        self._untouched = cache.features(photographs, ["colour"])["colour"].kept

    @property
    def conditions(self) -> str:
        """The facts that scores must share to be comparable: extractor and its weights."""
        return f"{self.extractor.name} {self.extractor.weights}"

    @property
    def photographs(self) -> int:
        """How many photographs are painted."""
        return len(self._photographs)

    @property
    def untouched(self) -> float:
        """Kernel distance of the photographs as they are: a generator must be below it."""
        return _distance(self._untouched, self._paintings["colour"])

    def score(self, generator: keras.Model) -> Scores:
        """Scores of the results of a generator photo → painting for the photographs.

        Raises:
            UserError: it paints NaN.
        """
        results = paint(generator, self._photographs)
        features = {look: self.extractor(map(change, results)) for look, change in LOOKS.items()}
        kid, grey = (_distance(features[look], self._paintings[look]) for look in ("colour", "grey"))
        return Scores(kid, grey, float(cosines(self._untouched, features["colour"]).mean()))


def _at_least_two(folder: Path) -> list[Path]:
    paths = list_pictures(folder)
    if len(paths) < MIN_HELD_OUT:
        raise UserError(f"{folder}: {len(paths)} picture is too few for --evaluate-every; at least {MIN_HELD_OUT}")
    return paths


def _spread(paths: list[Path], most: int) -> list[Path]:
    """At most `count` of them, at equal distances."""
    return [paths[i * len(paths) // most] for i in range(most)] if len(paths) > most else paths


def _distance(x: np.ndarray, y: np.ndarray) -> float:
    return float(kernel_distance(x, y))  # type: ignore[arg-type]
