import numpy as np
import pytest
from skimage.color import rgb2lab

from tests.conftest import make_picture
from tf_cyclegan.score.colour_transfer import colour_statistics, colour_transfer, from_lab, to_lab

PICTURE = np.asarray(make_picture(1))
ALL = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)


def test_lab_is_scikit_image_s():
    np.testing.assert_allclose(to_lab(ALL), rgb2lab(ALL), atol=0.01)


def test_from_lab_is_the_way_back():
    np.testing.assert_array_equal(from_lab(to_lab(ALL)), ALL)


def test_a_picture_in_its_own_colours_is_unchanged():
    assert np.abs(colour_transfer(PICTURE, colour_statistics([PICTURE])).astype(int) - PICTURE).max() <= 1


def test_the_colours_are_those_of_the_reference():
    reference = colour_statistics([np.asarray(make_picture(2)) // 3 + 80])
    found = colour_statistics([colour_transfer(PICTURE // 3 + 90, reference)])
    np.testing.assert_allclose(found.mean, reference.mean, atol=0.6)
    np.testing.assert_allclose(found.deviation, reference.deviation, atol=0.6)


def test_statistics_are_averaged_over_pictures():
    dark, bright = np.zeros((4, 4, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)
    statistics = colour_statistics([dark, bright])
    assert statistics.mean[0] == pytest.approx(50, abs=0.01)
    assert statistics.deviation[0] == pytest.approx(0, abs=0.01)


def test_a_flat_picture_is_shifted_and_nothing_else():
    flat = np.full((16, 16, 3), 90, np.uint8)
    painted = colour_transfer(flat, colour_statistics([PICTURE]))
    assert (painted == painted[0, 0]).all()
    np.testing.assert_allclose(to_lab(painted)[0, 0], colour_statistics([PICTURE]).mean, atol=0.6)


def test_no_pictures_have_no_colours():
    with pytest.raises(ValueError, match="no pictures"):
        colour_statistics([])
