import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.objective.paint import PAINT_FEATURES, Paint, statistics


def features(seed, shape=(2, 6, 5, 4)):
    random = np.random.default_rng(seed)
    return {name: random.uniform(0, 6, shape).astype(np.float32) for name in PAINT_FEATURES}


def spread(value=1.0):
    return {name: np.full(4, value) for name in PAINT_FEATURES}


def test_statistics_are_those_of_numpy():
    x = features(0)["stem"]
    mean, covariance = (np.asarray(s) for s in statistics(x))
    for i, picture in enumerate(x.reshape(2, 30, 4)):
        np.testing.assert_allclose(mean[i], picture.mean(0), rtol=1e-5)
        np.testing.assert_allclose(covariance[i], np.cov(picture.T, bias=True), rtol=1e-4, atol=1e-5)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000))
def test_where_strokes_lie_does_not_count(seed):
    """Any order of the places gives the same loss, and a picture's own places none."""
    made, real = features(seed), features(seed + 1)
    order = np.random.default_rng(seed).permutation(30)
    mixed = {name: x.reshape(2, 30, 4)[:, order].reshape(x.shape) for name, x in made.items()}
    paint = Paint(1.0, spread())
    losses = [float(paint.loss({"features_fake_y": x, "features_y": real}, "y")) for x in (made, mixed)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4) and losses[0] > 0
    assert float(paint.loss({"features_fake_y": mixed, "features_y": made}, "y")) == pytest.approx(0, abs=1e-5)


def test_channels_count_by_their_spread():
    """Features and spread ten times as large are the same loss."""
    made, real = features(0), features(1)
    tenfold = [{name: 10 * x for name, x in side.items()} for side in (made, real)]
    one = Paint(1.0, spread()).loss({"features_fake_y": made, "features_y": real}, "y")
    ten = Paint(1.0, spread(10.0)).loss({"features_fake_y": tenfold[0], "features_y": tenfold[1]}, "y")
    assert float(ten) == pytest.approx(float(one), rel=0.05)


def test_both_directions_are_named_and_weighted():
    step = {key: features(seed) for seed, key in enumerate(("features_fake_y", "features_y"))}
    step |= {"features_fake_x": features(2), "features_x": features(3)}
    losses = Paint(3.0, spread())(step)
    assert set(losses) == {"paint_y", "paint_x"}
    assert float(losses["paint_x"]) == pytest.approx(3 * float(Paint(1.0, spread()).loss(step, "x")))
    assert Paint(0.0, {})(step) == {}
