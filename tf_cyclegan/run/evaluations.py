"""A run's `evaluations.csv`: its scores over steps."""

from pathlib import Path
from typing import Any, NamedTuple

from tf_cyclegan.errors import UserError
from tf_cyclegan.run.folder import EVALUATIONS
from tf_cyclegan.run.steps_table import read_rows


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


def read_evaluations(run: str | Path) -> list[dict[str, Any]]:
    """The rows of a run's `evaluations.csv`: step, scores, number of photographs, extractor; none without the file.

    Raises:
        UserError: the file is damaged.
    """
    path = Path(run) / EVALUATIONS
    try:
        return [_typed(row) for row in read_rows(path)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path}: damaged ({str(error)[:80]}); remove it") from error


def _typed(row: dict[str, str]) -> dict[str, Any]:
    numbers = {name: float(row[name]) for name in (*Scores._fields, "kid_untouched")}
    counts = {name: int(row[name]) for name in ("step", "photographs")}
    return {**counts, **numbers, "extractor": row["extractor"]}
