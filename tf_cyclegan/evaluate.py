"""A run's folder → metrics.json, scores.csv, features.npz and report.html."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

from tf_cyclegan.choices import LANGUAGES
from tf_cyclegan.command import show_command
from tf_cyclegan.config import TrainConfig, load_run, train_command
from tf_cyclegan.data_folder import TrainingPictures, find_data, read_trained_on
from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluation import gallery
from tf_cyclegan.evaluation.checkpoint_scores import score_candidates
from tf_cyclegan.evaluation.comparison import Comparison, compare_runs
from tf_cyclegan.evaluation.comparison_report import write_comparison
from tf_cyclegan.evaluation.feature_sets import SIDE, FeatureCache, kept_of
from tf_cyclegan.evaluation.features import load_extractor
from tf_cyclegan.evaluation.metrics_json import SCHEMA, check_writable, write_features, write_metrics, write_scores
from tf_cyclegan.evaluation.paired import thinned
from tf_cyclegan.evaluation.report import Material, best_checkpoint, write_report
from tf_cyclegan.evaluation.score import (
    Direction,
    Domain,
    Files,
    find_pictures,
    read_domain,
    score_direction,
    without_seen,
)
from tf_cyclegan.evaluation.texts import definitions, say
from tf_cyclegan.evaluation.while_training import read_evaluations
from tf_cyclegan.faces import can_find_faces
from tf_cyclegan.loss_curves import read_losses
from tf_cyclegan.manifest import sha256_of
from tf_cyclegan.networks import load_network
from tf_cyclegan.paths import check_apart

DIRECTIONS = {"photo-to-painting": ("A", "B"), "painting-to-photo": ("B", "A")}
GENERATOR_FILES = {"A": "generator.keras", "B": "generator_f.keras"}
# Pictures of each rank in the gallery.
_SHOWN = {"photo-to-painting": 3, "painting-to-photo": 2}
_CROP = f"central crops of {SIDE} px (short side brought to {SIDE} px)"


def evaluate(
    run: str | Path,
    *,
    data: str | Path | None = None,
    features: str = "mobilenet_v2",
    weights: str | Path | None = None,
    language: str = "en",
    candidates: Iterable[tuple[str, keras.Model]] | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Scores both directions of a run on the held-out pictures of its data, without any that it was trained on.

    Writes `metrics.json`, `scores.csv` with a row a picture, `features.npz` (held-out pictures and results, by which
    runs are compared) and the page `report.html`. Features of real pictures are kept in the data's folder, `features/`,
    or where that cannot be written in the run's.

    Args:
        run: the run's folder.
        data: where its data is now, if it was moved; must hold the pictures that it was trained on.
        features: name of the feature extractor.
        weights: a file with its weights, where they cannot be downloaded.
        language: of the page, one of `choices.LANGUAGES`.
        candidates: other generators photo → painting of the run by name, such as `train.checkpoint_generators`, of
            which the best is to be named.
        tell: is called with a line at the start of each part.

    Returns:
        The contents of `metrics.json`.

    Raises:
        UserError: the run has no generators or no held-out pictures, these were trained on, its data is not there or
            other pictures are, the extractor's weights cannot be had, or a file cannot be written.
    """
    run = Path(run)
    pictures = find_data(run, data)
    config = replace(load_run(run), data=str(pictures.folder))
    _check_language(language)
    check_writable(run)
    subject = open_subject(run, pictures, features, weights)
    tell("features of the real pictures")
    domains = {letter: read_domain(subject.cache, found) for letter, found in subject.files.items()}
    directions = {name: _score(subject, domains, name, tell) for name in DIRECTIONS}
    more = {}
    if candidates is not None:
        extractor = subject.cache.extractor
        more["checkpoints"] = score_candidates(extractor, domains["A"], domains["B"], candidates, tell=tell)
    remarks = _remarks(subject, domains)
    metrics = {
        "schema": SCHEMA,
        **_conditions(subject, domains),
        "directions": {name: found.scores for name, found in directions.items()},
        **more,
        "remarks": [say("en", f"remark_{name}", **values) for name, values in remarks],
        "definitions": definitions(),
    }
    tell("report")
    material = _material(run, config, subject, domains, directions, metrics=metrics, remarks=remarks)
    write_scores(run, [{"direction": name, **row} for name, found in directions.items() for row in found.rows])
    write_features(run, _features(domains, directions))
    write_report(run / "report.html", material, language)
    write_metrics(run, metrics)
    return metrics


