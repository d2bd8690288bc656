import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.score.bands import UNCHANGED, Bands, average, compare_bands
from tf_cyclegan.score.colour_transfer import colour_statistics, colour_transfer

EXAMPLES = Path(__file__).parents[2] / "streamlit_app" / "examples"
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def photographs():
    found = []
    for path in sorted(EXAMPLES.glob("*.jpg")):
        picture = open_picture(path)
        picture.thumbnail((256, 256))
        found.append(np.asarray(picture))
    return found


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def made_up(seed, height=48, width=40):
    """A picture with detail at every scale: levels of 0 to 255 as floats, which no rounding changes."""
    random = np.random.default_rng(seed)
    layers = [ndimage.gaussian_filter(random.normal(size=(height, width, 3)), (s, s, 0)) * s for s in (0.5, 2, 6)]
    return 128 + 12 * np.sum(layers, axis=0)


def even(level, height=48, width=40):
    return np.full((height, width, 3), level, np.uint8)


def gaussian_by_sums(luma, sigma):
    """A Gaussian of four deviations to each side, the picture mirrored at its edges, pixel by pixel."""
    reach = int(4 * sigma + 0.5)
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    weights /= weights.sum()
    for _ in range(2):
        padded = np.pad(luma, ((reach, reach), (0, 0)), mode="symmetric")
        luma = sum(w * padded[reach + o : reach + o + len(luma)] for w, o in zip(weights, offsets, strict=True)).T
    return luma


@settings(max_examples=10, deadline=None)
@given(SEEDS, SEEDS, st.floats(0, 1))
def test_bands_are_as_defined(one, other, share):
    picture = made_up(one)
    result = share * picture + (1 - share) * made_up(other)
    lumas = [p[..., 0] * 0.299 + p[..., 1] * 0.587 + p[..., 2] * 0.114 for p in (picture, result)]
    fine = [y - gaussian_by_sums(y, 1) for y in lumas]
    shapes = [gaussian_by_sums(y, 4) - gaussian_by_sums(y, 16) for y in lumas]
    pearson = [np.mean((a - a.mean()) * (b - b.mean())) / (a.std() * b.std()) for a, b in (fine, shapes)]
    assert compare_bands(picture, result) == pytest.approx(pearson, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_a_picture_keeps_all_of_itself(seed):
    picture = np.clip(made_up(seed), 0, 255).astype(np.uint8)
    assert compare_bands(picture, picture) == pytest.approx(UNCHANGED)


@settings(max_examples=30, deadline=None)
@given(SEEDS, SEEDS, st.floats(-100, 100), st.floats(0.1, 10))
def test_light_and_contrast_change_nothing(one, other, light, contrast):
    picture, result = made_up(one), made_up(other) + made_up(one)
    assert compare_bands(picture, contrast * result + light) == pytest.approx(compare_bands(picture, result), abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(SEEDS, SEEDS)
def test_neither_of_the_two_comes_first(one, other):
    picture, result = made_up(one), made_up(other)
    assert compare_bands(picture, result) == pytest.approx(compare_bands(result, picture))


def test_of_other_pictures_nothing_is_kept(photographs):
    random = np.random.default_rng(0)
    found = average(compare_bands(made_up(s, 128, 128), made_up(s + 1, 128, 128)) for s in random.integers(0, 9999, 20))
    assert abs(found["detail_kept"]) < 0.01
    assert abs(found["shapes_kept"]) < 0.1
    square = [p[:160, :160] for p in photographs]
    assert abs(compare_bands(square[0], square[1]).detail_kept) < 0.1


@pytest.mark.parametrize("level", [0, 100, 255])
def test_even_pictures_have_a_value(level):
    """Nothing of a photograph is in an even grey, and nothing of an even grey can get lost in another one."""
    picture = np.clip(made_up(0), 0, 255).astype(np.uint8)
    assert compare_bands(even(100), even(level)) == Bands(1, 1)
    assert compare_bands(picture, even(level)) == compare_bands(even(level), picture) == Bands(0, 0)


def test_detail_that_is_put_on_top_leaves_the_shapes():
    shapes = ndimage.gaussian_filter(made_up(0, 96, 96), (3, 3, 0))
    board = 60.0 * (np.indices((96, 96)).sum(axis=0) % 2)[..., None]
    detail, kept = compare_bands(shapes, shapes + board)
    assert abs(detail) < 0.05
    assert kept > 0.99
    assert compare_bands(shapes + board, shapes - board).detail_kept < -0.95


def test_a_filter_keeps_detail_and_what_replaces_it_does_not(photographs):
    """Colour transfer, a contrast curve and sepia are filters; strokes over a picture without its detail are paint."""
    random = np.random.default_rng(0)
    for photo in photographs:
        colours = colour_statistics([np.roll(photo, 1, axis=-1) // 2 + 60])
        curve = np.rint(255 * (photo / 255) ** 1.5).astype(np.uint8)
        for filtered in (colour_transfer(photo, colours), curve, photo // 2 + 90):
            detail, shapes = compare_bands(photo, filtered)
            assert detail > 0.8
            assert shapes > 0.85, "less than 0.9 only where colours are cut off, as those of a red bowl"
        strokes = ndimage.gaussian_filter1d(random.normal(0, 60, photo.shape[:2]), 3, axis=1)[..., None]
        painted = np.clip(ndimage.median_filter(photo, (7, 7, 1)) + strokes, 0, 255).astype(np.uint8)
        detail, shapes = compare_bands(photo, painted)
        assert detail < 0.4
        assert shapes > 0.9


def test_means_are_by_name():
    assert average([Bands(0.2, 0.9), Bands(0.4, 1.0)]) == {
        "detail_kept": pytest.approx(0.3),
        "shapes_kept": pytest.approx(0.95),
    }
