"""Distances between two sets of features: arrays in, numbers out."""

from typing import NamedTuple

import numpy as np
from scipy import linalg
from scipy.special import rel_entr

_BLOCK = 1000


def check_features(*sets: np.ndarray, least: int = 2) -> list[np.ndarray]:
    """The sets as float64 `(n, features)`, all of one width, finite, none smaller than `least`.

    Raises:
        ValueError: they are not.
    """
    arrays = [np.asarray(features, np.float64) for features in sets]
    counts = [len(features) for features in arrays]
    if any(features.ndim != 2 for features in arrays) or len({features.shape[1] for features in arrays}) > 1:
        shapes = " and ".join(str(features.shape) for features in arrays)
        raise ValueError(f"sets of features must be (n, features), of the same features. Received: {shapes}")
    if min(counts) < least:
        received = " and ".join(map(str, counts))
        raise ValueError(f"at least {least} features in each set are needed. Received: {received}")
    if not all(np.isfinite(features).all() for features in arrays):
        raise ValueError("features must be finite. Received: NaN or infinity")
    return arrays


def frechet_distance(mu1: np.ndarray, sigma1: np.ndarray, mu2: np.ndarray, sigma2: np.ndarray) -> float:
    """Fréchet distance of two Gaussians, ‖μ₁ - μ₂‖² + tr(Σ₁ + Σ₂ - 2 (Σ₁Σ₂)^½); FID on Inception features.

    Args:
        mu1, mu2: means, shape `(features,)`.
        sigma1, sigma2: covariances, shape `(features, features)`.

    Raises:
        ValueError: shapes that do not fit, NaN or infinity.

    Reference: Heusel et al., https://arxiv.org/abs/1706.08500
    """
    mu1, mu2 = (np.atleast_1d(np.asarray(mu, np.float64)) for mu in (mu1, mu2))
    sigma1, sigma2 = (np.atleast_2d(np.asarray(sigma, np.float64)) for sigma in (sigma1, sigma2))
    width = len(mu1)
    if mu1.shape != (width,) or mu2.shape != (width,) or sigma1.shape != sigma2.shape or sigma1.shape != (width, width):
        shapes = ", ".join(str(a.shape) for a in (mu1, sigma1, mu2, sigma2))
        raise ValueError(f"means must be (features,), covariances (features, features). Received: {shapes}")
    if not all(np.isfinite(a).all() for a in (mu1, mu2, sigma1, sigma2)):
        raise ValueError("means and covariances must be finite. Received: NaN or infinity")
    # tr (Σ₁Σ₂)^½ = tr (√Σ₁ Σ₂ √Σ₁)^½, and this matrix is symmetric: its eigenvalues are real, also where Σ is singular.
    values, vectors = linalg.eigh(sigma1)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    covariance = linalg.eigvalsh(root @ sigma2 @ root)
    cross = np.sqrt(np.clip(covariance, 0, None)).sum()
    return float(np.sum((mu1 - mu2) ** 2) + np.trace(sigma1) + np.trace(sigma2) - 2 * cross)


def frechet_distance_of(x: np.ndarray, y: np.ndarray) -> float:
    """Fréchet distance of the Gaussians fitted to two sets of features, shapes `(n, features)` and `(m, features)`.

    With fewer pictures than features the covariances are never made: tr (Σ₁Σ₂)^½ is the sum of the singular values of
    X Yᵀ / √((n-1)(m-1)), X and Y centred, which is quick and loses nothing to rounding.

    Raises:
        ValueError: fewer than 2 features in a set, sets of different width, NaN.
    """
    return _frechet(*check_features(x, y))


def _frechet(x: np.ndarray, y: np.ndarray) -> float:
    (n, width), m = x.shape, len(y)
    if min(n, m) >= width:
        return frechet_distance(x.mean(0), np.cov(x, rowvar=False), y.mean(0), np.cov(y, rowvar=False))
    difference = x.mean(0) - y.mean(0)
    x, y = (x - x.mean(0)) / np.sqrt(n - 1), (y - y.mean(0)) / np.sqrt(m - 1)
    cross = linalg.svdvals(x @ y.T).sum()
    return float(np.sum(difference**2) + np.sum(x**2) + np.sum(y**2) - 2 * cross)


class Interval(NamedTuple):
    """A 95 % confidence interval."""

    low: float
    high: float


def bootstrap_interval(
    x: np.ndarray, y: np.ndarray, *, resamples: int = 50, most: int = 1000, seed: int = 0
) -> Interval:
    """95 % confidence interval of the Fréchet distance of two sets of features, at these sample sizes.

    The estimate ± 1.96 standard deviations over bootstrap resamples of both sets. It says how far the number would move
    with other pictures of the same number; the bias of small samples, which the estimate itself has, stays in it
    (`extrapolated_distance` takes that out). Sets over `most` are resampled at that size, and the deviation is scaled
    by the root of the sizes' ratio (m out of n bootstrap).

    Raises:
        ValueError: as `frechet_distance_of`.
    """
    x, y = check_features(x, y)
    generator = np.random.default_rng(seed)
    sizes = min(len(x), most), min(len(y), most)

    def draw() -> float:
        a, b = (
            features[generator.integers(len(features), size=size)] for features, size in zip((x, y), sizes, strict=True)
        )
        return _frechet(a, b)

    estimate = _frechet(x, y)
    scale = np.sqrt(min(sizes) / min(len(x), len(y)))
    reach = 1.96 * scale * float(np.std([draw() for _ in range(resamples)], ddof=1))
    return Interval(max(0.0, estimate - reach), estimate + reach)


