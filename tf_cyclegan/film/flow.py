"""Motion between two pictures: for each place of the present one, where it was in the earlier one.

Three estimates, each of which begins with the one before: a shift by phase correlation, which finds any distance; an
affine motion of the whole picture, which stands for the camera; and a motion for each place by Lucas and Kanade's
method, from coarse to fine. Where a place has too little texture to say how it moves, it moves with the camera.

NumPy alone: on pans of photographs whose motion is known this is as exact as OpenCV's DIS (docs/film.md), which is
150 MB on disk.
"""

from typing import NamedTuple

import numpy as np

# A window of Lucas and Kanade is this far from its middle to its edge, in pixels.
_RADIUS = 7
_STEPS = 3
# What stands against moving otherwise than the camera, in squared levels of the gradient.
_STIFFNESS = 5.0
# Shorter side that the coarsest picture has at least; difference in levels above which a larger one counts no more.
_COARSEST, _MOST = 20, 20.0
# How often a picture is softened. Noise and aliasing are in the finest detail: without this, errors are three times
# as large.
_SOFTENED = 5


class Flow(NamedTuple):
    """A motion.

    Attributes:
        each: float32 `(2, h, w)`, x and y: the place p of the present picture was at p + each[:, p], in pixels.
        camera: of the whole picture, of the same shape.
        affine: `camera` as `(2, 3)`, of 1 and of x and y from the middle in parts of the longer side.
    """

    each: np.ndarray
    camera: np.ndarray
    affine: np.ndarray


def find_flow(earlier: np.ndarray, present: np.ndarray, guess: Flow | None = None) -> Flow:
    """The motion from an earlier picture to the present one.

    Args:
        earlier: luma in levels, float32 `(h, w)`; pictures of 200 to 300 pixels are enough.
        present: of the same shape.
        guess: a motion that is nearly the one, such as that of the frame before.

    Reference: Lucas and Kanade, 1981; coarse to fine as in Bouguet's note of 2001.
    """
    pairs = _pyramid(earlier, present)
    top = len(pairs) - 1
    affine = _first_guess(pairs, guess.affine if guess else None)
    # A cheaper fit than the guess's means that the guess is of another motion.
    known = guess is not None and affine is guess.affine
    affine = affine / 2**top
    shape = pairs[top][0].shape
    each = _scaled(guess.each, shape) if guess is not None and known else _camera(affine, shape)
    for level in range(top, -1, -1):
        older, newer = pairs[level]
        affine = _fit_affine(older, newer, affine)
        camera = _camera(affine, newer.shape)
        each = _refine(older, newer, _scaled(each, newer.shape), camera)
        affine = affine * 2 if level else affine
    return Flow(each.astype(np.float32), camera.astype(np.float32), affine)


