import shutil
import warnings
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture, make_pictures, make_truncated_jpeg
from tf_cyclegan.errors import UserError
from tf_cyclegan.train.data import Domain, PairSource, Plan, Sample, _batches, normalize, open_dataset

seeds = st.integers(-(2**70), 2**70)
sizes = st.integers(1, 40)
steps = st.integers(0, 10**9)


@settings(deadline=None)
@given(seed=seeds, domain=st.integers(0, 1), size=sizes, k=steps, others=st.lists(steps, max_size=5))
def test_a_sample_depends_on_seed_and_number_alone(seed, domain, size, k, others):
    """Not on what was asked for before: a continued run sees the pictures of an uninterrupted one."""
    asked_before = Plan(seed, domain, size)
    for other in others:
        asked_before.sample(other)
    assert asked_before.sample(k) == Plan(seed, domain, size).sample(k)


@settings(deadline=None)
@given(seed=seeds, size=sizes, rounds=st.integers(0, 1000))
def test_every_picture_comes_once_in_each_round(seed, size, rounds):
    plan = Plan(seed, 0, size)
    seen = [plan.sample(rounds * size + i).picture for i in range(size)]
    assert sorted(seen) == list(range(size))


@settings(deadline=None)
@given(seed=seeds, k=steps)
def test_shares_of_the_free_space_are_below_one(seed, k):
    sample = Plan(seed, 1, 7).sample(k)
    assert 0 <= sample.left < 1
    assert 0 <= sample.top < 1
    assert isinstance(sample.flip, bool)


def test_the_plan_is_the_one_that_runs_were_started_with():
    """A change of these numbers breaks every run that is under way."""
    plan = Plan(0, 0, 5)
    assert [plan.sample(k).picture for k in range(10)][:7] == [0, 2, 1, 4, 3, 1, 2]
    assert plan.sample(0) == Sample(0, 0.8133540609793564, 0.7513314251083365, True)
    assert plan.sample(6) == Sample(2, 0.5451868160622104, 0.24786596757661272, False)
    assert Plan(7, 1, 5).sample(1) == Sample(0, 0.8905560502271676, 0.9695401093587276, False)


@pytest.mark.parametrize("seeds", [(-1, -2), (2**63, 2**63 + 1), (0, 2**32)])
def test_seeds_of_every_size_differ(seeds):
    one, other = ([Plan(seed, 0, 30).sample(k) for k in range(30)] for seed in seeds)
    assert one != other


def test_seeds_domains_and_rounds_differ():
    def order(seed, domain, rounds):
        return tuple(Plan(seed, domain, 30).sample(30 * rounds + i).picture for i in range(30))

    assert len({order(s, d, r) for s in (0, 1) for d in (0, 1) for r in (0, 1)}) == 8


def test_crops_and_flips_are_spread_evenly():
    samples = [Plan(0, 0, 10).sample(k) for k in range(2000)]
    assert np.mean([s.flip for s in samples]) == pytest.approx(0.5, abs=0.05)
    for name in ("left", "top"):
        counts, _ = np.histogram([getattr(s, name) for s in samples], bins=10, range=(0, 1))
        assert counts.min() > 140


@pytest.fixture(scope="module")
def domain(prepared):
    return Domain(prepared / "trainA", load=40)


shares = st.floats(0, 1, exclude_max=True)


@settings(deadline=None)
@given(sample=st.builds(Sample, st.integers(0, 6), shares, shares, st.booleans()), size=st.integers(1, 40))
def test_every_crop_lies_inside_its_picture(domain, sample, size):
    crop = domain.crop(sample, size)
    assert crop.shape == (size, size, 3)
    assert crop.dtype == np.uint8


def test_crops_reach_all_four_corners(domain):
    pixels = domain.picture(0)
    last = np.nextafter(1, 0)
    np.testing.assert_array_equal(domain.crop(Sample(0, 0.0, 0.0, False), 32), pixels[:32, :32])
    np.testing.assert_array_equal(domain.crop(Sample(0, last, last, False), 32), pixels[-32:, -32:])


