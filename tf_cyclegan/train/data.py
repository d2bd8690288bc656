"""The input pipeline: a pure function of (seed, step).

Which two pictures meet at a step, of which period, their crop and their flip follow from the seed and the step alone. A
run that is continued asks for its next step and needs no iterator state, and every backend sees the same pictures.
"""

import os
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tf_cyclegan.data_folder import hashes_of
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import list_pictures, open_picture
from tf_cyclegan.pictures.pixels import normalize, resize_short_side
from tf_cyclegan.settings.limits import MIN_PICTURES

# Decoded pictures stay in memory up to this much, both domains together.
CACHE_BYTES = 2 * 1024**3
_PREFETCH = 4
_DOMAINS = ("trainA", "trainB")


class Sample(NamedTuple):
    """What to cut out of which picture: `left` and `top` are shares of the free space in [0, 1)."""

    picture: int
    left: float
    top: float
    flip: bool


class Plan:
    """The order of one domain's pictures, and every crop and flip.

    Each round through the pictures has a permutation of its own. All numbers are raw words of NumPy's counter-based
    Philox: those never change between versions, the distributions built on them may.

    Args:
        seed: of the run.
        domain: 0 for X, 1 for Y, the next two for those of a second period, and so on; they have independent numbers.
        size: number of pictures.
        flip: whether pictures are turned left to right.
    """

    def __init__(self, seed: int, domain: int, size: int, flip: bool = True):
        self.seed, self.domain, self.size, self.flip = seed, domain, size, flip
        self._permutation = lru_cache(maxsize=2)(self._new_permutation)

    def _words(self, stream: int, block: int, count: int) -> np.ndarray:
        """`count` raw 64-bit words at `block` of a stream (0 permutations, 1 crops and flips)."""
        key = np.array([self.seed % 2**64, 2 * self.domain + stream], np.uint64)
        return np.random.Philox(key=key, counter=[0, 0, block, 0]).random_raw(count)

    def _new_permutation(self, rounds: int) -> np.ndarray:
        return np.argsort(self._words(0, rounds, self.size), kind="stable")

    def sample(self, k: int) -> Sample:
        """The k-th sample of the run, counted from 0."""
        rounds, place = divmod(k, self.size)
        left, top, flip = self._words(1, k, 3)
        return Sample(
            int(self._permutation(rounds)[place]), _unit(left), _unit(top), self.flip and bool(int(flip) >> 63)
        )

    def choice(self, k: int, count: int) -> int:
        """A number below `count` for the k-th sample, independent of its picture, crop and flip."""
        return int(_unit(self._words(1, k, 4)[3]) * count)


def _unit(word) -> float:
    return (int(word) >> 11) / 2**53


class Domain:
    """The pictures of one folder, decoded once, cropped by a plan.

    A picture that cannot be decoded is named in a warning, once, and the next good one of the folder takes its place.

    Args:
        folder: with pictures.
        load: short side to which they are scaled.
        least: pictures that the folder must have.
        cache_bytes: decoded pictures that are kept in memory.

    Raises:
        UserError: the folder has fewer pictures.
    """

    def __init__(self, folder: str | Path, load: int, *, least: int = 1, cache_bytes: int = CACHE_BYTES // 2):
        self.paths = list_pictures(folder)
        if len(self.paths) < least:
            raise UserError(f"{folder}: {len(self.paths)} pictures are too few; at least {least}, better 300")
        self.load = load
        self._free = cache_bytes
        self._cache: dict[int, np.ndarray | None] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.paths)

    def picture(self, index: int) -> np.ndarray:
        """Picture `index`, or the next one that is not damaged: uint8 `(height, width, 3)`.

        Raises:
            UserError: every picture of the folder is damaged.
        """
        for i in range(index, index + len(self)):
            pixels = self._decoded(i % len(self))
            if pixels is not None:
                return pixels
        raise UserError(f"{self.paths[0].parent}: every picture in this folder is damaged")

    def _decoded(self, index: int) -> np.ndarray | None:
        if index in self._cache:
            return self._cache[index]
        try:
            image = open_picture(self.paths[index])
            pixels = np.asarray(resize_short_side(image, self.load))
        except UserError as error:
            warnings.warn(f"skipped: {error}", stacklevel=2)
            pixels = None
        with self._lock:
            size = 0 if pixels is None else pixels.nbytes
            if size <= self._free and index not in self._cache:
                self._free -= size
                self._cache[index] = pixels
        return pixels

    def crop(self, sample: Sample, size: int) -> np.ndarray:
        """The crop that a plan asks for: uint8 `(size, size, 3)`."""
        pixels = self.picture(sample.picture)
        top = int(sample.top * (pixels.shape[0] - size + 1))
        left = int(sample.left * (pixels.shape[1] - size + 1))
        cut = pixels[top : top + size, left : left + size]
        return cut[:, ::-1] if sample.flip else cut


