import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.stylize.finish import _LUMA, blend, finish, keep_colours, keep_tones

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


@pytest.mark.parametrize("size", [(40, 30), (100, 61), (300, 1100)])
def test_made_small_again_a_painting_that_was_painted_over_is_the_one_before(size):
    small, painting = make_picture(3, size[0] // 2, size[1] // 2), make_picture(4, *size)
    kept = keep_tones(small, painting.copy())
    assert kept.size == size
    quarter = (size[0] // 4, size[1] // 4)
    shrunk, before, wanted = (
        np.asarray(p.resize(quarter, Image.Resampling.LANCZOS), int) for p in (kept, painting, small)
    )
    assert np.abs(before - wanted).mean() > 20
    # Where a level would be beyond black or white it is cut off.
    assert np.abs(shrunk - wanted).mean() < 3


def test_a_painting_that_has_the_tones_already_stays_as_it_is():
    painting = make_picture(5, 200, 1500)
    small = painting.resize((100, 750), Image.Resampling.LANCZOS)
    difference = np.abs(np.asarray(keep_tones(small, painting.copy()), int) - np.asarray(painting, int))
    assert difference.mean() < 0.5
    assert difference.max() <= 3, "levels are rounded on the way"


def test_rows_of_a_large_painting_fit_together():
    """Tones are kept in bands; a smooth picture must be smooth across their edges."""
    small, painting = make_picture(4, 150, 550), Image.new("RGB", (300, 1100), "grey")
    levels = np.asarray(keep_tones(small, painting), int)
    tones = small.resize((75, 275), Image.Resampling.LANCZOS)
    whole = np.asarray(tones.resize((300, 1100), Image.Resampling.LANCZOS), int)
    assert np.abs(levels - whole).max() <= 1
