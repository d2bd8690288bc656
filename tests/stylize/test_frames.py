import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.frames import split_frames


def encode(picture, kind="JPEG", **settings):
    data = io.BytesIO()
    picture.save(data, kind, **settings)
    return data.getvalue()


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8))
FRAMES = [
    encode(make_picture(1)),
    encode(NOISE, quality=98),
    encode(NOISE, progressive=True, restart_marker_blocks=2),
    encode(make_picture(2), "PNG"),
    encode(make_picture(3), comment=b"\xff\xd9 no end \xff\xd8", exif=b"Exif\0\0" + encode(make_picture(4))),
]


class Trickle(io.RawIOBase):
    """Gives a few bytes at a time, like a pipe."""

    def __init__(self, data, count):
        self._data, self._count = io.BytesIO(data), count

    def read(self, size=-1):
        return self._data.read(min(size, self._count))


@settings(deadline=None)
@given(frames=st.lists(st.sampled_from(FRAMES), max_size=5), count=st.integers(1, 5000))
def test_frames_come_out_as_they_went_in(frames, count):
    assert list(split_frames(Trickle(b"".join(frames), count))) == frames
    assert list(split_frames(io.BytesIO(b"".join(frames)))) == frames


@pytest.mark.parametrize("frame", FRAMES)
def test_a_stream_that_ends_within_a_frame_is_reported(frame):
    found = split_frames(io.BytesIO(FRAMES[0] + frame[:-1]))
    assert next(found) == FRAMES[0]
    with pytest.raises(UserError, match="after 1 frames: the stream ends within a frame"):
        next(found)


def test_what_is_no_frame_is_reported_after_the_good_ones():
    found = split_frames(io.BytesIO(FRAMES[3] + FRAMES[0] + b"text"))
    assert [next(found), next(found)] == [FRAMES[3], FRAMES[0]]
    with pytest.raises(UserError, match="after 2 frames: neither JPEG nor PNG; frames are"):
        next(found)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_junk_is_frames_or_a_user_error(data):
    try:
        list(split_frames(io.BytesIO(b"\xff\xd8" + data)))
    except UserError as error:
        assert "frames" in str(error)


def test_a_frame_without_end_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("tf_cyclegan.stylize.frames.MAX_BYTES", 1000)
    with pytest.raises(UserError, match="a frame of more than"):
        list(split_frames(io.BytesIO(b"\xff\xd8" + bytes(5000))))


def test_a_frame_is_given_before_the_next_one_arrives():
    class Camera(io.RawIOBase):
        blocks = iter([FRAMES[0]])

        def read(self, size=-1):
            return next(self.blocks)

    assert next(split_frames(Camera())) == FRAMES[0]
