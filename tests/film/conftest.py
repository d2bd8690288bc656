"""Small films that the tests make."""

from collections import namedtuple
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from tests.conftest import make_picture

Shown = namedtuple("Shown", "picture time")


def levels(picture):
    return np.asarray(picture.convert("RGB"), np.int16)


def make_film(
    path, pictures, times=None, *, sound=False, rotation=0, codec="libx264", pixels="yuv420p", unit=25, **more
):
    """Writes pictures, shown at times in units of 1/`unit` second, and a tone of the same length."""
    options = {"crf": "10"} if "264" in codec else {}
    times = list(range(len(pictures))) if times is None else times
    with av.open(path, "w", **more) as file:
        video = file.add_stream(codec, rate=25, options=options)
        video.width, video.height, video.pix_fmt = *pictures[0].size, pixels
        video.codec_context.time_base = Fraction(1, unit)
        if rotation:
            video.set_display_rotation(rotation)
        tone = file.add_stream("aac", rate=44100, layout="mono") if sound else None
        for picture, time in zip(pictures, times, strict=True):
            frame = av.VideoFrame.from_image(picture).reformat(format=pixels)
            frame.pts, frame.time_base = time, Fraction(1, unit)
            file.mux(video.encode(frame))
        if tone:
            count = int(44100 * (max(times) + 1) / unit)
            wave = av.AudioFrame.from_ndarray(
                (np.sin(np.arange(count) / 9) * 9000).astype(np.int16)[None], "s16", "mono"
            )
            wave.rate, wave.pts = 44100, 0
            file.mux(tone.encode(wave))
            file.mux(tone.encode())
        file.mux(video.encode())
    return path


def read_film(path):
    """Its frames, with their times in seconds from the first one."""
    if str(path).endswith(".webp"):
        with Image.open(path) as film:
            return [
                Shown((film.seek(i), film.convert("RGB"))[1], film.info.get("timestamp", 0) / 1000)
                for i in range(film.n_frames)
            ]
    with av.open(path) as film:
        frames = list(film.decode(video=0))
        return [Shown(frame.to_image(), float(frame.time - frames[0].time)) for frame in frames]


@pytest.fixture(scope="session")
def shots():
    """Six pictures, three of each of two scenes."""
    return [make_picture(seed // 3, 64, 48) for seed in range(6)]


@pytest.fixture(scope="session")
def film(tmp_path_factory, shots):
    """An .mp4 of six frames with sound; not to be changed."""
    return make_film(tmp_path_factory.mktemp("films") / "film.mp4", shots, sound=True)