def test_a_flip_mirrors_left_and_right(domain):
    plain, flipped = (domain.crop(Sample(1, 0.3, 0.6, flip), 32) for flip in (False, True))
    np.testing.assert_array_equal(flipped, plain[:, ::-1])


def test_pictures_are_brought_to_the_short_side(domain):
    assert {domain.picture(i).shape for i in range(len(domain))} == {(40, 53, 3)}


@pytest.mark.parametrize("count", [1, 3])
def test_too_few_pictures_to_train_on_are_refused(tmp_path, count):
    make_pictures(tmp_path / "trainA", 4)
    make_pictures(tmp_path / "trainB", count)
    with pytest.raises(UserError, match=f"trainB: {count} pictures are too few; at least 4"):
        open_source(tmp_path)


def test_one_picture_is_enough_to_look_at(tmp_path):
    assert Domain(make_pictures(tmp_path / "testA", 1), 40).picture(0).shape == (40, 53, 3)


def test_a_damaged_picture_is_named_once_and_the_next_one_takes_its_place(tmp_path):
    folder = make_pictures(tmp_path / "pictures", 4)
    make_truncated_jpeg(folder / "001.jpg")
    domain = Domain(folder, 40)
    with pytest.warns(UserWarning, match=r"skipped: .*001\.jpg: damaged") as caught:
        for _ in range(3):
            np.testing.assert_array_equal(domain.picture(1), domain.picture(2))
    assert len(caught) == 1


def test_after_the_last_picture_the_first_one_follows(tmp_path):
    folder = make_pictures(tmp_path / "pictures", 4)
    make_truncated_jpeg(folder / "003.jpg")
    domain = Domain(folder, 40)
    with pytest.warns(UserWarning, match="skipped"):
        np.testing.assert_array_equal(domain.picture(3), domain.picture(0))


def test_a_damaged_picture_is_named_once_also_where_nothing_fits_into_memory(tmp_path):
    folder = make_pictures(tmp_path / "pictures", 4)
    make_truncated_jpeg(folder / "001.jpg")
    domain = Domain(folder, 40, cache_bytes=0)
    with pytest.warns(UserWarning, match="skipped") as caught:
        first, again = domain.picture(1), domain.picture(1)
    np.testing.assert_array_equal(first, again)
    assert len(caught) == 1


