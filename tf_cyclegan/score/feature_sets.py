"""Features of whole sets of pictures: moments of all, the features of a few thousand; those of real sets are cached."""

import hashlib
import itertools
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.metrics.distances import frechet_distance, frechet_distance_of
from tf_cyclegan.metrics.moments import Moments
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.pictures.luma import equalized_grey
from tf_cyclegan.pictures.pixels import central_square, resize_short_side
from tf_cyclegan.score.extractors import BATCH, Extractor

SIDE = 256
KEPT = 5000
# Part of the name of every cached file: to be raised when the same pictures give other features.
_VERSION = "1"

# How pictures are looked at: as they are, and without their colours and contrast.
LOOKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"colour": np.asarray, "grey": equalized_grey}


def central_crop(path: Path) -> np.ndarray:
    """The central `SIDE`-pixel square of a picture file, its short side brought to `SIDE` first: uint8 RGB."""
    return central_square(np.asarray(resize_short_side(open_picture(path), SIDE)))


def central_crops(paths: Iterable[Path]) -> Iterator[np.ndarray]:
    """`central_crop` of each file, one after the other."""
    return map(central_crop, paths)


def kept_of(count: int) -> np.ndarray:
    """Indices of the pictures whose features are kept, ascending: all up to `KEPT`, else `KEPT` at random."""
    if count <= KEPT:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).permutation(count)[:KEPT])


@dataclass(frozen=True)
class FeatureSet:
    """The features of a set of pictures, and their moments.

    Attributes:
        count: number of pictures.
        kept: features of the pictures `kept_of(count)`, `(k, features)` float32.
        moments: of all pictures; None where all are kept, since they follow from these.
        probabilities: of the classes, of the kept pictures, `(k, classes)`; None where they were not asked for.
    """

    count: int
    kept: np.ndarray
    moments: Moments | None = None
    probabilities: np.ndarray | None = None


class Collector:
    """Collects features batch by batch into a `FeatureSet`; its memory does not grow over `KEPT` pictures.

    Args:
        count: how many pictures will come.
        width: features of a picture.
        classes: keep the probabilities too.
    """

    def __init__(self, count: int, width: int, *, classes: bool = False):
        self._count, self._classes = count, classes
        self._wanted = np.zeros(count, bool)
        self._wanted[kept_of(count)] = True
        self._moments = Moments(width) if count > KEPT else None
        self._kept: list[np.ndarray] = [np.empty((0, width), np.float32)]
        self._probabilities: list[np.ndarray] = []
        self._seen = 0

    def add(self, values: np.ndarray, probabilities: np.ndarray | None = None) -> None:
        """Takes the features of the next pictures, `(n, features)`."""
        wanted = self._wanted[self._seen : self._seen + len(values)]
        self._seen += len(values)
        self._kept.append(values[wanted])
        if self._moments:
            self._moments.add(values)
        if self._classes and probabilities is not None:
            self._probabilities.append(probabilities[wanted])

    def finish(self) -> FeatureSet:
        """The set.

        Raises:
            ValueError: the number of pictures is not the announced one.
        """
        if self._seen != self._count:
            raise ValueError(f"{self._count} pictures were said. Received: {self._seen}")
        probabilities = np.concatenate(self._probabilities) if self._probabilities else None
        return FeatureSet(self._count, np.concatenate(self._kept), self._moments, probabilities)


def collect(extractor: Extractor, pictures: Iterable[np.ndarray], count: int) -> FeatureSet:
    """The features of `count` uint8 pictures."""
    return collect_looks(extractor, pictures, count, {"": np.asarray})[""]


def collect_looks(
    extractor: Extractor,
    pictures: Iterable[np.ndarray],
    count: int,
    looks: dict[str, Callable[[np.ndarray], np.ndarray]],
) -> dict[str, FeatureSet]:
    """The features of `count` uint8 pictures in several looks; each picture is taken once."""
    collectors = {look: Collector(count, extractor.width) for look in looks}
    waiting = iter(pictures)
    while batch := list(itertools.islice(waiting, BATCH)):
        for look, change in looks.items():
            for features in extractor.batches(map(change, batch)):
                collectors[look].add(features.values)
    return {look: collector.finish() for look, collector in collectors.items()}


