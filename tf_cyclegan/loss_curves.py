"""Loss curves: a run's `losses.csv` → a picture, smoothed, with what each curve means in plain words."""

import io
from pathlib import Path

import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.steps_table import whole_lines

_BY_WHAT_IS_MADE = {"y": "photo → painting", "x": "painting → photo"}
# Beginning of the names in losses.csv -> title of the panel, and ending of the name -> what the curve is; first the one
# that starts from photographs.
_PANELS = {
    "adversarial_": (
        "generators: do they fool the discriminators? (low: yes)",
        {"g": "photo → painting", "f": "painting → photo"},
    ),
    "discriminator_": (
        "discriminators: do they tell real from generated? (low: yes)",
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
        "teacher: how far light and colour are from its",
        _BY_WHAT_IS_MADE,
    ),
}
KINDS = tuple(_PANELS)
_COLOURS = {"photo": "tab:blue", "painting": "tab:orange"}
_POINTS = 500  # of a curve; a picture has no room for more.


def read_losses(path: str | Path) -> dict[str, np.ndarray]:
    """The columns of a `losses.csv` by name: `step` and the losses, one float64 a step.

    A last line without its end is left out: training is just writing it. Where not even the header is whole there are
    no columns.

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
    return "photo" if ending == next(iter(_PANELS[f"{kind}_"][1])) else "painting"


def draw_losses(losses: dict[str, np.ndarray]) -> bytes:
    """Draws the curves of `read_losses`: a panel a kind of loss, the mean over a fiftieth of the run above the values.

    Args:
        losses: with `step`, and at least one step.

    Returns:
        A PNG, 1000 × 280 pixels for each two kinds that are there.
    """
    from matplotlib.figure import Figure  # No pyplot: it would keep every figure, and choose a window system.

    kinds = [kind for kind in _PANELS if any(name.startswith(kind) for name in losses)]
    rows = (len(kinds) + 1) // 2
    figure = Figure(figsize=(10, 2.8 * rows), dpi=100, layout="constrained")
    for axes, kind in zip(figure.subplots(rows, 2, squeeze=False).flat, kinds, strict=False):
        _draw_panel(axes, losses, kind)
    if len(kinds) % 2:
        figure.axes[-1].set_visible(False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _draw_panel(axes, losses: dict[str, np.ndarray], kind: str) -> None:
    title, curves = _PANELS[kind]
    steps = losses["step"]
    places = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), _POINTS)).astype(int))
    tops = []
    for ending, label in curves.items():
        values = losses.get(kind + ending)
        if values is None:
            continue
        colour = _COLOURS[start_of(kind + ending)]
        axes.plot(steps[places], values[places], color=colour, alpha=0.2, linewidth=0.8)
        mean = smooth(values, places, len(steps) // 50 | 1)
        axes.plot(steps[places], mean, color=colour, linewidth=1.8, label=label)
        tops.append(max(np.quantile(values, 0.99), mean[-1]))
    if min(axes.dataLim.intervaly) >= 0 and max(tops) > 0:
        # A few wild steps, the first above all, must not press the rest flat.
        axes.set_ylim(0, 1.1 * max(tops))
    axes.set_title(title, fontsize=10)
    axes.tick_params(labelsize=8)
    axes.set_xlabel("step", fontsize=8)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, framealpha=0.7, edgecolor="none", loc="upper right")