def test_a_folder_of_damaged_pictures_is_reported(tmp_path):
    folder = make_pictures(tmp_path / "pictures", 4)
    for path in folder.iterdir():
        make_truncated_jpeg(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(UserError, match="every picture in this folder is damaged"):
            Domain(folder, 40).picture(2)


def test_a_domain_of_damaged_pictures_is_reported_before_training(tmp_path):
    for name in ("trainA", "trainB"):
        make_pictures(tmp_path / name, 4)
    for path in (tmp_path / "trainB").iterdir():
        make_truncated_jpeg(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(UserError, match="trainB: every picture in this folder is damaged"):
            open_source(tmp_path)


def test_memory_is_used_up_to_its_limit_and_changes_no_picture(prepared):
    size = 40 * 53 * 3
    kept, nothing = (Domain(prepared / "trainA", 40, cache_bytes=free) for free in (2 * size, 0))
    for i in range(len(kept)):
        np.testing.assert_array_equal(kept.picture(i), nothing.picture(i))
    assert (len(kept._cache), len(nothing._cache)) == (2, 0)


def open_source(folder, seed=3, batch=2):
    return PairSource([folder], load=36, crop=32, batch=batch, seed=seed)


def test_the_same_step_has_the_same_bytes(prepared):
    one, other = open_source(prepared), open_source(prepared)
    one.pair(11)
    for ours, theirs in zip(one.pair(4), other.pair(4), strict=True):
        assert ours.shape == (2, 32, 32, 3)
        assert ours.dtype == np.uint8
        np.testing.assert_array_equal(ours, theirs)


def test_another_seed_has_other_pictures(prepared):
    assert not np.array_equal(open_source(prepared, 3).pair(0)[0], open_source(prepared, 4).pair(0)[0])


def test_the_batch_is_a_window_on_one_order_of_samples(prepared):
    """Batch 2 at step 3 holds samples 6 and 7, which batch 1 shows at steps 6 and 7."""
    double, single = open_source(prepared), open_source(prepared, batch=1)
    for domain in (0, 1):
        expected = np.concatenate([single.pair(k)[domain] for k in (6, 7)])
        np.testing.assert_array_equal(double.pair(3)[domain], expected)


def test_sources_of_different_length_both_cycle(prepared):
    source = open_source(prepared, batch=1)
    assert [[len(d) for d in pair] for pair in source.domains] == [[7, 5]]
    for plan, size in zip(source.plans[0], (7, 5), strict=True):
        for rounds in range(3):
            assert {plan.sample(rounds * size + i).picture for i in range(size)} == set(range(size))


def test_moving_the_data_does_not_change_the_pictures(prepared, tmp_path):
    shutil.copytree(prepared, tmp_path / "moved")
    for ours, theirs in zip(open_source(prepared).pair(5), open_source(tmp_path / "moved").pair(5), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_missing_domain_is_reported(tmp_path):
    make_pictures(tmp_path / "trainA", 4)
    with pytest.raises(UserError, match="trainB: no such folder"):
        open_source(tmp_path)


def test_normalized_values_span_minus_one_to_one():
    values = normalize(np.array([0, 255], np.uint8))
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, [-1, 1])


def test_the_dataset_starts_at_any_step_and_has_the_pairs_of_the_plan(prepared):
    source = open_source(prepared)
    batches = [{k: np.asarray(v) for k, v in batch.items()} for batch in open_dataset(source, 5, 12)]
    assert len(batches) == 7
    for step, batch in enumerate(batches, start=5):
        for name, pixels in zip(("x", "y"), source.pair(step), strict=True):
            assert batch[name].dtype == np.float32
            assert np.abs(batch[name]).max() <= 1
            np.testing.assert_allclose(batch[name], normalize(pixels), atol=1e-6)


@pytest.mark.parametrize(("start", "stop"), [(0, 2), (5, 12), (3, 3), (0, 4)])
def test_without_tensorflow_the_batches_are_the_same(prepared, start, stop):
    source = open_source(prepared)
    with_it = [{k: np.asarray(v) for k, v in batch.items()} for batch in open_dataset(source, start, stop)]
    without = list(_batches(source, start, stop))
    assert len(with_it) == len(without) == stop - start
    for ours, (theirs,) in zip(with_it, without, strict=True):
        for name in ("x", "y"):
            np.testing.assert_allclose(ours[name], theirs[name], atol=1e-6)


def test_batches_without_tensorflow_can_be_left_early(prepared):
    assert len(list(islice(_batches(open_source(prepared), 0, 1000), 3))) == 3


def test_a_damaged_picture_reaches_the_dataset_as_its_neighbour(tmp_path):
    for name in ("trainA", "trainB"):
        make_pictures(tmp_path / name, 4)
    make_truncated_jpeg(tmp_path / "trainA" / "002.jpg")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        batches = list(open_dataset(open_source(tmp_path, batch=1), 0, 8))
    assert len(batches) == 8
    printed = [str(w.message) for w in caught if str(w.message).startswith("skipped")]
    assert len(printed) == 1
    assert "002.jpg" in printed[0]


def test_pictures_smaller_than_the_crop_are_made_larger(tmp_path):
    for name in ("trainA", "trainB"):
        folder = make_pictures(tmp_path / name, 4)
        make_picture(width=16, height=200).save(folder / "thin.jpg")
    source = PairSource([tmp_path], load=64, crop=64, batch=5, seed=0)
    assert source.pair(0)[0].shape == (5, 64, 64, 3)


@settings(deadline=None)
@given(seed=seeds, size=sizes, k=steps, count=st.integers(1, 20))
def test_a_choice_is_below_its_count_and_leaves_the_sample_as_it_is(seed, size, k, count):
    plan = Plan(seed, 1, size)
    before = plan.sample(k)
    assert 0 <= plan.choice(k, count) < count
    assert plan.choice(k, count) == Plan(seed, 1, size).choice(k, count)
    assert plan.sample(k) == before


def test_every_partner_is_chosen_about_as_often():
    counts = np.bincount([Plan(0, 1, 7).choice(k, 10) for k in range(2000)], minlength=10)
    assert counts.min() > 140


def test_a_photograph_meets_its_partners_alone(prepared):
    """And keeps its own crop; without partners it meets any painting."""
    given = {"load": 40, "crop": 32, "batch": 2, "seed": 5}
    free = PairSource([prepared], **given)
    photographs, paintings = (len(domain) for domain in free.domains[0])
    partners = np.stack([np.arange(photographs) % paintings, (np.arange(photographs) + 1) % paintings], axis=1)
    bound = PairSource([prepared], **given, partners=partners)
    met = set()
    for step in range(12):
        np.testing.assert_array_equal(free.pair(step)[0], bound.pair(step)[0])
        for k in (2 * step, 2 * step + 1):
            (_, photograph), (_, painting) = bound._met(k)
            assert painting.picture in partners[photograph.picture]
            met.add((photograph.picture, painting.picture))
    assert len(met) > photographs  # Not always the same one.


@pytest.fixture(scope="module")
def periods(tmp_path_factory):
    """Three periods: the same photographs in two of them, paintings of one colour in each."""
    root = tmp_path_factory.mktemp("periods")
    for i, (name, seed) in enumerate((("one", 0), ("two", 0), ("three", 50))):
        make_pictures(root / name / "trainA", 5, seed)
        (root / name / "trainB").mkdir()
        for number in range(4 + i):
            Image.new("RGB", (48, 40), (60 * i + 40 + number, 0, 0)).save(root / name / "trainB" / f"{number}.png")
    return [root / name for name in ("one", "two", "three")]


def red_of(painting):
    return painting[..., 0].mean()


@settings(deadline=None, max_examples=20)
@given(seed=seeds, batch=st.integers(1, 7))
def test_every_round_has_one_pair_of_each_period(periods, seed, batch):
    source = PairSource(periods, load=36, crop=32, batch=batch, seed=seed)
    order = np.concatenate([source.mix(step).argmax(1) for step in range(9)])
    whole = order[: len(order) // 3 * 3].reshape(-1, 3)
    assert (np.sort(whole, axis=1) == np.arange(3)).all()


def test_the_mix_says_of_which_period_a_painting_is(periods):
    source = PairSource(periods, load=36, crop=32, batch=4, seed=1)
    for step in range(6):
        mix, (_, paintings) = source.mix(step), source.pair(step)
        assert mix.dtype == np.float32 and (mix.sum(1) == 1).all()
        assert [int((red_of(p) - 40) // 60) for p in paintings] == mix.argmax(1).tolist()


def test_partners_are_those_of_the_period(periods):
    source = PairSource(periods, load=36, crop=32, batch=3, seed=1)
    rows = [np.full((5, 2), number) for number in (3, 1, 5)]  # In each period one painting alone.
    source.partners = np.concatenate(rows).astype(np.int32)
    for step in range(5):
        reds = dict(zip(source.mix(step).argmax(1).tolist(), map(red_of, source.pair(step)[1]), strict=True))
        assert reds == pytest.approx({0: 43, 1: 101, 2: 165}, abs=1)


def test_the_same_photographs_are_in_memory_once(periods):
    source = PairSource(periods, load=36, crop=32, batch=3, seed=1)
    (one, _), (two, _), (three, _) = source.domains
    assert one is two and one is not three


def test_the_dataset_of_several_periods_has_their_mix(periods):
    source = PairSource(periods, load=36, crop=32, batch=3, seed=1)
    with_it = [{k: np.asarray(v) for k, v in batch.items()} for batch in open_dataset(source, 2, 5)]
    for step, ours, (theirs,) in zip(range(2, 5), with_it, _batches(source, 2, 5), strict=True):
        for found in (ours, theirs):
            np.testing.assert_array_equal(found["mix"], source.mix(step))
        np.testing.assert_allclose(ours["y"], theirs["y"], atol=1e-6)