def sample(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Values at places between pixels, bilinear; beyond an edge that of the edge.

    Args:
        picture: float32 `(h, w)` or `(h, w, channels)`.
        x, y: of one shape.
    """
    height, width = picture.shape[:2]
    x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
    left, top = x.astype(np.int32), y.astype(np.int32)
    right, below = x - left, y - top
    if picture.ndim == 3:
        right, below = right[..., None], below[..., None]
    at, flat = top * width + left, picture.reshape(height * width, *picture.shape[2:])
    upper = flat[at] * (1 - right) + flat[at + 1] * right
    lower = flat[at + width] * (1 - right) + flat[at + width + 1] * right
    return upper * (1 - below) + lower * below


def box_mean(values: np.ndarray, radius: int) -> np.ndarray:
    """Means over squares of `2 radius + 1` pixels, `(h, w)` → float32 of the same shape; edges are repeated."""
    side = 2 * radius + 1
    padded = np.pad(values, ((radius + 1, radius), (radius + 1, radius)), mode="edge")
    sums = padded.cumsum(0, dtype=np.float64).cumsum(1)
    total = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return (total / side**2).astype(np.float32)


def places(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """x and y of each pixel, float32 `(h, w)`."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    return x, y


def within(x: np.ndarray, y: np.ndarray, shape: tuple[int, ...], margin: float = 0) -> np.ndarray:
    """Which places are in a picture, or at most `margin` pixels outside."""
    inside = (x >= -margin) & (x <= shape[1] - 1 + margin)
    return inside & (y >= -margin) & (y <= shape[0] - 1 + margin)


def _pyramid(earlier: np.ndarray, present: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    pairs = [(_soften(earlier), _soften(present))]
    while min(pairs[-1][0].shape) // 2 >= _COARSEST:
        older, newer = pairs[-1]
        pairs.append((_halve(older), _halve(newer)))
    return pairs


def _soften(picture: np.ndarray) -> np.ndarray:
    for _ in range(_SOFTENED):
        padded = np.pad(picture, 1, mode="edge")
        rows = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
        picture = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4
    return picture


def _halve(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape
    even = picture[: height // 2 * 2, : width // 2 * 2]
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4


def _scaled(flow: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A flow for a picture of another size."""
    ratio = flow.shape[2] / shape[1], flow.shape[1] / shape[0]
    x, y = places(shape)
    x, y = (x + 0.5) * ratio[0] - 0.5, (y + 0.5) * ratio[1] - 0.5
    return np.stack([sample(flow[0], x, y) / ratio[0], sample(flow[1], x, y) / ratio[1]])


def _first_guess(pairs: list[tuple[np.ndarray, np.ndarray]], guess: np.ndarray | None) -> np.ndarray:
    """The affine motion of the largest picture to begin with: the guess, unless phase correlation fits better."""
    top, level = len(pairs) - 1, min(1, len(pairs) - 1)
    kept = np.zeros((2, 3)) if guess is None else guess
    shift = np.zeros((2, 3))
    shift[:, 0] = _phase_correlation(*pairs[level])
    shift = shift * 2**level
    cost = _difference(*pairs[top], kept / 2**top)
    return shift if _difference(*pairs[top], shift / 2**top) < 0.9 * cost else kept


def _phase_correlation(older: np.ndarray, newer: np.ndarray) -> tuple[int, int]:
    """Where the present picture as a whole was in the earlier one: x and y in whole pixels."""
    height, width = older.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    one, other = (np.fft.rfft2((picture - picture.mean()) * window) for picture in (newer, older))
    spectrum = one * np.conj(other)
    size = np.abs(spectrum)
    peaks = np.fft.irfft2(spectrum / (size + 1e-3 * size.max() + 1e-9), s=(height, width))
    y, x = np.unravel_index(peaks.argmax(), peaks.shape)
    return -int(x - width if x > width // 2 else x), -int(y - height if y > height // 2 else y)


def _difference(older: np.ndarray, newer: np.ndarray, affine: np.ndarray) -> float:
    """Mean difference in levels where a motion leads into the earlier picture; infinite where it leads out of it."""
    camera, (x, y) = _camera(affine, newer.shape), places(newer.shape)
    x, y = x + camera[0], y + camera[1]
    inside = within(x, y, newer.shape)
    return float(np.abs(newer - sample(older, x, y))[inside].mean()) if inside.mean() > 0.3 else np.inf


def _basis(shape: tuple[int, ...]) -> np.ndarray:
    (x, y), side = places(shape), max(shape)
    return np.stack([np.ones_like(x), (x - shape[1] / 2) / side, (y - shape[0] / 2) / side])


def _camera(affine: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return np.tensordot(affine, _basis(shape), 1).astype(np.float32)


def _fit_affine(older: np.ndarray, newer: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """The affine motion that most of the picture agrees with: least squares in which outliers count little."""
    basis, (x, y) = _basis(newer.shape), places(newer.shape)
    down, across = np.gradient(newer)
    jacobian = np.concatenate([across * basis, down * basis]).reshape(6, -1)
    for _ in range(4):
        camera = np.tensordot(affine, basis, 1)
        then_x, then_y = x + camera[0], y + camera[1]
        inside = within(then_x, then_y, newer.shape)
        if inside.mean() < 0.2:
            break
        rest = newer - sample(older, then_x, then_y)
        usual = 1.5 * np.median(np.abs(rest[inside])) + 0.5
        weighted = jacobian * (inside / (1 + (rest / usual) ** 2) ** 2).ravel()
        normal = weighted @ jacobian.T
        damped = normal + np.eye(6) * (1e-3 * np.trace(normal) / 6 + 1e-6)
        step = np.linalg.solve(damped, weighted @ rest.ravel()).reshape(2, 3)
        affine = affine + step
        if np.abs(step).max() < 0.01:
            break
    return affine


def _refine(older: np.ndarray, newer: np.ndarray, each: np.ndarray, camera: np.ndarray) -> np.ndarray:
    """A few steps of Lucas and Kanade at each place, drawn to the camera's motion where there is no texture."""
    down, across = np.gradient(newer)
    xx, yy = (box_mean(g * g, _RADIUS) + _STIFFNESS for g in (across, down))
    xy = box_mean(across * down, _RADIUS)
    determinant, (x, y) = xx * yy - xy * xy, places(newer.shape)
    for _ in range(_STEPS):
        then_x, then_y = x + each[0], y + each[1]
        rest = newer - sample(older, then_x, then_y)
        rest = np.clip(rest * within(then_x, then_y, newer.shape), -_MOST, _MOST)
        u, v = (
            box_mean(gradient * rest, _RADIUS) + _STIFFNESS * (camera[i] - each[i])
            for i, gradient in enumerate((across, down))
        )
        step = np.stack([yy * u - xy * v, xx * v - xy * u]) / determinant
        each = np.stack([box_mean(part, 2) for part in each + np.clip(step, -1, 1)])
    return each
