"""Compares evaluated runs: which may be compared, and whether a difference is more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tf_cyclegan.data_folder import find_data
from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluate.gallery import choose
from tf_cyclegan.evaluate.results import check_comparable, read_features, read_metrics, read_scores
from tf_cyclegan.evaluate.row import Row, rows_of
from tf_cyclegan.metrics.paired import Difference, holm, kid_difference
from tf_cyclegan.networks.files import load_network
from tf_cyclegan.pictures.files import list_pictures
from tf_cyclegan.run.folder import THERE
from tf_cyclegan.score.direction import picture_names
from tf_cyclegan.score.feature_sets import central_crop
from tf_cyclegan.score.translation import paint

DIRECTION = "photo-to-painting"
_SHOWN = 3
# Below it a difference is more than chance.
LEVEL = 0.05


class Entry(NamedTuple):
    """A run that is compared.

    Attributes:
        name: what to call it.
        run: its folder.
        metrics: contents of `metrics.json`.
        rows: its numbers and those of its anchors, photographs → paintings.
        pictures: the rows of `scores.csv`, photographs → paintings.
        features: of `features.npz`.
    """

    name: str
    run: Path
    metrics: dict[str, Any]
    rows: dict[str, Row]
    pictures: list[dict[str, Any]]
    features: dict[str, np.ndarray]


class Contrast(NamedTuple):
    """A run against the first one.

    Attributes:
        kid: of the run minus that of the first.
        grey: the same on grey pictures.
        p: of `kid`, adjusted for the number of runs.
        same: whether both paint the same pictures.
    """

    kid: Difference
    grey: Difference
    p: float
    same: bool

    @property
    def sign(self) -> int:
        """-1 where the run is nearer to the paintings than the first, more than by chance; 1 farther; 0 not shown."""
        return 0 if self.p >= LEVEL else -1 if self.kid.value < 0 else 1


class Example(NamedTuple):
    """A photograph of the gallery, every run's result for it, and how it was chosen."""

    rank: str
    name: str
    photograph: np.ndarray
    results: list[np.ndarray]


@dataclass(frozen=True)
class Comparison:
    """Runs with the contrasts of all but the first, the same photographs painted by each, and their data's folder."""

    entries: Sequence[Entry]
    contrasts: Sequence[Contrast]
    examples: Sequence[Example]
    data: Path


def compare_runs(runs: Sequence[str | Path], data: str | Path | None = None) -> Comparison:
    """Compares evaluated runs with the first of them, from what `evaluate` wrote; only the gallery is painted anew.

    The test is `paired.kid_difference`: a paired bootstrap over the photographs and the held-out paintings.

    Raises:
        UserError: fewer than two runs or one twice, a run that was not evaluated or was trained on since, or
            evaluations that differ in extractor, its weights, resize filter, sample sizes or pictures.
    """
    folders = [Path(run) for run in runs]
    if len(folders) < 2:
        raise UserError("at least two runs are needed for a comparison: evaluate compare RUN1 RUN2")
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise UserError("the same run is named twice; a comparison with itself says nothing")
    entries = [_open(folder, name) for folder, name in zip(folders, _names(folders), strict=True)]
    for entry in entries[1:]:
        check_comparable(entries[0].metrics, entry.metrics)
        if [row["picture"] for row in entry.pictures] != [row["picture"] for row in entries[0].pictures]:
            raise UserError(f"{entry.run}: scores.csv is of other pictures; evaluate the run again")
    found = find_data(folders[0], data).folder
    return Comparison(entries, _contrasts(entries), _examples(entries, found), found)


def _names(folders: Sequence[Path]) -> list[str]:
    names = [folder.resolve().name for folder in folders]
    return [str(f) if names.count(name) > 1 else name for f, name in zip(folders, names, strict=True)]


def _open(run: Path, name: str) -> Entry:
    metrics = read_metrics(run)
    pictures = [row for row in read_scores(run) if row["direction"] == DIRECTION]
    generator = run / THERE.file
    if not generator.is_file():
        raise UserError(f"{generator}: no such file")
    if sha256_of(generator)[:12] != metrics["generators"]["A"]:
        raise UserError(f"{run}: the generator changed since it was evaluated; evaluate the run again")
    return Entry(name, run, metrics, rows_of(metrics["directions"][DIRECTION]), pictures, read_features(run))


def _contrasts(entries: Sequence[Entry]) -> list[Contrast]:
    first, found = entries[0].features, []
    for entry in entries[1:]:
        kid, grey = (
            kid_difference(entry.features[f"{DIRECTION}_{look}"], first[f"{DIRECTION}_{look}"], first[f"B_{look}"])
            for look in ("colour", "grey")
        )
        same = np.array_equal(entry.features[f"{DIRECTION}_colour"], first[f"{DIRECTION}_colour"])
        found.append((kid, grey, same))
    adjusted = holm([kid.p for kid, _, _ in found])
    return [Contrast(kid, grey, p, same) for (kid, grey, same), p in zip(found, adjusted, strict=True)]


def _examples(entries: Sequence[Entry], data: Path) -> list[Example]:
    paths = _photographs(entries[0], data / "testA")
    column = "period" if any(row["realism"] is None for entry in entries for row in entry.pictures) else "realism"
    means = np.mean([[row[column] for row in entry.pictures] for entry in entries], axis=0)
    chosen = choose(means.tolist(), _SHOWN)
    photographs = np.stack([central_crop(paths[place]) for _, place in chosen])
    results = [paint(load_network(entry.run / THERE.file), photographs) for entry in entries]
    return [
        Example(rank, entries[0].pictures[place]["picture"], photographs[i], [result[i] for result in results])
        for i, (rank, place) in enumerate(chosen)
    ]


def _photographs(entry: Entry, folder: Path) -> list[Path]:
    """The files of the rows, which follow the order of the folder; some of it may have been left out."""
    paths = list_pictures(folder)
    left = zip(paths, picture_names(paths), strict=True)
    found = [next((path for path, name in left if name == row["picture"]), None) for row in entry.pictures]
    if None in found:
        raise UserError(f"{folder}: other pictures than {entry.run} was evaluated on; evaluate the runs again")
    return [path for path in found if path]
