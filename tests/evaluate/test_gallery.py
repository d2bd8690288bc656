import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_pictures
from tf_cyclegan.evaluate.gallery import MOST, RANKS, choose, choose_most, show
from tf_cyclegan.score.feature_sets import central_crop


def test_best_median_and_worst_by_score():
    scores = [0.1 * i for i in (3, 9, 1, 7, 5, 2, 8, 4, 6)]
    assert choose(scores, 2) == [("best", 1), ("best", 6), ("median", 8), ("median", 4), ("worst", 5), ("worst", 2)]


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.integers(1, 5))
def test_no_picture_is_shown_twice_and_ranks_go_downwards(scores, each):
    chosen = choose(scores, each)
    places = [place for _, place in chosen]
    assert len(set(places)) == len(places)
    ranks = [RANKS.index(rank) for rank, _ in chosen]
    assert ranks == sorted(ranks)
    values = [scores[place] for place in places]
    assert values == sorted(values, reverse=True)
    assert values[0] == max(scores)
    if len(scores) >= 3:
        assert {rank for rank, _ in chosen} == set(RANKS)
        assert values[-1] == min(scores)
    counts = [ranks.count(i) for i in range(3)]
    assert max(counts) <= each


def test_pictures_are_painted_and_turned_back(tmp_path):
    paths = sorted(make_pictures(tmp_path / "p", 3).iterdir())

    def scaling(scale):
        picture = keras.Input((None, None, 3))
        return keras.Model(picture, keras.layers.Rescaling(scale)(picture))

    rows = [{"picture": path.name} for path in paths]
    (shown,) = show([("best", 2)], rows, paths, scaling(0.5), scaling(2.0))
    assert (shown.rank, shown.row) == ("best", rows[2])
    source, result, back = (p.astype(int) for p in shown.pictures)
    np.testing.assert_array_equal(source, central_crop(paths[2]))
    assert np.abs((source - 127.5) / 2 + 127.5 - result).max() <= 0.5
    assert np.abs(source - back).max() <= 1
    assert show([], rows, paths, scaling(1.0), scaling(1.0)) == []


def test_a_tie_is_decided_by_order():
    assert choose([1.0] * 6, 1) == [("best", 0), ("median", 2), ("worst", 5)]
    assert choose([0.5], 4) == [("best", 0)]
    assert pytest.approx(len(choose([1.0, 2.0], 4))) == 2


def test_those_with_the_most_are_shown_once():
    amounts = [0.3, 0.9, 0.1, 0.8, 0.3]
    assert choose_most(amounts, 2, [("best", 1)]) == [(MOST, 3), (MOST, 0)]
    assert choose_most(amounts, 9, []) == [(MOST, i) for i in (1, 3, 0, 4, 2)]
    assert choose_most([0.5], 2, [("best", 0)]) == []
