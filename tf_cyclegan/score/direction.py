"""How close generated pictures are to a period, next to anchors computed in the same way."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from tf_cyclegan.disk.names import printable
from tf_cyclegan.metrics.classifier import balanced_accuracy, train_classifier
from tf_cyclegan.metrics.distances import bootstrap_interval, extrapolated_distance, inception_score, kernel_distance
from tf_cyclegan.metrics.neighbours import (
    memorized_share,
    mifid,
    nearest,
    precision_and_recall,
    realism_scores,
    recognised_share,
)
from tf_cyclegan.metrics.paired import kid_difference, thinned
from tf_cyclegan.pictures.similarity import cosines
from tf_cyclegan.score.anchor import Anchor
from tf_cyclegan.score.bands import UNCHANGED, average
from tf_cyclegan.score.damage import summarize
from tf_cyclegan.score.domain import Domain
from tf_cyclegan.score.feature_sets import FeatureCache, FeatureSet, frechet, kept_of
from tf_cyclegan.score.rival import Rival
from tf_cyclegan.score.transfer import Transfer
from tf_cyclegan.score.translation import Translation, identity, mean, translate

_SUBSETS = 100
_NEIGHBOUR = 3


def picture_names(paths: Sequence[Path]) -> list[str]:
    """The names of files in tables: their paths below the folder that holds all, so that no two are the same."""
    folder = os.path.commonpath([path.parent for path in paths])
    return [printable(path.relative_to(folder).as_posix()) for path in paths]


class Direction(NamedTuple):
    """The results of one direction.

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
    anchor: Anchor | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Direction:
    """Every number of one direction, with its anchors.

    Args:
        cache: of features, with the extractor.
        source, target: the domains.
        there, back: generators source → target and target → source.
        anchor: what another program painted of the source's held-out pictures.
        tell: is called with a line at the start of each part.

    Returns:
        The numbers. The sets that are compared with the target's held-out pictures: `result`; `untouched`, the source
        pictures themselves; `colour_transfer`; `anchor`, where there is one; `real`, the target's training pictures,
        which is the floor.
    """
    tell(f"{len(source.files.held_out)} pictures are translated and translated back")
    translated = {"result": translate(cache.extractor, source.files.held_out, there, back)}
    rivals: dict[str, Rival] = {"colour_transfer": Transfer(source, target)} | ({"anchor": anchor} if anchor else {})
    for name, rival in rivals.items():
        tell(name.replace("_", " "))
        translated[name] = rival.translate(cache)
    tell("distances")
    features = {name: found.features for name, found in translated.items()}
    sets = {"result": features.pop("result"), "untouched": source.held_out, **features, "real": target.training}
    result, untouched = translated["result"], source.held_out["colour"].kept
    content = {name: cosines(untouched, sets[name]["colour"].kept) for name in ("untouched", *translated)}
    scores = {
        "samples": _samples(source, target),
        **_distances(sets, source, target, "colour"),
        "grey": _distances(sets, source, target, "grey"),
        "inception_score": _inception_score(result.features["colour"]),
        "tests": {name: _tests(sets, target, name) for name in ("untouched", *rivals)},
        **_kept(translated),
        "content": {
            **{name: mean(values) for name, values in content.items()},
            "recognised": recognised_share(result.features["colour"].kept, untouched),
        },
        "identity": identity(target.files.held_out, there),
    }
    kept = {look: thinned(found.kept) for look, found in result.features.items()}
    return Direction(scores, _rows(source, target, result, content["result"]), kept)


def _kept(translated: dict[str, Translation]) -> dict[str, Any]:
    """How much of the pictures is left in the results and after the cycle, without the help of an extractor."""
    pairs = {name: mean(values) for name, values in translated["result"].pairs.items()}
    return {
        "bands": {"untouched": UNCHANGED._asdict()} | {name: average(of.bands) for name, of in translated.items()},
        "edges": pairs["edges"],
        "shapes": {name: summarize(of.damage) for name, of in translated.items()},
        "cycle": {name: pairs[name] for name in ("psnr", "ssim")},
    }


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


def _distances(every: dict[str, dict[str, FeatureSet]], source: Domain, target: Domain, look: str) -> dict[str, Any]:
    """Distances of each set to the target's held-out pictures, in one look."""
    sets = {name: features[look] for name, features in every.items()}
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
            "distance_mean": mean(distances),
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
    """Which share of each set a classifier takes for the target, and its accuracy on held-out real pictures."""
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
    """One row per picture, by which the best and the worst are found and two runs are compared picture by picture."""
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
        "detail_kept": [found.detail_kept for found in translation.bands],
        "shapes_kept": [found.shapes_kept for found in translation.bands],
        "new_edges": [found.new_edges for found in translation.damage],
        "face": [found.face for found in translation.damage],
        "period": classifier.probability(results),
        "training_distance": closest.distances,
        "training_picture": [trained_on[i] for i in closest.indices],
    }
    held_out = picture_names(source.files.held_out)
    names = [held_out[i] for i in kept_of(len(held_out))]
    values = zip(*columns.values(), strict=True)
    return [{"picture": name, **dict(zip(columns, row, strict=True))} for name, row in zip(names, values, strict=True)]
