import numpy as np
import pytest

from tf_cyclegan.metrics.projection import project


def test_a_plane_is_shown_as_it_is():
    random = np.random.default_rng(0)
    plane = random.normal(size=(40, 2)) * [3, 1]
    basis, _ = np.linalg.qr(random.normal(size=(10, 2)))
    found = project([plane @ basis.T])
    assert sum(found.explained) == pytest.approx(1)
    distances = [np.linalg.norm(p[:, None] - p, axis=2) for p in (plane, found.points[0])]
    np.testing.assert_allclose(*distances, atol=1e-9)


def test_variance_beyond_two_axes_is_not_explained():
    found = project([np.random.default_rng(1).normal(size=(500, 8))])
    assert 2 / 8 < sum(found.explained) < 0.4
    assert found.explained[0] >= found.explained[1]


def test_sets_count_alike_whatever_their_sizes_and_the_last_lies_at_the_right():
    random = np.random.default_rng(2)
    small, large = random.normal(size=(10, 5)), random.normal(size=(1000, 5))
    small[:, 0] += 20
    found = project([large, small])
    assert found.points[1][:, 0].mean() == pytest.approx(10, abs=1)
    assert found.points[0][:, 0].mean() == pytest.approx(-10, abs=1)
    again = project([large, small])
    np.testing.assert_array_equal(found.points[0], again.points[0])


def test_equal_pictures_are_one_point():
    found = project([np.ones((3, 4)), np.ones((2, 4))])
    assert found.explained == (0, 0)
    assert not np.concatenate(found.points).any()
