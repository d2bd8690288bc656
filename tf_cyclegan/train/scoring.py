"""Scores the generators on a small fixed set while they train, and keeps the best separately."""

import csv
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tf_cyclegan.networks.files import save_model
from tf_cyclegan.run.checkpoint import Checkpoints
from tf_cyclegan.run.evaluations import Scores
from tf_cyclegan.run.folder import DIRECTIONS, EVALUATIONS, THERE
from tf_cyclegan.run.steps_table import cut_back
from tf_cyclegan.score.fixed_set import FixedSet
from tf_cyclegan.train.callback import StepCallback, sync


class Evaluations(StepCallback):
    """Scores the generators every `every` steps and after the last one, in `evaluations.csv`; keeps the best
    separately.

    The best, by KID among scores of the same extractor, is `generator_best.keras` and `generator_f_best.keras`. It
    goes into every checkpoint, so that a run that continues from it knows exactly which was the best up to that step.

    Args:
        start: steps done before this session.
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
        cut_back(run / EVALUATIONS, header, start)
        self._file = (run / EVALUATIONS).open("a", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._constant = repr(fixed.untouched), fixed.photographs, fixed.conditions
        self._restore_best()

    def _restore_best(self) -> None:
        """Sets the files of the best back to the best at the restored step."""
        best = self._checkpoints.extra
        for direction in DIRECTIONS.values():
            file, name = self._run / direction.best, direction.generator
            if not best:
                file.unlink(missing_ok=True)
                continue
            network = keras.models.clone_model(self._generators[name])
            network.set_weights([best[f"{name}_{i}"] for i in range(len(network.weights))])
            save_model(network, file, int(best["step"]))

    def after_step(self, step, logs):
        if step % self._every and step != self._stop:
            return
        sync(self.model)
        scores = self._fixed.score(self._generators[THERE.generator])
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
        for direction in DIRECTIONS.values():
            name = direction.generator
            save_model(self._generators[name], self._run / direction.best, step)
            best |= {f"{name}_{i}": value for i, value in enumerate(self._generators[name].get_weights())}
        self._checkpoints.extra = best

    def close(self):
        self._file.close()
