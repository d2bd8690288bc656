import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.objective.patch_nce import patch_nce_loss


def patch_nce_by_loops(features: list[np.ndarray], picture_features: list[np.ndarray]) -> float:
    """Written out: at each place of the grid, the cross-entropy of finding its own among the picture's places."""
    layers = []
    for result, picture in zip(features, picture_features, strict=True):
        rows, columns = (
            sorted({int((i + 0.5) * side / min(8, side)) for i in range(8)} & {*range(side)})
            for side in result.shape[1:3]
        )
        found = []
        for one in range(len(result)):
            query, key = (
                np.array([p[one, i, j] / np.linalg.norm(p[one, i, j]) for i in rows for j in columns], np.float64)
                for p in (result, picture)
            )
            for place, q in enumerate(query):
                likely = np.exp(key @ q / 0.07)
                found.append(-np.log(likely[place] / likely.sum()))
        layers.append(np.mean(found))
    return float(np.mean(layers))


@given(seed=st.integers(0, 2**32 - 1), height=st.integers(1, 26), width=st.integers(1, 26), channels=st.integers(2, 5))
@settings(deadline=None, max_examples=20)
def test_patch_nce_is_as_defined(seed, height, width, channels):
    random = np.random.default_rng(seed)
    shapes = (2, height, width, channels), (2, 4, 4, 3)
    ours, theirs = ([random.normal(size=shape).astype(np.float32) for shape in shapes] for _ in range(2))
    assert float(patch_nce_loss(ours, theirs)) == pytest.approx(patch_nce_by_loops(ours, theirs), rel=1e-3, abs=1e-4)


def test_patch_nce_is_low_where_places_are_found_again_whatever_their_size():
    picture = np.random.default_rng(0).normal(size=(1, 8, 8, 32)).astype(np.float32)
    same, moved = (float(patch_nce_loss([p], [picture])) for p in (5 * picture, np.roll(picture, 1, axis=2)))
    assert same < 0.1
    assert moved > np.log(64)
