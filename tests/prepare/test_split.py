import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.prepare.split import artist_of, hold_out, identity, join_units, name_artists


def works(names, source="photos", **about):
    return [Work(name, io.BytesIO, source, **about) for name in names]


names = st.lists(st.text("abc/äß.0", min_size=1), min_size=2, max_size=40, unique=True)
shares = st.floats(0.01, 0.99)


@settings(deadline=None)
@given(names=names, seed=st.integers(), share=shares)
def test_the_held_out_share_is_met_and_no_side_is_empty(names, seed, share):
    held_out = hold_out(names, seed, share)
    assert 0 < len(held_out) < len(names)
    assert abs(len(held_out) - len(names) * share) <= 1


@settings(deadline=None)
@given(names=names, seed=st.integers(), share=shares, order=st.randoms(use_true_random=False))
def test_the_split_does_not_depend_on_the_order_of_the_works(names, seed, share, order):
    held_out = hold_out(names, seed, share)
    order.shuffle(names)
    assert hold_out(names, seed, share) == held_out


def test_another_seed_gives_another_split():
    everything = [f"{i}.jpg" for i in range(50)]
    assert len({frozenset(hold_out(everything, seed, 0.2)) for seed in range(5)}) == 5


def test_the_split_is_the_one_that_data_sets_were_made_with():
    held_out = hold_out([identity(work) for work in works(f"{i}.jpg" for i in range(10))], 0, 0.3)
    assert held_out == {"photos/4.jpg", "photos/7.jpg", "photos/9.jpg"}


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


def test_an_artist_is_one_however_accents_are_written():
    assert len({artist_of(Work(n, io.BytesIO, "art", artist=n)) for n in ("Édouard", "E\u0301douard")}) == 1


def test_folders_name_the_artists_where_the_source_does_not():
    named = name_artists([*works("ab", folder="Monet"), *works("c", folder="x", artist="DEGAS"), *works("d")])
    assert [work.artist for work in named] == ["Monet", "Monet", "DEGAS", ""]


@pytest.mark.parametrize("folder", ["", "unknown"])
def test_without_any_artist_it_says_how_to_name_them(folder):
    with pytest.raises(UserError, match=r"no painting has a known artist.*give each artist a folder.*--split random"):
        name_artists(works("abc", folder=folder))


def test_one_folder_around_all_is_reported():
    with pytest.raises(UserError, match=r"all paintings lie in the one folder 'art'.*give the folder that holds"):
        name_artists(works(["art/monet/1", "art/degas/1"], folder="art"))
