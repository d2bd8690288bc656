import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.objective.step import Step
from tf_cyclegan.objective.teacher import Teacher, light_and_colour_loss


@given(shift=st.floats(-0.5, 0.5), strength=st.floats(0, 0.5))
@settings(deadline=None, max_examples=20)
def test_light_and_colour_are_compared_without_texture(shift, strength):
    even = np.zeros((1, 32, 32, 3), np.float32)
    texture = even.copy()
    texture[:, ::2] = strength
    texture[:, 1::2] = -strength
    assert float(light_and_colour_loss(texture, even)) == pytest.approx(0, abs=1e-6)
    assert float(light_and_colour_loss(texture + np.float32(shift), even)) == pytest.approx(abs(shift), abs=1e-6)
    tinted = even + np.float32([shift, 0, 0])
    assert float(light_and_colour_loss(tinted, even)) == pytest.approx(abs(shift) / 3, abs=1e-6)


def test_a_teacher_teaches_and_does_not_learn():
    picture = keras.Input((None, None, 3))
    teacher = keras.Model(picture, keras.layers.Conv2D(3, 1)(picture))
    random = np.random.default_rng(0)
    pictures = {name: tf.constant(random.uniform(-1, 1, (1, 16, 16, 3)), tf.float32) for name in ("x", "y", "fake_y")}
    step = Step(pictures, {}, training=True)
    step["fake_y"] = pictures["fake_y"]
    with tf.GradientTape() as tape:
        tape.watch(step["fake_y"])
        found = Teacher(3.0, teacher)(step)
    assert found.keys() == {"teacher_y"}
    expected = light_and_colour_loss(step["fake_y"], teacher(step["x"]))
    assert float(found["teacher_y"]) == pytest.approx(3 * float(expected), rel=1e-5)
    of_result, of_teacher = tape.gradient(found["teacher_y"], [step["fake_y"], teacher.trainable_variables[0].value])
    assert np.any(of_result)
    assert of_teacher is None


@pytest.mark.parametrize("weight", [0.0, 3.0])
def test_without_a_teacher_there_is_no_term(weight):
    assert Teacher(weight, None).weights == {}
