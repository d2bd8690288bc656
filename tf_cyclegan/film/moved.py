"""A painting that is moved along a flow, sharp: its strokes go with what they paint."""

import numpy as np
from PIL import Image

from tf_cyclegan.film.flow import sample

# Cells of this side, in pixels, are moved as quadrilaterals, so strokes are bent but not torn.
_CELL = 16
# A painting is enlarged before it is moved, or a move by half a pixel would take a seventh of its finest detail.
_ZOOM = 2
# Pillow's bilinear filter softens and its bicubic one (a = -1) sharpens; in this share they keep the detail.
_SHARP = 0.7
# How far a place may lie outside the painting, in pixels, before it counts as not painted.
MARGIN = 8


class Movable:
    """A painting, made ready to be moved.

    Args:
        painting: RGB.
    """

    def __init__(self, painting: Image.Image):
        self.painting = painting
        self._enlarged: Image.Image | None = None

    def moved(self, flow: np.ndarray) -> Image.Image:
        """The painting, moved; itself where nothing moves.

        Args:
            flow: float32 `(2, h, w)` of any size, in pixels of the painting: what is at p then was at p + flow[:, p].
        """
        if not flow.any():
            return self.painting
        if self._enlarged is None:
            self._enlarged = _enlarge(self.painting)
        mesh = list(_mesh(self.painting.size, flow))
        filters = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)
        soft, hard = (
            self._enlarged.transform(self.painting.size, Image.Transform.MESH, mesh, resample=each) for each in filters
        )
        return Image.blend(soft, hard, _SHARP)


def _enlarge(painting: Image.Image) -> Image.Image:
    pixels = np.pad(np.asarray(painting), ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="edge")
    height, width, _ = pixels.shape
    return Image.fromarray(pixels).resize((width * _ZOOM, height * _ZOOM), Image.Resampling.LANCZOS)


def _mesh(size: tuple[int, int], flow: np.ndarray):
    """Of each cell its rectangle, and the corners of what is moved there, as `Image.Transform.MESH` takes them."""
    across, down = (np.minimum(np.arange(-(-side // _CELL) + 1) * _CELL, side) for side in size)
    x, y = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
    at = (x * flow.shape[2] / size[0] - 0.5, y * flow.shape[1] / size[1] - 0.5)
    then_x, then_y = ((v + sample(flow[i], *at) + MARGIN) * _ZOOM for i, v in enumerate((x, y)))
    for i in range(len(down) - 1):
        for j in range(len(across) - 1):
            corners = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))
            quadrilateral = tuple(float(v) for corner in corners for v in (then_x[corner], then_y[corner]))
            yield (int(across[j]), int(down[i]), int(across[j + 1]), int(down[i + 1])), quadrilateral