def extrapolated_distance(x: np.ndarray, y: np.ndarray, *, points: int = 6, seed: int = 0) -> float | None:
    """Fréchet distance extrapolated to infinitely many pictures (FID∞).

    The bias of the distance falls with one over the sample size, so the distances of random parts of both sets, from
    half of them to all, are fitted by a line over 1 / share, and its value at 0 is taken. The paper thins out the
    generated set only, against 50,000 real pictures; with few real ones their bias counts as much.

    Args:
        x, y: features, shapes `(n, features)` and `(m, features)`.
        points: how many shares.
        seed: of the parts.

    Returns:
        The distance, or None where the parts have no more pictures than features: the bias is no straight line there.

    Reference: Chong and Forsyth, https://arxiv.org/abs/1911.07023
    """
    x, y = check_features(x, y)
    if min(len(x), len(y)) // 2 <= x.shape[1]:
        return None
    generator = np.random.default_rng(seed)
    inverse = np.linspace(2.0, 1.0, points)
    distances = [
        _frechet(*(generator.permutation(features)[: round(len(features) / i)] for features in (x, y))) for i in inverse
    ]
    return max(0.0, float(np.polyfit(inverse, distances, 1)[1]))


def kernel_distance(
    x: np.ndarray, y: np.ndarray, *, subsets: int | None = None, subset_size: int | None = None, seed: int = 0
) -> float | tuple[float, float]:
    """Kernel distance (KID): unbiased squared MMD with the kernel (x·y / features + 1)³.

    Args:
        x, y: features, shapes `(n, features)` and `(m, features)`, n and m at least 2.
        subsets: how many random subsets; None: one estimate on all.
        subset_size: features of each set in a subset; default 1000, or as many as the smaller set has.
        seed: of the subsets.

    Returns:
        The estimate on all, or with `subsets` their mean and standard deviation.

    Raises:
        ValueError: fewer than 2 features in a set, sets of different width, NaN, or a set with itself: the estimate is
            of two independent samples, and would come out below zero.

    Reference: Bińkowski et al., https://arxiv.org/abs/1801.01401
    """
    x, y = check_features(x, y)
    if np.array_equal(x, y):
        raise ValueError("both sets are the same features; a kernel distance is between two independent samples")
    if subsets is None:
        return _squared_mmd(x, y)
    if subsets < 1 or (subset_size is not None and subset_size < 2):
        received = f"{subsets} and {subset_size}"
        raise ValueError(f"at least 1 subset of at least 2 features is needed. Received: {received}")
    size = min(subset_size or 1000, len(x), len(y))
    generator = np.random.default_rng(seed)
    estimates = [
        _squared_mmd(x[generator.choice(len(x), size, replace=False)], y[generator.choice(len(y), size, replace=False)])
        for _ in range(subsets)
    ]
    return float(np.mean(estimates)), float(np.std(estimates))


def _squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    n, m = len(x), len(y)
    mean_x = (_kernel_sum(x, x) - _diagonal_sum(x)) / (n * (n - 1))
    mean_y = (_kernel_sum(y, y) - _diagonal_sum(y)) / (m * (m - 1))
    return float(mean_x + mean_y - 2 * _kernel_sum(x, y) / (n * m))


def _kernel_sum(x: np.ndarray, y: np.ndarray) -> float:
    """The kernel's sum over all pairs; block by block, so that its matrix is never there as a whole."""
    starts = range(0, len(x), _BLOCK)
    return float(sum(((x[i : i + _BLOCK] @ y.T / x.shape[1] + 1.0) ** 3).sum() for i in starts))


def _diagonal_sum(x: np.ndarray) -> float:
    return float(((np.sum(x * x, axis=1) / x.shape[1] + 1.0) ** 3).sum())


def inception_score(probabilities: np.ndarray, *, splits: int = 10, seed: int = 0) -> tuple[float, float]:
    """Inception score, exp E KL(p(class | picture) ‖ p(class)): how sure and how various a classifier's verdicts are.

    Args:
        probabilities: `(n, classes)`, each row summing to 1.
        splits: parts over which mean and standard deviation are taken; the score depends on it.
        seed: of the order in which the pictures are dealt into parts.

    Returns:
        Mean and standard deviation over the parts; 1 is the lowest score, the number of classes the highest.

    Raises:
        ValueError: rows that are no probabilities, or fewer pictures than parts.

    Reference: Salimans et al., https://arxiv.org/abs/1606.03498
    """
    (p,) = check_features(probabilities, least=splits)
    if p.min() < 0 or not np.allclose(p.sum(axis=1), 1, atol=1e-3):
        raise ValueError("rows must be probabilities: not negative, summing to 1")
    p = p / p.sum(axis=1, keepdims=True)
    parts = np.array_split(np.random.default_rng(seed).permutation(p), splits)
    scores = [np.exp(np.mean(np.sum(rel_entr(part, part.mean(axis=0)), axis=1))) for part in parts]
    return float(np.mean(scores)), float(np.std(scores))
