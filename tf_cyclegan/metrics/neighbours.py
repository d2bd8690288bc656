"""Nearest neighbours among features: precision and recall, and whether training pictures were learnt by heart.

Everything goes block by block, so that memory holds a block's distances and never those of all pairs.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tf_cyclegan.metrics.distances import check_features, frechet_distance_of

_BLOCK = 500
# Squared distances are differences of products: this share of them is rounding.
_ROUNDING = 1e-12
MIFID_THRESHOLD = 0.1


def precision_and_recall(real: np.ndarray, generated: np.ndarray, *, k: int = 3) -> tuple[float, float]:
    """Improved precision and recall.

    Precision is the share of generated pictures that lie in the manifold of the real ones, which is the union of balls
    around each real picture that reach to its k-th nearest real neighbour; recall is the share of real pictures that
    lie in the manifold of the generated ones.

    Args:
        real, generated: features, shapes `(n, features)` and `(m, features)`; n and m over k.
        k: which neighbour; 3 in the paper.

    Raises:
        ValueError: too few features, sets of different width, NaN.

    Reference: Kynkäänniemi et al., https://arxiv.org/abs/1904.06991
    """
    real, generated = check_features(real, generated, least=k + 1)
    centre = real.mean(axis=0)  # Distances stay, rounding becomes less.
    real, generated = real - centre, generated - centre
    return _covered(generated, real, k), _covered(real, generated, k)


def _covered(points: np.ndarray, manifold: np.ndarray, k: int) -> float:
    radii = np.concatenate([np.partition(block, k, axis=1)[:, k] for block in _squared_distances(manifold, manifold)])
    scale = np.sum(manifold**2, axis=1)
    inside = [(block <= radii + _ROUNDING * scale).any(axis=1) for block in _squared_distances(points, manifold)]
    return float(np.concatenate(inside).mean())


def realism_scores(real: np.ndarray, generated: np.ndarray, *, k: int = 3) -> np.ndarray:
    """How real each generated picture is: the per-picture counterpart of precision.

    The largest ratio, over real pictures, of the radius that reaches to its k-th nearest real neighbour to its distance
    from the generated picture; as in the paper, of the real pictures with a radius up to the median only. Over 1 the
    picture lies within such a radius.

    Args:
        real, generated: features, shapes `(n, features)` and `(m, features)`; n over k.
        k: which neighbour; 3 in the paper.

    Returns:
        `(m,)`, at most 1e6 (a generated picture that equals a real one).

    Raises:
        ValueError: too few features, sets of different width, NaN.

    Reference: Kynkäänniemi et al., https://arxiv.org/abs/1904.06991, section 5
    """
    (real,) = check_features(real, least=k + 1)
    real, generated = check_features(real, generated, least=1)
    centre = real.mean(axis=0)
    real, generated = real - centre, generated - centre
    radii = np.concatenate([np.partition(block, k, axis=1)[:, k] for block in _squared_distances(real, real)])
    chosen = radii <= np.median(radii)
    real, radii = real[chosen], radii[chosen]
    least = np.maximum(1e-12 * radii, 1e-300)
    ratios = [(radii / np.maximum(block, least)).max(axis=1) for block in _squared_distances(generated, real)]
    return np.sqrt(np.concatenate(ratios))


def recognised_share(results: np.ndarray, originals: np.ndarray) -> float:
    """Share of results that are nearer, by cosine, to their own original than to any other: is the content kept?

    Args:
        results, originals: features, both `(n, features)`, in the same order.

    Raises:
        ValueError: of different shapes, NaN.
    """
    if np.shape(results) != np.shape(originals):
        raise ValueError(f"pairs of features are needed. Received: {np.shape(results)} and {np.shape(originals)}")
    return float(np.mean(nearest(results, originals).indices == np.arange(len(results))))


def _squared_distances(x: np.ndarray, y: np.ndarray) -> Iterator[np.ndarray]:
    norms = np.sum(y**2, axis=1)
    for start in range(0, len(x), _BLOCK):
        block = x[start : start + _BLOCK]
        yield np.maximum(np.sum(block**2, axis=1)[:, None] + norms - 2 * block @ y.T, 0)


class Nearest(NamedTuple):
    """Of each picture: its cosine distance to the nearest of another set, and which one that is."""

    distances: np.ndarray
    indices: np.ndarray


def nearest(x: np.ndarray, y: np.ndarray) -> Nearest:
    """The nearest of `y` to each of `x` by cosine distance, 1 - |cos|, in [0, 1].

    Args:
        x, y: features, shapes `(n, features)` and `(m, features)`. A picture whose features are all 0 is at distance 1
            to everything.

    Raises:
        ValueError: empty sets, sets of different width, NaN.
    """
    x, y = (_unit_rows(features) for features in check_features(x, y, least=1))
    distances, indices = [], []
    for start in range(0, len(x), _BLOCK):
        block = 1.0 - np.abs(x[start : start + _BLOCK] @ y.T)
        indices.append(block.argmin(axis=1))
        distances.append(np.maximum(block.min(axis=1), 0.0))
    return Nearest(np.concatenate(distances), np.concatenate(indices))


def _unit_rows(features: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    return np.divide(features, norms, out=np.zeros_like(features), where=norms > 0)


class Mifid(NamedTuple):
    """`value` is FID over the penalty, `distance` the mean cosine distance to the nearest training picture."""

    value: float
    distance: float


def mifid(
    generated: np.ndarray, training: np.ndarray, *, fid: float | None = None, threshold: float = MIFID_THRESHOLD
) -> Mifid:
    """Memorization-informed FID, as the Kaggle painter competition scores it.

    The mean over generated pictures of the cosine distance to the nearest training picture; FID is divided by it where
    it is below the threshold, and left alone where not.

    Args:
        generated, training: features, shapes `(n, features)` and `(m, features)`.
        fid: the Fréchet distance to punish; default that between the two sets, as in the competition.
        threshold: 0.1 in the competition, on Inception features.

    Raises:
        ValueError: too few features, sets of different width, NaN.

    Reference: Bai et al., https://arxiv.org/abs/2106.03062
    """
    distance = float(nearest(generated, training).distances.mean())
    value = frechet_distance_of(generated, training) if fid is None else fid
    return Mifid(value / (distance + 1e-15) if distance < threshold else value, distance)


def memorized_share(results: np.ndarray, held_out: np.ndarray, *, quantile: float = 0.05) -> float:
    """Share of results that lie nearer to a training picture than nearly all real held-out pictures do.

    Args:
        results: distances of the results to their nearest training picture, `(n,)`.
        held_out: the same of real held-out pictures, which nobody can have learnt by heart, `(m,)`.
        quantile: of the held-out distances, below which a result counts.

    Returns:
        In [0, 1]; about `quantile` where nothing was learnt by heart and results are like real pictures.
    """
    return float(np.mean(np.asarray(results) < np.quantile(held_out, quantile)))
