"""A run's folder → metrics.json, scores.csv, features.npz and report.html."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

from tf_cyclegan.data_folder import TrainingPictures, find_data, period_of
from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluate import gallery
from tf_cyclegan.evaluate.candidates import score_candidates
from tf_cyclegan.evaluate.comparison import Comparison, compare_runs
from tf_cyclegan.evaluate.page.comparison import write_comparison
from tf_cyclegan.evaluate.page.run import Material, write_report
from tf_cyclegan.evaluate.page.texts import definitions, say
from tf_cyclegan.evaluate.results import SCHEMA, check_writable, write_features, write_metrics, write_scores
from tf_cyclegan.metrics.paired import thinned
from tf_cyclegan.networks.files import load_network
from tf_cyclegan.pictures.faces import can_find_faces
from tf_cyclegan.run.command import train_command
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.evaluations import read_evaluations
from tf_cyclegan.run.folder import DIRECTIONS, FEATURE_CACHE, LOSSES, REPORT
from tf_cyclegan.run.losses import read_losses
from tf_cyclegan.run.places import load_run
from tf_cyclegan.run.trained_on import read_trained_on
from tf_cyclegan.score.anchor import Anchor
from tf_cyclegan.score.direction import Direction, score_direction
from tf_cyclegan.score.domain import Domain, Files, find_pictures, read_domain, without_seen
from tf_cyclegan.score.extractors import load_extractor
from tf_cyclegan.score.feature_sets import SIDE, FeatureCache, kept_of
from tf_cyclegan.settings.choices import LANGUAGES
from tf_cyclegan.shell import show_command

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
    anchor: str | Path | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Scores both directions of a run on the held-out pictures of its data, without any that it was trained on.

    Writes `metrics.json`, `scores.csv` with one row per picture, `features.npz` (held-out pictures and results, by
    which runs are compared) and the page `report.html`. Features of real pictures are kept in the data's folder,
    `features/`, or where that cannot be written in the run's.

    Args:
        run: the run's folder.
        data: where its data is now, if it was moved; must hold the pictures that it was trained on.
        features: name of the feature extractor.
        weights: a file with its weights, where they cannot be downloaded.
        language: of the page, one of `choices.LANGUAGES`.
        candidates: other generators photo → painting of the run by name, such as `train.opened.checkpoint_generators`,
            of which the best is to be named.
        anchor: a folder of pictures that another program painted of the held-out photographs, each with its
            photograph's name up to the ending; they are scored next to the results.
        tell: is called with a line at the start of each part.

    Returns:
        The contents of `metrics.json`.

    Raises:
        UserError: the run has no generators or no held-out pictures, these were trained on, its data is not there or
            other pictures are there, the extractor's weights cannot be obtained, or a file cannot be written; the
            anchor lacks the painting of a photograph, or has one of no photograph.
    """
    run = Path(run)
    pictures = find_data(run, data)
    config = replace(load_run(run), data=str(pictures.folder))
    _check_language(language)
    check_writable(run)
    subject = open_subject(run, pictures, features, weights, anchor)
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
        **({"anchor": _about(subject.anchor, subject.cache)} if subject.anchor else {}),
        "directions": {name: found.scores for name, found in directions.items()},
        **more,
        "remarks": [say("en", f"remark_{name}", **values) for name, values in remarks],
        "definitions": definitions(),
    }
    tell("report")
    material = _material(run, config, subject, domains, directions, metrics=metrics, remarks=remarks)
    write_scores(run, [{"direction": name, **row} for name, found in directions.items() for row in found.rows])
    write_features(run, _features(domains, directions))
    write_report(run / REPORT, material, language)
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
    """A run that is evaluated, with its pictures and the extractor.

    Attributes: generators: by the domain that they start from. digests: of their files. files: held-out and training
        pictures of each domain. seen: for each domain how many pictures that were trained on are not among the held-out
        ones, though they are in the same folder. cache: of features, with the extractor. anchor: what another program
        painted of the held-out photographs.
    """

    generators: dict[str, keras.Model]
    digests: dict[str, str]
    files: dict[str, Files]
    seen: dict[str, int]
    cache: FeatureCache
    anchor: Anchor | None


def open_subject(
    run: Path, pictures: TrainingPictures, features: str, weights: str | Path | None, anchor: str | Path | None
) -> Subject:
    """Opens a run's generators, the pictures of its data and of the anchor, and the extractor; raises as `evaluate`."""
    data = pictures.folder
    found = {letter: find_pictures(data / f"test{letter}", data / f"train{letter}") for letter in "AB"}
    generators = {d.source: load_network(run / d.file) for d in DIRECTIONS.values()}
    digests = {d.source: sha256_of(run / d.file)[:12] for d in DIRECTIONS.values()}
    cache = FeatureCache(load_extractor(features, weights), (data / FEATURE_CACHE, run / FEATURE_CACHE))
    seen = {*pictures.hashes, *read_trained_on(run)}
    files = {letter: without_seen(cache, those, seen) for letter, those in found.items()}
    left_out = {letter: len(those.held_out) - len(files[letter].held_out) for letter, those in found.items()}
    painted = Anchor(anchor, files["A"].held_out, data / "testA") if anchor else None
    return Subject(generators, digests, files, left_out, cache, painted)


def _score(subject: Subject, domains: dict[str, Domain], name: str, tell: Callable[[str], None]) -> Direction:
    tell(name)
    source, target = DIRECTIONS[name].source, DIRECTIONS[name].target
    networks = subject.generators[source], subject.generators[target]
    anchor = subject.anchor if source == "A" else None
    return score_direction(subject.cache, domains[source], domains[target], *networks, anchor=anchor, tell=tell)


def _about(anchor: Anchor, cache: FeatureCache) -> dict[str, str]:
    return {"name": anchor.label, "pictures": cache.digest(anchor.paintings)[:12]}


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
    for name, direction in DIRECTIONS.items():
        source, target = direction.source, direction.target
        rows, held_out = directions[name].rows, domains[source].files.held_out
        column = ranking(rows)
        chosen = gallery.choose([row[column] for row in rows], _SHOWN[name])
        chosen += gallery.choose_most([row["new_edges"] for row in rows], _SHOWN[name], chosen)
        paths = [held_out[i] for i in kept_of(len(held_out))]
        networks = subject.generators[source], subject.generators[target]
        shown[name], ranked[name] = gallery.show(chosen, rows, paths, *networks), (len(rows), column)
    features = {letter: thinned(domain.held_out["colour"].kept) for letter, domain in domains.items()}
    features |= {name: found.features["colour"] for name, found in directions.items()}
    losses = run / LOSSES
    about_anchor = ("--anchor", subject.anchor.folder) if subject.anchor else ()
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
            show_command("evaluate", f"runs/{run.resolve().name}", "--features", metrics["features"], *about_anchor),
        ],
    )


def ranking(rows: list[dict[str, Any]]) -> str:
    """The column by which pictures are ranked: realism, and where it cannot be computed the classifier's verdict."""
    return "period" if any(row["realism"] is None for row in rows) else "realism"


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
        remarks += _small(domain.files.held_out, about["folder"])
    return remarks + (_small(subject.anchor.paintings, subject.anchor.label) if subject.anchor else [])


def _small(paths: list[Path], folder: str) -> list[tuple[str, dict[str, Any]]]:
    small = sum(min(_size(path)) < SIDE for path in paths)
    return [("small", {"count": small, "of": len(paths), "folder": folder, "side": SIDE})] if small else []


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size
