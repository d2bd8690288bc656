"""Strokes that stay with what they paint: paints a film frame by frame, and keeps of each painting what still holds.

A network paints each frame anew, and noise or a shift of one pixel is enough to change its strokes, so that a film
shimmers. So a painting is kept, with the frame that it is of. For the next frame it is moved along the motion since
then (`flow`, `moved`). The moved painting is the result where three things are true: the moved frame looks like the
present one, the motion does not stretch the strokes, and, where the present frame has been painted anew, the moved
painting has the same tones as the new one. Elsewhere, where something has come into view or has changed, the new
painting is the result. The motion is always found to the frame that is kept, not from frame to frame, so a painting is
moved once, and errors do not add up.

When too little of what is kept still holds, the result of that moment is kept instead; after a cut, only the new
painting is.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

from tf_cyclegan.film.flow import Flow, box_mean, find_flow, places, sample, within
from tf_cyclegan.film.moved import Movable
from tf_cyclegan.pictures.luma import LUMA

# Motion is found in a frame with this longer side, in pixels.
_SIDE = 256
# Differences in levels, means over 5 × 5 pixels of the small frame: up to the first the old painting holds, from the
# second on it does not. The same for the tones of the painting, means over 7 × 7 pixels.
_SAME, _OTHER = 10.0, 24.0
_SAME_TONES, _OTHER_TONES = 10.0, 24.0
# What noise may add to the differences of frames.
_MOST_NOISE = 6.0
# A motion that differs by more than this from one pixel to the next tears strokes.
_STRETCHED = 0.3
# Of the picture: what is lost when the present result is kept instead. Of the variance of luma: what the motion leaves
# unexplained when the scene is a new one.
_WORN, _CUT = 0.05, 0.4
# Less than this of the picture is not worth painting for.
_NOTHING = 1e-3
# A camera that moves by less than this, in pixels of the small frame, stands still.
_TREMOR = 0.1
# How much of a repainted frame is mixed in, where the style changes within the film.
_SHARE = 0.25


class SteadyPainter:
    """Paints the frames of a film one after the other.

    Args:
        paint: RGB picture → its painting, of the same size.
    """

    def __init__(self, paint: Callable[[Image.Image], Image.Image]):
        self._paint = paint
        self._kept: _Kept | None = None

    def __call__(self, frame: Image.Image, changing: bool = False) -> Image.Image:
        """The painting of the next frame.

        Args:
            frame: RGB.
            changing: whether `paint` is another one than for the frame before, such as another mixture of periods.
        """
        small = _small(frame)
        if self._kept is None or self._kept.frame.size != frame.size:
            return self._keep(frame, small, self._paint(frame))
        if changing:
            self._kept.repaint(self._paint)
        compared = self._kept.compare(small)
        if compared is None:
            return self._keep(frame, small, self._paint(frame))
        holds, flow = compared
        painting = self._kept.painting.moved(flow)
        if 1 - holds.mean() < _NOTHING:
            return painting
        anew = self._paint(frame)
        holds = np.minimum(holds, _ramp(_tones(_small(painting) - _small(anew)), _SAME_TONES, _OTHER_TONES))
        mask = Image.fromarray(np.rint(holds * 255).astype(np.uint8))
        painting = Image.composite(painting, anew, mask.resize(frame.size, Image.Resampling.BILINEAR))
        return self._keep(frame, small, painting) if 1 - holds.mean() > _WORN else painting

    def _keep(self, frame: Image.Image, small: np.ndarray, painting: Image.Image) -> Image.Image:
        self._kept = _Kept(frame, small, painting)
        return painting


class _Kept:
    """A painting, the frame that it is of, and the motion since then."""

    def __init__(self, frame: Image.Image, small: np.ndarray, painting: Image.Image):
        self.frame, self.painting, self._small = frame, Movable(painting), small
        self._flow: Flow | None = None

    def repaint(self, paint: Callable[[Image.Image], Image.Image]) -> None:
        """The same frame in a style that has changed a little."""
        self.painting = Movable(Image.blend(self.painting.painting, paint(self.frame), _SHARE))

    def compare(self, small: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """How far the painting holds at each place of the present small frame, 0 to 1, and the motion to there.

        Returns:
            float32 `(h, w)`, and `(2, h, w)` in pixels of the painting. None if the scene is another one.
        """
        self._flow = find_flow(self._small @ _LUMA, small @ _LUMA, self._flow)
        scale = self.frame.width / small.shape[1]
        flow = self._without_tremor(small)
        x, y = places(small.shape)
        x, y = x + flow[0], y + flow[1]
        moved = sample(self._small, x, y)
        inside = within(x, y, small.shape, 0.75)
        if _unexplained(small, moved, inside) > _CUT:
            return None
        difference = _differences(small, moved)
        difference -= min(_MOST_NOISE, float(np.percentile(difference, 25)))
        holds = _ramp(difference, _SAME, _OTHER) * inside
        holds[_stretch(flow) > _STRETCHED] = 0
        return np.minimum(holds, box_mean(holds, 2)), flow * scale

    def _without_tremor(self, small: np.ndarray) -> np.ndarray:
        """The motion, without what only noise causes: a still camera's background does not move at all."""
        assert self._flow  # noqa: S101 - for type checkers
        each = self._flow.each
        if np.abs(self._flow.camera).max() > _TREMOR:
            return each
        x, y = places(small.shape)
        moved = _differences(small, sample(self._small, x + each[0], y + each[1]))
        still = _differences(small, self._small) < 1.15 * moved + 0.5
        return each * (1 - box_mean(still.astype(np.float32), 2))


_LUMA = LUMA.astype(np.float32)


def _small(frame: Image.Image) -> np.ndarray:
    """A small copy, float32 levels `(h, w, 3)`; the filter must not alias, or motion is wrong by parts of a pixel."""
    scale = min(1, _SIDE / max(frame.size))
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    return np.asarray(frame.resize(size, Image.Resampling.BILINEAR), np.float32)


def _ramp(difference: np.ndarray, same: float, other: float) -> np.ndarray:
    """1 up to `same`, 0 from `other` on."""
    return np.clip((other - difference) / (other - same), 0, 1)


def _tones(difference: np.ndarray) -> np.ndarray:
    """Means over 7 × 7 pixels, in which strokes cancel out; of the three the largest, `(h, w, 3)` → `(h, w)`."""
    return np.max([np.abs(box_mean(difference[..., i], 3)) for i in range(3)], axis=0)


def _unexplained(small: np.ndarray, moved: np.ndarray, inside: np.ndarray) -> float:
    """How much of the variance of a frame the moved one leaves, where both are; noise does not count."""
    if inside.mean() < 1 - _CUT:
        return 1.0
    now, then = (box_mean(picture @ _LUMA, 2)[inside] for picture in (small, moved))
    return float(np.mean((now - then) ** 2) / (now.var() + 4))


def _stretch(flow: np.ndarray) -> np.ndarray:
    """How much a motion differs between neighbours, `(2, h, w)` → `(h, w)`."""
    return np.max([np.abs(slope) for part in flow for slope in np.gradient(part)], axis=0)


def _differences(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The largest of a pixel's three differences, means over 5 × 5 pixels."""
    return box_mean(np.abs(one - other).max(-1), 2)