def compare(
    runs: Sequence[str | Path],
    out: str | Path = "comparison.html",
    *,
    data: str | Path | None = None,
    language: str = "en",
) -> Comparison:
    """Compares evaluated runs with the first of them and writes the page `out`.

    Args:
        runs: their folders.
        out: the page to write.
        data: where the first one's data is now, if it was moved.
        language: of the page, one of `choices.LANGUAGES`.

    Raises:
        UserError: as `comparison.compare_runs`, or the page cannot be written, or lies within what is read.
    """
    _check_language(language)
    out = Path(out)
    if out.is_dir():
        raise UserError(f"{out}: is a folder; give a file for the page, e.g. {out / 'comparison.html'}")
    check_apart({"--out": out}, {"the run": runs})
    comparison = compare_runs(runs, data)
    check_apart({"--out": out}, {"the run's data": comparison.data})
    write_comparison(out, comparison, language=language, period=period_of(comparison.data))
    return comparison


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise UserError(f"unknown language {language!r}; one of {', '.join(LANGUAGES)}")


@dataclass(frozen=True)
class Subject:
    """What is evaluated, and by what.

    Attributes:
        generators: by the domain that they start from.
        digests: of their files.
        files: held-out and training pictures of each domain.
        seen: for each domain how many pictures that were trained on are not among the held-out ones, though they lie
            with them.
        cache: of features, with the extractor.
    """

    generators: dict[str, keras.Model]
    digests: dict[str, str]
    files: dict[str, Files]
    seen: dict[str, int]
    cache: FeatureCache


def open_subject(run: Path, pictures: TrainingPictures, features: str, weights: str | Path | None) -> Subject:
    """Opens a run's generators, the pictures of its data and the extractor; raises as `evaluate` does."""
    data = pictures.folder
    found = {letter: find_pictures(data / f"test{letter}", data / f"train{letter}") for letter in "AB"}
    generators = {letter: load_network(run / file) for letter, file in GENERATOR_FILES.items()}
    digests = {letter: sha256_of(run / file)[:12] for letter, file in GENERATOR_FILES.items()}
    cache = FeatureCache(load_extractor(features, weights), (data / "features", run / "features"))
    seen = {*pictures.hashes, *read_trained_on(run)}
    files = {letter: without_seen(cache, those, seen) for letter, those in found.items()}
    left_out = {letter: len(those.held_out) - len(files[letter].held_out) for letter, those in found.items()}
    return Subject(generators, digests, files, left_out, cache)


def _score(subject: Subject, domains: dict[str, Domain], name: str, tell: Callable[[str], None]) -> Direction:
    tell(name)
    source, target = DIRECTIONS[name]
    networks = subject.generators[source], subject.generators[target]
    return score_direction(subject.cache, domains[source], domains[target], *networks, tell=tell)


def _conditions(subject: Subject, domains: dict[str, Domain]) -> dict[str, Any]:
    extractor = subject.cache.extractor
    files = [path for domain in domains.values() for path in (*domain.files.held_out, *domain.files.training)]
    return {
        "features": extractor.name,
        "weights": extractor.weights,
        "resize": extractor.resize,
        "crop": _CROP,
        "side": SIDE,
        "pictures": subject.cache.digest(files)[:12],
        "generators": subject.digests,
    }


def _features(domains: dict[str, Domain], directions: dict[str, Direction]) -> dict[str, np.ndarray]:
    real = {
        f"{letter}_{look}": thinned(found.kept)
        for letter, domain in domains.items()
        for look, found in domain.held_out.items()
    }
    results = {f"{name}_{look}": f for name, found in directions.items() for look, f in found.features.items()}
    return real | results


def _material(
    run: Path,
    config: TrainConfig,
    subject: Subject,
    domains: dict[str, Domain],
    directions: dict[str, Direction],
    *,
    metrics: dict[str, Any],
    remarks: list[tuple[str, dict[str, Any]]],
) -> Material:
    shown, ranked = {}, {}
    for name, (source, target) in DIRECTIONS.items():
        rows, held_out = directions[name].rows, domains[source].files.held_out
        column = ranking(rows)
        chosen = gallery.choose([row[column] for row in rows], _SHOWN[name])
        chosen += gallery.choose_most([row["new_edges"] for row in rows], _SHOWN[name], chosen)
        paths = [held_out[i] for i in kept_of(len(held_out))]
        networks = subject.generators[source], subject.generators[target]
        shown[name], ranked[name] = gallery.show(chosen, rows, paths, *networks), (len(rows), column)
    features = {letter: thinned(domain.held_out["colour"].kept) for letter, domain in domains.items()}
    features |= {name: found.features["colour"] for name, found in directions.items()}
    losses = run / "losses.csv"
    extractor = subject.cache.extractor
    return Material(
        name=run.resolve().name,
        period=period_of(Path(config.data)),
        metrics=metrics,
        remarks=remarks,
        shown=shown,
        ranked=ranked,
        features=features,
        losses=read_losses(losses) if losses.exists() else {},
        evaluations=read_evaluations(run),
        commands=[
            train_command(config),
            show_command("evaluate", f"runs/{run.resolve().name}", "--features", extractor.name),
        ],
    )


