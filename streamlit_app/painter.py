"""Paints for every visitor: a queue, and for each picture an interpreter of its own, opened when its turn comes."""

import gc
import itertools
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from downloads import encode
from painting import Painting
from PIL import Image
from uploads import decode

from tf_cyclegan.pictures.pixels import fit_long_side, resize
from tf_cyclegan.stylize.brush import paint_with
from tf_cyclegan.stylize.look import MAX_SIDE
from tf_cyclegan.stylize.style import Bundle
from tf_cyclegan.stylize.stylizer import Stylizer

# A tile's side, as a share of the one that the style was exported with: the page has less memory than the command line.
THRIFT = 0.85
# Without tiles the whole picture goes through the network, so it must be small.
UNTILED_SIDE = 512
# A picture at its own size is painted with at most this longer side, and the painting is enlarged: others wait.
PAINTED_SIDE = 2 * MAX_SIDE

# A picture → its painting, of the same size.
Network = Callable[[Image.Image], Image.Image]


@dataclass
class Job:
    """A picture that waits, is painted, or is done."""

    number: int
    expected: float
    future: Future[Painting] = field(init=False)
    started: float | None = None

    def share(self) -> float:
        """The estimated progress, from 0 to 1, by the time that such pictures took before."""
        if self.future.done():
            return 1.0
        if self.started is None:
            return 0.0
        # It never reaches the end too early: it gets slower and slower after the expected time.
        passed = (time.perf_counter() - self.started) / max(self.expected, 0.05)
        return min(0.9 * passed, 1 - 0.1 / max(passed, 1))


def open_network(bundle: Bundle, threads: int) -> Network:
    """A style's network, which takes at most some 200 MB for a picture of up to `PAINTED_SIDE`."""
    stylizer = Stylizer(bundle, threads, thrift=THRIFT)
    if bundle.about.get("tiling"):
        return stylizer

    def paint_small(photo: Image.Image) -> Image.Image:
        return resize(stylizer(fit_long_side(photo, UNTILED_SIDE)), photo.size)

    return paint_small


class Painter:
    """A queue of pictures, first come first served; each is painted by a network that is opened for it alone.

    Args:
        workers: how many pictures are painted at once. One, whatever the machine: LiteRT computes on several cores by
            itself, and each further one takes as much memory again.
        threads: of each network; default: as many as there are cores, at most four.
        make: opens a network: (bundle, threads) → `Network`.
    """

    def __init__(
        self, workers: int = 1, threads: int | None = None, make: Callable[[Bundle, int], Network] = open_network
    ):
        self.workers = workers
        self._threads = threads or min(4, os.cpu_count() or 1)
        self._make = make
        self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="painter")
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._begun = 0
        self._seconds_per_megapixel = 3.0

    def submit(self, bundle: Bundle, name: str, data: bytes, side: int | None, brush: str) -> Job:
        """Puts a picture in the queue.

        Args:
            bundle: the style.
            name: of the file, for messages.
            data: its bytes.
            side: longer side of the result in pixels; None keeps the picture's own size.
            brush: one of `choices.BRUSHES`.

        Returns:
            The job; its future raises UserError if the file is no picture.
        """
        with self._lock:
            megapixels = min(side or PAINTED_SIDE, PAINTED_SIDE) ** 2 * 0.75e-6
            job = Job(next(self._numbers), self._seconds_per_megapixel * megapixels)
        job.future = self._executor.submit(self._paint, job, bundle, name, data, side, brush=brush)
        return job

    def ahead(self, job: Job) -> int:
        """How many pictures are painted before this one's turn comes."""
        return 0 if job.started is not None else max(0, job.number - self._begun - 1)

    def _paint(self, job: Job, bundle: Bundle, name: str, data: bytes, side: int | None, *, brush: str) -> Painting:
        with self._lock:
            self._begun = max(self._begun, job.number)
        job.started = time.perf_counter()
        photo = decode(name, data, min(side or PAINTED_SIDE, PAINTED_SIDE))
        painting = paint_with(brush, self._make(bundle, self._threads), photo)
        gc.collect()  # An interpreter and its signatures hold one another, and each has its memory.
        photograph, painted, size = _enlarge(photo, painting, name, data, side)
        seconds = time.perf_counter() - job.started
        with self._lock:
            rate = seconds / (min(size[0] * size[1], PAINTED_SIDE**2) / 1e6)
            self._seconds_per_megapixel = 0.7 * self._seconds_per_megapixel + 0.3 * min(rate, 30)
        return Painting(photograph, painted, size, seconds)


def _enlarge(
    photo: Image.Image, painting: Image.Image, name: str, data: bytes, side: int | None
) -> tuple[bytes, bytes, tuple[int, int]]:
    """Photograph and painting as JPEGs, and their size.

    The large photograph is decoded only now, and is gone before the painting is enlarged: it is never in memory
    together with the network, nor with a painting of its size.
    """
    if side is None and max(photo.size) == PAINTED_SIDE:
        photo = decode(name, data)
    size = photo.size
    photograph = encode(photo, "JPEG")
    del photo
    return photograph, encode(resize(painting, size), "JPEG"), size
