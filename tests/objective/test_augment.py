import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_cyclegan.objective.augment import POLICIES, DiffAugment


def pictures(count=6, side=16, seed=0):
    return np.random.default_rng(seed).uniform(0.1, 1, (count, side, side, 3)).astype(np.float32)


@pytest.mark.parametrize("name", POLICIES)
def test_pictures_change_each_in_its_own_way_and_keep_their_shape(name):
    same = np.repeat(pictures(1), 6, axis=0)
    changed = np.asarray(DiffAugment((name,), seed=1)(same))
    assert changed.shape == same.shape
    assert len({picture.tobytes() for picture in changed}) > 3
    assert np.isfinite(changed).all()


@pytest.mark.parametrize("name", POLICIES)
def test_each_call_draws_anew_and_the_seed_repeats_it(name):
    layers = [DiffAugment((name,), seed=1) for _ in range(2)]
    first, second = ([np.asarray(layer(pictures())) for _ in range(2)] for layer in layers)
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first[0], first[1])


@pytest.mark.parametrize("name", POLICIES)
def test_gradients_pass(name):
    layer, x = DiffAugment((name,), seed=1), tf.constant(pictures())
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(layer(x) ** 2)
    gradient = tape.gradient(total, x)
    assert float(tf.reduce_mean(tf.abs(gradient))) > 0.1


def test_translation_moves_by_at_most_an_eighth_and_fills_with_grey():
    x = pictures(200)
    moved = np.asarray(DiffAugment(("translation",), seed=3)(x))
    seen = set()
    for before, after in zip(x, moved, strict=True):
        padded = np.pad(before, ((2, 2), (2, 2), (0, 0)))
        found = [
            (dy, dx) for dy in range(5) for dx in range(5) if np.array_equal(padded[dy : dy + 16, dx : dx + 16], after)
        ]
        assert len(found) == 1
        seen.add(found[0])
    assert len(seen) == 25


def test_cutout_turns_at_most_a_quarter_grey_and_leaves_the_rest():
    x = pictures(200)
    cut = np.asarray(DiffAugment(("cutout",), seed=3)(x))
    gone = (cut == 0).all(axis=3)
    np.testing.assert_array_equal(cut[~gone], x[~gone])
    shares = gone.mean(axis=(1, 2))
    assert shares.max() == pytest.approx(0.25)
    assert 0.03 < shares.min() < 0.1  # One that lies in a corner.


def test_color_keeps_what_a_picture_shows():
    """Each picture changes by one affine map of its pixels: brightness, saturation and contrast know no place."""
    x = pictures(8)
    changed = np.asarray(DiffAugment(("color",), seed=3)(x))
    for before, after in zip(x, changed, strict=True):
        flat = np.concatenate([before.reshape(-1, 3), np.ones((256, 1))], axis=1)
        _, rest, *_ = np.linalg.lstsq(flat, after.reshape(-1, 3), rcond=None)
        assert rest.max() < 1e-6
    assert np.ptp(changed.mean(axis=(1, 2, 3))) > 0.2


def test_the_random_state_is_a_variable_that_a_checkpoint_keeps():
    layer = DiffAugment(("cutout",), seed=1)
    before = [np.asarray(v) for v in layer.variables]
    layer(pictures())
    assert before
    assert any(not np.array_equal(b, np.asarray(v)) for b, v in zip(before, layer.variables, strict=True))


def test_half_precision_comes_back_as_it_came():
    assert keras.backend.standardize_dtype(DiffAugment(("color",))(pictures().astype("float16")).dtype) == "float16"


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="Received"):
        DiffAugment(("zoom",))
