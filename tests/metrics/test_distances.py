import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from tests.reference.metrics.formulas import CASES, random_features, random_logits
from tf_cyclegan.metrics.distances import (
    bootstrap_interval,
    extrapolated_distance,
    frechet_distance,
    frechet_distance_of,
    inception_score,
    kernel_distance,
)

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "metrics" / "distances.json").read_text())

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


def moments_of(features):
    return features.mean(axis=0), np.cov(features, rowvar=False)


@pytest.mark.parametrize("program", ["torch-fidelity", "clean-fid"])
@pytest.mark.parametrize("case", CASES)
def test_frechet_agrees_with_other_programs(case, program):
    expected = REFERENCE["distances"][case][program]["frechet_inception_distance"]
    x, y = random_features(case)
    tolerance = 1e-6 if min(len(x), len(y)) > x.shape[1] else 1e-3
    assert frechet_distance(*moments_of(x), *moments_of(y)) == pytest.approx(expected, rel=tolerance)
    assert frechet_distance_of(x, y) == pytest.approx(expected, rel=tolerance)


@pytest.mark.parametrize("program", ["torch-fidelity", "clean-fid"])
def test_kernel_distance_agrees_with_other_programs(program):
    expected = REFERENCE["distances"]["full_rank"][program]["kernel_inception_distance_mean"]
    assert kernel_distance(*random_features("full_rank")) == pytest.approx(expected, rel=1e-6)


def test_inception_score_agrees_with_torch_fidelity():
    powers = np.exp(random_logits())
    score, deviation = inception_score(powers / powers.sum(axis=1, keepdims=True), splits=1)
    assert score == pytest.approx(REFERENCE["inception_score"]["inception_score_mean"], rel=1e-6)
    assert deviation == 0


@given(SEEDS, st.integers(2, 30), st.integers(2, 30), st.integers(1, 12))
@settings(deadline=None, max_examples=25)
def test_frechet_of_features_is_that_of_their_moments(seed, n, m, width):
    x, y = features(seed, n, width), features(seed + 1, m, width, shift=0.5)
    moments = [(f.mean(axis=0), np.cov(f, rowvar=False).reshape(width, width)) for f in (x, y)]
    expected = frechet_distance(*moments[0], *moments[1])
    assert frechet_distance_of(x, y) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(SEEDS)
@settings(deadline=None, max_examples=20)
def test_distances_do_not_depend_on_the_order(seed):
    x, y = features(seed, 30), features(seed + 1, 20, shift=0.5)
    shuffled = np.random.default_rng(seed).permutation(x)
    for distance in (kernel_distance, frechet_distance_of):
        assert distance(shuffled, y) == pytest.approx(distance(x, y), rel=1e-9)


def test_the_sum_over_a_kernel_does_not_depend_on_its_blocks(monkeypatch):
    x, y = features(0, 50), features(1, 33)
    whole = kernel_distance(x, y)
    monkeypatch.setattr("tf_cyclegan.metrics.distances._BLOCK", 7)
    assert kernel_distance(x, y) == pytest.approx(whole, rel=1e-12)


def test_the_bootstrap_interval_holds_what_other_samples_give():
    """In 95 of 100 cases; its half-width is compared with the true deviation, over many samples."""
    estimates = [frechet_distance_of(features(i, 150), features(10_000 + i, 150, shift=0.5)) for i in range(120)]
    widths = []
    for i in range(10):
        x, y = features(i, 150), features(10_000 + i, 150, shift=0.5)
        low, high = bootstrap_interval(x, y, seed=i)
        assert low < frechet_distance_of(x, y) < high
        widths.append((high - low) / 2 / 1.96)
    assert np.mean(widths) == pytest.approx(np.std(estimates), rel=0.25)


def test_a_bootstrap_at_a_smaller_size_is_scaled_to_the_whole():
    x, y = features(0, 400), features(1, 400, shift=0.5)
    widths = [np.ptp(bootstrap_interval(x, y, most=most, resamples=150)) for most in (400, 100)]
    assert widths[1] == pytest.approx(widths[0], rel=0.25)


def test_extrapolation_takes_out_the_bias_of_small_samples():
    """Standard normals in 8 dimensions, shifted by 0.5 each: 8 · 0.25 = 2 between endless samples."""
    pairs = [(features(i, 60, 8), features(5000 + i, 60, 8, shift=0.5)) for i in range(40)]
    plain = np.array([frechet_distance_of(*pair) for pair in pairs])
    extrapolated = np.array([extrapolated_distance(*pair) for pair in pairs])
    error = np.std(extrapolated) / np.sqrt(len(pairs))
    assert plain.mean() - 2 > 0.3
    assert abs(extrapolated.mean() - 2) < 3 * error + 0.05


@pytest.mark.parametrize(("n", "m"), [(16, 100), (100, 16), (17, 17)])
def test_with_too_few_pictures_nothing_is_extrapolated(n, m):
    assert extrapolated_distance(features(0, n, 8), features(1, m, 8)) is None
    assert extrapolated_distance(features(0, 18, 8), features(1, 18, 8)) is not None


@pytest.mark.parametrize("distance", [kernel_distance, frechet_distance_of, bootstrap_interval, extrapolated_distance])
def test_features_that_do_not_fit_are_refused(distance):
    with pytest.raises(ValueError, match=r"of the same features\. Received: \(12, 4\) and \(12, 5\)"):
        distance(features(0), features(0, width=5))
    with pytest.raises(ValueError, match="finite"):
        distance(features(0), np.full((12, 4), np.nan))


def test_a_set_with_itself_has_no_kernel_distance():
    with pytest.raises(ValueError, match="both sets are the same features"):
        kernel_distance(features(0), features(0))


@pytest.mark.parametrize("settings", [{"subsets": 0}, {"subsets": 3, "subset_size": 1}])
def test_subsets_that_are_none_are_refused(settings):
    with pytest.raises(ValueError, match="at least 1 subset of at least 2 features"):
        kernel_distance(features(0), features(1), **settings)


def test_moments_that_do_not_fit_are_refused():
    mu, sigma = random_gaussian(0)
    with pytest.raises(ValueError, match=r"means must be \(features,\)"):
        frechet_distance(mu, sigma, mu[:-1], sigma)
    with pytest.raises(ValueError, match="finite"):
        frechet_distance(mu, sigma, mu, sigma * np.nan)


def test_the_inception_score_goes_from_one_to_the_number_of_classes():
    same, each = np.full((30, 5), 0.2), np.tile(np.eye(5), (6, 1))
    assert inception_score(same, splits=3) == pytest.approx((1, 0))
    assert inception_score(each, splits=1) == pytest.approx((5, 0))


def test_what_is_no_probability_has_no_inception_score():
    with pytest.raises(ValueError, match="must be probabilities"):
        inception_score(np.full((30, 5), 0.3))
    with pytest.raises(ValueError, match="at least 10"):
        inception_score(np.full((9, 5), 0.2))
