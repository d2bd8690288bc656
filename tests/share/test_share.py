"""What a visitor takes home: card, film and sheet."""

import io
import itertools
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.errors import UserError
from tf_cyclegan.share.card import SIZE, card
from tf_cyclegan.share.frame import framed, picture_within, rim
from tf_cyclegan.share.label import label
from tf_cyclegan.share.sheet import DPI, PAPERS, picture_size, sheet, sheet_size
from tf_cyclegan.share.wipe import FRAMES_A_SECOND, GIF_SIDE, SECONDS, places, wipe_gif, wipe_mp4

LINES = ["Impressionism, 1865–1890", ""]
sides = st.integers(16, 4000)


@given(st.tuples(sides, sides), st.tuples(sides, sides))
def test_a_framed_picture_fits_its_place_and_keeps_its_shape(place, shape):
    width, height = picture_within(place, shape)
    mat, wood = rim((width, height))
    rounding = 6
    assert width + 2 * (mat + wood) <= place[0] + rounding
    assert height + 2 * (mat + wood) <= place[1] + rounding
    assert (
        width == 1
        or height == 1
        or abs(width / height - shape[0] / shape[1]) <= shape[0] / shape[1] / min(width, height)
    )


def test_the_picture_in_the_frame_is_untouched():
    picture = make_picture(0, 320, 200)
    whole, edge = framed(picture), sum(rim((320, 200)))
    assert whole.crop((edge, edge, edge + 320, edge + 200)).tobytes() == picture.tobytes()


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=200), st.lists(st.text(max_size=100), max_size=4))
def test_a_label_holds_any_text(title, lines):
    found = label(title, lines, 400, 20)
    assert found.width <= 400
    assert found.height < 700


def test_a_title_that_is_too_long_is_cut_and_not_the_card():
    short, long = label("A meadow", LINES, 400, 20), label("A meadow in the mountains, " * 20, LINES, 400, 20)
    assert short.width < long.width <= 400
    assert long.height < 2 * short.height


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (600, 100), (80, 400), (17, 16)])
def test_the_card_has_one_size_and_shows_both_pictures(size):
    red, blue = Image.new("RGB", size, (200, 40, 30)), Image.new("RGB", size, (30, 60, 200))
    found = card(red, blue, "A meadow", LINES)
    assert found.size == SIZE
    pixels = np.asarray(found).reshape(-1, 3).astype(int)
    for colour in ((200, 40, 30), (30, 60, 200)):
        assert (np.abs(pixels - colour).max(1) < 6).sum() > 2000


def test_the_line_rests_at_both_ends_and_the_film_repeats_without_a_jump():
    found = places(48)
    assert found.count(0.0) >= 4
    assert found.count(1.0) >= 4
    assert found[0] == found[-1] == 0
    assert max(abs(one - other) for one, other in itertools.pairwise(found)) < 0.1


def test_a_gif_goes_from_painting_to_photo_and_back_for_ever():
    photo, painting = Image.new("RGB", (900, 600), (200, 40, 30)), Image.new("RGB", (900, 600), (30, 60, 200))
    with Image.open(io.BytesIO(wipe_gif(photo, painting))) as film:
        assert (film.format, film.size, film.info["loop"]) == ("GIF", (GIF_SIDE, 360), 0)
        times, shares = [], []
        for number in range(film.n_frames):
            film.seek(number)
            times.append(film.info["duration"])
            shares.append((np.asarray(film.convert("RGB"))[180, :, 0] > 150).mean())
    assert abs(sum(times) - 1000 * SECONDS) < 400
    assert (min(shares), max(shares)) == (0, 1)
    assert shares[0] == 0


def test_a_film_of_one_colour_or_a_tiny_one_can_be_made_too():
    grey = Image.new("RGB", (16, 17), "grey")
    with Image.open(io.BytesIO(wipe_gif(grey, grey))) as film:
        assert film.size == (16, 17)


def test_an_mp4_has_the_same_frames():
    av = pytest.importorskip("av")
    photo, painting = Image.new("RGB", (301, 201), (200, 40, 30)), Image.new("RGB", (301, 201), (30, 60, 200))
    with av.open(io.BytesIO(wipe_mp4(photo, painting))) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == round(SECONDS * FRAMES_A_SECOND) * 2
    assert frames[0].shape == (200, 300, 3)
    reds = [(frame[100, :, 0] > 115).mean() for frame in frames]
    assert min(reds) < 0.01
    assert max(reds) > 0.99


def test_without_the_package_an_mp4_is_refused_in_a_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UserError, match="pip install av"):
        wipe_mp4(make_picture(), make_picture())


@pytest.mark.parametrize(("paper", "shape"), [("A4", (300, 200)), ("A4", (200, 200)), ("A3", (200, 300))])
def test_a_sheet_has_its_size_and_says_it(paper, shape):
    picture = Image.new("RGB", shape, (30, 60, 200))
    with Image.open(io.BytesIO(sheet(picture, paper, "A meadow", LINES))) as found:
        assert found.size == sheet_size(paper, shape)
        assert found.info["dpi"] == (DPI, DPI)
        assert sorted(round(side / DPI * 25.4) for side in found.size) == sorted(PAPERS[paper])
        pixels = np.asarray(found)[::4, ::4].astype(int)
    blue = 16 * (np.abs(pixels - (30, 60, 200)).max(2) < 8).sum()
    width, height = picture_size(paper, shape)
    assert abs(blue - width * height) < 0.02 * width * height
