"""Films in, films out."""

import builtins
import io
import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.conftest import make_picture, negative
from tests.film.conftest import levels, make_film, read_film
from tf_cyclegan.errors import UserError
from tf_cyclegan.film.painting import Cut, paint_film
from tf_cyclegan.film.writing import FORMS
from tf_cyclegan.stylize.look import Look

ROOT = Path(__file__).resolve().parents[2]
NEAR = 12


def painted(source, out, **more):
    return paint_film(negative, source, out, **more)


def check_is_negative(shown, pictures, near=NEAR):
    assert len(shown) == len(pictures)
    for frame, picture in zip(shown, pictures, strict=True):
        assert frame.picture.size == picture.size
        assert np.abs(levels(frame.picture) + levels(picture) - 255).mean() < near


@pytest.mark.parametrize("ending", sorted(FORMS))
def test_every_form_is_written(film, shots, tmp_path, ending):
    done = painted(film, tmp_path / f"out{ending}")
    assert (done.frames, done.stopped, done.broken_off, done.faults) == (6, False, False, 0)
    # A WebP holds what does not change as one frame.
    check_is_negative(read_film(tmp_path / f"out{ending}"), shots[::3] if ending == ".webp" else shots)
    assert [path.name for path in tmp_path.iterdir()] == [f"out{ending}"]


@pytest.mark.parametrize(("ending", "codec"), [(".mp4", "aac"), (".mkv", "aac"), (".webm", "opus"), (".gif", None)])
def test_sound_goes_along(film, tmp_path, ending, codec):
    painted(film, tmp_path / f"out{ending}")
    with av.open(film) as before, av.open(tmp_path / f"out{ending}") as after:
        sounds = [stream.codec_context.name for stream in after.streams.audio]
        assert sounds == ([codec] if codec else [])
        if codec == "aac":  # As it was, bit for bit.
            packets = [[bytes(p) for p in file.demux(audio=0) if p.size] for file in (before, after)]
            assert packets[0] == packets[1]
        elif codec:
            frames = list(after.decode(audio=0))
            assert sum(f.samples for f in frames) / frames[0].sample_rate == pytest.approx(0.24, abs=0.08)


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webp", ".gif"])
def test_a_variable_frame_rate_is_kept(tmp_path, ending):
    times = [0, 40, 80, 400, 410, 900]
    source = make_film(tmp_path / "in.mkv", [make_picture(seed, 64, 48) for seed in range(6)], times, unit=1000)
    painted(source, tmp_path / f"out{ending}")
    found = read_film(tmp_path / f"out{ending}")
    assert [frame.time for frame in found] == pytest.approx([time / 1000 for time in times], abs=0.002)


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_a_film_that_lies_on_its_side_is_stood_up(tmp_path, rotation):
    picture = make_picture(3, 64, 48)
    source = make_film(tmp_path / "in.mp4", [picture] * 2, rotation=rotation)
    painted(source, tmp_path / "out.mp4")
    with av.open(tmp_path / "out.mp4") as file:
        assert next(file.decode(video=0)).rotation == 0
    # FFmpeg's rotation is counter-clockwise, as Pillow's is.
    check_is_negative(read_film(tmp_path / "out.mp4"), [picture.rotate(rotation, expand=True)] * 2)


