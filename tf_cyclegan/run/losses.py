"""A run's `losses.csv`, and what each of its columns means in plain words."""

from pathlib import Path

import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.run.steps_table import whole_lines

_BY_WHAT_IS_MADE = {"y": "photo → painting", "x": "painting → photo"}
# Beginning of the names in losses.csv -> title of the panel, and ending of the name -> what the curve is; first the one
# that starts from photographs.
PANELS = {
    "adversarial_": (
        "generators: do they fool the discriminators? (low: yes)",
        {"g": "photo → painting", "f": "painting → photo"},
    ),
    "discriminator_": (
        "discriminators: do they distinguish real from generated? (low: yes)",
        {"x": "of photographs", "y": "of paintings"},
    ),
    "cycle_": (
        "cycle: what is lost on the way there and back",
        {"x": "photo → painting → photo", "y": "painting → photo → painting"},
    ),
    "identity_": (
        "identity: what changes where nothing should",
        {"x": "photo → photo", "y": "painting → painting"},
    ),
    "edges_": (
        "new edges: coarse edges that the picture does not have",
        _BY_WHAT_IS_MADE,
    ),
    "nce_": (
        "PatchNCE: are places found again among all? (low: yes)",
        _BY_WHAT_IS_MADE,
    ),
    "teacher_": (
        "teacher: distance of light and colour from the teacher's",
        _BY_WHAT_IS_MADE,
    ),
}
KINDS = tuple(PANELS)
COLOURS = {"photo": "tab:blue", "painting": "tab:orange"}


def read_losses(path: str | Path) -> dict[str, np.ndarray]:
    """The columns of a `losses.csv` by name: `step` and the losses, one float64 a step.

    A last line without its end is left out, because training is just writing it. If not even the header is whole, there
    are no columns.

    Raises:
        UserError: the file cannot be read or is damaged.
    """
    path = Path(path)
    try:
        lines = whole_lines(path)
        names = lines[0].split(",") if lines else []
        rows = np.loadtxt(lines[1:], delimiter=",", ndmin=2) if lines[1:] else np.empty((0, len(names)))
        return dict(zip(names, rows.T, strict=True))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise UserError(f"{path}: damaged, or no losses.csv ({str(error)[:80]})") from error


def smooth(values: np.ndarray, places: np.ndarray, window: int) -> np.ndarray:
    """Means of `values` around some places: over `window` values, and over what is there of them at the ends.

    Args:
        values: `(n,)`.
        places: `(k,)`, indices into `values`.
        window: odd number of values to average.

    Returns:
        `(k,)`.
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    first = np.maximum(places - window // 2, 0)
    behind = np.minimum(places + window // 2 + 1, len(values))
    return (sums[behind] - sums[first]) / (behind - first)


def start_of(name: str) -> str:
    """Which pictures a loss, of one of `KINDS`, starts from, "photo" or "painting"; or which a discriminator judges."""
    kind, _, ending = name.rpartition("_")
    return "photo" if ending == next(iter(PANELS[f"{kind}_"][1])) else "painting"
