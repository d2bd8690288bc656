"""A run's `losses.csv`, and what each of its columns means in plain words."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.run.steps_table import whole_lines
from tf_cyclegan.settings.choices import LANGUAGES

# What a loss is of, by the ending of its name; first the one that starts from photographs.
_BY_WHAT_IS_MADE = {"y": "photo → painting", "x": "painting → photo"}
_BY_GENERATOR = {"g": "photo → painting", "f": "painting → photo"}
_BY_WHAT_IS_JUDGED = {"x": "of photographs", "y": "of paintings"}
_BY_START = {"x": "photo → painting → photo", "y": "painting → photo → painting"}
_BY_DOMAIN = {"x": "photo → photo", "y": "painting → painting"}


class Kind(NamedTuple):
    """What the losses of a term are.

    Attributes:
        title: in words, by language.
        curves: what each is of, by the ending of its name.
    """

    title: dict[str, str]
    curves: dict[str, str]


# By the beginning of the names in losses.csv. A term that is not here is called by its own name.
_KNOWN = {
    "adversarial": Kind(
        {
            "en": "generators: do they fool the discriminators? (low: yes)",
            "de": "Generatoren: Täuschen sie die Diskriminatoren? (niedrig: ja)",
        },
        _BY_GENERATOR,
    ),
    "discriminator": Kind(
        {
            "en": "discriminators: can they distinguish real from generated pictures? (low: yes)",
            "de": "Diskriminatoren: Unterscheiden sie echt von erzeugt? (niedrig: ja)",
        },
        _BY_WHAT_IS_JUDGED,
    ),
    "cycle": Kind(
        {
            "en": "cycle: what is lost on the way there and back",
            "de": "Zyklus: was auf dem Hin- und Rückweg verloren geht",
        },
        _BY_START,
    ),
    "identity": Kind(
        {
            "en": "identity: what changes where nothing should",
            "de": "Identität: was sich ändert, wo nichts sich ändern soll",
        },
        _BY_DOMAIN,
    ),
}
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


def kinds_of(names: Iterable[str]) -> dict[str, Kind]:
    """The kinds of loss among the columns of a `losses.csv`, those with words first."""
    found = dict.fromkeys(name.rpartition("_")[0] for name in names if "_" in name)
    order = [*(kind for kind in _KNOWN if kind in found), *(kind for kind in found if kind not in _KNOWN)]
    return {kind: _KNOWN.get(kind) or _called(kind) for kind in order}


def _called(kind: str) -> Kind:
    """A kind by its own name alone."""
    return Kind(dict.fromkeys(LANGUAGES, kind.replace("_", " ")), _BY_WHAT_IS_MADE)


def start_of(name: str) -> str:
    """The pictures that a loss starts from, "photo" or "painting"; of a discriminator the pictures that it judges."""
    kind, _, ending = name.rpartition("_")
    return "photo" if ending == next(iter((_KNOWN.get(kind) or _called(kind)).curves)) else "painting"
