"""Small charts as SVG, in the colours of the page around them (classes `a` and `b`)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_WIDTH, _HEIGHT, _LEFT, _FOOT = 360, 150, 4, 18
_BINS = 24


class Series(NamedTuple):
    """Numbers of one kind.

    Attributes:
        name: for those who cannot see the colours.
        style: class of its colour.
        values: the numbers.
    """

    name: str
    style: str
    values: Sequence[float]


def draw_histogram(series: Sequence[Series]) -> str:
    """Shares of the values of each series in 24 steps between the smallest and the largest of all."""
    every = np.concatenate([np.asarray(s.values, np.float64) for s in series])
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    lines = []
    for one in series:
        counts, _ = np.histogram(one.values, bins=_BINS, range=(low, high))
        lines.append((one.style, counts / max(1, counts.sum())))
    return draw_lines(lines, low, high)


def draw_lines(lines: Sequence[tuple[str, np.ndarray]], low: float = 0, high: float = 255) -> str:
    """Stepped lines, each (style, shares); the axis below runs from `low` to `high`."""
    most = max([float(shares.max()) for _, shares in lines if len(shares)], default=0.0) or 1.0
    drawn = "".join(_steps(style, shares / most) for style, shares in lines)
    base = _HEIGHT - _FOOT
    axis = f'<line class="axis" x1="{_LEFT}" y1="{base}" x2="{_WIDTH - _LEFT}" y2="{base}"/>'
    marks = "".join(
        f'<text x="{_LEFT + share * (_WIDTH - 2 * _LEFT):.0f}" y="{_HEIGHT - 4}" text-anchor="{anchor}">'
        f"{_number(low + share * (high - low))}</text>"
        for share, anchor in ((0, "start"), (0.5, "middle"), (1, "end"))
    )
    top = f'<text x="{_LEFT}" y="11">{most:.0%}</text>'
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{drawn}{axis}{marks}{top}</svg>'


def _steps(style: str, heights: np.ndarray) -> str:
    width = (_WIDTH - 2 * _LEFT) / len(heights)
    base, tall = _HEIGHT - _FOOT, _HEIGHT - _FOOT - 16
    points = [f"{_LEFT},{base}"]
    for i, height in enumerate(heights):
        y = base - tall * float(height)
        points += [f"{_LEFT + i * width:.1f},{y:.1f}", f"{_LEFT + (i + 1) * width:.1f},{y:.1f}"]
    points.append(f"{_WIDTH - _LEFT},{base}")
    return (
        f'<polygon class="{style}" points="{" ".join(points)}" fill="currentColor" fill-opacity="0.14" '
        'stroke="currentColor" stroke-width="1.5"/>'
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.1f}"