def ranking(rows: list[dict[str, Any]]) -> str:
    """The column by which pictures are ranked: realism, and where it cannot be computed the classifier's verdict."""
    return "period" if any(row["realism"] is None for row in rows) else "realism"


def period_of(data: Path) -> str:
    """The period that the data was prepared from; empty where that is not known."""
    try:
        return str(json.loads((data / "prepare.json").read_text(encoding="utf-8")).get("period") or "")
    except (OSError, ValueError, AttributeError):
        return ""  # A folder in the layout of the field has no prepare.json.


def _remarks(subject: Subject, domains: dict[str, Domain]) -> list[tuple[str, dict[str, Any]]]:
    """What a reader must know to judge the numbers: names of remarks in `texts`, with their values."""
    extractor = subject.cache.extractor
    remarks: list[tuple[str, dict[str, Any]]] = []
    fewest = min(len(domain.files.held_out) for domain in domains.values())
    if fewest <= extractor.width:
        remarks.append(("few_for_fid", {"count": fewest, "features": extractor.name, "width": extractor.width}))
    if fewest < 50:
        remarks.append(("few", {"count": fewest}))
    if not extractor.classifies:
        remarks.append(("no_classes", {"features": extractor.name}))
    if fewest <= 3:
        remarks.append(("no_manifold", {}))
    if not can_find_faces():
        remarks.append(("no_faces", {}))
    for letter, domain in domains.items():
        about: dict[str, Any] = {"of": len(domain.files.held_out), "folder": f"test{letter}"}
        seen = subject.seen[letter]
        if seen:
            remarks.append(("shared", {**about, "count": seen, "of": about["of"] + seen}))
        small = sum(min(_size(path)) < SIDE for path in domain.files.held_out)
        if small:
            remarks.append(("small", {**about, "count": small, "side": SIDE}))
    return remarks


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def table(metrics: dict[str, Any]) -> str:
    """The main numbers of `metrics.json` as lines of text."""
    lines = [f"{metrics['features']}, {metrics['crop']}, {metrics['resize']}"]
    for direction, scores in metrics["directions"].items():
        sizes = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in scores["samples"].items())
        lines += [
            "",
            f"{direction} ({sizes})",
            f"{'':18}{'KID':>8}{'±':>8}{'grey':>8}{'FID':>8}{'prec.':>8}{'recall':>8}{'period':>8}",
        ]
        lines += [f"{name.replace('_', ' '):18}{_row(scores, name)}" for name in scores["kid"]]
        cycle, same, shapes = scores["cycle"], scores["identity"], scores["shapes"]["result"]
        faces = f", {shapes['faces']:.0%} of {shapes['pictures']} faces found again" if shapes["pictures"] else ""
        lines.append(
            f"content {_number(scores['content']['result'], 3)}, edges {_number(scores['edges'], 3)}, "
            f"new edges {shapes['new_edges']:.2%}{faces}; "
            f"cycle {_number(cycle['psnr'], 1)} dB, SSIM {_number(cycle['ssim'], 3)}; "
            f"identity {_number(same['psnr'], 1)} dB, SSIM {_number(same['ssim'], 3)}; "
            f"classifier right on {scores['period_classifier']['accuracy']:.0%} of real pictures"
        )
    if "checkpoints" in metrics:
        lines += ["", f"{'checkpoint':24}{'KID':>8}{'grey':>8}{'content':>9}"]
        for score in metrics["checkpoints"]["scores"]:
            lines.append(f"{score['name']:24}{score['kid']:8.3f}{score['kid_grey']:8.3f}{score['content']:9.3f}")
        lines.append(best_checkpoint("en", metrics["checkpoints"]))
    return "\n".join([*lines, "", *metrics["remarks"]])


def _row(scores: dict[str, Any], name: str) -> str:
    kid, grey = scores["kid"][name], scores["grey"]["kid"][name]
    numbers = ((kid["value"], 3), (kid["subset_std"], 3), (grey["value"], 3), (scores["fid"][name]["value"], 1))
    shares = scores["precision"][name], scores["recall"][name], scores["period_classifier"][name]
    return "".join(f"{_number(*number):>8}" for number in (*numbers, *((share, 2) for share in shares)))


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
