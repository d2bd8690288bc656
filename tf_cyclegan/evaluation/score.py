"""How close generated pictures are to a period, beside anchors computed in the same way."""

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluation.classifier import balanced_accuracy, train_classifier
from tf_cyclegan.evaluation.colour_transfer import colour_statistics, colour_transfer
from tf_cyclegan.evaluation.feature_sets import (
    LOOKS,
    Collector,
    FeatureCache,
    FeatureSet,
    central_crop,
    frechet,
    kept_of,
)
from tf_cyclegan.evaluation.features import Extractor
from tf_cyclegan.evaluation.neighbours import (
    memorized_share,
    mifid,
    nearest,
    precision_and_recall,
    realism_scores,
    recognised_share,
)
from tf_cyclegan.evaluation.paired import kid_difference, thinned
from tf_cyclegan.evaluation.shapes import Shapes, compare_shapes, summarize
from tf_cyclegan.evaluation.similarity import cosines, edge_agreement, psnr, ssim
from tf_cyclegan.limits import MIN_HELD_OUT
from tf_cyclegan.metrics import bootstrap_interval, extrapolated_distance, inception_score, kernel_distance
from tf_cyclegan.names import printable
from tf_cyclegan.pictures import list_pictures, normalize, open_picture, to_uint8

_THREADS = 8
_BATCH = 16
_PAINTED_AT_ONCE = 4
_SUBSETS = 100
_NEIGHBOUR = 3


class Files(NamedTuple):
    """Picture files of a domain.

    Attributes:
        held_out: not trained on.
        training: of the training pictures, as many as features are kept.
    """

    held_out: list[Path]
    training: list[Path]


@dataclass(frozen=True)
class Domain:
    """Real pictures of a domain: their files, and features of held-out and of training pictures, by look."""

    files: Files
    held_out: dict[str, FeatureSet]
    training: dict[str, FeatureSet]


def find_pictures(held_out: Path, training: Path) -> Files:
    """The pictures of a domain in its two folders; damaged ones are named in a warning and left out.

    Raises:
        UserError: a folder is missing or has too few pictures.
    """
    paths, training_paths = _pictures(held_out), _pictures(training)
    sample = [training_paths[i] for i in kept_of(len(training_paths))]
    return Files(_enough(held_out, _undamaged(paths)), _enough(training, _undamaged(sample)))


def picture_names(paths: Sequence[Path]) -> list[str]:
    """What files are called in tables: their paths below the folder that holds all, so that no two are called alike."""
    folder = os.path.commonpath([path.parent for path in paths])
    return [printable(path.relative_to(folder).as_posix()) for path in paths]


def without_seen(cache: FeatureCache, files: Files, seen: set[str]) -> Files:
    """The files without those held-out pictures whose content the networks have seen while they were trained.

    Args:
        cache: knows the hashes of files.
        files: of a domain.
        seen: the sha256 of every picture that was trained on.

    Raises:
        UserError: too few are left.
    """
    left = [path for path in files.held_out if cache.sum_of(path) not in seen]
    if len(left) < MIN_HELD_OUT:
        folder, every = files.held_out[0].parent, len(files.held_out)
        raise UserError(
            f"{folder}: {every - len(left)} of {every} pictures were trained on; at least {MIN_HELD_OUT} must be others"
        )
    return files._replace(held_out=left)


def _pictures(folder: Path) -> list[Path]:
    try:
        return list_pictures(folder)
    except UserError as error:
        raise UserError(f"{error}; evaluation needs held-out pictures next to the training pictures") from error


def _enough(folder: Path, paths: list[Path]) -> list[Path]:
    if len(paths) < MIN_HELD_OUT:
        raise UserError(f"{folder}: {len(paths)} picture is too few to evaluate; at least {MIN_HELD_OUT}, better 50")
    return paths


def _undamaged(paths: list[Path]) -> list[Path]:
    with ThreadPoolExecutor(_THREADS) as pool:  # Decoding releases Python's lock.
        faults = list(pool.map(_fault_of, paths))
    for fault in filter(None, faults):
        warnings.warn(f"left out: {fault}", stacklevel=2)
    return [path for path, fault in zip(paths, faults, strict=True) if not fault]


