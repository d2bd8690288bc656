"""Sample grids, and the callback that draws them."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from PIL import Image, ImageDraw

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.periods import periods_of
from tf_cyclegan.pictures.pixels import normalize, to_uint8
from tf_cyclegan.train.callback import StepCallback, sync
from tf_cyclegan.train.data import Domain, Sample

_LABELS = {
    "x": ("photo", "painting", "back again", "identity"),
    "y": ("painting", "photo", "back again", "identity"),
}
_GAP = 4
_CAPTION = 16


class SampleGrid:
    """A few fixed pictures of both domains, and the grid of their translations.

    Args:
        folders: prepared ones, of each period one; held-out pictures are used where testA and testB have some.
        load: short side of the pictures before they are cropped, centred.
        crop: side of the crops.
        count: pictures of each domain; of several periods at least one of each.
    """

    def __init__(self, folders: Sequence[Path], *, load: int, crop: int, count: int = 4):
        each = max(1, count // len(folders))
        self._pictures = {
            domain: np.concatenate([_centre_crops(folder, letter, load, crop, each) for folder in folders])
            for domain, letter in (("x", "A"), ("y", "B"))
        }
        self._mix = None
        if len(folders) > 1:
            self._mix = np.eye(len(folders), dtype=np.float32).repeat(each, axis=0)

    def draw(self, generator_g: keras.Model, generator_f: keras.Model) -> Image.Image:
        """The grid: one row per picture, with the picture, its translation, back again, and identity; x above y."""
        strips = []
        for domain, there, back in (("x", generator_g, generator_f), ("y", generator_f, generator_g)):
            real = normalize(self._pictures[domain])
            fake = self._made(there, real)
            columns = [real, fake, self._made(back, fake), self._made(back, real)]
            strips.append(_strip([to_uint8(c) for c in columns], _LABELS[domain]))
        grid = Image.new("RGB", (strips[0].width, sum(s.height for s in strips)), "white")
        grid.paste(strips[0], (0, 0))
        grid.paste(strips[1], (0, strips[0].height))
        return grid

    def _made(self, generator: keras.Model, pictures: np.ndarray) -> np.ndarray:
        if self._mix is None or periods_of(generator) == 1:
            return np.asarray(generator(pictures, training=False))
        return np.asarray(generator([pictures, self._mix[: len(pictures)]], training=False))


def _centre_crops(data: Path, letter: str, load: int, crop: int, count: int) -> np.ndarray:
    domain = _held_out(data, letter, load) or Domain(data / f"train{letter}", load)
    places = np.linspace(0, len(domain) - 1, min(count, len(domain))).round().astype(int)
    return np.stack([domain.crop(Sample(int(i), 0.5, 0.5, False), crop) for i in places])


def _held_out(data: Path, letter: str, load: int) -> Domain | None:
    folder = data / f"test{letter}"
    if not folder.is_dir():
        return None
    try:
        return Domain(folder, load)
    except UserError as error:
        warnings.warn(f"{error}; samples are made of training pictures", stacklevel=2)
        return None


def _strip(columns: list[np.ndarray], labels: tuple[str, ...]) -> Image.Image:
    rows, height, width, _ = columns[0].shape
    size = (len(columns) * (width + _GAP) - _GAP, _CAPTION + rows * (height + _GAP))
    strip = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(strip)
    for i, (pictures, label) in enumerate(zip(columns, labels, strict=True)):
        left = i * (width + _GAP)
        draw.text((left + 2, 1), label, fill="black")
        for j, picture in enumerate(pictures):
            strip.paste(Image.fromarray(picture), (left, _CAPTION + j * (height + _GAP)))
    return strip


class Samples(StepCallback):
    """Draws the sample grid every `every` steps, and after the last one."""

    def __init__(
        self, start: int, folder: Path, grid: SampleGrid, generators: list[keras.Model], *, every: int, stop: int
    ):
        super().__init__(start)
        self._folder, self._grid, self._generators = folder, grid, generators
        self._every, self._stop = every, stop

    def after_step(self, step, logs):
        if step % self._every == 0 or step == self._stop:
            sync(self.model)
            self._folder.mkdir(exist_ok=True)
            self._grid.draw(*self._generators).save(self._folder / f"step_{step:07d}.png")
