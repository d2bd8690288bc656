import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.metrics import paired
from tf_cyclegan.metrics.distances import kernel_distance
from tf_cyclegan.metrics.paired import Difference, holm, kid_difference, thinned


def normal(count, shift=0.0, seed=0, width=8):
    return np.random.default_rng(seed).normal(shift, 1, (count, width))


def test_the_difference_is_that_of_two_kernel_distances():
    x, y, real = normal(40, 0.5, 1), normal(40, 1.0, 2), normal(30)
    found = kid_difference(x, y, real, resamples=20)
    assert found.value == pytest.approx(kernel_distance(x, real) - kernel_distance(y, real), rel=1e-9)
    assert found.low <= found.value <= found.high


def test_a_clear_difference_is_found_in_its_direction():
    x, y, real = normal(60, 0.2, 1), normal(60, 1.5, 1), normal(40)
    nearer, farther = kid_difference(x, y, real), kid_difference(y, x, real)
    assert nearer.high < 0 < farther.low
    assert nearer.p < 0.01
    assert nearer.value == pytest.approx(-farther.value)


def test_the_same_results_differ_by_nothing():
    x, real = normal(20, 1, 1), normal(20)
    assert kid_difference(x, x, real) == Difference(0, 0, 0, 1)


def test_two_draws_of_one_distribution_are_called_different_rarely():
    real = normal(40)
    found = [kid_difference(normal(40, 0.5, 10 + i), normal(40, 0.5, 100 + i), real, resamples=200) for i in range(60)]
    # About 3 of 60; 9 or more would come once in a thousand.
    assert sum(difference.low > 0 or difference.high < 0 for difference in found) <= 9


def test_pairing_finds_what_unpaired_resampling_does_not():
    """A small shift of every photograph, of which some are far away from all paintings."""
    photos = normal(60, 0, 1) * np.linspace(0.2, 3, 60)[:, None]
    real = normal(60, 1)
    found = kid_difference(photos + 0.05, photos, real)
    unpaired = kid_difference(np.random.default_rng(0).permutation(photos + 0.05), photos, real)
    assert found.high < 0
    assert found.high - found.low < (unpaired.high - unpaired.low) / 2


def test_a_picture_drawn_twice_is_not_compared_with_itself():
    """Else a resample's distance would be higher than that of all pictures, by the kernel of equal pictures."""
    x, real = normal(12, 0, 1) * 3, normal(12)
    counts = np.random.default_rng(0).multinomial(12, np.full(12, 1 / 12), size=4000).astype(float)
    every = np.ones((4000, 12))
    drawn = paired._parts(x, real, counts, every)
    assert drawn.mean() == pytest.approx(paired._parts(x, real, every[:1], every[:1])[0], rel=0.1)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_of_the_fewest_pictures_there_is_a_number(count):
    found = kid_difference(normal(count, 1, 1), normal(count, 2, 2), normal(count))
    assert np.isfinite(found).all()
    assert found.low <= found.high


def test_large_sets_are_thinned_out_alike(monkeypatch):
    monkeypatch.setattr(paired, "MOST", 10)
    assert thinned(np.arange(25)).tolist() == [0, 2, 5, 7, 10, 12, 15, 17, 20, 22]
    assert thinned(np.arange(10)).tolist() == list(range(10))
    x = normal(25, 1, 1)
    assert kid_difference(x, x, normal(30)).value == 0


def test_what_is_not_paired_is_refused():
    with pytest.raises(ValueError, match="pairs"):
        kid_difference(normal(4), normal(5), normal(4))


def test_holm_by_its_textbook_example():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_keeps_the_order_and_lowers_nothing(ps):
    adjusted = holm(ps)
    assert all(p <= a <= 1 for p, a in zip(ps, adjusted, strict=True))
    order = np.argsort(ps, kind="stable")
    assert (np.diff(np.array(adjusted)[order]) >= 0).all()
