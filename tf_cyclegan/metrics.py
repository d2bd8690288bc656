"""Distances between two sets of features: arrays in, numbers out."""

import numpy as np
from scipy import linalg


def frechet_distance(mu1: np.ndarray, sigma1: np.ndarray, mu2: np.ndarray, sigma2: np.ndarray) -> float:
    """Fréchet distance of two Gaussians, ‖μ₁ - μ₂‖² + tr(Σ₁ + Σ₂ - 2 (Σ₁Σ₂)^½); FID on Inception features.

    Args:
        mu1, mu2: means, shape `(features,)`.
        sigma1, sigma2: covariances, shape `(features, features)`.

    Reference: Heusel et al., https://arxiv.org/abs/1706.08500
    """
    mu1, mu2 = np.asarray(mu1, np.float64), np.asarray(mu2, np.float64)
    sigma1, sigma2 = np.asarray(sigma1, np.float64), np.asarray(sigma2, np.float64)
    # tr (Σ₁Σ₂)^½ = tr (√Σ₁ Σ₂ √Σ₁)^½, and this matrix is symmetric: its eigenvalues are real, also where Σ is singular.
    values, vectors = linalg.eigh(sigma1)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    covariance = linalg.eigvalsh(root @ sigma2 @ root)
    cross = np.sqrt(np.clip(covariance, 0, None)).sum()
    return float(np.sum((mu1 - mu2) ** 2) + np.trace(sigma1) + np.trace(sigma2) - 2 * cross)


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

    Reference: Bińkowski et al., https://arxiv.org/abs/1801.01401
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if min(len(x), len(y)) < 2:
        raise ValueError(f"at least 2 features in each set are needed. Received: {len(x)} and {len(y)}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("features must be finite. Received: NaN or infinity")
    if subsets is None:
        return _squared_mmd(x, y)
    size = min(subset_size or 1000, len(x), len(y))
    generator = np.random.default_rng(seed)
    estimates = [
        _squared_mmd(x[generator.choice(len(x), size, replace=False)], y[generator.choice(len(y), size, replace=False)])
        for _ in range(subsets)
    ]
    return float(np.mean(estimates)), float(np.std(estimates))


def _squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1.0) ** 3

    within_x, within_y = kernel(x, x), kernel(y, y)
    n, m = len(x), len(y)
    mean_x = (within_x.sum() - np.trace(within_x)) / (n * (n - 1))
    mean_y = (within_y.sum() - np.trace(within_y)) / (m * (m - 1))
    return float(mean_x + mean_y - 2 * kernel(x, y).mean())
