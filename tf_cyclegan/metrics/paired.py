"""Is a difference between two sets of results more than chance? Paired bootstrap.

Both sets are made of the same photographs, so a resample takes the same ones of both: what makes some photographs
hard for everybody cancels. A picture that a resample holds twice is not compared with itself.
"""

from typing import NamedTuple

import numpy as np

from tf_cyclegan.metrics.distances import check_features

RESAMPLES = 1000
# More pictures than these are thinned out evenly: the test holds a kernel matrix of all pairs.
MOST = 1000


class Difference(NamedTuple):
    """How much lower (below 0) or higher the first set's number is than the second's.

    Attributes:
        value: the difference, of all pictures.
        low, high: its 95 % bootstrap interval.
        p: two-sided; 1 where the two are the same, never 0.
    """

    value: float
    low: float
    high: float
    p: float


def thinned(features: np.ndarray) -> np.ndarray:
    """At most `MOST` rows, at equal distances; the same rows of every set of one length."""
    if len(features) <= MOST:
        return features
    return features[np.arange(MOST) * len(features) // MOST]


def kid_difference(
    x: np.ndarray, y: np.ndarray, real: np.ndarray, *, resamples: int = RESAMPLES, seed: int = 0
) -> Difference:
    """KID(x, real) - KID(y, real), where row i of x and of y come from the same photograph.

    Each resample draws photographs (the same for x and y) and real pictures with replacement; pairs of a picture with
    itself are left out, so the estimates stay unbiased. The part of the real pictures among themselves is the same in
    both distances and cancels.

    Args:
        x, y: features, both `(n, features)`.
        real: features of the pictures to be near to, `(m, features)`.
        resamples: how many.
        seed: of the draws.

    Raises:
        ValueError: sets of different length or width, too few pictures, NaN.
    """
    x, y, real = check_features(x, y, real)
    if len(x) != len(y):
        raise ValueError(f"pairs of features are needed. Received: {len(x)} and {len(y)}")
    x, y, real = thinned(x), thinned(y), thinned(real)
    generator = np.random.default_rng(seed)
    counts = generator.multinomial(len(x), np.full(len(x), 1 / len(x)), size=resamples).astype(np.float64)
    of_real = generator.multinomial(len(real), np.full(len(real), 1 / len(real)), size=resamples).astype(np.float64)
    # The first row takes every picture once: the difference itself.
    counts, of_real = (np.concatenate([np.ones((1, c.shape[1])), c]) for c in (counts, of_real))
    # Of a few pictures a resample may hold one alone, which has no pairs.
    whole = counts.max(axis=1) < len(x)
    counts, of_real = counts[whole], of_real[whole]
    drawn = _parts(x, real, counts, of_real) - _parts(y, real, counts, of_real)
    return _difference(drawn[0], drawn[1:])


def _parts(x: np.ndarray, real: np.ndarray, counts: np.ndarray, of_real: np.ndarray) -> np.ndarray:
    """KID without the part of the real pictures, for each row of counts: `(resamples,)`."""
    among, across = _kernel(x, x), _kernel(x, real)
    np.fill_diagonal(among, 0)
    pairs = counts.sum(axis=1) ** 2 - (counts**2).sum(axis=1)
    same = ((counts @ among) * counts).sum(axis=1) / pairs
    other = ((counts @ across) * of_real).sum(axis=1) / (counts.sum(axis=1) * of_real.sum(axis=1))
    return same - 2 * other


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1.0) ** 3


def _difference(value: float, drawn: np.ndarray) -> Difference:
    low, high = np.quantile(drawn, [0.025, 0.975])
    tail = min(np.sum(drawn <= 0), np.sum(drawn >= 0))
    return Difference(float(value), float(low), float(high), float(min(1.0, 2 * (tail + 1) / (len(drawn) + 1))))


def holm(ps: list[float]) -> list[float]:
    """p-values adjusted for their number, in their order (Holm, 1979)."""
    adjusted, largest = [0.0] * len(ps), 0.0
    for rank, i in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        largest = max(largest, min(1.0, (len(ps) - rank) * ps[i]))
        adjusted[i] = largest
    return adjusted
