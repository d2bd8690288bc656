"""Scores the generators on a small fixed set while they train, and keeps the best apart."""

import csv
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from tf_cyclegan.callbacks import StepCallback, sync
from tf_cyclegan.checkpoint import Checkpoints
from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluation.feature_sets import LOOKS, FeatureCache, central_crops
from tf_cyclegan.evaluation.features import Extractor
from tf_cyclegan.evaluation.score import paint
from tf_cyclegan.evaluation.similarity import cosines
from tf_cyclegan.limits import MIN_HELD_OUT
from tf_cyclegan.metrics import kernel_distance
from tf_cyclegan.networks import save_model
from tf_cyclegan.pictures import list_pictures
from tf_cyclegan.steps_table import cut_back, read_rows

FILE = "evaluations.csv"
# File in the run's folder -> which generator.
BEST_FILES = {"generator_best.keras": "generator_g", "generator_f_best.keras": "generator_f"}
# Photographs that are painted at each evaluation, and paintings that the results are compared with.
_PHOTOGRAPHS, _PAINTINGS = 64, 500


class Scores(NamedTuple):
    """Of results for photographs of a `FixedSet`.

    Attributes:
        kid: kernel distance to the paintings; the lower the better.
        kid_grey: the same on grey pictures of one contrast.
        content: mean cosine of the features of photograph and result.
    """

    kid: float
    kid_grey: float
    content: float


class FixedSet:
    """A small part of the training pictures, always the same, by which generators are compared while they train.

    Training pictures, because a generator that was chosen by the held-out ones would be flattered by them afterwards.

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
        """What scores must have in common to be compared: extractor and its weights."""
        return f"{self.extractor.name} {self.extractor.weights}"

    @property
    def photographs(self) -> int:
        """How many are painted."""
        return len(self._photographs)

    @property
    def untouched(self) -> float:
        """Kernel distance of the photographs as they are: what a generator must be below."""
        return _distance(self._untouched, self._paintings["colour"])

    def score(self, generator: keras.Model) -> Scores:
        """Scores of what a generator photo → painting makes of the photographs.

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
    """At most so many of them, at equal distances."""
    return [paths[i * len(paths) // most] for i in range(most)] if len(paths) > most else paths


def _distance(x: np.ndarray, y: np.ndarray) -> float:
    return float(kernel_distance(x, y))  # type: ignore[arg-type]


class Evaluations(StepCallback):
    """Scores the generators every so many steps and after the last one, in `evaluations.csv`; keeps the best apart.

    The best, by KID among scores of the same extractor, is `generator_best.keras` and `generator_f_best.keras`. It
    goes into every checkpoint, so that a run that goes on from one knows exactly what was the best up to there.

    Args:
        start: steps done before this sitting.
        run: the run's folder.
        fixed: the set.
        generators: `generator_g` and `generator_f`, as they are to be judged.
        checkpoints: of the run, restored.
        every: steps between two evaluations.
        stop: steps of the whole run.
    """

    def __init__(
        self,
        start: int,
        run: Path,
        fixed: FixedSet,
        generators: dict[str, keras.Model],
        checkpoints: Checkpoints,
        *,
        every: int,
        stop: int,
    ):
        super().__init__(start)
        self._run, self._fixed, self._generators, self._checkpoints = run, fixed, generators, checkpoints
        self._every, self._stop = every, stop
        header = ["step", *Scores._fields, "kid_untouched", "photographs", "extractor"]
        cut_back(run / FILE, header, start)
        self._file = (run / FILE).open("a", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._constant = repr(fixed.untouched), fixed.photographs, fixed.conditions
        self._restore_best()

    def _restore_best(self) -> None:
        """Brings the files of the best to what was the best at the restored step."""
        best = self._checkpoints.extra
        for file, name in BEST_FILES.items():
            if not best:
                (self._run / file).unlink(missing_ok=True)
                continue
            network = keras.models.clone_model(self._generators[name])
            network.set_weights([best[f"{name}_{i}"] for i in range(len(network.weights))])
            save_model(network, self._run / file, int(best["step"]))

    def after_step(self, step, logs):
        if step % self._every and step != self._stop:
            return
        sync(self.model)
        scores = self._fixed.score(self._generators["generator_g"])
        self._writer.writerow([step, *map(repr, scores), *self._constant])
        self._file.flush()
        if self._is_best(scores.kid):
            self._keep(step, scores.kid)

    def _is_best(self, kid: float) -> bool:
        best = self._checkpoints.extra
        return not best or str(best["conditions"]) != self._fixed.conditions or kid < float(best["kid"])

    def _keep(self, step: int, kid: float) -> None:
        about: dict[str, Any] = {"step": step, "kid": kid, "conditions": self._fixed.conditions}
        best = {name: np.array(value) for name, value in about.items()}
        for file, name in BEST_FILES.items():
            save_model(self._generators[name], self._run / file, step)
            best |= {f"{name}_{i}": value for i, value in enumerate(self._generators[name].get_weights())}
        self._checkpoints.extra = best

    def close(self):
        self._file.close()


def read_evaluations(run: str | Path) -> list[dict[str, Any]]:
    """The rows of a run's `evaluations.csv`: step, scores, number of photographs, extractor; none without the file.

    Raises:
        UserError: the file is damaged.
    """
    path = Path(run) / FILE
    try:
        return [_typed(row) for row in read_rows(path)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path}: damaged ({str(error)[:80]}); remove it") from error


def _typed(row: dict[str, str]) -> dict[str, Any]:
    numbers = {name: float(row[name]) for name in (*Scores._fields, "kid_untouched")}
    counts = {name: int(row[name]) for name in ("step", "photographs")}
    return {**counts, **numbers, "extractor": row["extractor"]}
