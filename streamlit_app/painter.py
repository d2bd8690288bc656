"""Paints for every visitor: a fair queue, and for each job an interpreter of its own, opened when its turn comes."""

import gc
import heapq
import itertools
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from downloads import encode
from painting import Painting
from PIL import Image
from uploads import decode

from tf_cyclegan.pictures.pixels import fit_long_side, resize
from tf_cyclegan.stylize.brush import paint_with
from tf_cyclegan.stylize.finish import keep_tones
from tf_cyclegan.stylize.look import MAX_SIDE
from tf_cyclegan.stylize.style import Bundle
from tf_cyclegan.stylize.stylizer import Stylizer

# A tile's side, as a share of the one that the style was exported with: the page has less memory than the command line.
THRIFT = 0.85
# Without tiles the whole picture goes through the network, so it must be small.
UNTILED_SIDE = 512
# A picture at its own size is painted with at most this longer side, and the painting is enlarged: others wait.
PAINTED_SIDE = 2 * MAX_SIDE
# Longer side of a thumbnail.
SKETCH_SIDE = 160

# A picture, and the shares of a network's periods → its painting, of the same size.
Network = Callable[..., Image.Image]


@dataclass(order=True)
class Job:
    """Work that waits, is done at the moment, or is done; the queue takes the smallest first."""

    turn: float
    number: int
    expected: float = field(compare=False)
    work: Callable[[], Any] = field(compare=False)
    future: Future = field(default_factory=Future, compare=False)
    started: float | None = field(default=None, compare=False)

    def share(self) -> float:
        """The estimated progress, from 0 to 1, by the time that such work took before."""
        if self.future.done():
            return 1.0
        if self.started is None:
            return 0.0
        # It never reaches the end too early: it gets slower and slower after the expected time.
        passed = (time.perf_counter() - self.started) / max(self.expected, 0.05)
        return min(0.9 * passed, 1 - 0.1 / max(passed, 1))


def open_network(bundle: Bundle, threads: int) -> Network:
    """A style's network, which takes at most some 200 MB for a picture of any size that is painted here."""
    stylizer = Stylizer(bundle, threads, thrift=THRIFT)
    tiled = bundle.about.get("tiling")

    def paint(photo: Image.Image, mix: list[float] | None = None) -> Image.Image:
        small = photo if tiled else fit_long_side(photo, UNTILED_SIDE)
        return resize(Image.fromarray(stylizer.run(np.asarray(small), mix)), photo.size)

    return paint


