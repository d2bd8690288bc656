"""The files that `evaluate` writes into a run: `metrics.json`, `scores.csv` with one row per picture, and features."""

import csv
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluate.row import rows_of
from tf_cyclegan.run.folder import DIRECTIONS, FEATURES, METRICS, SCORES

SCHEMA = 4
# Columns of scores.csv that are no numbers.
_TEXTS = ("direction", "picture", "training_picture")
# Two evaluations may be compared where all of these are the same.
_CONDITIONS = ("schema", "features", "weights", "resize", "side", "pictures")


def check_writable(run: Path) -> None:
    """Tries whether files can be written into the run, before hours are spent on what they would hold.

    Raises:
        UserError: they cannot.
    """
    try:
        with tempfile.TemporaryFile(dir=run):
            pass
    except OSError as error:
        raise UserError(
            f"{run}: cannot be written to ({error.strerror or error}); metrics.json belongs there"
        ) from error


def write_metrics(run: Path, metrics: dict[str, Any]) -> None:
    """Writes `metrics.json`.

    Raises:
        UserError: it cannot be written.
    """
    with replacing(run / METRICS) as partial:
        partial.write_text(json.dumps(metrics, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def write_scores(run: Path, rows: list[dict[str, Any]]) -> None:
    """Writes `scores.csv`: one row per picture, the keys of the first as header.

    Raises:
        UserError: it cannot be written.
    """
    with replacing(run / SCORES) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})


def read_scores(run: str | Path) -> list[dict[str, Any]]:
    """The rows of `scores.csv`; numbers are numbers, and None where there was none.

    Raises:
        UserError: the file is missing or damaged.
    """
    path = Path(run) / SCORES
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [{name: _typed(name, value) for name, value in row.items()} for row in csv.DictReader(file)]
    except FileNotFoundError as error:
        raise UserError(f"{path}: not there; evaluate the run again") from error
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{path}: damaged ({str(error)[:80]}); evaluate the run again") from error


def _typed(name: str, value: str) -> str | float | None:
    return value if name in _TEXTS else float(value) if value else None


def write_features(run: Path, features: dict[str, np.ndarray]) -> None:
    """Writes `features.npz`: the features of held-out pictures and results, with which runs are compared.

    Raises:
        UserError: it cannot be written.
    """
    with replacing(run / FEATURES) as partial, partial.open("wb") as file:
        np.savez(file, **features)  # type: ignore[arg-type]


def read_features(run: str | Path) -> dict[str, np.ndarray]:
    """What `write_features` wrote.

    Raises:
        UserError: it is missing or damaged.
    """
    path = Path(run) / FEATURES
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except FileNotFoundError as error:
        raise UserError(f"{path}: not there; evaluate the run again") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: damaged; evaluate the run again") from error


def read_metrics(run: str | Path) -> dict[str, Any]:
    """The contents of a run's `metrics.json`.

    Raises:
        UserError: the run was not evaluated, was with another version, or the file is damaged.
    """
    path = Path(run) / METRICS
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{path}: not there; evaluate the run first") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: damaged ({error}); evaluate the run again") from error
    if not isinstance(metrics, dict) or metrics.get("schema") != SCHEMA:
        raise UserError(f"{path}: from another version of the program; evaluate the run again")
    try:
        _ = metrics["generators"]["A"], [rows_of(metrics["directions"][direction]) for direction in DIRECTIONS]
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: damaged (numbers are missing); evaluate the run again") from error
    return metrics


def check_comparable(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Refuses to compare numbers that were not computed in the same way on the same real pictures.

    Args:
        one, other: contents of `metrics.json`.

    Raises:
        UserError: extractor, its weights, resize filter, size, sample sizes or real pictures differ; says which.
    """
    differences = [
        f"{name} {one.get(name)} and {other.get(name)}" for name in _CONDITIONS if one.get(name) != other.get(name)
    ]
    ours, theirs = (m.get("directions", {}) for m in (one, other))
    for direction in sorted(ours.keys() | theirs.keys()):
        sizes = [_sizes(directions.get(direction)) for directions in (ours, theirs)]
        if sizes[0] != sizes[1]:
            differences.append(f"samples of {direction} {sizes[0]} and {sizes[1]}")
    if differences:
        raise UserError(f"these evaluations cannot be compared; they differ in {'; '.join(differences)}")


def _sizes(scores: dict[str, Any] | None) -> str:
    return ", ".join(f"{name} {count}" for name, count in (scores or {}).get("samples", {}).items()) or "none"
