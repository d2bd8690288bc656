import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tf_cyclegan.stylize.tiles import plan_tiles

steps = st.integers(1, 300)


@settings(deadline=None)
@given(height=steps, width=steps, overlap=st.integers(0, 6), more=st.integers(1, 40))
@example(height=17, width=5000, overlap=22, more=100)
@example(height=5000, width=17, overlap=22, more=1)
def test_every_pixel_is_kept_exactly_once_and_seen_with_its_surroundings(height, width, overlap, more):
    side = 2 * overlap + more
    kept = np.zeros((height, width), int)
    sizes = set()
    for tile in plan_tiles(height, width, side, overlap):
        top, bottom, left, right = tile.kept
        kept[top:bottom, left:right] += 1
        for (first, last), (start, stop), length in zip(
            ((top, bottom), (left, right)), (tile.seen[:2], tile.seen[2:]), (height, width), strict=True
        ):
            assert 0 <= start <= first < last <= stop <= length
            assert start == 0 or first - start >= overlap
            assert stop == length or stop - last >= overlap
        sizes.add((tile.seen[1] - tile.seen[0], tile.seen[3] - tile.seen[2]))
    assert (kept == 1).all()
    assert sizes == {(min(side, height), min(side, width))}


@given(height=steps, width=steps, multiple=st.sampled_from([1, 4, 8]))
def test_coordinates_are_multiples_where_sizes_are(height, width, multiple):
    for tile in plan_tiles(height * multiple, width * multiple, 13 * multiple, 3 * multiple):
        assert not any(n % multiple for n in (*tile.seen, *tile.kept, *tile.inner))


def test_what_is_kept_counts_from_what_is_seen():
    (*_, last) = plan_tiles(50, 30, 20, 4)
    assert last.seen == (30, 50, 10, 30)
    assert last.inner == (last.kept[0] - 30, 20, last.kept[2] - 10, 20)


def test_tiles_without_an_inside_are_refused():
    with pytest.raises(ValueError, match="twice"):
        list(plan_tiles(50, 50, 8, 4))
