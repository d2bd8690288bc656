"""Charts of the evaluation as SVG, in the colours of the page around them (classes `a`, `b`, `c`)."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tf_cyclegan.page.html import escape

_WIDTH, _LEFT, _RIGHT, _FOOT, _TOP = 360, 46, 22, 30, 8
# Of each kind of point: a circle, a square, a triangle, so that they differ without colours too.
_SHAPES = {
    "a": '<circle class="a" cx="{x:.1f}" cy="{y:.1f}" r="2.4"/>',
    "b": '<rect class="b" x="{left:.1f}" y="{top:.1f}" width="4.4" height="4.4"/>',
    "c": '<path class="c" d="M{x:.1f} {top:.1f}l2.7 4.8h-5.4z"/>',
}


class Line(NamedTuple):
    """A curve.

    Attributes:
        style: class of its colour; "soft" is drawn dashed.
        steps, values: where it goes through.
        marked: whether its points are drawn.
    """

    style: str
    steps: Sequence[float] | np.ndarray
    values: Sequence[float] | np.ndarray
    marked: bool = False


def draw_curves(lines: Sequence[Line], text: Callable[[float], str], *, top: float | None = None) -> str:
    """Curves over steps, with ticks on both axes.

    Args:
        lines: at least one, of at least one point.
        text: how to write a number of the vertical axis.
        top: its end; default the largest value.
    """
    height = 190
    steps = np.concatenate([np.asarray(line.steps, np.float64) for line in lines])
    values = np.concatenate([np.asarray(line.values, np.float64) for line in lines])
    across = _ticks(float(steps.min()), float(steps.max()))
    up = _ticks(min(0.0, float(values.min())), float(values.max()) if top is None else top)
    to_x = _scale(across[0], across[-1], _LEFT, _WIDTH - _RIGHT)
    to_y = _scale(up[0], up[-1], height - _FOOT, _TOP)
    parts = [_horizontal(to_y(v), text(v)) for v in up]
    parts += [_mark(to_x(s), height, f"{s:,.0f}") for s in across]
    for line in lines:
        places = [(to_x(s), to_y(min(v, up[-1]))) for s, v in zip(line.steps, line.values, strict=True)]
        parts.append(_polyline(line.style, places))
        if line.marked:
            parts += [f'<circle class="{line.style}" cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>' for x, y in places]
    return _svg(height, parts)


class Spot(NamedTuple):
    """A number with its standard deviation."""

    label: str
    style: str
    value: float
    deviation: float


def draw_scale(spots: Sequence[Spot], text: Callable[[float], str]) -> str:
    """Numbers one below the other on one axis, each with a line of one standard deviation to both sides."""
    row, left = 24, 150
    height = row * len(spots) + _FOOT + _TOP
    ends = [s.value + side * s.deviation for s in spots for side in (-1, 1)]
    across = _ticks(min(0.0, *ends), max(ends))
    to_x = _scale(across[0], across[-1], left, _WIDTH - _RIGHT)
    parts = [_vertical(to_x(v), height, text(v)) for v in across]
    for i, spot in enumerate(spots):
        y = _TOP + row * (i + 0.5)
        low, high = (to_x(spot.value + side * spot.deviation) for side in (-1, 1))
        parts.append(f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{escape(spot.label)}</text>')
        parts.append(_polyline(spot.style, [(low, y), (high, y)]))
        parts.append(f'<circle class="{spot.style}" cx="{to_x(spot.value):.1f}" cy="{y:.1f}" r="4.5"/>')
    return _svg(height, parts)


def draw_map(sets: Sequence[tuple[str, np.ndarray]]) -> str:
    """Points in two dimensions, each set (style, `(n, 2)`) with a shape and colour of its own; both axes alike."""
    side, margin = _WIDTH, 8
    every = np.concatenate([points for _, points in sets])
    low, high = every.min(axis=0), every.max(axis=0)
    middle, reach = (low + high) / 2, max(float((high - low).max()) / 2, 1e-9)
    half = side / 2 - margin
    parts = [f'<rect class="axis" x="1" y="1" width="{side - 2}" height="{side - 2}" fill="none"/>']
    for style, points in sets:
        places = (points - middle) / reach * half
        parts += [_point(style, side / 2 + x, side / 2 - y) for x, y in places]
    return _svg(side, parts)


def _point(style: str, x: float, y: float) -> str:
    return _SHAPES[style].format(x=x, y=y, left=x - 2.2, top=y - (2.2 if style == "b" else 3.0))


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (float(value) - low) / (high - low) * (end - start)


def _ticks(low: float, high: float) -> list[float]:
    """About four round numbers from below the lowest to above the highest."""
    if high - low < 1e-12:
        low, high = low - 0.5, high + 0.5
    power = 10.0 ** np.floor(np.log10((high - low) / 3))
    step = power * next(m for m in (1, 2, 2.5, 5, 10) if (high - low) / (power * m) <= 4)
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    return [float(i * step) for i in np.arange(first, last + 1)]


def _horizontal(y: float, label: str) -> str:
    line = f'<line class="axis" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
    return line + f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{escape(label)}</text>'


def _vertical(x: float, height: int, label: str) -> str:
    line = f'<line class="axis" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{height - _FOOT + 4}"/>'
    return line + _mark(x, height, label)


def _mark(x: float, height: int, label: str) -> str:
    return f'<text x="{x:.1f}" y="{height - 10}" text-anchor="middle">{escape(label)}</text>'


def _polyline(style: str, places: Sequence[tuple[float, float]]) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dashed = ' stroke-dasharray="4 3"' if style == "soft" else ""
    return f'<polyline class="{style}" points="{points}" fill="none" stroke="currentColor" stroke-width="1.6"{dashed}/>'


def _svg(height: int, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" fill="currentColor">{"".join(parts)}</svg>'


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
