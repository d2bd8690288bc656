"""Films as they are read: frames and sound in the order of the file, in the memory of a few frames."""

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, NamedTuple

from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.film.library import load_av
from tf_cyclegan.film.upright import as_picture, turned_size
from tf_cyclegan.settings.limits import MAX_PIXELS

_MILLISECOND = Fraction(1, 1000)
_STREAM = "standard input"
# A film whose last packet is this much before its end, in seconds, has lost a part.
_MISSING = 1.0


class Frame(NamedTuple):
    """A frame of a film.

    Attributes:
        picture: RGB, upright; its pixels may not be square.
        size: width and height as it is seen.
        time: when it is shown, in the film's `time_base`, counted from the first moment that is read.
        duration: in the same unit; 0 where not known.
    """

    picture: Image.Image
    size: tuple[int, int]
    time: int
    duration: int


class Sound(NamedTuple):
    """A packet of sound; its times are those of the file less `offset` seconds."""

    packet: Any
    offset: Fraction


class Film:
    """A film that is open, whatever FFmpeg reads.

    Args:
        file: binary; a pipe will do, if the film need not be read from a later moment.
        name: what to call it in messages.

    Attributes:
        time_base: unit of its times, in seconds.
        rate: frames per second, on average.
        seconds: how long it is; None where the file does not say.
        sound: its first stream of sound, or None.

    Raises:
        UserError: it is no film.
    """

    def __init__(self, file: IO[bytes], name: str):
        self._av, self.faults = load_av(), 0
        self.broken_off = False
        try:
            # A playlist must not lead to other files or into the net.
            self._container = self._av.open(file, options={"protocol_whitelist": ""}, metadata_errors="ignore")
        except (self._av.FFmpegError, OSError, ValueError) as error:
            raise UserError(f"{name}: no film, or a damaged one") from error
        # Without an end of their own, JPEGs in sequence look like one.
        if self._container.format.name.endswith("_pipe") and not name.endswith((".mjpeg", ".mjpg", _STREAM)):
            raise UserError(f"{name}: a picture, no film; paintings of pictures are written as .jpg or .png")
        pictures = [stream for stream in self._container.streams.video if not _is_cover(stream)]
        if not pictures:
            raise UserError(f"{name}: has no pictures, only sound or covers")
        self._video = pictures[0]
        self._video.thread_type = "AUTO"
        context = self._video.codec_context
        if context is None:
            raise UserError(f"{name}: its pictures are in a format that FFmpeg does not know")
        if context.width * context.height > MAX_PIXELS:
            raise UserError(f"{name}: frames of {context.width}×{context.height} pixels are too large")
        self.time_base = self._video.time_base
        self.rate = self._video.average_rate or self._video.guessed_rate or Fraction(25)
        self.sound = next((stream for stream in self._container.streams.audio if stream.codec_context), None)
        self.seconds = self._length()
        self.metadata = dict(self._container.metadata)

    def close(self) -> None:
        self._container.close()

    def read(self, start: float = 0, end: float | None = None) -> Iterator[Frame | Sound]:
        """Frames and sound, in the order of the file.

        Packets that cannot be decoded are counted in `faults`; where the file ends before its end, `broken_off` is set.

        Args:
            start: the first moment, in seconds.
            end: the moment where reading ends; None: that of the film.
        """
        offset = (self._video.start_time or 0) * self.time_base + _exact(start)
        if start:
            with contextlib.suppress(self._av.FFmpegError):  # Then everything before is read and dropped.
                self._container.seek(int(offset * 1_000_000))
        last, length = -1, None if end is None else _exact(end - start)
        for item in self._decoded():
            if isinstance(item, self._av.Packet):
                time = item.pts * item.time_base - offset
                # Before the beginning of a whole film there may be sound that only sets the decoder going.
                if (not start or time + _length_of(item) > 0) and (length is None or time < length):
                    yield Sound(item, offset)
                continue
            time = round(((item.pts * item.time_base) - offset) / self.time_base)
            if length is not None and time * self.time_base >= length:
                return
            if time > last and time >= 0:
                last = time
                yield Frame(as_picture(item), turned_size(item, self._aspect), time, item.duration or 0)

    @property
    def _aspect(self) -> float:
        return float(self._video.sample_aspect_ratio or 1) or 1.0

    def _length(self) -> float | None:
        if self._container.duration:
            return self._container.duration / 1_000_000
        return float(self._video.duration * self._video.time_base) if self._video.duration else None

    def _decoded(self) -> Iterator[Any]:
        """Frames, and packets of sound."""
        straighten, ahead, reached = None, 0, Fraction(0)
        for packet in self._packets():
            if packet.pts is not None:
                reached = max(reached, packet.pts * packet.time_base)
            if self.sound and packet.stream_index == self.sound.index:
                if packet.pts is not None and packet.dts is not None:
                    yield packet
                continue
            for frame in self._decode(packet):
                if frame.pts is None:  # Some old files have no times.
                    frame.pts, frame.time_base = ahead, self.time_base
                ahead = frame.pts + max(1, round(1 / self.rate / self.time_base))
                if straighten is None and frame.interlaced_frame:
                    straighten = self._deinterlacer()
                yield from straighten(frame) if straighten else (frame,)
        if straighten:
            yield from straighten(None)
        self.broken_off |= self.seconds is not None and reached < self.seconds - _MISSING

    def _packets(self) -> Iterator[Any]:
        streams = [self._video, *([self.sound] if self.sound else [])]
        packets = self._container.demux(streams)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except self._av.FFmpegError:
                self.broken_off = True
                return
            yield packet

    def _decode(self, packet: Any) -> list[Any]:
        try:
            return packet.decode()
        except self._av.FFmpegError:
            self.faults += 1
            return []

    def _deinterlacer(self) -> Any:
        graph = self._av.filter.Graph()
        source = graph.add_buffer(template=self._video)
        graph.link_nodes(source, graph.add("bwdif", "mode=send_frame:deint=interlaced"), graph.add("buffersink"))
        graph.configure()

        def straighten(frame: Any) -> Iterator[Any]:
            graph.push(frame)
            while True:
                try:
                    yield graph.pull()
                except (BlockingIOError, EOFError):
                    return

        return straighten


