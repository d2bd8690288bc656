import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.split import artist_of, hold_out, join_units, split_works
from tf_cyclegan.prepare.work import Work


def works(names, source="photos"):
    return [Work(name, io.BytesIO, source) for name in names]


names = st.lists(st.text("abc/äß.0", min_size=1), min_size=2, max_size=40, unique=True)
shares = st.floats(0.01, 0.99)


@settings(deadline=None)
@given(names=names, seed=st.integers(), share=shares)
def test_the_sides_are_disjoint_complete_and_in_order(names, seed, share):
    everything = works(names)
    train, test = split_works(everything, seed, share)
    assert sorted([*train, *test], key=everything.index) == everything
    for side in (train, test):
        assert side == sorted(side, key=everything.index)


@settings(deadline=None)
@given(names=names, seed=st.integers(), share=shares)
def test_the_held_out_share_is_met_and_no_side_is_empty(names, seed, share):
    train, test = split_works(works(names), seed, share)
    assert train
    assert test
    assert abs(len(test) - len(names) * share) <= 1


@settings(deadline=None)
@given(names=names, seed=st.integers(), share=shares, order=st.randoms(use_true_random=False))
def test_the_split_does_not_depend_on_the_order_of_the_works(names, seed, share, order):
    held_out = {w.name for w in split_works(works(names), seed, share)[1]}
    order.shuffle(names)
    assert {w.name for w in split_works(works(names), seed, share)[1]} == held_out


def test_another_seed_gives_another_split():
    everything = works(f"{i}.jpg" for i in range(50))
    splits = {tuple(w.name for w in split_works(everything, seed, 0.2)[1]) for seed in range(5)}
    assert len(splits) == 5


def test_the_split_is_the_one_that_data_sets_were_made_with():
    test = split_works(works(f"{i}.jpg" for i in range(10)), 0, 0.3)[1]
    assert [w.name for w in test] == ["4.jpg", "7.jpg", "9.jpg"]


units = st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=60).filter(lambda u: len(set(u)) > 1)


@settings(deadline=None)
@given(units=units, seed=st.integers(), share=shares)
def test_units_are_held_out_whole_and_never_all(units, seed, share):
    held_out = hold_out(units, seed, share)
    assert held_out
    assert held_out < set(units)
    count = sum(unit in held_out for unit in units)
    smallest = min(units.count(unit) for unit in set(units))
    # More than asked for only to come nearer, or because less than the smallest unit cannot be held out.
    assert count < 2 * max(1, round(len(units) * share)) or count == smallest


def test_large_units_meet_the_share_about():
    """Ten painters of 60 works each, 15 % held out: 60 or 120, not none."""
    sizes = {
        sum(u in hold_out([f"p{i % 10}" for i in range(600)], seed, 0.15) for u in [f"p{i % 10}" for i in range(600)])
        for seed in range(8)
    }
    assert sizes <= {60, 120}


def test_units_that_are_placed_stay_where_they_are():
    everything = [f"u{i}" for i in range(20)]
    held_out = hold_out(everything, 0, 0.2, placed={"u3": True, "u4": False, "elsewhere": True})
    assert "u3" in held_out
    assert "u4" not in held_out
    assert len(held_out) == 4
    assert all("u4" not in hold_out(everything, seed, 0.9, placed={"u4": False}) for seed in range(20))


def test_one_unit_cannot_be_split():
    with pytest.raises(UserError, match="--split random"):
        hold_out(["monet"] * 9, 0, 0.2)


@pytest.mark.parametrize("name", ["UNKNOWN MASTER, Louvre", "Anonymous", "anonimo fiorentino", "Unbekannt", "", "  "])
def test_unknown_masters_count_each_for_himself(name):
    one, other = (Work(n, io.BytesIO, "art", artist=name) for n in ("1", "2"))
    assert artist_of(one) != artist_of(other)


def test_an_artist_is_one_in_any_case_and_spacing():
    assert len({artist_of(Work(n, io.BytesIO, "art", artist=n)) for n in ("MONET, Claude", "Monet,  claude")}) == 1


def test_near_duplicates_join_their_units():
    assert join_units(["monet", "manet", "degas", "manet"], [0, 0, 1, 2]) == ["manet", "manet", "degas", "manet"]
    assert join_units(["a", "b", "c", "d"], [0, 1, 1, 0]) == ["a", "b", "b", "a"]
    assert join_units(["b", "a", "c", "b", "a"], [0, 1, 2, 2, 2]) == ["a"] * 5
