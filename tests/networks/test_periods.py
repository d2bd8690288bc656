import keras
import numpy as np
import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.build import build_discriminator, build_generator
from tf_cyclegan.networks.periods import is_of_a_period, mixed_weights, take_period, with_period
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
    several.set_weights(mixed_weights(single, several, np.ones((PERIODS, 1))))
    expected = np.asarray(single(photos, training=False))
    for mix in (*np.eye(PERIODS), (0.2, 0.5, 0.3)):
        np.testing.assert_allclose(paint(several, photos, *mix), expected, atol=2e-6)


@pytest.mark.parametrize(("count", "shares"), [(2, [[0, 0, 1], [1, 0, 0]]), (4, [*np.eye(3), [0.5, 0.25, 0.25]])])
def test_other_periods_begin_as_mixtures_of_those_that_there_are(several, photos, count, shares):
    other = build_generator("painter", 4, "instance_affine", periods=count)
    other.set_weights(mixed_weights(several, other, np.array(shares)))
    for row, mix in zip(np.eye(count), shares, strict=True):
        np.testing.assert_allclose(paint(other, photos, *row), paint(several, photos, *mix), atol=2e-6)


def test_a_period_is_added_and_the_others_stay_bit_for_bit(several, photos):
    single = take_period(several, 1)
    for layer in single.layers:
        if is_of_a_period(layer):
            layer.set_weights([w + np.float32(0.1) for w in layer.get_weights()])
    joined = with_period(several, single)
    for row in np.eye(PERIODS):
        np.testing.assert_array_equal(paint(joined, photos, *row, 0), paint(several, photos, *row))
    expected = np.asarray(single(photos, training=False))
    np.testing.assert_allclose(paint(joined, photos, *[0] * PERIODS, 1), expected, atol=2e-6)


def test_a_second_period_is_added_to_a_network_of_one(several, photos):
    one, two = take_period(several, 1), take_period(several, 2)
    joined = with_period(one, two)
    for row, single in zip(np.eye(2), (one, two), strict=True):
        expected = np.asarray(single(photos, training=False))
        np.testing.assert_allclose(paint(joined, photos, *row), expected, atol=2e-6)


def test_a_period_of_another_network_is_not_added(several):
    with pytest.raises(UserError, match="learned with another network: stem_conv differs"):
        with_period(several, shaken(take_period(several, 1)))


def test_every_period_is_judged_as_by_the_discriminator_of_one():
    single = shaken(build_discriminator("projected", 4), 3)
    several = build_discriminator("projected", 4, periods=PERIODS)
    several.set_weights(mixed_weights(single, several, np.ones((PERIODS, 1))))
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
