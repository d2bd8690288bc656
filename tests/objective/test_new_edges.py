import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.objective.new_edges import NewEdges, new_edges_loss
from tf_cyclegan.objective.step import Step


def even(level: float, side: int = 32) -> np.ndarray:
    return np.full((1, side, side, 3), level, np.float32)


def new_edges_by_loops(result: np.ndarray, picture: np.ndarray) -> float:
    """Written out: means of 8 × 8 pixels every 4, differences of neighbours, and of these what is beyond 1.5 times."""

    def coarse(image):
        places = range(0, image.shape[1] - 7, 4), range(0, image.shape[2] - 7, 4)
        return np.array([[image[:, i : i + 8, j : j + 8].mean((1, 2)) for j in places[1]] for i in places[0]])

    theirs, ours = coarse(picture.astype(np.float64)), coarse(result.astype(np.float64))
    paid = [
        np.maximum(0, np.abs(np.diff(ours, axis=axis)) - 1.5 * np.abs(np.diff(theirs, axis=axis))).mean()
        for axis in (0, 1)
    ]
    return sum(paid) / 2


@given(seed=st.integers(0, 2**32 - 1), height=st.integers(12, 33), width=st.integers(12, 33))
@settings(deadline=None, max_examples=20)
def test_new_edges_are_as_defined(seed, height, width):
    random = np.random.default_rng(seed)
    shape = (2, height, width, 3)
    blobs = [np.kron(random.uniform(-1, 1, (2, 5, 5, 3)), np.ones((1, 8, 8, 1)))[:, :height, :width] for _ in range(2)]
    result, picture = (b.astype(np.float32).reshape(shape) for b in blobs)
    assert float(new_edges_loss(result, picture)) == pytest.approx(new_edges_by_loops(result, picture), rel=1e-4)


@given(seed=st.integers(0, 2**32 - 1), brighter=st.floats(-1, 1), stronger=st.floats(0, 1.49))
@settings(deadline=None, max_examples=20)
def test_other_light_and_other_contrast_are_no_new_edges(seed, brighter, stronger):
    picture = np.random.default_rng(seed).uniform(-1, 1, (1, 24, 24, 3)).astype(np.float32)
    assert float(new_edges_loss(stronger * picture + brighter, picture)) == pytest.approx(0, abs=1e-6)


def test_a_patch_on_an_even_wall_is_paid_for_and_fine_texture_hardly():
    patch, texture = even(0), even(0)
    patch[:, 8:24, 8:24] = 0.5
    texture[:, ::2] = 0.5
    assert float(new_edges_loss(patch, even(0))) > 0.02
    assert float(new_edges_loss(texture, even(0))) == pytest.approx(0, abs=1e-6)
    assert float(new_edges_loss(patch, patch)) == 0


def test_each_result_is_compared_with_the_picture_that_it_was_made_of():
    random = np.random.default_rng(7)
    pictures = {name: np.float32(random.normal(size=(1, 16, 16, 3))) for name in ("x", "y", "fake_x", "fake_y")}
    step = Step(pictures, {}, training=True)
    step.update(pictures)
    found = NewEdges(3.0)(step)
    assert found.keys() == {"edges_y", "edges_x"}
    assert float(found["edges_y"]) == pytest.approx(3 * float(new_edges_loss(step["fake_y"], step["x"])))
    assert float(found["edges_x"]) == pytest.approx(3 * float(new_edges_loss(step["fake_x"], step["y"])))
    assert NewEdges(0.0)(step) == {}
