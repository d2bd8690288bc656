import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.choices import GAN_MODES
from tf_cyclegan.losses import (
    discriminator_loss,
    generator_loss,
    l1_loss,
    light_and_colour_loss,
    new_edges_loss,
    patch_nce_loss,
)

LOGITS = st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=12).map(lambda v: np.asarray(v, np.float32))
MODES = pytest.mark.parametrize("mode", GAN_MODES)


def cross_entropy(logits, label):
    """Binary cross-entropy from probabilities, the textbook formula."""
    p = 1 / (1 + np.exp(-logits.astype(np.float64)))
    return -np.mean(np.log(p if label else 1 - p))


def published_generator(fake, mode):
    return {
        "lsgan": lambda: np.mean((fake - 1) ** 2),
        "vanilla": lambda: cross_entropy(fake, 1),
        "wgangp": lambda: -np.mean(fake),
        "hinge": lambda: -np.mean(fake),
    }[mode]()


def published_discriminator(real, fake, mode):
    return {
        "lsgan": lambda: (np.mean((real - 1) ** 2) + np.mean(fake**2)) / 2,
        "vanilla": lambda: (cross_entropy(real, 1) + cross_entropy(fake, 0)) / 2,
        "wgangp": lambda: (-np.mean(real) + np.mean(fake)) / 2,
        "hinge": lambda: (np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake))) / 2,
    }[mode]()


@MODES
@given(fake=LOGITS)
@settings(deadline=None, max_examples=30)
def test_generator_loss_is_the_published_one(mode, fake):
    assert float(generator_loss(fake, mode)) == pytest.approx(published_generator(fake, mode), rel=1e-5, abs=1e-6)


@MODES
@given(real=LOGITS, fake=LOGITS)
@settings(deadline=None, max_examples=30)
def test_discriminator_loss_is_the_published_one(mode, real, fake):
    expected = published_discriminator(real, fake, mode)
    assert float(discriminator_loss(real, fake, mode)) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_lsgan_by_hand():
    assert float(generator_loss(np.float32([1, 3]))) == 2.0
    assert float(discriminator_loss(np.float32([1, 0]), np.float32([2, 0]))) == 1.25


def test_vanilla_stays_finite_where_probabilities_underflow():
    far = np.float32([-500, 500])
    assert float(generator_loss(far, "vanilla")) == pytest.approx(250)
    assert float(discriminator_loss(far, far, "vanilla")) == pytest.approx(250)


def test_hinge_is_flat_beyond_the_margin():
    assert float(discriminator_loss(np.float32([1, 7]), np.float32([-1, -7]), "hinge")) == 0


def test_l1_is_the_mean_absolute_difference():
    assert float(l1_loss(np.float32([[1, 2]]), np.float32([[0, 5]]))) == 2.0


def test_unknown_modes_are_refused_with_the_known_ones():
    for loss in (
        lambda: generator_loss(np.zeros(1), "gan"),
        lambda: discriminator_loss(np.zeros(1), np.zeros(1), "gan"),
    ):
        with pytest.raises(ValueError, match=r"lsgan.*Received: gan_mode='gan'"):
            loss()


def even(level: float, side: int = 32) -> np.ndarray:
    return np.full((1, side, side, 3), level, np.float32)


def new_edges_by_loops(result: np.ndarray, picture: np.ndarray) -> float:
    """Written out: means of 8 × 8 pixels every 4, differences of neighbours, and of these what is beyond 1.5 times."""

    def coarse(image):
        places = range(0, image.shape[1] - 7, 4), range(0, image.shape[2] - 7, 4)
        return np.array([[image[:, i : i + 8, j : j + 8].mean((1, 2)) for j in places[1]] for i in places[0]])

    theirs, ours = coarse(picture.astype(np.float64)), coarse(result.astype(np.float64))
    paid = [
        np.maximum(0, np.abs(np.diff(ours, axis=axis)) - 1.5 * np.abs(np.diff(theirs, axis=axis))).mean()
        for axis in (0, 1)
    ]
    return sum(paid) / 2


