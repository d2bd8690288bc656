"""A film → a painted film."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from PIL import Image

from tf_cyclegan.disk.paths import check_apart, check_not_read
from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.film.clock import write_time
from tf_cyclegan.film.reading import Frame, Sound, open_film
from tf_cyclegan.film.steady import SteadyPainter
from tf_cyclegan.film.stop import Stop
from tf_cyclegan.film.upright import fitted_size
from tf_cyclegan.film.writing import Form, Writer, form_of, guarded_writing
from tf_cyclegan.stylize.files import paint
from tf_cyclegan.stylize.finish import finish
from tf_cyclegan.stylize.look import Look
from tf_cyclegan.stylize.stylizer import Stylizer


@dataclass(frozen=True)
class Cut:
    """Which part of a film is painted, and the mixture of periods at its beginning and its end.

    Attributes:
        start: first moment, in seconds.
        end: last moment; None: that of the film.
        mixes: shares of the periods at both ends, each `(periods,)`; None: those of the style all through.

    Raises:
        UserError: the end is not after the start.
    """

    start: float = 0
    end: float | None = None
    mixes: tuple[list[float], list[float]] | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise UserError(f"--to {write_time(self.end)}: must be after --from {write_time(self.start)}")


@dataclass
class Painted:
    """What has become of a film.

    Attributes:
        frames: how many were painted.
        seconds: how long the result is.
        stopped: whether Ctrl-C ended it.
        broken_off: whether the file ended before the film did.
        faults: packets of pictures that could not be decoded.
    """

    frames: int = 0
    seconds: float = 0
    stopped: bool = False
    broken_off: bool = False
    faults: int = 0


def paint_film(
    stylizer: Stylizer,
    source: str | Path | IO[bytes],
    out: str | Path,
    look: Look = Look(),
    *,
    cut: Cut = Cut(),
    bar: Callable[..., Any] = lambda frames, **_: frames,
) -> Painted:
    """A film → the painted film, with its sound; it takes the memory of a few frames, however long it is.

    Frames are painted by a `SteadyPainter`. Times stay as they are, so a film of variable frame rate keeps it. The
    first Ctrl-C ends the film after the frame at hand: what was painted so far is the result.

    Args:
        stylizer: to use.
        source: a file, or a binary stream such as `sys.stdin.buffer`.
        out: the file to make, of an ending in `writing.FORMS`; or "-": JPEGs one after the other to standard output.
        look: how frames are painted; `square` is not used.
        cut: which part.
        bar: is called with the frames and how many there are (`total`, None if not known), to show progress.

    Raises:
        UserError: the film cannot be read, has no frame in that part, or the result cannot be written or is what is
            read.
    """
    form = form_of(out)
    _check_places(stylizer, source, out)
    with open_film(source) as film:
        if film.seconds is not None and cut.start >= film.seconds:
            raise UserError(f"{source}: ends at {write_time(film.seconds)}, before --from {write_time(cut.start)}")
        with Stop() as stop, _open_sink(out) as sink, guarded_writing(out):
            done = _Work(stylizer, film, form, look, cut).run(sink, stop, bar)
            if not done.frames:
                _refuse(source, film, stop)
    return done


class _Work:
    """One film while it is painted."""

    def __init__(self, stylizer: Stylizer, film: Any, form: Form, look: Look, cut: Cut):
        self._stylizer, self._film, self._form, self._look, self._cut = stylizer, film, form, look, cut
        self._end = film.seconds if cut.end is None else min(cut.end, film.seconds or cut.end)
        # Strength and colours are of the frame, and do not stay.
        only_painted = replace(look, max_side=None, strength=100, keep_colours=False, square=None)
        self._painter = SteadyPainter(lambda photo: paint(stylizer, photo, only_painted))
        self._writer: Writer | None = None
        self._waiting: list[Sound] = []
        self._size = (0, 0)

    def run(self, sink: IO[bytes], stop: Stop, bar: Callable[..., Any]) -> Painted:
        done = Painted()
        for frame in bar(self._frames(stop), total=self._count()):
            self._add(frame, sink)
            done.frames += 1
            done.seconds = float((frame.time + frame.duration) * self._film.time_base)
        if self._writer:
            self._writer.close()
        done.stopped, done.broken_off, done.faults = stop.asked, self._film.broken_off, self._film.faults
        return done

    def _frames(self, stop: Stop) -> Iterator[Frame]:
        """The frames; sound on the way to them goes into the film."""
        for item in self._film.read(self._cut.start, self._cut.end):
            if stop.asked:
                return
            if isinstance(item, Frame):
                yield item
            elif self._writer:
                self._writer.add_sound(item)
            else:  # It belongs next to the first frame.
                self._waiting.append(item)

    def _add(self, frame: Frame, sink: IO[bytes]) -> None:
        if not self._writer:
            even = self._form.pixels != "pal8"
            self._size = fitted_size(frame.size, self._look.max_side, even=even)
            self._writer = Writer(sink, self._form, self._size, self._film)
            for sound in self._waiting:
                self._writer.add_sound(sound)
            self._waiting.clear()
        photo = frame.picture
        if photo.size != self._size:
            photo = photo.resize(self._size, Image.Resampling.LANCZOS)
        self._writer.add(self._painted(photo, frame.time), frame.time, frame.duration)

    def _painted(self, photo: Image.Image, time: int) -> Image.Image:
        look = self._look
        if look.strength == 0:
            return photo
        painting = self._painter(photo, self._set_mix(float(time * self._film.time_base)))
        if look.strength == 100 and not look.keep_colours:
            return painting
        return finish(photo, painting, look.strength, look.keep_colours)

    def _set_mix(self, seconds: float) -> bool:
        """Sets the mixture of that moment; whether it is another one than before."""
        if not self._cut.mixes:
            return False
        length = (self._end or 0) - self._cut.start
        share = min(1.0, seconds / length) if length > 0 else 0.0
        before = self._stylizer.mix
        self._stylizer.mix = [one + (other - one) * share for one, other in zip(*self._cut.mixes, strict=True)]
        return before != self._stylizer.mix

    def _count(self) -> int | None:
        """About how many frames there are; only a film that says how long it is, is known."""
        if isinstance(known := getattr(self._film, "count", None), int):
            return known
        return round((self._end - self._cut.start) * float(self._film.rate)) if self._end else None


def _refuse(source: Any, film: Any, stop: Stop) -> None:
    """Nothing was painted: says why."""
    if stop.asked:
        raise KeyboardInterrupt
    what = "damaged: none of its frames can be decoded" if film.faults or film.broken_off else "has no frames there"
    raise UserError(f"{source if isinstance(source, str | Path) else 'standard input'}: {what}")


def _check_places(stylizer: Stylizer, source: Any, out: str | Path) -> None:
    if str(out) == "-":
        return
    style = {"--style": stylizer.bundle.folder} if isinstance(stylizer, Stylizer) else {}
    if isinstance(source, str | Path):
        check_apart({"--out": out}, {"the film": source, **style})
        return
    check_apart({"--out": out}, style)
    check_not_read("--out", out, source)


@contextmanager
def _open_sink(out: str | Path) -> Iterator[IO[bytes]]:
    if str(out) != "-":
        with replacing(out) as partial, partial.open("wb+") as file:
            yield file
        return
    try:
        yield _Unseekable(sys.stdout.buffer)  # type: ignore[misc]
    except BrokenPipeError as error:
        # Python would try to write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UserError("standard output was closed; its reader has ended") from error


class _Unseekable:
    """Standard output, each frame of which goes out at once."""

    def __init__(self, stream: IO[bytes]):
        self._stream = stream

    def write(self, data: bytes) -> int:
        count = self._stream.write(data)
        self._stream.flush()
        return count
