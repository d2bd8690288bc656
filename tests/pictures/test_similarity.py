import numpy as np
import pytest
from scipy import ndimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from tests.conftest import make_picture
from tf_cyclegan.pictures.luma import luminance
from tf_cyclegan.pictures.similarity import correlation, cosines, edge_agreement, psnr, ssim

PICTURE = np.asarray(make_picture(0))


def noisy(amount=20, seed=0):
    noise = np.random.default_rng(seed).normal(0, amount, PICTURE.shape)
    return np.clip(PICTURE + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("amount", [1, 20, 90])
def test_psnr_and_ssim_are_scikit_image_s(amount):
    other = noisy(amount)
    assert psnr(PICTURE, other) == pytest.approx(peak_signal_noise_ratio(PICTURE, other), rel=1e-9)
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    expected = structural_similarity(luminance(PICTURE), luminance(other), **settings)
    assert ssim(PICTURE, other) == pytest.approx(expected, rel=1e-9)


def test_a_picture_is_like_itself():
    assert psnr(PICTURE, PICTURE) == float("inf")
    assert ssim(PICTURE, PICTURE) == pytest.approx(1)
    assert edge_agreement(PICTURE, PICTURE) == pytest.approx(1)


def test_edges_agree_whatever_the_contrast_and_not_where_they_move():
    weaker = (PICTURE * 0.5 + 60).astype(np.uint8)
    moved = np.roll(PICTURE, 12, axis=1)
    assert edge_agreement(PICTURE, weaker) > 0.97
    assert edge_agreement(PICTURE, moved) < 0.5
    assert edge_agreement(PICTURE, ndimage.gaussian_filter(PICTURE, (4, 4, 0))) < edge_agreement(PICTURE, noisy(1))


def test_pictures_without_edges_agree_with_one_another_only():
    flat = np.full((30, 30, 3), 90, np.uint8)
    assert edge_agreement(flat, flat + 50) == 1
    assert edge_agreement(flat, np.asarray(make_picture(0, 30, 30))) == 0


def test_correlations_are_pearson_s_and_defined_for_even_arrays():
    one, other = np.random.default_rng(0).normal(size=(2, 9, 7))
    assert correlation(one, other) == pytest.approx(np.corrcoef(one.ravel(), other.ravel())[0, 1])
    even = np.full((9, 7), 0.3)
    assert correlation(even, even + 1e-9 * one) == 1
    assert correlation(one, even) == correlation(even, one) == 0


@pytest.mark.parametrize("measure", [psnr, ssim, edge_agreement])
def test_pictures_of_two_sizes_are_refused(measure):
    with pytest.raises(ValueError, match="pictures of one size are needed"):
        measure(PICTURE, PICTURE[:-1])


def test_ssim_needs_room_for_its_window():
    with pytest.raises(ValueError, match="at least 11 pixels"):
        ssim(PICTURE[:10], PICTURE[:10])


def test_cosines_are_pair_by_pair_and_0_for_no_features():
    x = np.array([[1.0, 0], [1.0, 1.0], [0, 0]])
    np.testing.assert_allclose(cosines(x, [[3.0, 0], [1.0, 0], [1.0, 1.0]]), [1, np.sqrt(0.5), 0])
    with pytest.raises(ValueError, match="pairs of features are needed"):
        cosines(x, x[:2])
