"""Runs a bundle's network on pictures of any size. Needs LiteRT, NumPy and Pillow, and no TensorFlow."""

import threading
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.litert import allocating, load_interpreter
from tf_cyclegan.stylize.look import MAX_SIDE
from tf_cyclegan.stylize.style import MODEL, Bundle
from tf_cyclegan.stylize.tiled import TiledPainter

# Without tiles, memory grows with the picture: one megapixel takes about 1 GB with the painter.
MAX_UNTILED = 4_000_000
# Pictures up to this size are painted whole all the same: that is exact, and 2.3 times as fast.
_WHOLE_PIXELS = MAX_SIDE * MAX_SIDE
# A tile must be larger than its overlaps by at least this much, or nearly all work is done twice.
_LEAST_KEPT = 64


class Stylizer:
    """Runs a bundle's network on pictures of any size. Calls from several threads wait for each other.

    Args:
        bundle: to run.
        threads: of LiteRT; default: all cores.
        model: which of the bundle's files; the default takes every size.
        thrift: 0 paints up to a megapixel as a whole, in up to 0.9 GB. A number up to 1 lets nothing through the
            network that is larger than a tile whose side is this share of the bundle's, and finds the statistics of
            larger pictures from a sample of that size alone. Up to a megapixel that differs from the whole by three
            levels on average; a correction would take nearly as long again.

    Attributes:
        mix: weights of the periods that are painted from now on, at first those of the bundle; None: only one period.

    Raises:
        UserError: the file is no model of uint8 pictures, or for one size only where it should take every size.
    """

    def __init__(self, bundle: Bundle, threads: int | None = None, model: str = MODEL, thrift: float = 0):
        self.bundle, self._whole_pixels, self.mix = bundle, _WHOLE_PIXELS, bundle.mix
        self._path, self._threads = bundle.folder / model, threads
        self._interpreter = load_interpreter(self._path, threads)
        self._check_model()
        self._tiled = None if self._fixed else self._open_tiled(thrift)
        self._allocated: tuple[int, ...] | None = None
        self._lock = threading.Lock()

    @property
    def brush(self) -> str:
        """The brush that is used where none is chosen: the style's; a model of one size has only the fine one."""
        return "fine" if self._fixed else self.bundle.brush

    def __call__(self, picture: Image.Image) -> Image.Image:
        """The picture in the bundle's style, as large as it is; `look.Look` says how large pictures are painted.

        Args:
            picture: RGB, as from `open_picture`.

        Raises:
            UserError: as `run`.
        """
        return Image.fromarray(self.run(np.asarray(picture)))

    def on_the_way_to(self, size: tuple[int, int]) -> Callable[[Image.Image], Image.Image]:
        """The network for pictures from which one of `size`, width and height, is made: the steps of a large brush.

        Where the last one is painted in tiles, those before it take no more memory than a tile does.
        """
        facts = self.bundle.about.get("tiling")
        if not facts or size[0] * size[1] <= self._whole_pixels:
            return self
        most = min(self._whole_pixels, facts["side"] ** 2)
        return lambda picture: Image.fromarray(self.run(np.asarray(picture), most=most))

    def run(self, pixels: np.ndarray, mix: Sequence[float] | None = None, most: int | None = None) -> np.ndarray:
        """uint8 `(height, width, 3)` → uint8 of the same shape; padded to what the network takes, then cropped.

        Pictures of more than a megapixel are painted in tiles, where the bundle has the model for it.

        Args:
            pixels: the picture.
            mix: weights of the periods, which add up to 1; default: `self.mix`.
            most: pixels up to which a picture is painted as a whole; default: as the stylizer has it.

        Raises:
            UserError: the picture is too large to be painted without tiles, or not of the model's size.
        """
        height, width, _ = pixels.shape
        padded = _pad(pixels, self.bundle.multiple)
        mix = self.mix if mix is None else mix
        with self._lock:
            tiles = self._needs_tiles(padded, self._whole_pixels if most is None else most)
            painted = self._run_tiled(padded, mix) if tiles else self._run_whole(padded, mix)
        return painted if painted.shape == pixels.shape else painted[:height, :width].copy()

    def _check_model(self) -> None:
        # Of several periods the second input takes their weights; the order is not the exporter's to choose.
        inputs = sorted(self._interpreter.get_input_details(), key=lambda found: -len(found["shape"]))
        outputs = self._interpreter.get_output_details()
        if len(inputs) != 1 + bool(self.bundle.periods) or len(outputs) != 1:
            raise UserError(f"{self._path}: {len(inputs)} inputs and {len(outputs)} outputs; export the style again")
        self._input, self._mix, self._output = inputs[0], inputs[1] if self.bundle.periods else None, outputs[0]
        if self._input["dtype"] is not np.uint8 or self._output["dtype"] is not np.uint8:
            raise UserError(f"{self._path}: takes other values than uint8; export the style again")
        sides = self._input["shape_signature"][1:3]
        self._fixed = None if min(sides) < 0 else (int(sides[0]), int(sides[1]))
        if self._fixed and self._path.name == MODEL:
            raise UserError(
                f"{self._path}: only for {sides[1]}×{sides[0]} pixels, not any size; export the style again"
            )

    def _open_tiled(self, thrift: float) -> TiledPainter | None:
        facts, multiple = self.bundle.about.get("tiling"), self.bundle.multiple
        if not facts:
            return None
        path, side, overlap = self.bundle.folder / facts["file"], facts["side"], facts["overlap"]
        if not thrift:
            return TiledPainter(path, side, overlap, multiple, threads=self._threads)
        smallest = -(-(2 * overlap + _LEAST_KEPT) // multiple) * multiple
        side = min(side, max(smallest, int(side * thrift) // multiple * multiple))
        self._whole_pixels = side * side
        return TiledPainter(path, side, overlap, multiple, threads=self._threads, passes=0, sample=side * side)

    def _needs_tiles(self, padded: np.ndarray, most: int) -> bool:
        pixels = padded.shape[0] * padded.shape[1]
        if self._tiled:
            return pixels > most
        if pixels > MAX_UNTILED:
            raise UserError(
                f"{pixels / 1e6:.1f} megapixels are too many for this style, which was exported without tiles (at most "
                f"{MAX_UNTILED / 1e6:.0f}); export the style again, or use --max-side 2000"
            )
        return False

    def _run_tiled(self, padded: np.ndarray, mix: Sequence[float] | None) -> np.ndarray:
        assert self._tiled  # noqa: S101 - for type checkers
        # The memory of a picture that was painted as a whole is freed first.
        self._interpreter, self._allocated = load_interpreter(self._path, self._threads), None
        return self._tiled.run(padded, mix)

    def _run_whole(self, padded: np.ndarray, mix: Sequence[float] | None) -> np.ndarray:
        if self._fixed and self._fixed != padded.shape[:2]:
            height, width = self._fixed
            raise UserError(f"{self._path}: takes pictures of {width}×{height} pixels only")
        picture = padded[None]
        try:
            if self._allocated != picture.shape:
                self._interpreter.resize_tensor_input(self._input["index"], picture.shape)
                with allocating():
                    self._interpreter.allocate_tensors()
                self._allocated = picture.shape
            self._interpreter.set_tensor(self._input["index"], picture)
            if self._mix:
                self._interpreter.set_tensor(self._mix["index"], np.asarray(mix, np.float32)[None])
            self._interpreter.invoke()
        except (ValueError, RuntimeError, MemoryError) as error:
            self._allocated = None
            raise UserError(f"{self._path}: LiteRT cannot run it ({str(error)[:80]})") from error
        return self._interpreter.get_tensor(self._output["index"])[0]


def _pad(pixels: np.ndarray, multiple: int) -> np.ndarray:
    """Mirrors the right and lower edge out to multiples; repeats the edge where there is too little to mirror."""
    height, width, _ = pixels.shape
    more = (-height % multiple, -width % multiple)
    if not any(more):
        return pixels
    margins = ((0, more[0]), (0, more[1]), (0, 0))
    if more[0] < height and more[1] < width:
        return np.pad(pixels, margins, mode="reflect")
    return np.pad(pixels, margins, mode="edge")
