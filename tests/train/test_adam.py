import keras
import numpy as np
import pytest

from tf_cyclegan.train.adam import Adam

# From epsilon's own size (where Keras' place for it matters most) to ordinary gradients.
SCALES = np.array([0.0, 1e-9, 1e-8, 1e-6, 1e-3, 1.0])


def algorithm_1(gradients, lr, beta_1=0.5, beta_2=0.999, epsilon=1e-8):
    """Kingma and Ba's Algorithm 1 from zero, in float64: what PyTorch computes."""
    m = v = position = np.zeros_like(gradients[0])
    for t, g in enumerate(gradients, start=1):
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        position = position - lr * (m / (1 - beta_1**t)) / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
        yield position


def positions(optimizer, gradients, dtype):
    variable = keras.Variable(np.zeros(gradients.shape[1:]), dtype=dtype)
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient, dtype)], [variable])
        yield np.array(variable)


# Keras takes beta_2 in float32 even for float64 variables, and 1 - 0.999 has five digits there.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-5), ("float32", 2e-5)])
def test_ten_steps_are_algorithm_1(dtype, tolerance):
    # All positive: positions that come back to zero would have no relative error to speak of.
    gradients = np.random.default_rng(0).exponential(size=(10, 6)) * SCALES
    steps = positions(Adam(learning_rate=0.1), gradients, dtype)
    for position, expected in zip(steps, algorithm_1(gradients, 0.1), strict=True):
        np.testing.assert_allclose(position, expected, rtol=tolerance)


def test_steps_that_turn_back_are_algorithm_1():
    gradients = np.random.default_rng(0).normal(size=(10, 6)) * SCALES
    steps = positions(Adam(learning_rate=0.1), gradients, "float64")
    for position, expected in zip(steps, algorithm_1(gradients, 0.1), strict=True):
        np.testing.assert_allclose(position, expected, rtol=1e-5, atol=1e-5 * 0.1)


def test_keras_own_adam_differs_where_gradients_are_tiny():
    gradients = np.full((1, 1), 1e-9)
    own = keras.optimizers.Adam(0.1, 0.5, 0.999, 1e-8)
    [ours], [keras_] = (list(positions(o, gradients, "float64")) for o in (Adam(learning_rate=0.1), own))
    assert ours / keras_ == pytest.approx((1 + 10 / np.sqrt(1e-3)) / (1 + 10), rel=1e-4)


def test_a_schedule_sets_the_rate_of_each_step():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.1, 0.0])
    first, second = positions(Adam(learning_rate=schedule), np.ones((2, 1)), "float64")
    assert first == pytest.approx(-0.1, rel=1e-5)
    assert second == first


def test_epsilon_is_itself_again_after_a_step():
    optimizer = Adam(epsilon=1e-5)
    list(positions(optimizer, np.ones((3, 2)), "float32"))
    assert optimizer.epsilon == 1e-5


def test_adam_comes_back_from_its_configuration():
    optimizer = Adam(learning_rate=1e-3, beta_1=0.6, epsilon=1e-7)
    copy = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(copy) is Adam
    assert copy.get_config() == optimizer.get_config()


def test_defaults_are_the_published_ones():
    config = Adam().get_config()
    assert config["learning_rate"] == pytest.approx(2e-4)
    assert (config["beta_1"], config["beta_2"], config["epsilon"]) == (0.5, 0.999, 1e-8)


def test_variables_may_learn_at_rates_of_their_own():
    gradients = np.random.default_rng(0).normal(size=(4, 3))
    variables = [keras.Variable(np.zeros(3), dtype="float64") for _ in range(2)]
    optimizer = Adam(learning_rate=0.1)
    optimizer.build(variables)
    optimizer.relative_rates = [1.0, 0.25]
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float64")] * 2, variables)
    for variable, rate in zip(variables, (0.1, 0.025), strict=True):
        *_, expected = algorithm_1(gradients, rate)
        np.testing.assert_allclose(np.array(variable), expected, rtol=1e-5)
