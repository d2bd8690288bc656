"""Paints a large picture tile by tile, with one set of statistics for all of them, so that no seam shows.

The statistics of the instance norms are those of the whole picture, found in two steps that need the memory of one tile
(`export/tile_signatures.py` describes the signatures):

1. `tile_sample`: small pieces at full size from all over the picture, put together, give a first estimate. A smaller
   copy of the picture would not do: fine texture vanishes from it, and with it the variance of every filter that
   responds to it.
2. `tile_measure`: every tile is run with the estimate, and the moments that are found are compared with those of the
   sample. Where they differ the sample is corrected, layer by layer, and step 2 is repeated. Each norm's statistics
   depend on the norms before it; the sample carries a correction of an early norm to the later ones. Without it,
   taking the measured moments as they are, the estimate gets worse before it gets better.
"""

import gc
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.litert import Signature, load_interpreter
from tf_cyclegan.stylize.tiles import Tile, plan_tiles

SIGNATURES = frozenset({"tile", "tile_measure", "tile_sample"})
# The sample: pieces of this side, and at most this many pixels.
PIECE = 32
SAMPLE_PIXELS = 512 * 512
# How often the whole picture is measured. Two passes bring the mean difference from untiled painting below one level.
PASSES = 2
# Measuring takes 1.8 times the memory of painting, so its tiles are smaller by this.
_MEASURED_SHARE = 0.75
_TINY = 1e-8


class TiledPainter:
    """Paints pictures of any size in the memory of one tile.

    Args:
        path: of the TFLite file, with the signatures `tile`, `tile_measure` and `tile_sample`.
        side: of a tile, in pixels.
        overlap: how far the network sees.
        multiple: sides of pictures, and the arguments before, are multiples of it.
        threads: of LiteRT; default: all cores.
        passes: how often the statistics are corrected.
        sample: how many pixels a sample may have; default: `SAMPLE_PIXELS`.

    Raises:
        UserError: the file is no such model.
    """

    def __init__(
        self,
        path: Path,
        side: int,
        overlap: int,
        multiple: int,
        *,
        threads: int | None = None,
        passes: int = PASSES,
        sample: int = SAMPLE_PIXELS,
    ):
        self._path, self._threads, self._passes, self._most = path, threads, passes, sample
        self._side, self._overlap, self._multiple = side, overlap, multiple
        found = load_interpreter(path, threads).get_signature_list()
        if not SIGNATURES.issubset(found):
            raise UserError(f"{path}: lacks the signatures that tiles need; export the style again")

    def run(self, pixels: np.ndarray, mix: Sequence[float] | None = None) -> np.ndarray:
        """uint8 `(height, width, 3)`, sides multiples of the size multiple → uint8 of the same shape.

        Args:
            pixels: the picture.
            mix: weights of the periods, `(periods,)`; None for a network of one.

        Raises:
            UserError: LiteRT cannot run the file.
        """
        statistics = self.find_statistics(pixels, mix)
        tile = self._open("tile", mix)
        painted = np.empty_like(pixels)
        for place in self._plan(pixels):
            result = tile(picture=_seen(pixels, place), statistics=statistics)["painting"][0]
            top, bottom, left, right = place.inner
            painted[_slices(place.kept)] = result[top:bottom, left:right]
        return painted

    def find_statistics(self, pixels: np.ndarray, mix: Sequence[float] | None = None) -> np.ndarray:
        """Means and scales `(2, channels)` of all instance norms for a picture."""
        piece = -(-PIECE // self._multiple) * self._multiple
        chosen = choose_sample(pixels, piece, self._most)
        statistics, own = self._sample(chosen, None, mix)
        for _ in range(self._passes if chosen is not pixels else 0):
            mean, variance = self._measure(pixels, statistics, mix)
            shift = (mean - own[0]) / np.sqrt(own[1] + _TINY)
            ratio = np.maximum(variance, 0) / np.maximum(own[1], _TINY**2)
            statistics, own = self._sample(chosen, np.stack([shift, ratio]), mix)
        return statistics

    def _open(self, signature: str, mix: Sequence[float] | None) -> Signature:
        """A signature in an interpreter of its own, so that its memory can go when it is no longer used."""
        gc.collect()  # An interpreter and its signatures hold one another, and the one before is large.
        always = {} if mix is None else {"mix": np.asarray(mix, np.float32)[None]}
        return Signature(self._path, signature, self._threads, always)

    def _plan(self, pixels: np.ndarray, share: float = 1) -> Iterator[Tile]:
        height, width, _ = pixels.shape
        smallest = min(self._side, 2 * self._overlap + max(64, self._multiple))
        side = max(smallest, int(self._side * share) // self._multiple * self._multiple)
        return plan_tiles(height, width, side, self._overlap)

    def _sample(
        self, pixels: np.ndarray, correction: np.ndarray | None, mix: Sequence[float] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Corrected statistics of a sample, and its own means and variances."""
        run = self._open("tile_sample", mix)
        if correction is None:
            shape = run.shape_of("correction")
            correction = np.broadcast_to(np.array([[0], [1]]), shape)
        found = run(picture=pixels[None], correction=np.ascontiguousarray(correction, np.float32))
        return found["statistics"], found["moments"].astype(np.float64)

    def _measure(
        self, pixels: np.ndarray, statistics: np.ndarray, mix: Sequence[float] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Means and variances of the whole picture where every norm uses `statistics`."""
        run = self._open("tile_measure", mix)
        total: np.ndarray = np.zeros(statistics.shape, np.float64)
        for place in self._plan(pixels, _MEASURED_SHARE):
            top, bottom, left, right = place.inner
            window = np.array(place.inner, np.int32) // self._multiple
            found = run(picture=_seen(pixels, place), statistics=statistics, window=window)["moments"]
            total += found.astype(np.float64) * ((bottom - top) * (right - left))
        offset, square = total / (pixels.shape[0] * pixels.shape[1])
        return statistics[0] + offset, square - offset**2


def choose_sample(pixels: np.ndarray, piece: int = PIECE, most: int = SAMPLE_PIXELS) -> np.ndarray:
    """Pieces from all over a picture, put together to a smaller one; a picture that is small enough, itself.

    Every other piece is mirrored, which makes the steps between them smaller.

    Args:
        pixels: `(height, width, 3)`.
        piece: side of a piece.
        most: how many pixels the result may have.
    """
    height, width, _ = pixels.shape
    if height * width <= most:
        return pixels
    size = (min(piece, height), min(piece, width))
    count = max(1, most // (size[0] * size[1]))
    rows = int(np.clip(round(np.sqrt(count * height / width)), 1, min(count, height // size[0])))
    columns = int(np.clip(count // rows, 1, width // size[1]))
    tops, lefts = _spread(height, size[0], rows), _spread(width, size[1], columns)
    strips = [
        np.concatenate(
            [pixels[y : y + size[0], x : x + size[1]][:: 1 - 2 * (i % 2), :: 1 - 2 * (j % 2)] for j, x in lefts], 1
        )
        for i, y in tops
    ]
    return np.concatenate(strips, 0)


def _spread(length: int, piece: int, count: int) -> list[tuple[int, int]]:
    """Numbers and first places of `count` pieces, evenly spread."""
    return [(i, int((i + 0.5) * length / count - piece / 2)) for i in range(count)]


def _slices(rectangle: tuple[int, int, int, int]) -> tuple[slice, slice]:
    top, bottom, left, right = rectangle
    return slice(top, bottom), slice(left, right)


def _seen(pixels: np.ndarray, place: Tile) -> np.ndarray:
    return np.ascontiguousarray(pixels[_slices(place.seen)])[None]
