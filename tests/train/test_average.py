import keras
import numpy as np
import pytest

from tf_cyclegan.train.average import EVERY, MovingAverage


def small_network():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.BatchNormalization()])


def move(network, value):
    for weight in network.weights:
        weight.assign(np.full(weight.shape, value, "float32"))


def test_an_average_starts_as_a_copy_of_its_own():
    network = small_network()
    average = MovingAverage({"g": network}, 0.999).networks["g"]
    x = np.ones((1, 4), np.float32)
    np.testing.assert_array_equal(average(x, training=False), network(x, training=False))
    move(network, 7.0)
    assert not np.array_equal(average(x, training=False), network(x, training=False))


@pytest.mark.parametrize(
    ("step", "decay"),
    [(EVERY, (1 + EVERY) / (10 + EVERY)), (10 * EVERY, 0.9), (10**6 * EVERY, 0.9)],
    ids=lambda v: f"{v:g}",
)
def test_update_is_the_formula_with_an_early_decay(step, decay):
    network = small_network()
    move(network, 1.0)
    average = MovingAverage({"g": network}, decay=0.9)
    move(network, 3.0)
    average.update(step)
    for value in average.networks["g"].get_weights():
        np.testing.assert_allclose(value, decay**EVERY * 1.0 + (1 - decay**EVERY) * 3.0, rtol=1e-6)


def test_raw_weights_are_untouched():
    network = small_network()
    before = network.get_weights()
    average = MovingAverage({"g": network}, 0.9)
    for step in range(1, 6):
        average.update(step)
    for value, expected in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, expected)
    assert network.trainable
    assert average.networks["g"].trainable_variables == []


def test_an_average_of_equal_weights_does_not_drift():
    network = small_network()
    average = MovingAverage({"g": network}, 0.9)
    for step in range(1, 30):
        average.update(step)
    for value, expected in zip(average.networks["g"].get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(value, expected)


def test_checkpoints_see_every_weight_of_every_network():
    first, second = small_network(), small_network()
    average = MovingAverage({"g": first, "f": second}, 0.9)
    assert len(average.variables) == len(first.weights) + len(second.weights)
    own = {id(v) for network in average.networks.values() for v in network.weights}
    assert {id(v) for v in average.variables} == own


def test_between_its_steps_nothing_is_taken_in():
    network = small_network()
    move(network, 1.0)
    average = MovingAverage({"g": network}, decay=0.9)
    move(network, 3.0)
    average.update(EVERY + 1)
    for value in average.networks["g"].get_weights():
        np.testing.assert_array_equal(value, 1.0)
