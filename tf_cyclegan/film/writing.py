"""Films as they are written: each picture as it comes, the sound with it, and in memory only what an encoder holds."""

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.film.library import load_av
from tf_cyclegan.film.reading import Sound


class Form(NamedTuple):
    """How a kind of film is written.

    Attributes:
        container, codec, pixels: as FFmpeg calls them.
        options: of the codec.
        sounds: codecs of sound that are kept as they are; None: all that the container takes.
        sound: the codec of any other sound; None: the film has no sound.
        unit: of its times, in seconds; None: that of the film that is painted.
    """

    container: str
    codec: str
    pixels: str
    options: dict[str, str]
    sounds: frozenset[str] | None = frozenset()
    sound: str | None = None
    unit: Fraction | None = None


_X264 = {"crf": "20", "preset": "medium"}
_VP9 = {"crf": "30", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"}
_PLAYED = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"})
FORMS = {
    ".mp4": Form("mp4", "libx264", "yuv420p", _X264, _PLAYED, "aac"),
    ".m4v": Form("mp4", "libx264", "yuv420p", _X264, _PLAYED, "aac"),
    ".mov": Form("mov", "libx264", "yuv420p", _X264, None, "aac"),
    ".mkv": Form("matroska", "libx264", "yuv420p", _X264, None, "aac"),
    ".webm": Form("webm", "libvpx-vp9", "yuv420p", _VP9, frozenset({"opus", "vorbis"}), "libopus"),
    ".gif": Form("gif", "gif", "pal8", {}, unit=Fraction(1, 100)),
    ".webp": Form("webp", "libwebp_anim", "yuv420p", {"quality": "85"}, unit=Fraction(1, 1000)),
    ".mjpeg": Form("mjpeg", "mjpeg", "yuvj420p", {"qmin": "2", "qmax": "2"}),
}
# More exact times than these are of no use, and some encoders refuse them.
_FINEST = Fraction(1, 90_000)


def form_of(out: str | Path) -> Form:
    """How a film of that name is written; `-`, standard output, is JPEGs one after the other.

    Raises:
        UserError: the ending is none of `FORMS`.
    """
    ending = ".mjpeg" if str(out) == "-" else Path(out).suffix.lower()
    if ending not in FORMS:
        raise UserError(f"{out}: a film is written as {', '.join(FORMS)}, or with - to standard output")
    return FORMS[ending]


class Writer:
    """Writes one film.

    Args:
        file: binary.
        form: how.
        size: width and height.
        film: what is painted; its sound goes along.
    """

    def __init__(self, file: IO[bytes], form: Form, size: tuple[int, int], film: Any):
        self._av, self._form = load_av(), form
        options = {"movflags": "+faststart"} if form.container in ("mp4", "mov") else {}
        if form.container in ("gif", "webp"):
            options = {"loop": "0"}
        self._container = self._av.open(file, "w", format=form.container, options=options)
        self._container.metadata.update({key: film.metadata[key] for key in ("title", "date") if key in film.metadata})
        self._film_unit = film.time_base
        self._unit = form.unit or max(film.time_base, _FINEST)
        self._video = self._container.add_stream(form.codec, rate=film.rate, options=form.options)
        self._video.width, self._video.height, self._video.pix_fmt = *size, form.pixels
        self._video.codec_context.time_base = self._unit
        if form.pixels == "yuv420p":
            # As films of today have it; without a mark, players guess by the size.
            context = self._video.codec_context
            context.colorspace = context.color_primaries = context.color_trc = 1
            context.color_range = 1
        self._palette = _Palette() if form.pixels == "pal8" else None
        self._sound, self._copied = self._add_sound(film.sound)
        self._last = -1

    def add(self, picture: Image.Image, time: int, duration: int) -> None:
        """Adds a frame; its times are in the film's unit. One that would be shown for no time at all is left out."""
        scale = self._film_unit / self._unit
        time = round(time * scale)
        if time <= self._last:
            return
        self._last = time
        if self._palette:
            frame = self._av.VideoFrame.from_ndarray(self._palette.applied(picture), format="pal8")
        else:
            frame = self._av.VideoFrame.from_image(picture).reformat(
                format=self._form.pixels,
                dst_colorspace="itu709" if self._form.pixels == "yuv420p" else None,
            )
        frame.pts, frame.time_base, frame.duration = time, self._unit, round(duration * scale)
        self._container.mux(self._video.encode(frame))

    def add_sound(self, sound: Sound) -> None:
        """Adds a packet of sound."""
        if self._sound is None:
            return
        packet = sound.packet
        offset = round(sound.offset / packet.time_base)
        if self._copied:
            packet.pts, packet.dts, packet.stream = packet.pts - offset, packet.dts - offset, self._sound
            self._container.mux(packet)
            return
        with contextlib.suppress(self._av.error.InvalidDataError):  # A gap is all that a damaged packet leaves.
            for frame in packet.decode():
                frame.pts = None if frame.pts is None else frame.pts - round(sound.offset / frame.time_base)
                self._container.mux(self._sound.encode(frame))

    def close(self) -> None:
        """Writes what the encoders still hold, and the end of the file."""
        self._container.mux(self._video.encode())
        if self._sound is not None and not self._copied:
            self._container.mux(self._sound.encode())
        self._container.close()

    def _add_sound(self, stream: Any) -> tuple[Any, bool]:
        form = self._form
        if stream is None or form.sound is None:
            return None, False
        name = stream.codec_context.name
        if name in (self._container.supported_codecs if form.sounds is None else form.sounds):
            return self._container.add_stream_from_template(stream), True
        rate = 48_000 if form.sound == "libopus" else stream.codec_context.sample_rate
        return self._container.add_stream(form.sound, rate=rate, layout=stream.codec_context.layout.name), False


class _Palette:
    """The 256 colours of a GIF's frames: the same as long as they suit, so that what stands still does not flicker."""

    # Pictures that are this much further from their colours than the first one was, in levels, get new ones.
    _WORSE = 2.0

    def __init__(self) -> None:
        self._colours: Image.Image | None = None
        self._usual = 0.0

    def applied(self, picture: Image.Image) -> tuple[np.ndarray, np.ndarray]:
        """A frame as numbers of colours, and the colours as ARGB `(256, 4)`."""
        if self._colours is not None:
            reduced = picture.quantize(palette=self._colours, dither=Image.Dither.NONE)
            if _distance(picture, reduced) <= self._usual + self._WORSE:
                return np.asarray(reduced), _argb(reduced)
        self._colours = picture.quantize(256, method=Image.Quantize.MEDIANCUT)
        reduced = picture.quantize(palette=self._colours, dither=Image.Dither.NONE)
        self._usual = _distance(picture, reduced)
        return np.asarray(reduced), _argb(reduced)


def _distance(picture: Image.Image, reduced: Image.Image) -> float:
    levels = (np.asarray(each.convert("RGB").reduce(2), np.int16) for each in (picture, reduced))
    return float(np.abs(np.subtract(*levels)).mean())


def _argb(reduced: Image.Image) -> np.ndarray:
    colours = np.array(reduced.getpalette("RGB"), np.uint8).reshape(-1, 3)
    argb = np.full((256, 4), 255, np.uint8)
    argb[: len(colours), 1:] = colours
    return argb


@contextlib.contextmanager
def guarded_writing(out: str | Path) -> Iterator[None]:
    """What FFmpeg raises while it writes, as a line that names the file."""
    try:
        yield
    except load_av().FFmpegError as error:
        if isinstance(error, OSError):
            raise  # A full disk, or a reader that has gone: whoever opened the file says so.
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
