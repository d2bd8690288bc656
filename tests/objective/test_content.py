import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.objective.content import CONTENT_FEATURES, Content

NAMES = ("features_fake_y", "features_x", "features_fake_x", "features_y")


def features(seed, shape=(2, 6, 5, 4)):
    random = np.random.default_rng(seed)
    return {name: random.normal(1, 2, shape).astype(np.float32) for name in CONTENT_FEATURES}


def loss(made, picture):
    return float(Content(1.0).loss({"features_fake_y": made, "features_x": picture}, "y"))


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), gain=st.floats(0.5, 4), offset=st.floats(-5, 5))
def test_colour_and_contrast_of_the_features_are_free(seed, gain, offset):
    picture = features(seed)
    changed = {name: gain * x + offset for name, x in picture.items()}
    assert loss(changed, picture) == pytest.approx(0, abs=1e-4)


def test_another_picture_costs_about_twice_the_variance_of_each_feature():
    expected = 2 * sum(CONTENT_FEATURES.values())
    large = [features(seed, (1, 40, 40, 4)) for seed in (0, 1)]
    assert loss(*large) == pytest.approx(expected, rel=0.1)


def test_an_even_feature_is_no_nan():
    even = {name: np.zeros((2, 6, 5, 4), np.float32) for name in CONTENT_FEATURES}
    assert np.isfinite(loss(even, features(0)))


def test_both_directions_are_named_and_weighted():
    step = {key: features(i) for i, key in enumerate(NAMES)}
    losses = Content(3.0)(step)
    assert {name: float(value) for name, value in losses.items()} == pytest.approx(
        {"content_y": 3 * float(Content(1.0).loss(step, "y")), "content_x": 3 * float(Content(1.0).loss(step, "x"))}
    )
    assert Content(0.0)(step) == {}
