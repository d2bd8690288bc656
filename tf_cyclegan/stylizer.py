"""Runs a bundle's network on pictures of any size. Needs LiteRT, NumPy and Pillow, and no TensorFlow."""

import os
import threading

import numpy as np
from PIL import Image

from tf_cyclegan.bundle import MODEL, Bundle
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures import fit_long_side

MAX_SIDE = 1024


class Stylizer:
    """Runs a bundle's network on pictures of any size. Calls from several threads wait for each other.

    Args:
        bundle: to run.
        threads: of LiteRT; default: all cores.
        model: which of the bundle's files; the default takes every size.
    """

    def __init__(self, bundle: Bundle, threads: int | None = None, model: str = MODEL):
        from ai_edge_litert.interpreter import Interpreter

        self.bundle = bundle
        path = bundle.folder / model
        try:
            self._interpreter = Interpreter(model_path=str(path), num_threads=threads or os.cpu_count() or 1)
            self._input = self._interpreter.get_input_details()[0]
            self._output = self._interpreter.get_output_details()[0]
        except (ValueError, RuntimeError) as error:
            raise UserError(f"{path}: LiteRT cannot load it ({str(error)[:80]})") from error
        if self._input["dtype"] is not np.uint8 or self._output["dtype"] is not np.uint8:
            raise UserError(f"{path}: takes other values than uint8; export the style again")
        self._allocated: tuple[int, ...] | None = None
        self._lock = threading.Lock()

    def __call__(self, picture: Image.Image, max_side: int | None = MAX_SIDE) -> Image.Image:
        """The picture in the bundle's style.

        Args:
            picture: RGB, as from `open_picture`.
            max_side: a picture with a longer side is made smaller first; None leaves every picture as large as it is.

        Returns:
            A picture as large as the input, or with `max_side` as its longer side.
        """
        picture = fit_long_side(picture, max_side) if max_side else picture
        return Image.fromarray(self.run(np.asarray(picture)))

    def run(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 `(height, width, 3)` → uint8 of the same shape; padded to what the network takes, then cropped."""
        height, width, _ = pixels.shape
        padded = _pad(pixels, self.bundle.multiple)[None]
        with self._lock:
            if self._allocated != padded.shape:
                self._interpreter.resize_tensor_input(self._input["index"], padded.shape)
                self._interpreter.allocate_tensors()
                self._allocated = padded.shape
            self._interpreter.set_tensor(self._input["index"], padded)
            self._interpreter.invoke()
            painted = self._interpreter.get_tensor(self._output["index"])[0]
        return painted[:height, :width].copy()


def _pad(pixels: np.ndarray, multiple: int) -> np.ndarray:
    """Mirrors the right and lower edge out to multiples; repeats the edge where there is too little to mirror."""
    height, width, _ = pixels.shape
    more = (-height % multiple, -width % multiple)
    margins = ((0, more[0]), (0, more[1]), (0, 0))
    if more[0] < height and more[1] < width:
        return np.pad(pixels, margins, mode="reflect")
    return np.pad(pixels, margins, mode="edge")
