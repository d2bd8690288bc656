import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.stylize.finish import _LUMA, blend, carry_detail, finish, keep_colours, small_size

pixels = arrays(np.uint8, (5, 6, 3))


def luma(picture):
    return np.asarray(picture, np.float64) @ _LUMA.astype(np.float64)


def chroma(picture):
    """R - Y and B - Y, in levels; Cb and Cr are 0.56 and 0.71 of them."""
    return np.asarray(picture, np.float64)[..., [0, 2]] - luma(picture)[..., None]


@settings(deadline=None)
@given(photo=pixels, painting=pixels, colours=st.booleans())
def test_no_strength_is_the_photograph(photo, painting, colours):
    result = finish(Image.fromarray(photo), Image.fromarray(painting), 0, colours)
    np.testing.assert_array_equal(result, photo)


@settings(deadline=None)
@given(photo=pixels, painting=pixels)
def test_full_strength_is_the_painting(photo, painting):
    np.testing.assert_array_equal(finish(Image.fromarray(photo), Image.fromarray(painting)), painting)


@settings(deadline=None)
@given(photo=pixels, painting=pixels, strength=st.floats(0, 100))
def test_strength_is_a_share_of_the_way(photo, painting, strength):
    result = np.asarray(blend(Image.fromarray(photo), Image.fromarray(painting), strength), float)
    np.testing.assert_allclose(result, photo + (painting.astype(float) - photo) * strength / 100, atol=0.501)


@settings(deadline=None)
@given(photo=pixels, painting=pixels)
def test_luma_is_the_paintings_and_chroma_the_photographs_where_that_colour_exists(photo, painting):
    result = keep_colours(Image.fromarray(photo), Image.fromarray(painting))
    np.testing.assert_allclose(luma(result), luma(painting), atol=0.51)
    unclipped = luma(painting)[..., None] + photo - luma(photo)[..., None]
    exists = ((unclipped >= 0) & (unclipped <= 255)).all(-1)
    assert np.abs(chroma(result) - chroma(photo))[exists].max(initial=0) <= 1.01
    # Elsewhere paler, never more colourful.
    assert (np.abs(chroma(result)) <= np.abs(chroma(photo)) + 1.01).all()


@settings(deadline=None)
@given(grey=arrays(np.uint8, (5, 6, 1)), painting=pixels)
def test_a_grey_photograph_stays_grey(grey, painting):
    result = np.asarray(keep_colours(Image.fromarray(np.repeat(grey, 3, -1)), Image.fromarray(painting)))
    assert (result == result[..., :1]).all()


def test_bands_do_not_show():
    """Pictures of more rows than one band give what their parts give."""
    photo, painting = make_picture(1, 40, 600), make_picture(2, 40, 600)
    whole = np.asarray(finish(photo, painting, 60, True))
    part = (0, 200, 40, 400)
    np.testing.assert_array_equal(whole[200:400], finish(photo.crop(part), painting.crop(part), 60, True))


@pytest.mark.parametrize("strength", [-1, 101, float("nan")])
def test_a_strength_that_makes_no_sense_is_refused(strength):
    with pytest.raises(ValueError, match="strength"):
        blend(make_picture(), make_picture(), strength)


def test_pictures_of_two_sizes_are_refused():
    for function in (keep_colours, lambda a, b: blend(a, b, 0), lambda a, b: blend(a, b, 50)):
        with pytest.raises(ValueError, match="one size"):
            function(make_picture(), make_picture(width=20))


@given(width=st.integers(16, 9000), height=st.integers(16, 9000), scale=st.floats(1, 64))
def test_the_size_to_paint_at_is_that_much_smaller_but_still_a_picture(width, height, scale):
    small = small_size((width, height), scale)
    assert min(small) >= 15
    assert small[0] <= width
    if min(width, height) / scale >= 16:
        assert abs(small[0] - width / scale) <= 1


def half(picture):
    return picture.resize((picture.width // 4, picture.height // 4), Image.Resampling.LANCZOS)


def sharp_photo():
    """Stripes and an edge that a quarter of the size cannot show."""
    pixels = np.full((400, 600, 3), 60, np.uint8)
    pixels[:, 301:] = 200
    pixels[::2, :150] = 90
    return Image.fromarray(pixels)


def test_where_the_painting_is_the_photograph_detail_comes_back():
    photo = sharp_photo()
    small = half(photo)
    carried = np.asarray(carry_detail(photo, small, small), float)[:, 200:]
    enlarged = np.asarray(small.resize(photo.size, Image.Resampling.BILINEAR), float)[:, 200:]
    sharp = np.asarray(photo, float)[:, 200:]
    assert np.abs(carried - sharp).max() < 0.35 * np.abs(enlarged - sharp).max()


def test_where_the_painting_is_smooth_no_detail_comes_back():
    photo = sharp_photo()
    flat = Image.new("RGB", half(photo).size, (10, 120, 30))
    assert np.ptp(np.asarray(carry_detail(photo, half(photo), flat)), axis=(0, 1)).max() == 0


def test_strokes_that_the_photograph_has_not_are_kept():
    photo = Image.new("RGB", (400, 400), "grey")
    painting = make_picture(3, 100, 100)
    carried = carry_detail(photo, half(photo), painting)
    enlarged = painting.resize((400, 400), Image.Resampling.BILINEAR)
    assert np.abs(np.asarray(carried, int) - np.asarray(enlarged, int)).max() <= 2


def test_where_nothing_was_made_smaller_it_is_the_painting():
    photo, painting = make_picture(1), make_picture(2)
    np.testing.assert_array_equal(carry_detail(photo, photo, painting), painting)


def test_rows_of_a_large_picture_fit_together():
    """Detail is carried in bands; a smooth picture must be smooth across their edges."""
    photo = make_picture(4, 300, 1100)
    small = photo.resize((75, 275), Image.Resampling.LANCZOS)
    levels = np.asarray(carry_detail(photo, small, small), int)
    steps = np.abs(np.diff(levels, axis=0)).max((1, 2))
    assert max(steps[255], steps[511], steps[767], steps[1023]) <= np.percentile(steps, 99) + 1