class Animation:
    """An animated WebP, which FFmpeg does not read; everything as in `Film`."""

    sound, broken_off, faults = None, False, 0
    time_base = _MILLISECOND

    def __init__(self, file: IO[bytes], name: str):
        self.metadata: dict[str, str] = {}
        try:
            self._picture = Image.open(file, formats=("WEBP",))
        except (OSError, ValueError, SyntaxError) as error:
            raise UserError(f"{name}: no film, or a damaged one") from error
        self.seconds, self.rate, self.count = None, Fraction(25), getattr(self._picture, "n_frames", 1)

    def close(self) -> None:
        self._picture.close()

    def read(self, start: float = 0, end: float | None = None) -> Iterator[Frame]:
        time = 0
        for number in range(self.count):
            try:
                self._picture.seek(number)
                picture = self._picture.convert("RGBA")
            except (OSError, EOFError, ValueError):
                self.broken_off = True
                return
            duration = int(self._picture.info.get("duration") or 100)
            if end is not None and time >= end * 1000:
                return
            if time >= start * 1000:
                white = Image.new("RGBA", picture.size, "white")
                shown = Image.alpha_composite(white, picture).convert("RGB")
                yield Frame(shown, shown.size, time - int(start * 1000), duration)
            time += duration


@contextlib.contextmanager
def open_film(source: str | Path | IO[bytes]) -> Iterator[Film | Animation]:
    """Opens a film, or a stream of one.

    Raises:
        UserError: it cannot be read, or is no film.
    """
    with contextlib.ExitStack() as stack:
        if isinstance(source, str | Path):
            name = str(source)
            try:
                file: Any = stack.enter_context(Path(source).open("rb"))
            except OSError as error:
                raise UserError(f"{name}: cannot be read ({error.strerror or error})") from error
            head = file.read(12)
            file.seek(0)
            kind = Animation if head[:4] == b"RIFF" and head[8:] == b"WEBP" else Film
        else:
            name, file, kind = _STREAM, _Pipe(source), Film
        film = kind(file, name)
        stack.callback(film.close)
        yield film


class _Pipe:
    """A stream that gives what is there, so that a live film is not held up until a block is full."""

    def __init__(self, stream: IO[bytes]):
        self.read = getattr(stream, "read1", stream.read)


def _length_of(packet: Any) -> Fraction:
    return (packet.duration or 0) * packet.time_base


def _exact(seconds: float) -> Fraction:
    return Fraction(seconds).limit_denominator(1_000_000)


def _is_cover(stream: Any) -> bool:
    return bool(stream.disposition & stream.disposition.attached_pic)
