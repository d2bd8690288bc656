"""Loss curves as a picture."""

import io

import numpy as np

from tf_cyclegan.run.losses import COLOURS, Kind, kinds_of, smooth, start_of

_POINTS = 500  # of a curve; a picture has no room for more.


def draw_losses(losses: dict[str, np.ndarray]) -> bytes:
    """Draws the curves of `read_losses`: a panel a kind of loss, the mean over a fiftieth of the run above the values.

    Args:
        losses: with `step`, and at least one step.

    Returns:
        A PNG, 1000 × 280 pixels for each two kinds that are there.
    """
    from matplotlib.figure import Figure  # No pyplot: it would keep every figure, and choose a window system.

    kinds = kinds_of(losses)
    rows = (len(kinds) + 1) // 2
    figure = Figure(figsize=(10, 2.8 * rows), dpi=100, layout="constrained")
    for axes, (kind, about) in zip(figure.subplots(rows, 2, squeeze=False).flat, kinds.items(), strict=False):
        _draw_panel(axes, losses, kind, about)
    if len(kinds) % 2:
        figure.axes[-1].set_visible(False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _draw_panel(axes, losses: dict[str, np.ndarray], kind: str, about: Kind) -> None:
    steps = losses["step"]
    places = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), _POINTS)).astype(int))
    tops = []
    for ending, label in about.curves.items():
        values = losses.get(f"{kind}_{ending}")
        if values is None:
            continue
        colour = COLOURS[start_of(f"{kind}_{ending}")]
        axes.plot(steps[places], values[places], color=colour, alpha=0.2, linewidth=0.8)
        mean = smooth(values, places, len(steps) // 50 | 1)
        axes.plot(steps[places], mean, color=colour, linewidth=1.8, label=label)
        tops.append(max(np.quantile(values, 0.99), mean[-1]))
    if min(axes.dataLim.intervaly) >= 0 and max(tops) > 0:
        # A few wild steps, the first above all, must not press the rest flat.
        axes.set_ylim(0, 1.1 * max(tops))
    axes.set_title(about.title["en"], fontsize=10)
    axes.tick_params(labelsize=8)
    axes.set_xlabel("step", fontsize=8)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, framealpha=0.7, edgecolor="none", loc="upper right")
