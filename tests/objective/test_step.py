import numpy as np
import pytest

from tf_cyclegan.objective.step import Step


def test_a_thing_is_made_when_it_is_first_asked_for_and_then_kept():
    made = []

    def make(step, domain):
        made.append(domain)
        return step[domain] + 1

    step = Step({"x": 1, "y": 10}, {"fake": make, "twice_made": lambda s, d: 2 * s[f"fake_{d}"]}, training=True)
    assert step["twice_made_y"] == 22
    assert step["fake_y"] == step["fake_y"] == 11
    assert made == ["y"]
    assert step.keys() == {"x", "y", "fake_y", "twice_made_y"}


def test_what_nobody_knows_how_to_make_is_an_error():
    with pytest.raises(KeyError):
        Step({"x": 1, "y": 10}, {}, training=True)["fake_y"]


def test_inputs_are_compared_in_the_precision_of_the_networks():
    step = Step({d: np.ones((1, 2, 2, 3), np.float16) for d in "xy"}, {}, training=True)
    step["fake_x"] = np.ones((1, 2, 2, 3), np.float32)
    assert "float32" in str(step.real("x").dtype)