@given(seed=st.integers(0, 2**32 - 1), height=st.integers(12, 33), width=st.integers(12, 33))
@settings(deadline=None, max_examples=20)
def test_new_edges_are_as_defined(seed, height, width):
    random = np.random.default_rng(seed)
    shape = (2, height, width, 3)
    blobs = [np.kron(random.uniform(-1, 1, (2, 5, 5, 3)), np.ones((1, 8, 8, 1)))[:, :height, :width] for _ in range(2)]
    result, picture = (b.astype(np.float32).reshape(shape) for b in blobs)
    assert float(new_edges_loss(result, picture)) == pytest.approx(new_edges_by_loops(result, picture), rel=1e-4)


@given(seed=st.integers(0, 2**32 - 1), brighter=st.floats(-1, 1), stronger=st.floats(0, 1.49))
@settings(deadline=None, max_examples=20)
def test_other_light_and_other_contrast_are_no_new_edges(seed, brighter, stronger):
    picture = np.random.default_rng(seed).uniform(-1, 1, (1, 24, 24, 3)).astype(np.float32)
    assert float(new_edges_loss(stronger * picture + brighter, picture)) == pytest.approx(0, abs=1e-6)


def test_a_patch_on_an_even_wall_is_paid_for_and_fine_texture_hardly():
    patch, texture = even(0), even(0)
    patch[:, 8:24, 8:24] = 0.5
    texture[:, ::2] = 0.5
    assert float(new_edges_loss(patch, even(0))) > 0.02
    assert float(new_edges_loss(texture, even(0))) == pytest.approx(0, abs=1e-6)
    assert float(new_edges_loss(patch, patch)) == 0


@given(shift=st.floats(-0.5, 0.5), strength=st.floats(0, 0.5))
@settings(deadline=None, max_examples=20)
def test_light_and_colour_are_compared_without_texture(shift, strength):
    texture = even(0)
    texture[:, ::2] = strength
    texture[:, 1::2] = -strength
    assert float(light_and_colour_loss(texture, even(0))) == pytest.approx(0, abs=1e-6)
    assert float(light_and_colour_loss(texture + np.float32(shift), even(0))) == pytest.approx(abs(shift), abs=1e-6)
    tinted = even(0) + np.float32([shift, 0, 0])
    assert float(light_and_colour_loss(tinted, even(0))) == pytest.approx(abs(shift) / 3, abs=1e-6)


def patch_nce_by_loops(features: list[np.ndarray], picture_features: list[np.ndarray]) -> float:
    """Written out: at each place of the grid, the cross-entropy of finding its own among the picture's places."""
    layers = []
    for result, picture in zip(features, picture_features, strict=True):
        rows, columns = (
            sorted({int((i + 0.5) * side / min(8, side)) for i in range(8)} & {*range(side)})
            for side in result.shape[1:3]
        )
        found = []
        for one in range(len(result)):
            query, key = (
                np.array([p[one, i, j] / np.linalg.norm(p[one, i, j]) for i in rows for j in columns], np.float64)
                for p in (result, picture)
            )
            for place, q in enumerate(query):
                likely = np.exp(key @ q / 0.07)
                found.append(-np.log(likely[place] / likely.sum()))
        layers.append(np.mean(found))
    return float(np.mean(layers))


@given(seed=st.integers(0, 2**32 - 1), height=st.integers(1, 26), width=st.integers(1, 26), channels=st.integers(2, 5))
@settings(deadline=None, max_examples=20)
def test_patch_nce_is_as_defined(seed, height, width, channels):
    random = np.random.default_rng(seed)
    shapes = (2, height, width, channels), (2, 4, 4, 3)
    ours, theirs = ([random.normal(size=shape).astype(np.float32) for shape in shapes] for _ in range(2))
    assert float(patch_nce_loss(ours, theirs)) == pytest.approx(patch_nce_by_loops(ours, theirs), rel=1e-3, abs=1e-4)


def test_patch_nce_is_low_where_places_are_found_again_whatever_their_size():
    picture = np.random.default_rng(0).normal(size=(1, 8, 8, 32)).astype(np.float32)
    same, moved = (float(patch_nce_loss([p], [picture])) for p in (5 * picture, np.roll(picture, 1, axis=2)))
    assert same < 0.1
    assert moved > np.log(64)