def frechet(x: FeatureSet, y: FeatureSet) -> float:
    """Fréchet distance between two sets, of all their pictures."""
    if x.moments is None and y.moments is None:
        return frechet_distance_of(x.kept, y.kept)
    (mu1, sigma1), (mu2, sigma2) = _gaussian(x), _gaussian(y)
    return frechet_distance(mu1, sigma1, mu2, sigma2)


def _gaussian(features: FeatureSet) -> tuple[np.ndarray, np.ndarray]:
    moments = features.moments
    if moments is None:
        moments = Moments(features.kept.shape[1])
        moments.add(features.kept)
    return moments.mean, moments.covariance


class FeatureCache:
    """Features of pictures that do not change, kept on disk under a digest of everything that determines them.

    That is: the pictures' bytes, what is done to them, and the extractor with its weights and resize filter.

    Args:
        extractor: of the features.
        folders: where to keep them: the first that can be written to. They are looked for in all.
    """

    def __init__(self, extractor: Extractor, folders: Sequence[Path]):
        self.extractor = extractor
        self._folders = folders
        self._sums: dict[Path, str] = {}

    def digest(self, paths: Iterable[Path]) -> str:
        """Digest of the files' contents, in their order."""
        joined = "\n".join(self.sum_of(path) for path in paths)
        return hashlib.sha256(joined.encode()).hexdigest()

    def sum_of(self, path: Path) -> str:
        """The file's sha256, read once."""
        if path not in self._sums:
            try:
                self._sums[path] = sha256_of(path)
            except OSError as error:
                raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
        return self._sums[path]

    def features(
        self,
        paths: Sequence[Path],
        looks: Iterable[str] = tuple(LOOKS),
        *,
        change: Callable[[int, np.ndarray], np.ndarray] | None = None,
        change_name: str = "",
    ) -> dict[str, FeatureSet]:
        """Features of the central crops of picture files, by look, from the cache or made and put there.

        Args:
            paths: the files; each is decoded once at most, whatever the number of looks.
            looks: of `LOOKS`.
            change: done to each crop first; takes the picture's place in `paths` and the crop.
            change_name: says what `change` does, with all its settings.
        """
        files = {look: f"{self._key(paths, look, change_name)}.npz" for look in looks}
        found = {look: self._find(file, len(paths)) for look, file in files.items()}
        missing = {look: LOOKS[look] for look, features in found.items() if features is None}
        if missing:
            crops = enumerate(central_crops(paths))
            pictures = (change(i, crop) if change else crop for i, crop in crops)
            for look, features in collect_looks(self.extractor, pictures, len(paths), missing).items():
                self._write(files[look], features)
                found[look] = features
        return {look: features for look, features in found.items() if features is not None}

    def _key(self, paths: Sequence[Path], look: str, change_name: str) -> str:
        made = (_VERSION, str(SIDE), str(KEPT), self.extractor.name, self.extractor.resize, self.extractor.weights)
        return hashlib.sha256("\n".join([*made, look, change_name, self.digest(paths)]).encode()).hexdigest()[:32]

    def _find(self, name: str, count: int) -> FeatureSet | None:
        read = (_read(folder / name, count, self.extractor.width) for folder in self._folders)
        return next((features for features in read if features), None)

    def _write(self, name: str, features: FeatureSet) -> None:
        arrays: dict[str, Any] = {"kept": features.kept}
        if features.moments:
            arrays |= {"mean": features.moments.mean, "covariance": features.moments.covariance}
        for folder in self._folders:
            try:
                with replacing(folder / name) as partial, partial.open("wb") as file:
                    np.savez(file, **arrays)
            except UserError:
                continue
            return
        warnings.warn(
            f"features could not be kept in {self._folders[0]}: the next evaluation computes them again", stacklevel=2
        )


def _read(path: Path, count: int, width: int) -> FeatureSet | None:
    """The features in a cached file; None where it is missing or damaged, for then they are computed again."""
    try:
        with np.load(path) as arrays:
            kept = arrays["kept"]
            moments = Moments.of(count, arrays["mean"], arrays["covariance"]) if "mean" in arrays else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    whole = kept.shape == (min(count, KEPT), width) and np.isfinite(kept).all()
    return FeatureSet(count, kept, moments) if whole and (moments is None) == (count <= KEPT) else None
