import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.objective.light import Light, light_loss
from tf_cyclegan.objective.step import Step


@given(seed=st.integers(0, 2**32 - 1), height=st.integers(16, 50), width=st.integers(16, 50))
@settings(deadline=None, max_examples=20)
def test_light_is_compared_in_means_of_squares(seed, height, width):
    a, b = np.random.default_rng(seed).uniform(-1, 1, (2, 1, height, width, 3)).astype(np.float32)
    places = [(i, j) for i in range(0, height - 15, 16) for j in range(0, width - 15, 16)]
    expected = np.mean([abs((a - b)[:, i : i + 16, j : j + 16].mean()) for i, j in places])
    assert float(light_loss(a, b)) == pytest.approx(expected, abs=1e-5)


def test_strokes_and_other_colours_are_free_and_other_light_is_not():
    even = np.zeros((1, 32, 32, 3), np.float32)
    strokes, tinted = even.copy(), even + np.float32([0.3, -0.3, 0])
    strokes[:, ::2] = 0.5
    strokes[:, 1::2] = -0.5
    assert float(light_loss(strokes, even)) == pytest.approx(0, abs=1e-6)
    assert float(light_loss(tinted, even)) == pytest.approx(0, abs=1e-6)
    assert float(light_loss(even + 0.25, even)) == pytest.approx(0.25)


def test_each_result_is_compared_with_the_picture_that_it_was_made_of():
    random = np.random.default_rng(7)
    pictures = {name: np.float32(random.normal(size=(1, 16, 16, 3))) for name in ("x", "y", "fake_x", "fake_y")}
    step = Step(pictures, {}, training=True)
    step.update(pictures)
    found = Light(3.0)(step)
    assert found.keys() == {"light_y", "light_x"}
    assert float(found["light_y"]) == pytest.approx(3 * float(light_loss(step["fake_y"], step["x"])))
    assert Light(0.0)(step) == {}