def _fault_of(path: Path) -> str:
    try:
        open_picture(path)
    except UserError as error:
        return str(error)
    return ""


def read_domain(cache: FeatureCache, files: Files) -> Domain:
    """A domain with the features of its pictures."""
    return Domain(files, cache.features(files.held_out), cache.features(files.training))


class Transfer:
    """Colour transfer to a target: each picture gets the colours of a training picture of the target.

    Which one is drawn at random, always the same: so the results have the target's variety of colours.

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


@dataclass
class Translation:
    """What a generator made of pictures.

    Attributes:
        features: of the results, by look.
        pairs: how alike picture and result (`edges`), picture and cycle (`psnr`, `ssim`) are: an array each, of the
            pictures `kept_of` their number.
        shapes: of the same pictures.
    """

    features: dict[str, FeatureSet]
    pairs: dict[str, np.ndarray] = field(default_factory=dict)
    shapes: list[Shapes] = field(default_factory=list)


def translate(extractor: Extractor, paths: list[Path], there: keras.Model, back: keras.Model) -> Translation:
    """Translates pictures and back, a batch at a time; nothing of a picture is kept but its numbers.

    Raises:
        UserError: a generator paints NaN.
    """
    kept = set(kept_of(len(paths)).tolist())
    collectors = {look: Collector(len(paths), extractor.width, classes=look == "colour") for look in LOOKS}
    pairs: dict[str, list[float]] = {"edges": [], "psnr": [], "ssim": []}
    shapes: list[Shapes] = []
    for start, pictures in batches(paths):
        results = paint(there, pictures)
        for look, collector in collectors.items():
            for features in extractor.batches(map(LOOKS[look], results)):
                collector.add(*features)
        for i, (picture, result, cycled) in enumerate(zip(pictures, results, paint(back, results), strict=True), start):
            if i in kept:
                pairs["edges"].append(edge_agreement(picture, result))
                pairs["psnr"].append(psnr(picture, cycled))
                pairs["ssim"].append(ssim(picture, cycled))
                shapes.append(compare_shapes(picture, result))
    sets = {look: collector.finish() for look, collector in collectors.items()}
    return Translation(sets, {name: np.array(values) for name, values in pairs.items()}, shapes)


def batches(paths: list[Path]) -> Iterator[tuple[int, np.ndarray]]:
    """Central crops of picture files, a batch at a time, with the place of its first."""
    for start in range(0, len(paths), _BATCH):
        yield start, np.stack([central_crop(path) for path in paths[start : start + _BATCH]])


def paint(generator: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """What a generator makes of a batch of uint8 pictures: uint8.

    Raises:
        UserError: it paints NaN.
    """
    starts = range(0, len(pictures), _PAINTED_AT_ONCE)
    parts = [normalize(pictures[i : i + _PAINTED_AT_ONCE]) for i in starts]
    painted = np.concatenate([np.asarray(generator(part, training=False)) for part in parts])
    if not np.isfinite(painted).all():
        raise UserError(f"{generator.name} paints NaN: its training has diverged; evaluate an earlier checkpoint")
    return to_uint8(painted)


def identity(paths: list[Path], generator: keras.Model) -> dict[str, float | None]:
    """How much a generator leaves pictures of its own target domain alone: mean PSNR (dB) and SSIM."""
    alike: list[tuple[float, float]] = []
    for _, pictures in batches([paths[i] for i in kept_of(len(paths))]):
        alike += [(psnr(p, same), ssim(p, same)) for p, same in zip(pictures, paint(generator, pictures), strict=True)]
    return {"psnr": _mean([a[0] for a in alike]), "ssim": _mean([a[1] for a in alike])}


class Direction(NamedTuple):
    """What is known of one direction.

    Attributes:
        scores: its part of `metrics.json`.
        rows: of its pictures, for `scores.csv`.
        features: of the results, by look, thinned out to what a paired test takes.
    """

    scores: dict[str, Any]
    rows: list[dict[str, Any]]
    features: dict[str, np.ndarray]


def score_direction(
    cache: FeatureCache,
    source: Domain,
    target: Domain,
    there: keras.Model,
    back: keras.Model,
    *,
    tell: Callable[[str], None] = lambda line: None,
) -> Direction:
    """Every number of one direction, with its anchors.

    Args:
        cache: of features, with the extractor.
        source, target: the domains.
        there, back: generators source → target and target → source.
        tell: is called with a line at the start of each part.

    Returns:
        The numbers. The sets that are compared with the target's held-out pictures: `result`; `untouched`, the source
        pictures themselves; `colour_transfer`; `real`, the target's training pictures, which is the floor.
    """
    tell(f"{len(source.files.held_out)} pictures are translated and back")
    translation = translate(cache.extractor, source.files.held_out, there, back)
    tell("colour transfer")
    transfer = Transfer(source, target)
    tell("distances")
    sets = {"result": translation.features, "untouched": source.held_out, "colour_transfer": transfer.features(cache)}
    sets["real"] = target.training
    by_look = {
        look: _distances({name: features[look] for name, features in sets.items()}, source, target, look)
        for look in LOOKS
    }
    results, untouched = translation.features["colour"], source.held_out["colour"].kept
    content = {name: cosines(untouched, sets[name]["colour"].kept) for name in ("result", "colour_transfer")}
    kept = {name: _mean(values) for name, values in content.items()}
    scores = {
        "samples": _samples(source, target),
        **by_look["colour"],
        "grey": by_look["grey"],
        "inception_score": _inception_score(results),
        "tests": {name: _tests(sets, target, name) for name in ("untouched", "colour_transfer")},
        "content": {**kept, "recognised": recognised_share(results.kept, untouched)},
        "edges": _mean(translation.pairs["edges"]),
        "shapes": {"result": summarize(translation.shapes), "colour_transfer": summarize(transfer.shapes())},
        "cycle": {name: _mean(translation.pairs[name]) for name in ("psnr", "ssim")},
        "identity": identity(target.files.held_out, there),
    }
    features = {look: thinned(found.kept) for look, found in translation.features.items()}
    return Direction(scores, _rows(source, target, translation, content["result"]), features)


def _tests(sets: dict[str, dict[str, FeatureSet]], target: Domain, other: str) -> dict[str, Any]:
    """Whether the results are nearer to the target's held-out pictures than another set of the same photographs is."""
    names = {"kid": "colour", "grey": "grey"}
    return {
        name: kid_difference(sets["result"][look].kept, sets[other][look].kept, target.held_out[look].kept)._asdict()
        for name, look in names.items()
    }


