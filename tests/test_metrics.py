import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from tf_cyclegan.metrics import frechet_distance, kernel_distance

SEEDS = st.integers(0, 2**32 - 1)


def random_gaussian(seed, features=5, rank=9):
    random = np.random.default_rng(seed)
    root = random.normal(size=(features, rank))
    return random.normal(size=features), root @ root.T / rank


def features(seed, count=12, width=4, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1.0, (count, width))


@given(SEEDS)
@settings(deadline=None)
def test_frechet_of_diagonal_gaussians_is_the_closed_form(seed):
    mu1, mu2, d1, d2 = np.abs(np.random.default_rng(seed).normal(size=(4, 6)))
    expected = np.sum((mu1 - mu2) ** 2) + np.sum((np.sqrt(d1) - np.sqrt(d2)) ** 2)
    assert frechet_distance(mu1, np.diag(d1), mu2, np.diag(d2)) == pytest.approx(expected, rel=1e-9)


@given(SEEDS, SEEDS)
@settings(deadline=None, max_examples=30)
def test_frechet_agrees_with_the_matrix_square_root(seed1, seed2):
    (mu1, sigma1), (mu2, sigma2) = random_gaussian(seed1), random_gaussian(seed2)
    root = np.real(linalg.sqrtm(sigma1 @ sigma2))
    expected = np.sum((mu1 - mu2) ** 2) + np.trace(sigma1 + sigma2 - 2 * root)
    assert frechet_distance(mu1, sigma1, mu2, sigma2) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(SEEDS, SEEDS, st.integers(1, 5))
@settings(deadline=None, max_examples=30)
def test_frechet_is_symmetric_also_where_covariances_are_singular(seed1, seed2, rank):
    one, two = random_gaussian(seed1, rank=rank), random_gaussian(seed2, rank=rank)
    assert frechet_distance(*one, *two) == pytest.approx(frechet_distance(*two, *one), rel=1e-5, abs=1e-5)
    assert frechet_distance(*one, *one) == pytest.approx(0, abs=1e-6)


def brute_force_kernel_distance(x, y):
    def k(a, b):
        return (sum(p * q for p, q in zip(a, b, strict=True)) / len(a) + 1) ** 3

    n, m = len(x), len(y)
    within_x = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    within_y = sum(k(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return within_x + within_y - 2 * sum(k(a, b) for a in x for b in y) / (n * m)


@given(SEEDS, st.integers(2, 7), st.integers(2, 7))
@settings(deadline=None, max_examples=20)
def test_kernel_distance_is_the_double_loop(seed, n, m):
    x, y = features(seed, n), features(seed + 1, m, shift=0.5)
    assert kernel_distance(x, y) == pytest.approx(brute_force_kernel_distance(x, y), rel=1e-9, abs=1e-9)


def test_kernel_distance_is_unbiased():
    """Sets of the same distribution are 0 apart on average, also small ones; a biased estimate would be above."""
    estimates = [kernel_distance(features(2 * i, 8), features(2 * i + 1, 8)) for i in range(600)]
    assert abs(np.mean(estimates)) < 3 * np.std(estimates) / np.sqrt(len(estimates))
    assert min(estimates) < 0


def test_kernel_distance_tells_distributions_apart():
    x = features(0, 200)
    near, far = (kernel_distance(x, features(1, 200, shift=s)) for s in (0.3, 1.0))
    assert 0 < near < far


def test_one_subset_of_everything_is_the_estimate_on_all():
    x, y = features(0), features(1)
    mean, deviation = kernel_distance(x, y, subsets=1)
    assert mean == pytest.approx(kernel_distance(x, y))
    assert deviation == 0


def test_subsets_average_to_about_the_whole_and_repeat_with_their_seed():
    x, y = features(0, 300), features(1, 300, shift=0.5)
    mean, deviation = kernel_distance(x, y, subsets=100, subset_size=60)
    assert deviation > 0
    assert abs(mean - kernel_distance(x, y)) < 4 * deviation / np.sqrt(100)
    assert kernel_distance(x, y, subsets=3, subset_size=60) == kernel_distance(x, y, subsets=3, subset_size=60)
    assert kernel_distance(x, y, subsets=3, subset_size=60, seed=1) != kernel_distance(x, y, subsets=3, subset_size=60)


def test_subsets_are_no_larger_than_the_smaller_set():
    mean, _ = kernel_distance(features(0, 5), features(1, 40), subsets=4, subset_size=1000)
    assert np.isfinite(mean)


@pytest.mark.parametrize("counts", [(1, 5), (5, 1), (0, 0)])
def test_a_set_of_one_has_no_kernel_distance(counts):
    with pytest.raises(ValueError, match=f"Received: {counts[0]} and {counts[1]}"):
        kernel_distance(features(0, counts[0]), features(1, counts[1]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_not_finite_are_refused(value):
    broken = features(0)
    broken[3, 1] = value
    for pair in ((broken, features(1)), (features(1), broken)):
        with pytest.raises(ValueError, match="finite"):
            kernel_distance(*pair)
