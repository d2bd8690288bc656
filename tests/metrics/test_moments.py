import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.metrics.moments import Moments


def gather(batches, width):
    moments = Moments(width)
    for batch in batches:
        moments.add(batch)
    return moments


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(1, 6), st.lists(st.integers(0, 40), max_size=6))
@settings(deadline=None)
def test_batches_of_any_size_in_any_order_give_the_moments_of_all(seed, count, width, cuts):
    random = np.random.default_rng(seed)
    features = random.normal(1000.0, 1.0, (count, width))  # Far from 0: sums of squares would cancel.
    batches = np.split(features, sorted(min(cut, count) for cut in cuts))
    for order in (batches, batches[::-1]):
        moments = gather(order, width)
        assert moments.count == count
        np.testing.assert_allclose(moments.mean, features.mean(axis=0), rtol=1e-12)
        expected = np.cov(features, rowvar=False).reshape(width, width)
        np.testing.assert_allclose(moments.covariance, expected, rtol=1e-7, atol=1e-9)


def test_float32_features_are_added_up_in_float64():
    features = np.random.default_rng(0).normal(100, 1e-2, (5000, 2)).astype(np.float32)
    moments = gather(np.split(features, 50), 2)
    np.testing.assert_allclose(moments.covariance, np.cov(features.astype(np.float64), rowvar=False), rtol=1e-9)


def test_known_moments_go_on():
    features = np.random.default_rng(0).normal(size=(30, 3))
    first = gather([features[:20]], 3)
    again = Moments.of(20, first.mean, first.covariance)
    again.add(features[20:])
    np.testing.assert_allclose(again.covariance, np.cov(features, rowvar=False), rtol=1e-9)


def test_a_covariance_needs_two():
    with pytest.raises(ValueError, match="at least 2 features"):
        _ = gather([np.ones((1, 3))], 3).covariance


def test_features_of_another_width_are_refused():
    with pytest.raises(ValueError, match=r"expected features of shape \(n, 3\). Received: \(2, 4\)"):
        Moments(3).add(np.ones((2, 4)))