class PairSource:
    """Batches of unpaired pictures of both domains, addressed by step.

    With several periods, every round of as many pairs has one of each, in a random order: so a batch has several
    periods, and none is ahead of the others.

    Args:
        folders: of each period one with trainA (X, photographs) and trainB (Y, paintings).
        load: short side of the pictures before cropping.
        crop: side of the crops.
        batch: pictures per domain and step, of all processes.
        seed: of the plan.
        flip: whether every second picture, at random, is turned left to right.
        partners: of each photograph, of one period after the other, the numbers of the paintings that it may meet,
            `(photographs, count)`; None for any painting.
        process: which of `processes` equal parts of each batch is read here.
        processes: machines that share each batch.

    Raises:
        UserError: a folder is missing, has fewer than `MIN_PICTURES` pictures, or only damaged ones.
    """

    def __init__(
        self,
        folders: Sequence[str | Path],
        *,
        load: int,
        crop: int,
        batch: int,
        seed: int,
        flip: bool = True,
        partners: np.ndarray | None = None,
        process: int = 0,
        processes: int = 1,
    ):
        self.domains = _open_domains(folders, load)
        self.plans = [
            (Plan(seed, 2 * i, len(x), flip), Plan(seed, 2 * i + 1, len(y), flip))
            for i, (x, y) in enumerate(self.domains)
        ]
        self._periods = Plan(seed, 2 * len(self.domains), len(self.domains))
        starts = np.cumsum([0, *(len(photographs) for photographs, _ in self.domains)])
        self._first_partners = [int(start) for start in starts[:-1]]
        self.partners = partners
        self.crop, self.batch, self._all = crop, batch // processes, batch
        self._first = process * self.batch

    def pair(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The pictures of one step: x and y, each uint8 `(batch, crop, crop, 3)`."""
        pairs = [[domain.crop(sample, self.crop) for domain, sample in self._met(k)] for k in self._numbers(step)]
        x, y = (np.stack(pictures) for pictures in zip(*pairs, strict=True))
        return x, y

    def mix(self, step: int) -> np.ndarray:
        """Of which period each pair of a step is: a 1 in each row, float32 `(batch, periods)`."""
        return np.eye(len(self.domains), dtype=np.float32)[[self._period(k)[0] for k in self._numbers(step)]]

    def _numbers(self, step: int) -> range:
        first = step * self._all + self._first
        return range(first, first + self.batch)

    def _period(self, k: int) -> tuple[int, int]:
        """The period of the k-th pair, and how many pairs of that period there were before."""
        return self._periods.sample(k).picture, k // len(self.domains)

    def _met(self, k: int) -> list[tuple[Domain, Sample]]:
        """The k-th photograph and painting."""
        period, k = self._period(k)
        photograph, painting = (plan.sample(k) for plan in self.plans[period])
        if self.partners is not None:
            row = self.partners[self._first_partners[period] + photograph.picture]
            painting = painting._replace(picture=int(row[self.plans[period][1].choice(k, len(row))]))
        return [*zip(self.domains[period], (photograph, painting), strict=True)]


def _open_domains(folders: Sequence[str | Path], load: int) -> list[tuple[Domain, Domain]]:
    """Photographs and paintings of each folder; folders with the same photographs share them, and their memory."""
    budget = CACHE_BYTES // (2 * len(folders))
    opened: list[tuple[Domain, Domain]] = []
    for folder in folders:
        pair = [Domain(Path(folder) / name, load, least=MIN_PICTURES, cache_bytes=budget) for name in _DOMAINS]
        known = next((photographs for photographs, _ in opened if _are_same(photographs, pair[0])), pair[0])
        opened.append((known, pair[1]))
        for domain in opened[-1]:
            domain.picture(0)  # A folder of only damaged pictures is reported now, not from within the pipeline.
    return opened


def _are_same(one: Domain, other: Domain) -> bool:
    names = [[path.name for path in domain.paths] for domain in (one, other)]
    return names[0] == names[1] and hashes_of(one.paths) == hashes_of(other.paths)


def open_dataset(source: PairSource, start: int, stop: int):
    """The steps from `start` to before `stop` as what `fit()` takes: `{"x": …, "y": …}` in [-1, 1], and with several
    periods "mix".

    A `tf.data.Dataset` on the TensorFlow backend, a threaded iterator elsewhere.
    """
    import keras

    return (
        _tf_dataset(source, start, stop) if keras.backend.backend() == "tensorflow" else _batches(source, start, stop)
    )


def _tf_dataset(source: PairSource, start: int, stop: int):
    import tensorflow as tf

    shape, periods = (source.batch, source.crop, source.crop, 3), len(source.domains)

    def load(step):
        pair = tf.numpy_function(lambda n: source.pair(int(n)), [step], (tf.uint8, tf.uint8), stateful=False)
        x, y = (tf.ensure_shape(tf.cast(p, tf.float32) / 127.5 - 1.0, shape) for p in pair)
        if periods == 1:
            return {"x": x, "y": y}
        mix = tf.numpy_function(lambda n: source.mix(int(n)), [step], tf.float32, stateful=False)
        return {"x": x, "y": y, "mix": tf.ensure_shape(mix, (source.batch, periods))}

    threads = min(8, os.cpu_count() or 1)
    return tf.data.Dataset.range(start, stop).map(load, threads, deterministic=True).prefetch(_PREFETCH)


def _batches(source: PairSource, start: int, stop: int) -> Iterator[tuple[dict[str, np.ndarray]]]:
    def load(step):
        x, y = source.pair(step)
        mix = {"mix": source.mix(step)} if len(source.domains) > 1 else {}
        return ({"x": normalize(x), "y": normalize(y), **mix},)  # `fit()` takes nothing but tuples from an iterator.

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        waiting = [pool.submit(load, step) for step in range(start, min(start + _PREFETCH, stop))]
        for step in range(start + _PREFETCH, stop + _PREFETCH):
            if not waiting:
                return
            yield waiting.pop(0).result()
            if step < stop:
                waiting.append(pool.submit(load, step))
