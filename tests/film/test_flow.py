import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tf_cyclegan.film.flow import find_flow, sample

RNG = np.random.default_rng(0)
# Texture of several sizes, which a window is moved over.
SCENE = sum(
    np.asarray(Image.fromarray(RNG.normal(0, 30, (16 << k, 20 << k)).astype(np.float32)).resize((320, 256)))
    for k in range(4)
)


def seen(x, y, scale=1.0, width=160, height=120):
    box = (x, y, x + width * scale, y + height * scale)
    return np.asarray(Image.fromarray(SCENE + 128).resize((width, height), Image.Resampling.LANCZOS, box=box))


@settings(deadline=None, max_examples=15)
@given(x=st.floats(-30, 30), y=st.floats(-30, 30))
def test_a_pan_is_found_to_a_fraction_of_a_pixel(x, y):
    flow = find_flow(seen(60, 60), seen(60 + x, 60 + y))
    inner = flow.each[:, 35:-35, 35:-35]
    assert np.abs(inner - np.array([x, y])[:, None, None]).mean() < 0.1
    assert np.abs(flow.camera - np.array([x, y])[:, None, None]).max() < 0.5


def test_a_zoom_is_found():
    flow = find_flow(seen(60, 60), seen(60 + 80 * 0.05, 60 + 60 * 0.05, 0.95))
    y, x = np.mgrid[:120, :160]
    known = np.stack([(79.5 - x) * 0.05, (59.5 - y) * 0.05])
    assert np.abs(flow.each - known)[:, 10:-10, 10:-10].mean() < 0.1


def test_a_thing_moves_otherwise_than_the_camera():
    before, after = seen(60, 60).copy(), seen(62, 60).copy()
    thing = np.asarray(Image.fromarray(RNG.normal(128, 60, (11, 11)).astype(np.float32)).resize((44, 44)))
    before[40:84, 50:94], after[40:84, 55:99] = thing, thing
    flow = find_flow(before, after)
    assert flow.each[0, 58:66, 73:81].mean() == pytest.approx(-5, abs=0.3)
    assert flow.each[0, 10:30].mean() == pytest.approx(2, abs=0.2)


def test_a_guess_of_another_motion_does_no_harm():
    wrong = find_flow(seen(60, 60), seen(90, 60))
    flow = find_flow(seen(60, 60), seen(60, 63), wrong)
    assert np.abs(flow.each - np.array([0, 3.0])[:, None, None])[:, 20:-20, 20:-20].mean() < 0.1


@pytest.mark.parametrize("shape", [(16, 16), (16, 256), (40, 17)])
def test_plain_and_tiny_pictures_do_not_move(shape):
    plain = np.full(shape, 90, np.float32)
    assert not find_flow(plain, plain).each.any()


def test_sampling_at_pixels_gives_the_pixels():
    picture = RNG.normal(0, 1, (7, 9, 3)).astype(np.float32)
    y, x = np.mgrid[:7, :9].astype(np.float32)
    assert np.allclose(sample(picture, x, y), picture, atol=0.01)
