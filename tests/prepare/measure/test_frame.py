import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.prepare.measure.frame import find_painting

WHOLE = (0, 0, 400, 300)


def painting(width=400, height=300, seed=1):
    """Made-up brush strokes: blobs of colour with grain, so that no side of it is plain."""
    grain = np.random.default_rng(seed).normal(0, 12, (height, width, 3))
    pixels = np.asarray(make_picture(seed, width, height)).astype(float) * 0.7 + 40 + grain
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def on_margin(colour, left, top, right, bottom, *, noise=2):
    inner = painting()
    size = (400 + left + right, 300 + top + bottom)
    pixels = np.random.default_rng(0).normal(0, noise, (size[1], size[0], 3)) + np.array(colour)
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    picture.paste(inner, (left, top))
    return picture, (left, top, left + 400, top + 300)


def in_gilt_frame(width, colour=(190, 150, 70)):
    """Ornament in light and shade, a dark line along the painting."""
    inner = painting()
    size = (400 + 2 * width, 300 + 2 * width)
    coarse = np.random.default_rng(3).normal(0, 0.4, (size[1] // 3, size[0] // 3)).astype(np.float32)
    light = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BILINEAR))
    pixels = np.array(colour) * (1 + np.clip(light, -0.6, 0.4))[..., None]
    pixels[width - 3 : -(width - 3), width - 3 : -(width - 3)] = (40, 28, 12)
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    picture.paste(inner, (width, width))
    return picture, (width, width, width + 400, width + 300)


def assert_cut_tightly(picture, truth, slack):
    """Nothing of the margin is left, and hardly anything of the painting is lost."""
    box = find_painting(picture)
    inward = (box[0] - truth[0], box[1] - truth[1], truth[2] - box[2], truth[3] - box[3])
    assert all(0 <= side <= slack for side in inward), (box, truth)


@pytest.mark.parametrize("colour", [(255, 255, 255), (246, 240, 226), (0, 0, 0), (128, 128, 128), (230, 200, 20)])
@pytest.mark.parametrize("widths", [(20, 20, 20, 20), (60, 0, 60, 0), (0, 40, 0, 44), (30, 12, 25, 50)])
def test_margins_are_cut_off(colour, widths):
    assert_cut_tightly(*on_margin(colour, *widths), slack=5)


@pytest.mark.parametrize("width", [24, 40, 70])
def test_gilt_frames_are_cut_off(width):
    assert_cut_tightly(*in_gilt_frame(width), slack=8)


def test_a_gilt_frame_on_a_white_wall_is_cut_off_with_the_wall():
    framed, box = in_gilt_frame(40)
    wall = Image.new("RGB", (framed.width + 60, framed.height + 60), (244, 244, 242))
    wall.paste(framed, (30, 30))
    assert_cut_tightly(wall, tuple(side + 30 for side in box), slack=10)


def test_a_large_scan_is_cut_at_its_own_scale():
    picture, truth = on_margin((255, 255, 255), 20, 20, 20, 20, noise=0)
    large = picture.resize((picture.width * 5, picture.height * 5), Image.Resampling.BICUBIC)
    assert_cut_tightly(large, tuple(5 * side for side in truth), slack=30)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_paintings_without_a_margin_stay_whole(seed):
    assert find_painting(painting(seed=seed)) == WHOLE


def test_skies_are_no_margins():
    for horizon in (60, 120, 200):
        pixels = np.asarray(painting()).copy()
        pixels[:horizon] = (222, 232, 245)
        assert find_painting(Image.fromarray(pixels)) == WHOLE


def test_a_white_picture_with_a_motif_in_the_middle_is_no_margin():
    """A cup on a white ground, an oval painting: the plain sides end at a curve and not at an edge."""
    motif = painting()
    mask = Image.new("L", (400, 300), 0)
    y, x = np.mgrid[:300, :400]
    mask = Image.fromarray((((x - 200) / 190) ** 2 + ((y - 150) / 140) ** 2 < 1).astype(np.uint8) * 255)
    white = Image.new("RGB", (400, 300), "white")
    white.paste(motif, mask=mask)
    assert find_painting(white) == WHOLE


def test_a_soft_vignette_is_no_margin():
    pixels = np.asarray(painting()).astype(float)
    y, x = np.mgrid[:300, :400]
    edge = np.minimum(np.minimum(x, 399 - x), np.minimum(y, 299 - y)) / 90
    assert find_painting(Image.fromarray((pixels * np.clip(edge, 0, 1)[..., None]).astype(np.uint8))) == WHOLE


def test_snow_under_a_white_sky_stays_whole():
    pixels = np.clip(np.random.default_rng(5).normal(236, 6, (300, 400, 3)), 0, 255).astype(np.uint8)
    pixels[140:170, 100:300] = (90, 80, 70)
    assert find_painting(Image.fromarray(pixels)) == WHOLE


def test_autumn_leaves_are_no_gilt_frame():
    random = np.random.default_rng(2)
    leaves = random.integers(60, 256, (75, 100, 1)) * np.array([1.0, 0.6, 0.15])
    picture = Image.fromarray(leaves.astype(np.uint8)).resize((400, 300), Image.Resampling.NEAREST)
    assert find_painting(picture) == WHOLE


@pytest.mark.parametrize("colour", ["white", "black", "gold"])
@pytest.mark.parametrize("size", [(16, 16), (16, 900), (400, 300)])
def test_a_picture_of_one_colour_stays_whole(colour, size):
    assert find_painting(Image.new("RGB", size, colour)) == (0, 0, *size)