class Painter:
    """A queue that is fair between visitors; each job gets a network that is opened for it alone.

    Whoever has asked for much waits for others who ask for little: a job's turn comes when those of all others are
    served that began no later than it would have begun if every visitor had a painter of the same speed (start-time
    fair queueing, Goyal 1996).

    Args:
        workers: how many pictures are painted at once. One, whatever the machine: LiteRT computes on several cores by
            itself, and each further one takes as much memory again.
        threads: of each network; default: as many as there are cores, at most four.
        make: opens a network: (bundle, threads) → `Network`.
    """

    def __init__(
        self, workers: int = 1, threads: int | None = None, make: Callable[[Bundle, int], Network] = open_network
    ):
        self._threads = threads or min(4, os.cpu_count() or 1)
        self._make = make
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="painter")
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: list[Job] = []
        self._now = 0.0
        self._served_until: dict[str, float] = {}
        self._seconds_per_megapixel = 3.0

    def paint(self, visitor: str, bundle: Bundle, name: str, data: bytes, *, side: int | None, brush: str) -> Job:
        """Puts a picture in the queue.

        Args:
            visitor: who waits for it.
            bundle: the style.
            name: of the file, for messages.
            data: its bytes.
            side: longer side of the result in pixels; None keeps the picture's own size.
            brush: one of `choices.BRUSHES`.

        Returns:
            The job, whose future gives a `Painting`, or raises UserError if the file is no picture.
        """
        work = partial(self._paint, bundle, name, data, side, brush)
        return self._enqueue(visitor, min(side or PAINTED_SIDE, PAINTED_SIDE) ** 2 * 0.75e-6, work)

    def sketch(self, visitor: str, bundles: Mapping[str, Bundle], name: str, data: bytes) -> Job:
        """Paints a thumbnail in every style; periods of one network share it.

        Returns:
            The job, whose future gives JPEGs by the keys of `bundles`, or raises UserError.
        """
        work = partial(self._sketch, dict(bundles), name, data)
        return self._enqueue(visitor, len(bundles) * SKETCH_SIDE**2 * 0.75e-6, work)

    def enlarge(self, visitor: str, bundle: Bundle, painting: Image.Image, size: tuple[int, int]) -> Job:
        """Paints over a painting at a larger size, as a brush does (`stylize/brush`), so that its strokes stay sharp.

        Returns:
            The job, whose future gives the painting, RGB of `size`.
        """
        return self._enqueue(visitor, 1.3e-6 * size[0] * size[1], partial(self._enlarge, bundle, painting, size))

    def ahead(self, job: Job) -> int:
        """How many jobs are done before this one's turn comes."""
        with self._lock:
            return 0 if job.started is not None else sum(other < job for other in self._waiting)

    def _enqueue(self, visitor: str, megapixels: float, work: Callable[[], Any]) -> Job:
        with self._lock:
            expected = self._seconds_per_megapixel * megapixels
            turn = max(self._now, self._served_until.get(visitor, 0.0))
            job = Job(turn, next(self._numbers), expected, work)
            self._served_until = {who: until for who, until in self._served_until.items() if until > self._now}
            self._served_until[visitor] = turn + expected
            heapq.heappush(self._waiting, job)
        self._executor.submit(self._do_next)
        return job

    def _do_next(self) -> None:
        with self._lock:
            job = heapq.heappop(self._waiting)
            self._now = max(self._now, job.turn)
        if not job.future.set_running_or_notify_cancel():
            return
        job.started = time.perf_counter()
        try:
            result = job.work()
        # Whatever a library raises belongs to the visitor who waits for it, and the next one is served.
        except BaseException as error:  # noqa: BLE001
            job.future.set_exception(error)
        else:
            job.future.set_result(result)

    def _paint(self, bundle: Bundle, name: str, data: bytes, side: int | None, brush: str) -> Painting:
        start = time.perf_counter()
        photo = decode(name, data, min(side or PAINTED_SIDE, PAINTED_SIDE))
        network = partial(self._make(bundle, self._threads), mix=bundle.mix)
        painting = paint_with(brush, network, photo)
        del network
        gc.collect()  # An interpreter and its signatures hold one another, and each has its memory.
        photograph, painted, size = _at_own_size(photo, painting, name, data, side)
        seconds = time.perf_counter() - start
        with self._lock:
            rate = seconds / (min(size[0] * size[1], PAINTED_SIDE**2) / 1e6)
            self._seconds_per_megapixel = 0.7 * self._seconds_per_megapixel + 0.3 * min(rate, 30)
        return Painting(photograph, painted, size, seconds)

    def _sketch(self, bundles: dict[str, Bundle], name: str, data: bytes) -> dict[str, bytes]:
        photo = decode(name, data, SKETCH_SIDE)
        networks: dict[Path, Network] = {}
        sketches = {}
        for key, bundle in bundles.items():
            if bundle.folder not in networks:
                networks[bundle.folder] = self._make(bundle, self._threads)
            sketches[key] = encode(networks[bundle.folder](photo, mix=bundle.mix), "JPEG")
        networks.clear()
        gc.collect()
        return sketches

    def _enlarge(self, bundle: Bundle, painting: Image.Image, size: tuple[int, int]) -> Image.Image:
        sizes = [size]
        while max(sizes[0]) > 2 * max(painting.size):
            sizes.insert(0, (sizes[0][0] // 2, sizes[0][1] // 2))
        network = partial(self._make(bundle, self._threads), mix=bundle.mix)
        for larger in sizes if max(size) > max(painting.size) else []:
            painting = keep_tones(painting, network(resize(painting, larger)))
        del network
        gc.collect()
        return resize(painting, size)


def _at_own_size(
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
