"""A short film that repeats: a line moves over the picture, and the photograph becomes the painting."""

import importlib.util
import io
import math
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tf_cyclegan.errors import UserError

SECONDS, FRAMES_A_SECOND = 3.2, 15
GIF_SIDE, MP4_SIDE = 540, 1080
_COLOURS = 128
_LINE = (255, 250, 240)


def places(count: int) -> list[float]:
    """Where the line is in each of `count` frames, 0 left and 1 right: it rests at both ends, and ends as it began."""
    waves = [0.5 - 0.62 * math.cos(2 * math.pi * (i + 0.5) / count) for i in range(count)]
    return [min(1.0, max(0.0, place)) for place in waves]


def wipe_gif(photo: Image.Image, painting: Image.Image) -> bytes:
    """A GIF with a longer side of at most 540 pixels that repeats for ever.

    All frames have one palette, so that from one frame to the next only the strip that the line has crossed is stored.

    Args:
        photo: RGB, left of the line.
        painting: RGB, of the same size, right of it.
    """
    photo, painting = _fitted(photo, painting, GIF_SIDE, 1)
    both = Image.new("RGB", (photo.width, 2 * photo.height))
    both.paste(photo, (0, 0))
    both.paste(painting, (0, photo.height))
    found = both.quantize(_COLOURS, Image.Quantize.MEDIANCUT).getpalette() or []
    colours = [*_LINE, *found[: 3 * _COLOURS]]
    table = Image.new("P", (1, 1))
    table.putpalette(colours)
    left, right = (np.asarray(p.quantize(palette=table, dither=Image.Dither.NONE)) for p in (photo, painting))
    frames = []
    for pixels in _frames(left, right, np.uint8(0)):
        frame = Image.frombytes("P", photo.size, pixels.tobytes())
        frame.putpalette(colours)
        frames.append(frame)
    file = io.BytesIO()
    # GIFs count in hundredths of a second.
    pause = round(100 / FRAMES_A_SECOND) * 10
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=pause, loop=0, optimize=False)
    return file.getvalue()


def has_mp4() -> bool:
    """Whether this machine can write MP4 films."""
    return importlib.util.find_spec("av") is not None


def wipe_mp4(photo: Image.Image, painting: Image.Image) -> bytes:
    """An MP4 (H.264, no sound) with a longer side of at most 1080 pixels, which any phone plays.

    Args:
        photo: RGB, left of the line.
        painting: RGB, of the same size, right of it.

    Raises:
        UserError: the package `av` is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise UserError("MP4 needs the package `av`: pip install av") from error
    photo, painting = _fitted(photo, painting, MP4_SIDE, 2)
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=2 * FRAMES_A_SECOND, options={"crf": "21", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = photo.width, photo.height, "yuv420p"
        stream.thread_count = 2
        for pixels in _frames(np.asarray(photo), np.asarray(painting), np.array(_LINE, np.uint8), rate=2):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        film.mux(stream.encode(None))
    return file.getvalue()


def _fitted(photo: Image.Image, painting: Image.Image, side: int, multiple: int) -> tuple[Image.Image, Image.Image]:
    """Both with a longer side of at most `side`, width and height multiples of `multiple`; at least 16 pixels."""
    scale = min(1, side / max(photo.size))
    width, height = (max(16, round(length * scale / multiple) * multiple) for length in photo.size)
    one, other = (picture.resize((width, height), Image.Resampling.LANCZOS) for picture in (photo, painting))
    return one, other


def _frames(left: np.ndarray, right: np.ndarray, line: np.ndarray | np.uint8, rate: int = 1) -> Iterator[np.ndarray]:
    """The frames, arrays as the two are; the line is `line`."""
    width = left.shape[1]
    thick = max(2, width // 270)
    for place in places(round(SECONDS * FRAMES_A_SECOND) * rate):
        at = round(place * width)
        frame = np.concatenate([left[:, :at], right[:, at:]], axis=1)
        if 0 < at < width:
            frame[:, max(0, at - thick // 2) : at - thick // 2 + thick] = line
        yield frame
