import keras
import numpy as np
import pytest

from tf_cyclegan.networks.build import build_discriminator, build_generator
from tf_cyclegan.networks.periods import spread_periods, take_period
from tf_cyclegan.networks.projected import JUDGED_FEATURES

PERIODS = 3


def shaken(network, seed=0):
    """A network whose weights all differ from where they begin."""
    random = np.random.default_rng(seed)
    network.set_weights([w + random.normal(0, 0.05, w.shape).astype(np.float32) for w in network.get_weights()])
    return network


@pytest.fixture(scope="module")
def several():
    return shaken(build_generator("painter", 4, "instance_affine", periods=PERIODS))


@pytest.fixture(scope="module")
def photos():
    return np.random.default_rng(1).uniform(-1, 1, (2, 32, 40, 3)).astype(np.float32)


def paint(generator, photos, *mix):
    return np.asarray(generator([photos, np.array([mix] * len(photos), np.float32)], training=False))


@pytest.mark.parametrize("index", range(PERIODS))
def test_a_period_that_is_taken_out_paints_the_same(several, photos, index):
    single = take_period(several, index)
    expected = paint(several, photos, *np.eye(PERIODS)[index])
    np.testing.assert_allclose(np.asarray(single(photos, training=False)), expected, atol=2e-6)


def test_the_periods_paint_differently(several, photos):
    one, two, three = (paint(several, photos, *row) for row in np.eye(PERIODS))
    assert min(np.abs(a - b).mean() for a, b in ((one, two), (two, three), (one, three))) > 0.01


def test_each_picture_of_a_batch_has_its_own_mix(several, photos):
    both = several([photos, np.eye(PERIODS, dtype=np.float32)[[0, 2]]], training=False)
    for i, row in enumerate(np.eye(PERIODS)[[0, 2]]):
        np.testing.assert_allclose(np.asarray(both[i]), paint(several, photos, *row)[i], atol=2e-6)


def test_halfway_lies_between(several, photos):
    """The mixture of two periods is neither of them, and nearer to both than they are to each other."""
    one, two = (paint(several, photos, *row) for row in np.eye(PERIODS)[:2])
    middle = paint(several, photos, 0.5, 0.5, 0)
    apart = np.abs(one - two).mean()
    assert 0 < np.abs(middle - one).mean() < apart and 0 < np.abs(middle - two).mean() < apart


def test_every_period_begins_as_the_network_of_one(photos):
    single = shaken(build_generator("painter", 4, "instance_affine"), 2)
    several = build_generator("painter", 4, "instance_affine", periods=PERIODS)
    several.set_weights(spread_periods(single, several))
    expected = np.asarray(single(photos, training=False))
    for mix in (*np.eye(PERIODS), (0.2, 0.5, 0.3)):
        np.testing.assert_allclose(paint(several, photos, *mix), expected, atol=2e-6)


def test_every_period_is_judged_as_by_the_discriminator_of_one():
    single = shaken(build_discriminator("projected", 4), 3)
    several = build_discriminator("projected", 4, periods=PERIODS)
    several.set_weights(spread_periods(single, several))
    random = np.random.default_rng(0)
    features = {
        name: random.normal(0, 5, (2, 32 // f.stride, 32 // f.stride, f.channels)).astype(np.float32)
        for name, f in JUDGED_FEATURES.items()
    }
    expected = np.asarray(single(features, training=False))
    for row in np.eye(PERIODS, dtype=np.float32):
        found = several({**features, "mix": np.stack([row, row])}, training=False)
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-5, atol=1e-5)


def test_a_network_of_several_periods_is_read_back(several, photos, tmp_path):
    several.save(tmp_path / "generator.keras")
    again = keras.saving.load_model(tmp_path / "generator.keras", compile=False, safe_mode=True)
    np.testing.assert_array_equal(paint(again, photos, 0.2, 0.3, 0.5), paint(several, photos, 0.2, 0.3, 0.5))
