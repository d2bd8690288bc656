import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import make_picture
from tf_cyclegan.pictures.luma import equalized_grey, luminance


def test_luminance_is_pillow_s():
    picture = make_picture()
    assert np.abs(luminance(np.asarray(picture)) - np.asarray(picture.convert("L"), float)).max() <= 1


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(0.2, 1), st.integers(0, 50))
def test_every_picture_gets_the_same_mean_and_deviation(seed, contrast, brightness):
    random = np.random.default_rng(seed)
    picture = (random.uniform(0, 200, (20, 30, 3)) * contrast + brightness).astype(np.uint8)
    grey = equalized_grey(picture).astype(float)
    assert abs(grey.mean() - 128) < 1.5
    assert abs(grey.std() - 50) < 1.5
    assert (grey == grey[..., :1]).all()


def test_colours_no_longer_count():
    grey = np.random.default_rng(0).integers(60, 190, (20, 20)).astype(float)
    tint = np.array([30.0, 0, -30 * 0.299 / 0.114])  # Of no luminance.
    plain, tinted = (np.rint(grey[..., None] + t).astype(np.uint8) for t in (np.zeros(3), tint * 0.5))
    assert np.abs(equalized_grey(plain).astype(int) - equalized_grey(tinted)).max() <= 3


def test_a_flat_picture_becomes_middle_grey():
    assert (equalized_grey(np.full((16, 16, 3), 7, np.uint8)) == 128).all()