def test_a_part_is_painted_with_its_sound(tmp_path):
    pictures = [make_picture(seed // 10, 64, 48) for seed in range(50)]
    source = make_film(tmp_path / "in.mp4", pictures, sound=True)
    painted(source, tmp_path / "out.mp4", cut=Cut(0.8, 1.2))
    check_is_negative(read_film(tmp_path / "out.mp4"), pictures[20:30])
    with av.open(tmp_path / "out.mp4") as file:
        sound = [p for p in file.demux(audio=0) if p.size]
        assert sum(p.duration * p.time_base for p in sound) == pytest.approx(0.4, abs=0.05)
        assert float(sound[0].pts * sound[0].time_base) == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize(
    ("codec", "pixels", "name"),
    [
        ("libx264", "yuv420p10le", "ten bits.mkv"),
        ("ffv1", "bgra", "alpha.mkv"),
        ("ffv1", "gray", "grey.mkv"),
        ("libx264", "yuv444p", "odd.mkv"),
        ("mpeg4", "yuv420p", "old.avi"),
    ],
)
def test_other_kinds_of_film_are_read(tmp_path, codec, pixels, name):
    size = (65, 47) if name == "odd.mkv" else (64, 48)
    picture = make_picture(1, *size)
    expected = picture.convert("L").convert("RGB") if pixels == "gray" else picture
    painted(make_film(tmp_path / name, [picture] * 3, codec=codec, pixels=pixels), tmp_path / "out.mp4")
    if name == "odd.mkv":
        expected = expected.resize((66, 48))
    check_is_negative(read_film(tmp_path / "out.mp4"), [expected] * 3)


def test_colours_stay(tmp_path):
    colours = [(200, 30, 30), (30, 180, 40), (40, 50, 210), (255, 255, 255), (0, 0, 0), (120, 120, 120)]
    for colour in colours:
        picture = Image.new("RGB", (64, 48), colour)
        source = tmp_path / "in.gif"
        picture.save(source, save_all=True, append_images=[negative(picture)], duration=100)
        painted(source, tmp_path / "out.mp4")
        found = levels(read_film(tmp_path / "out.mp4")[0].picture)[20:28, 20:28].mean((0, 1))
        assert np.abs(found + colour - 255).max() < 6


def test_a_transparent_animation_is_painted_on_white(tmp_path):
    clear = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    clear.paste((200, 30, 30, 255), (10, 10, 30, 30))
    clear.save(tmp_path / "in.gif", save_all=True, append_images=[clear.rotate(180)], duration=[70, 130], disposal=2)
    done = painted(tmp_path / "in.gif", tmp_path / "out.mp4")
    first, second = read_film(tmp_path / "out.mp4")
    assert (done.frames, second.time) == (2, pytest.approx(0.07, abs=0.002))
    assert levels(first.picture)[40:, 40:].mean() < 8


def test_an_animated_webp_is_a_film(tmp_path):
    pictures = [make_picture(seed, 65, 47) for seed in range(3)]
    pictures[0].save(
        tmp_path / "in.webp", save_all=True, append_images=pictures[1:], duration=[70, 130, 90], quality=95
    )
    painted(tmp_path / "in.webp", tmp_path / "out.gif")
    found = read_film(tmp_path / "out.gif")
    check_is_negative(found, pictures)
    assert [frame.time for frame in found] == pytest.approx([0, 0.07, 0.2])
    painted(tmp_path / "in.webp", tmp_path / "part.gif", cut=Cut(0.07, 0.2))
    check_is_negative(read_film(tmp_path / "part.gif"), pictures[1:2])


def test_the_longer_side_is_at_most_what_is_asked_for(film, tmp_path):
    painted(film, tmp_path / "out.mp4", look=Look(max_side=32))
    assert read_film(tmp_path / "out.mp4")[0].picture.size == (32, 24)


def test_strength_0_leaves_the_film(film, shots, tmp_path):
    painted(film, tmp_path / "out.mp4", look=Look(strength=0))
    for frame, picture in zip(read_film(tmp_path / "out.mp4"), shots, strict=True):
        assert np.abs(levels(frame.picture) - levels(picture)).mean() < NEAR


def test_the_mixture_changes_steadily(film, tmp_path):
    seen = []

    class Mixed:
        mix = None

        def __call__(self, picture):
            seen.append(tuple(self.mix))
            return picture

    paint_film(Mixed(), film, tmp_path / "out.mp4", cut=Cut(0, 0.24, mixes=([1, 0], [0, 1])))
    first, *_, last = sorted(set(seen), reverse=True)
    assert first == (1, 0)
    assert last == pytest.approx((1 / 6, 5 / 6))
    assert len(set(seen)) == 6


def cut_off(path, film):
    path.write_bytes(film.read_bytes()[:-200])


def sound_alone(path, film):
    with av.open(path, "w", format="mp4") as file:
        tone = file.add_stream("aac", rate=44100, layout="mono")
        wave = av.AudioFrame.from_ndarray(np.zeros((1, 4410), np.int16), "s16", "mono")
        wave.rate = 44100
        file.mux(tone.encode(wave))
        file.mux(tone.encode())


def playlist(path, film):
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{film}\n#EXT-X-ENDLIST\n")


BAD = {
    "text": (lambda path, film: path.write_text("no film\n" * 99), "no film"),
    "empty": (lambda path, film: path.write_bytes(b""), "no film"),
    "cut off": (cut_off, "no film"),
    "sound alone": (sound_alone, "has no pictures"),
    "playlist of other files": (playlist, "no film|no pictures|no frames|damaged"),
    "tiny": (lambda path, film: make_film(path, [make_picture(1, 8, 8)] * 2, format="mp4"), "8×8 pixels"),
    "picture": (lambda path, film: make_picture(1).save(path, "JPEG"), "a picture, no film"),
    "folder": (lambda path, film: path.mkdir(), "cannot be read"),
    "none": (lambda path, film: None, "cannot be read"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_film_is_one_line_and_the_earlier_result_stays(film, tmp_path, what):
    make, message = BAD[what]
    make(tmp_path / "in.mp4", film)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "out.mp4").write_bytes(b"earlier")
    with pytest.raises(UserError, match=message) as caught:
        painted(tmp_path / "in.mp4", tmp_path / "out" / "out.mp4")
    assert "\n" not in str(caught.value)
    assert [(p.name, p.read_bytes()) for p in (tmp_path / "out").iterdir()] == [("out.mp4", b"earlier")]


def test_a_film_that_breaks_off_is_painted_up_to_there(tmp_path):
    pictures = [make_picture(seed // 10, 64, 48) for seed in range(60)]
    whole = make_film(tmp_path / "whole.mkv", pictures, sound=True)
    (tmp_path / "part.mkv").write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    done = painted(tmp_path / "part.mkv", tmp_path / "out.mp4")
    assert done.broken_off
    assert 5 < done.frames < 50
    assert len(read_film(tmp_path / "out.mp4")) == done.frames


def test_a_part_after_the_end_is_refused(film, tmp_path):
    with pytest.raises(UserError, match=r"ends at 0:00\.\d, before --from 0:09"):
        painted(film, tmp_path / "out.mp4", cut=Cut(9))
    with pytest.raises(UserError, match="must be after --from"):
        Cut(2, 1)


def test_a_film_is_not_written_onto_itself(film):
    before = film.read_bytes()
    with pytest.raises(UserError, match="is the same as the film"):
        painted(film, film)
    assert film.read_bytes() == before


def test_a_stream_of_jpegs_is_a_film(tmp_path):
    data = io.BytesIO()
    for seed in (1, 2):
        make_picture(seed).save(data, "JPEG", quality=95)
    painted(io.BytesIO(data.getvalue()), tmp_path / "out.mjpeg")
    check_is_negative(read_film(tmp_path / "out.mjpeg"), [make_picture(1), make_picture(2)])


def test_frames_are_not_written_onto_the_stream_they_come_from(tmp_path):
    film = tmp_path / "film.mjpeg"
    make_picture().save(film, "JPEG")
    with film.open("rb") as stream, pytest.raises(UserError, match="is the file that is read from"):
        painted(stream, film)


def test_ctrl_c_leaves_the_film_up_to_there(film, shots, tmp_path):
    def interrupted(frames, total):
        for number, frame in enumerate(frames):
            if number == 2:
                os.kill(os.getpid(), signal.SIGINT)
            yield frame

    before = signal.getsignal(signal.SIGINT)
    done = painted(film, tmp_path / "out.mp4", bar=interrupted)
    assert (done.stopped, done.frames) == (True, 3)
    check_is_negative(read_film(tmp_path / "out.mp4"), shots[:3])
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_before_the_first_frame_leaves_nothing(film, tmp_path):
    def interrupted(frames, total):
        os.kill(os.getpid(), signal.SIGINT)
        yield from frames

    with pytest.raises(KeyboardInterrupt):
        painted(film, tmp_path / "out.mp4", bar=interrupted)
    assert not list(tmp_path.iterdir())


def test_without_pyav_there_is_one_line(film, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.split(".")[0] == "av":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match=r"^films need PyAV"):
        painted(film, tmp_path / "out.mp4")


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files")
def test_a_full_disk_is_one_line(film, tmp_path):
    code = (
        "import resource as r, sys\nfrom tests.film.test_painting import painted\n"
        "from tf_cyclegan.errors import UserError\n"
        "r.setrlimit(r.RLIMIT_FSIZE, (300, 300))\n"
        "try: painted(*sys.argv[1:])\nexcept UserError as error: sys.exit(str(error))"
    )
    words = [sys.executable, "-B", "-c", code, film, tmp_path / "out.mp4"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr.splitlines()[-1].startswith(f"{tmp_path}/out.mp4: cannot be written")
    assert not list(tmp_path.iterdir())


def test_interlaced_frames_and_pixels_that_are_not_square_are_mended(tmp_path):
    """Combs of two moments in one frame disappear, and 64 pixels of 3:2 become 96."""
    with av.open(tmp_path / "in.mkv", "w") as file:
        video = file.add_stream("libx264", rate=25, options={"crf": "5", "x264-params": "tff=1"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.sample_aspect_ratio = Fraction(3, 2)
        for number in range(6):
            combed = np.zeros((48, 64, 3), np.uint8)
            for row in (0, 1):  # A bar that moves from one half of the frame's rows to the other.
                combed[row::2, 8 * number + 4 * row : 8 * number + 4 * row + 16] = 255
            frame = av.VideoFrame.from_ndarray(combed, format="rgb24").reformat(format="yuv420p")
            frame.pts = number
            file.mux(video.encode(frame))
        file.mux(video.encode())
    done = painted(tmp_path / "in.mkv", tmp_path / "out.mp4", look=Look(strength=0))
    shown = read_film(tmp_path / "out.mp4")
    assert (done.frames, len(shown)) == (6, 6)
    assert shown[3].picture.size == (96, 48)
    combs = [np.abs(np.diff(levels(frame.picture)[8:-8].mean(-1), axis=0)).mean() for frame in shown[1:-1]]
    assert max(combs) < 12  # With combs it is 32: eight of 64 columns differ by 255.
