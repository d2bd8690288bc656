"""Keras' results on real pictures, with which every artefact is compared."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.periods import periods_of
from tf_cyclegan.pictures.files import list_pictures, open_picture
from tf_cyclegan.pictures.pixels import normalize, resize_short_side


class Pair(NamedTuple):
    """What a model is given, and the generator's result.

    Attributes:
        picture: uint8 `(h, w, 3)`.
        result: likewise.
        mix: weights of the periods, float32 `(periods,)`; None for a network of one.
    """

    picture: np.ndarray
    result: np.ndarray
    mix: np.ndarray | None = None


def load_pictures(folder: Path, least: int, most: int, option: str) -> list[Image.Image]:
    """Good pictures, spread over a folder; damaged ones are replaced by others.

    Args:
        folder: with pictures.
        least: how many there must be.
        most: how many are wanted.
        option: of the command line, that names another folder.

    Raises:
        UserError: there is no such folder, or fewer than `least` can be read.
    """
    try:
        paths = list_pictures(folder)
    except UserError as error:
        raise UserError(f"{error}; name another folder with {option}") from error
    spread = np.linspace(0, len(paths) - 1, min(most, len(paths))).round().astype(int).tolist()
    pictures: list[Image.Image] = []
    fault = ""
    for i in [*spread, *sorted(set(range(len(paths))) - set(spread))]:
        if len(pictures) == most:
            break
        try:
            pictures.append(open_picture(paths[i]))
        except UserError as error:
            fault = fault or f"; first: {error}"  # It compares nothing; whether enough are left is checked below.
    if len(pictures) < least:
        count = f"{len(pictures)} of its {len(paths)} pictures can be read"
        raise UserError(f"{folder}: {count}, at least {least} are needed; name a folder with more with {option}{fault}")
    return pictures


def crops(pictures: Sequence[Image.Image], multiple: int, size: int | None) -> list[np.ndarray]:
    """The pictures as a model takes them: squares of `size`, or at their own shape cut to multiples."""
    cut = []
    for original in pictures:
        picture = resize_short_side(original, size or max(multiple, min(*original.size, 512)))
        height, width = (size or min(side, 768) // multiple * multiple for side in (picture.height, picture.width))
        left, top = (picture.width - width) // 2, (picture.height - height) // 2
        cut.append(np.asarray(picture)[top : top + height, left : left + width])
    return cut


class Reference:
    """A generator's own results on real pictures, computed once for every size; of several periods in turn.

    Args:
        generator: floats in [-1, 1] in and out.
        pictures: RGB.
        multiple: of the sides that the generator takes.
    """

    def __init__(self, generator: keras.Model, pictures: Sequence[Image.Image], multiple: int):
        self.generator = generator
        self._pictures, self._multiple = pictures, multiple
        self._pairs: dict[int | None, list[Pair]] = {}

    def at(self, size: int | None) -> list[Pair]:
        """Squares of `size`, or pictures at their own shape, each with the generator's result.

        Raises:
            UserError: the generator computes values that are not finite.
        """
        if size not in self._pairs:
            cut = crops(self._pictures, self._multiple, size)
            mixes = mixes_of(self.generator, len(cut))
            self._pairs[size] = [Pair(p, paint(self.generator, p, mix), mix) for p, mix in zip(cut, mixes, strict=True)]
        return self._pairs[size]


def mixes_of(generator: keras.Model, count: int) -> list[np.ndarray | None]:
    """For each of `count` pictures the weights of the periods: each period alone, then all alike, and so on."""
    periods = periods_of(generator)
    if periods == 1:
        return [None] * count
    mixes = np.concatenate([np.eye(periods), np.full((1, periods), 1 / periods)]).astype(np.float32)
    return [mixes[i % len(mixes)] for i in range(count)]


def paint(generator: keras.Model, picture: np.ndarray, mix: np.ndarray | None = None) -> np.ndarray:
    """The generator's result for a picture, uint8 `(h, w, 3)`, rounded as the artefacts round."""
    pictures = normalize(picture)[None]
    given = pictures if mix is None else [pictures, mix[None]]
    floats = np.asarray(generator(given, training=False)[0], np.float64)
    if not np.isfinite(floats).all():
        raise UserError("the generator computes values that are not finite; nothing was written")
    return np.clip(np.floor((floats + 1.0) * 127.5 + 0.5), 0, 255).astype(np.uint8)
