"""Paints for every visitor on a bounded number of interpreters, each of them used for one picture at a time."""

import contextlib
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from downloads import encode
from PIL import Image
from uploads import decode

from tf_cyclegan.bundle import MODEL, Bundle
from tf_cyclegan.finish import carry_detail
from tf_cyclegan.pictures import fit_long_side
from tf_cyclegan.stylizer import MAX_SIDE, Stylizer

# An interpreter keeps the memory of the largest picture it saw; above this it is closed instead of kept.
KEEP_PIXELS = 512 * 512


@dataclass(frozen=True)
class Painting:
    """One picture, painted, as a visit keeps it: encoded, since twenty visitors' pixels would fill a small server.

    Attributes:
        photo: at the size of the painting, JPEG.
        painting: JPEG.
        size: width and height of both.
        seconds: from the moment that its turn came: decoding, painting, encoding.
    """

    photo: bytes
    painting: bytes
    size: tuple[int, int]
    seconds: float


@dataclass
class Job:
    """A picture that waits, is painted, or is done."""

    number: int
    expected: float
    future: Future[Painting] = field(default_factory=Future)
    started: float | None = None

    def share(self) -> float:
        """How much of it is done, from 0 to 1, by the time that such pictures took before."""
        if self.future.done():
            return 1.0
        if self.started is None:
            return 0.0
        # Never quite at the end before it is: slower and slower after the expected time.
        passed = (time.perf_counter() - self.started) / max(self.expected, 0.05)
        return min(0.9 * passed, 1 - 0.1 / max(passed, 1))


class Painter:
    """A queue of pictures, first come first served, and the interpreters that paint them.

    Args:
        workers: how many pictures are painted at once, and how many interpreters may be alive; default: one for every
            two processor cores.
        make: what opens an interpreter: (bundle, threads) → Stylizer.
    """

    def __init__(self, workers: int | None = None, make: Callable[[Bundle, int], Stylizer] = Stylizer):
        cores = os.cpu_count() or 1
        self.workers = workers or max(1, cores // 2)
        self._threads = max(1, cores // self.workers)
        self._make = make
        self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="painter")
        self._lock = threading.Lock()
        self._idle: list[tuple[str, Stylizer]] = []
        self._numbers = itertools.count(1)
        self._begun = 0
        self._seconds_per_megapixel = 3.0
        self.alive = 0
        self.runs = 0

    def submit(self, bundle: Bundle, name: str, data: bytes, side: int | None) -> Job:
        """Puts a picture in the queue.

        Args:
            bundle: the style.
            name: of the file, for messages.
            data: its bytes.
            side: longer side of the result in pixels; None keeps the picture's own size.

        Returns:
            The job; its future raises UserError where the file is no picture.
        """
        with self._lock:
            megapixels = min(side or MAX_SIDE, MAX_SIDE) ** 2 * 0.75e-6
            job = Job(next(self._numbers), self._seconds_per_megapixel * megapixels)
        job.future = self._executor.submit(self._paint, job, bundle, name, data, side)
        return job

    def ahead(self, job: Job) -> int:
        """How many pictures are painted before this one's turn comes."""
        return 0 if job.started is not None else max(0, job.number - self._begun - 1)

    def _paint(self, job: Job, bundle: Bundle, name: str, data: bytes, side: int | None) -> Painting:
        with self._lock:
            self._begun = max(self._begun, job.number)
        job.started = time.perf_counter()
        photo = decode(name, data, side)
        with self.lease(bundle, photo.width * photo.height <= KEEP_PIXELS) as network:
            painting = paint_at_own_size(network, photo)
        encoded = [encode(picture, "JPEG") for picture in (photo, painting)]
        seconds = time.perf_counter() - job.started
        with self._lock:
            self.runs += 1
            rate = seconds / (min(photo.width * photo.height, MAX_SIDE**2) / 1e6)
            self._seconds_per_megapixel = 0.7 * self._seconds_per_megapixel + 0.3 * min(rate, 30)
        return Painting(encoded[0], encoded[1], photo.size, seconds)

    @contextlib.contextmanager
    def lease(self, bundle: Bundle, keep: bool = True) -> Iterator[Callable[[Image.Image], Image.Image]]:
        """An interpreter of the style that nobody else uses until the body ends, as a function of a picture.

        Args:
            bundle: the style.
            keep: leave it open afterwards for the next picture of that style.
        """
        sha256 = bundle.about["files"][MODEL]["sha256"]
        # Nobody but this list refers to it: given back or closed, it must not live on in a name of the borrower.
        held = [self._take(sha256) or self._open(bundle)]
        try:
            yield lambda picture: held[0](picture, None)
        finally:
            with self._lock:
                if keep:
                    self._idle.append((sha256, held.pop()))
                else:
                    held.clear()
                    self.alive -= 1

    def _take(self, sha256: str) -> Stylizer | None:
        """An idle interpreter of the style; without one, makes room for a new one by closing the longest idle."""
        with self._lock:
            names = [name for name, _ in self._idle]
            if sha256 in names:
                return self._idle.pop(names.index(sha256))[1]
            if self.alive >= self.workers:
                # Each worker leases one at a time, so where all are alive and this worker has none, one is idle.
                del self._idle[0]
                self.alive -= 1
            self.alive += 1
        return None

    def _open(self, bundle: Bundle) -> Stylizer:
        try:
            return self._make(bundle, self._threads)
        except BaseException:
            with self._lock:
                self.alive -= 1
            raise


def paint_at_own_size(network: Callable[[Image.Image], Image.Image], photo: Image.Image) -> Image.Image:
    """The painting, as large as the photograph.

    Beyond `MAX_SIDE` the network paints at that size, and the photograph's finer detail is carried over: memory stays
    bounded, and strokes keep their width.
    """
    small = fit_long_side(photo, MAX_SIDE)
    return carry_detail(photo, small, network(small))
