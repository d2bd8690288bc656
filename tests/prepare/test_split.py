import io

from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.prepare.split import split_works
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
