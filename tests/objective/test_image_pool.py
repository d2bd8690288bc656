from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.objective.image_pool import ImagePool


def numbered(*numbers):
    """Pictures that are distinguished by their value."""
    return np.broadcast_to(np.float32(numbers)[:, None, None, None], (len(numbers), 2, 2, 3))


def numbers_of(pictures):
    pictures = np.asarray(pictures)
    assert np.all(pictures == pictures[:, :1, :1, :1]), "pictures are never mixed"
    return [int(v) for v in pictures[:, 0, 0, 0]]


def kept(pool):
    return numbers_of(pool.images)[: int(pool.count)]


def test_a_pool_that_fills_shows_the_new_pictures():
    pool = ImagePool(4, seed=0)
    assert numbers_of(pool(numbered(1, 2, 3))) == [1, 2, 3]
    assert kept(pool) == [1, 2, 3]
    assert numbers_of(pool(numbered(4))) == [4]
    assert kept(pool) == [1, 2, 3, 4]


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 8), st.integers(0, 2**31 - 1))
@settings(deadline=None, max_examples=20)
def test_no_picture_is_lost_or_doubled(size, batch, steps, seed):
    pool, fresh = ImagePool(size, seed=seed), iter(range(1, 1000))
    pool.build((batch, 2, 2, 3))
    for _ in range(steps):
        new = [next(fresh) for _ in range(batch)]
        before = Counter(kept(pool))
        room = min(batch, size - before.total())
        shown = numbers_of(pool(numbered(*new)))
        # Pictures that meet a pool that is not full are both shown and kept.
        assert Counter(shown) + Counter(kept(pool)) == before + Counter(new) + Counter(new[:room])
        assert len(kept(pool)) == before.total() + room


def test_a_full_pool_swaps_about_half_and_every_place():
    pool = ImagePool(5, seed=3)
    pool(numbered(*range(5)))
    ages, swapped, steps = Counter(), 0, 300
    for i in range(5, 5 + steps):
        before = kept(pool)
        [shown] = numbers_of(pool(numbered(i)))
        if shown != i:
            swapped += 1
            ages[before.index(shown)] += 1
            assert kept(pool)[before.index(shown)] == i
    # Four standard deviations of a fair coin.
    assert abs(swapped - steps / 2) < 4 * np.sqrt(steps) / 2
    assert set(ages) == set(range(5))
    assert max(ages.values()) < 2.5 * min(ages.values())


def test_size_zero_gives_every_picture_back_and_keeps_nothing():
    pool = ImagePool(0)
    assert numbers_of(pool(numbered(1, 2))) == [1, 2]
    assert [v.name for v in pool.variables] == ["seed_generator_state"]


def test_a_restored_pool_goes_on_the_same_way():
    pool, other = ImagePool(3, seed=1), ImagePool(3, seed=99)
    other.build((1, 2, 2, 3))
    for i in range(8):
        pool(numbered(i))
    for target, source in zip(other.variables, pool.variables, strict=True):
        target.assign(source)
    later = [numbers_of(pool(numbered(i))) for i in range(8, 30)]
    assert later == [numbers_of(other(numbered(i))) for i in range(8, 30)]
    assert sorted(v.name for v in pool.variables) == ["count", "images", "seed_generator_state"]


def test_the_seed_decides():
    first, same, another = (ImagePool(2, seed=seed) for seed in (5, 5, 6))
    runs = [[numbers_of(pool(numbered(i))) for i in range(25)] for pool in (first, same, another)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_nothing_of_a_pool_trains():
    pool = ImagePool(2)
    pool.build((1, 2, 2, 3))
    assert pool.trainable_variables == []


def test_half_precision_leaves_pictures_as_they_are():
    """1/3 is another number in half precision."""
    pool, pictures = ImagePool(2, dtype="mixed_bfloat16"), np.full((1, 2, 2, 3), 1 / 3, np.float32)
    for _ in range(4):
        np.testing.assert_array_equal(pool(pictures), pictures)


def test_negative_sizes_are_refused():
    with pytest.raises(ValueError, match="Received: size=-1"):
        ImagePool(-1)