def _samples(source: Domain, target: Domain) -> dict[str, int]:
    return {
        "source": len(source.files.held_out),
        "target": len(target.files.held_out),
        "source_training": len(source.files.training),
        "target_training": len(target.files.training),
    }


def _distances(sets: dict[str, FeatureSet], source: Domain, target: Domain, look: str) -> dict[str, Any]:
    """Distances of each set to the target's held-out pictures, in one look."""
    real, training = target.held_out[look], target.training[look]
    size = max(2, min(1000, min(len(s.kept) for s in (real, *sets.values())) // 2))
    found: dict[str, dict[str, Any]] = {"kid": {}, "fid": {}, "precision": {}, "recall": {}, "mifid": {}}
    held_out_distances = nearest(real.kept, training.kept).distances
    memorization = {}
    for name, features in sets.items():
        found["kid"][name] = {**_kid(features, real, size), "samples": [len(features.kept), len(real.kept)]}
        alike = thin_out(features, sets["result"].count) if name == "real" else features
        found["fid"][name] = {**_fid(alike, real), "samples": [alike.count, real.count]}
        found["precision"][name], found["recall"][name] = _precision_and_recall(real, alike)
        # Of real pictures the held-out ones are looked for among the training pictures, not these among themselves.
        likely = real if name == "real" else features
        found["mifid"][name] = mifid(likely.kept, training.kept, fid=found["fid"][name]["value"]).value
        distances = nearest(likely.kept, training.kept).distances
        memorization[name] = {
            "distance_mean": _mean(distances),
            "distance_least": float(distances.min()),
            "share_nearer_than_real": memorized_share(distances, held_out_distances),
        }
    return {**found, "memorization": memorization, "period_classifier": _period_classifier(sets, source, target, look)}


def thin_out(features: FeatureSet, count: int) -> FeatureSet:
    """At most `count` of the features, drawn at random: FID, precision and recall depend on how many there are."""
    if features.count <= count:
        return features
    most = min(count, len(features.kept))
    chosen = np.sort(np.random.default_rng(0).choice(len(features.kept), most, replace=False))
    return FeatureSet(most, features.kept[chosen])


def _kid(features: FeatureSet, real: FeatureSet, size: int) -> dict[str, Any]:
    value = kernel_distance(features.kept, real.kept)
    mean, deviation = kernel_distance(features.kept, real.kept, subsets=_SUBSETS, subset_size=size)  # type: ignore[misc]
    return {"value": value, "subset_mean": mean, "subset_std": deviation, "subset_size": size}


def _fid(features: FeatureSet, real: FeatureSet) -> dict[str, Any]:
    low, high = bootstrap_interval(features.kept, real.kept)
    value = frechet(features, real)
    half = (high - low) / 2 * np.sqrt(min(len(features.kept), len(real.kept)) / min(features.count, real.count))
    extrapolated = extrapolated_distance(features.kept, real.kept)
    return {"value": value, "low": max(0.0, value - half), "high": value + half, "extrapolated": extrapolated}


def _precision_and_recall(real: FeatureSet, features: FeatureSet) -> tuple[float | None, float | None]:
    if min(len(real.kept), len(features.kept)) <= _NEIGHBOUR:
        return None, None
    return precision_and_recall(real.kept, features.kept, k=_NEIGHBOUR)


def _period_classifier(sets: dict[str, FeatureSet], source: Domain, target: Domain, look: str) -> dict[str, float]:
    """Which share of each set a classifier takes for the target, beside its accuracy on held-out real pictures."""
    classifier = train_classifier(target.training[look].kept, source.training[look].kept)
    seen = {**sets, "real": target.held_out[look]}
    shares = {name: float(np.mean(classifier.probability(features.kept) > 0.5)) for name, features in seen.items()}
    held_out = target.held_out[look].kept, source.held_out[look].kept
    return {**shares, "accuracy": balanced_accuracy(classifier, *held_out)}


def _inception_score(results: FeatureSet) -> dict[str, float] | None:
    if results.probabilities is None:
        return None
    splits = max(1, min(10, len(results.probabilities) // 500))
    mean, deviation = inception_score(results.probabilities, splits=splits)
    return {"value": mean, "split_std": deviation, "splits": splits}


def _rows(source: Domain, target: Domain, translation: Translation, content: np.ndarray) -> list[dict[str, Any]]:
    """A row a picture: by these the best and the worst are found, and two runs are compared picture by picture."""
    results, training = translation.features["colour"].kept, target.training["colour"].kept
    classifier = train_classifier(training, source.training["colour"].kept)
    closest = nearest(results, training)
    real = target.held_out["colour"].kept
    few = len(real) <= _NEIGHBOUR
    trained_on = picture_names(target.files.training)
    columns = {
        "realism": [None] * len(results) if few else realism_scores(real, results, k=_NEIGHBOUR),
        "content": content,
        **translation.pairs,
        "new_edges": [found.new_edges for found in translation.shapes],
        "face": [found.face for found in translation.shapes],
        "period": classifier.probability(results),
        "training_distance": closest.distances,
        "training_picture": [trained_on[i] for i in closest.indices],
    }
    held_out = picture_names(source.files.held_out)
    names = [held_out[i] for i in kept_of(len(held_out))]
    values = zip(*columns.values(), strict=True)
    return [{"picture": name, **dict(zip(columns, row, strict=True))} for name, row in zip(names, values, strict=True)]


def _mean(values) -> float | None:
    """The mean; None where it is not finite, as of PSNR where a picture comes back unchanged."""
    mean = float(np.mean(values))
    return mean if np.isfinite(mean) else None
