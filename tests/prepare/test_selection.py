import dataclasses
import io
from collections import Counter, defaultdict

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.prepare.measure.test_measures import grained
from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.candidate import Candidate
from tf_cyclegan.prepare.cleaning import BALANCED, DUPLICATE, MONOCHROME, OTHER_GENRE, Cleaning
from tf_cyclegan.prepare.gather.folder import read_folder
from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.prepare.measure.frame import Box
from tf_cyclegan.prepare.measure.measures import measure
from tf_cyclegan.prepare.picture import Picture
from tf_cyclegan.prepare.selection import assign_sides, leave_out_by_words, select, staying
from tf_cyclegan.prepare.settings import Settings
from tf_cyclegan.prepare.split import name_artists
from tf_cyclegan.settings.limits import MIN_HELD_OUT, MIN_PICTURES

# A picture, and a scan of it that is cut so much that both are only alike.
WHOLE = [grained(seed, (300, 450)) for seed in range(24)]
CUT = [measure(picture.crop((0, 0, 270, 450))) for picture in WHOLE]
WHOLE = [measure(picture) for picture in WHOLE]
OTHERS = [measure(grained(100 + seed, (300, 256))) for seed in range(12)]
LOOKS = [measure(grained(seed, (300, 256))) for seed in range(24)]
GREY = dataclasses.replace(LOOKS[0], colour=0.0)


def candidate(name, domain="B", *, looks=None, side=300, genre="", measures=None, **about):
    work = Work(name, io.BytesIO, "art" if domain == "B" else "photos", **about)
    measures = measures or LOOKS[int(name) % len(LOOKS) if looks is None else looks]
    picture = Picture(f"key{name}", side, side, Box(0, 0, side, side), genre, measures, "", "")
    return Candidate(work, domain, f"{name}.jpg", picture)


def selected(candidates, **values):
    chosen = Settings(**values)
    leave_out_by_words(candidates, chosen)
    select(candidates, chosen)
    return [c.work.name for c in staying(candidates)]


def test_of_near_duplicates_the_largest_stays_over_both_domains():
    few = [candidate("0", looks=0), candidate("1", looks=0, side=500), candidate("2", "A", looks=0, side=400)]
    few.append(candidate("3", looks=3))
    assert selected(few) == ["1", "3"]
    assert [c.reason for c in few] == [DUPLICATE, "", DUPLICATE, ""]
    assert few[0].detail == "of art/1"


def test_the_larger_short_side_stays_even_where_its_area_is_smaller():
    wide, high = candidate("0", looks=0, side=400), candidate("1", looks=0, side=300)
    high.picture = dataclasses.replace(high.picture, height=900, box=Box(0, 0, 300, 900))
    assert selected([high, wide]) == ["0"]


def scan(name, source, measures, *, side=300, domain="B", **about):
    made = candidate(name, domain, measures=measures, side=side, **about)
    made.work = dataclasses.replace(made.work, source=source)
    made.name = f"{source}_{made.name}"
    return made


@st.composite
def overlapping(draw):
    """Works of two collections: for each its versions, and whether they are one by artist and title, or as pictures."""
    works = []
    for number in range(draw(st.integers(8, len(WHOLE)))):
        cut = draw(st.booleans())
        known = draw(st.booleans())
        about = {"artist": f"Painter{number}" if known else "Unknown master"}
        versions = []
        for source in draw(st.sampled_from([("small",), ("large",), ("small", "large")])):
            measures = CUT[number] if cut and source == "large" else WHOLE[number]
            titles = st.sampled_from(["untitled", f"view {number}", f"View {number} (detail)"])
            # The IDs of both collections begin at 0.
            side = draw(st.integers(288, 900))
            versions.append(scan(str(number), source, measures, side=side, title=draw(titles), **about))
        works.append((versions, known or not cut))
    return works


@settings(deadline=None, max_examples=60)
@given(works=overlapping(), order=st.randoms(use_true_random=False), seed=st.integers(0, 99), keep=st.booleans())
def test_of_any_two_collections_every_work_stays_once_and_on_one_side(works, order, seed, keep):
    photographs = [scan(str(i), "photos", OTHERS[i], domain="A") for i in range(12)]
    chosen = Settings(seed=seed, test_share=0.3, cleaning=Cleaning(duplicates=not keep))

    def prepared(everything):
        for one in everything:
            one.reason = one.detail = one.split = ""
        select(everything, chosen)
        assign_sides(everything, chosen)
        return {(c.work.source, c.work.name): c.split for c in staying(everything)}

    everything = [*photographs, *(c for versions, _ in works for c in versions)]
    found = prepared(everything)
    for versions, is_one in works:
        stay = [c for c in versions if not c.reason]
        assert len(stay) == (1 if is_one and not keep else len(versions))
        assert len({c.split for c in stay}) == 1
        if is_one and not keep:
            assert stay[0].made.short_side == max(c.made.short_side for c in versions)
            assert all(
                (c.reason, c.detail) == (DUPLICATE, f"of {stay[0].work.source}/{stay[0].work.name}")
                for c in versions
                if c is not stay[0]
            )
    order.shuffle(everything)
    assert prepared(everything) == found


def test_of_one_source_and_of_photographs_only_near_duplicates_are_one():
    known = {"artist": "MONET, Claude", "title": "Poppies"}
    assert selected([scan("0", "art", WHOLE[0], **known), scan("1", "art", CUT[0], **known)]) == ["0", "1"]
    few = [scan("0", "mine", WHOLE[0], domain="A"), scan("1", "yours", CUT[0], domain="A")]
    assert selected(few) == ["0", "1"]
    assert few[0].group != few[1].group


def test_which_of_equals_stays_does_not_depend_on_their_order():
    names = [selected([candidate(n, looks=0) for n in order]) for order in ("012", "210", "102")]
    assert names == [["0"]] * 3


def test_what_is_left_out_for_itself_is_no_better_duplicate():
    few = [candidate("0", measures=GREY, side=900), candidate("1", looks=0)]
    assert selected(few) == ["1"]
    assert few[0].reason == MONOCHROME


def test_duplicates_may_stay():
    assert selected([candidate(n, looks=0) for n in "012"], cleaning=Cleaning(duplicates=False)) == ["0", "1", "2"]


def test_genres_are_reported_by_words_then_by_folders_then_by_looks():
    few = [
        candidate("0", title="View of Delft", genre="portrait"),
        candidate("1", title="untitled", genre="portrait"),
        candidate("2", title="untitled", genre="landscape"),
        candidate("3", "A", genre="other"),
    ]
    selected(few)
    assert [c.genre for c in few] == ["landscape", "portrait", "landscape", "other"]


def test_only_the_wanted_genres_stay_in_both_domains():
    few = [
        candidate("0", title="View of Delft"),
        candidate("1", title="Portrait of a man"),
        candidate("2", genre="landscape"),
        candidate("3", "A", genre="landscape"),
        candidate("4", "A", genre="portrait"),
        candidate("5", "A", genre="other"),
    ]
    assert selected(few, genres=("landscape",)) == ["0", "2", "3"]
    assert (few[1].reason, few[1].detail) == (OTHER_GENRE, "portrait")


def test_photographs_of_any_genre_may_stay():
    few = [candidate("0", title="View of Delft"), candidate("1", "A", genre="other")]
    assert selected(few, genres=("landscape",), all_photographs=True) == ["0", "1"]


def test_where_still_lifes_are_wanted_other_photographs_stay_but_other_paintings_do_not():
    few = [candidate("0", "A", genre="other"), candidate("1", "A", genre="portrait"), candidate("2", genre="other")]
    few += [candidate("3", title="Still life"), candidate("4", "A", genre="other", period="Baroque")]
    assert selected(few, genres=("still life",)) == ["0", "3"]


@settings(deadline=None, max_examples=30)
@given(
    a=st.lists(st.sampled_from(["portrait", "landscape", "other"]), min_size=12, max_size=40),
    b=st.lists(st.sampled_from(["portrait", "landscape", "other", "still life"]), min_size=12, max_size=40),
    seed=st.integers(0, 99),
)
def test_balanced_domains_have_the_same_mix(a, b, seed):
    unlike = Cleaning(duplicates=False)
    few = [candidate(str(i), "A", genre=g) for i, g in enumerate(a)]
    few += [candidate(str(i), "B", genre=g) for i, g in enumerate(b)]
    selected(few, balance_genres=True, seed=seed, cleaning=unlike)
    left = {
        d: Counter("other" if c.genre == "still life" else c.genre for c in staying(few) if c.domain == d) for d in "AB"
    }
    for genre in ("portrait", "landscape", "other"):
        # The same part of both domains, up to the rounding to whole pictures.
        assert abs(left["A"][genre] / len(a) - left["B"][genre] / len(b)) <= 0.5 / len(a) + 0.5 / len(b) + 1e-9
    assert {c.reason for c in few} <= {"", BALANCED}


def test_balance_keeps_everything_where_the_mix_is_the_same():
    few = [candidate(str(i), d, genre=("portrait", "other")[i % 2]) for d in "AB" for i in range(12)]
    selected(few, balance_genres=True, cleaning=Cleaning(duplicates=False))
    assert len(staying(few)) == 24


def sides(candidates, **values):
    chosen = Settings(cleaning=Cleaning(duplicates=False), **values)
    select(candidates, chosen)
    assign_sides(candidates, chosen)
    return {f"{c.domain}{c.work.name}": c.split for c in candidates}


@pytest.mark.parametrize("seed", range(6))
def test_near_duplicates_that_stay_are_on_one_side_over_both_domains(seed):
    few = [candidate(str(i), d, looks=i // 2) for d in "AB" for i in range(20)]
    found = sides(few, seed=seed, test_share=0.3)
    for i in range(0, 20, 2):
        assert len({found[f"{d}{i + k}"] for d in "AB" for k in (0, 1)}) == 1
    assert Counter(found.values())["test"] in range(8, 17)


@pytest.mark.parametrize("seed", range(6))
def test_no_artist_is_on_both_sides(seed):
    few = [candidate(str(i), artist=f"painter {i % 5}" if i % 4 else "Unknown master") for i in range(20)]
    few += [candidate(str(i), "A") for i in range(20)]
    found = sides(few, split="artist", seed=seed, test_share=0.25)
    for name in {c.work.artist for c in few} - {"", "Unknown master"}:
        assert len({found[f"B{c.work.name}"] for c in few if c.work.artist == name}) == 1
    assert {found[f"B{i}"] for i in range(20)} == {"train", "test"}


@settings(deadline=None)
@given(count=st.integers(2 * MIN_PICTURES, 60), share=st.floats(0.001, 0.999), seed=st.integers(0, 9))
def test_both_sides_have_what_training_and_evaluation_need(count, share, seed):
    few = [candidate(str(i), d) for d in "AB" for i in range(count)]
    found = sides(few, seed=seed, test_share=share)
    for domain in "AB":
        counts = Counter(side for name, side in found.items() if name[0] == domain)
        assert counts["train"] >= MIN_PICTURES
        assert counts["test"] >= MIN_HELD_OUT
        if count - MIN_PICTURES >= count * share >= MIN_HELD_OUT:
            assert abs(counts["test"] - count * share) <= 3  # Near duplicates stay together.


@pytest.mark.parametrize("seed", range(6))
def test_no_artist_is_on_both_sides_however_two_sources_write_the_name(seed):
    names = {"small": "PAINTER, Claude {}", "large": "{} Painter"}
    few = [scan(str(i), s, LOOKS[i], artist=names[s].format("abcde"[i % 5])) for s in names for i in range(15)]
    few += [scan(str(i), "photos", OTHERS[i], domain="A") for i in range(12)]
    sides(few, split="artist", seed=seed, test_share=0.25)
    paintings = [c for c in few if c.domain == "B"]
    for letter in "abcde":
        assert len({c.split for c in paintings if f" {letter}" in f" {c.work.artist}"}) == 1
    assert {c.split for c in paintings} == {"train", "test"}


def test_the_split_of_the_source_is_kept():
    few = [candidate(str(i), d, split=("train", "test")[i == 3]) for d in "AB" for i in range(9)]
    assert {name for name, side in sides(few, split="source").items() if side == "test"} == {"A3", "B3"}


def test_a_source_without_a_split_is_reported():
    with pytest.raises(UserError, match="no split of its own"):
        sides([candidate(str(i), d) for d in "AB" for i in range(9)], split="source")


@pytest.mark.parametrize(
    "values", [{"size": 4}, {"test_share": 1.0}, {"split": "half"}, {"genres": ("landscapes",)}], ids=str
)
def test_settings_that_make_no_sense_are_refused(values):
    with pytest.raises(UserError):
        Settings(**values)


def test_genres_without_scikit_image_are_refused(monkeypatch):
    monkeypatch.setattr("tf_cyclegan.pictures.faces.can_find_faces", lambda: False)
    Settings()
    for values in ({"genres": ("portrait",)}, {"balance_genres": True}):
        with pytest.raises(UserError, match="pip install scikit-image"):
            Settings(**values)


PAINTERS = st.lists(
    st.from_regex(r"[A-Za-zÄÖÜäöüß][A-Za-zäöüß .-]{0,6}[A-Za-zäöüß]", fullmatch=True), min_size=2, max_size=8
)
PLACES = st.sampled_from(("", "early", "early/oil", "late"))


@settings(deadline=None, max_examples=40)
@given(painters=PAINTERS, data=st.data(), seed=st.integers(0, 99), share=st.floats(0.05, 0.9))
def test_of_any_tree_of_painters_folders_nobody_is_on_both_sides(painters, data, seed, share, tmp_path_factory):
    """Folders within a painter's folder, and pictures of nobody next to them, change nothing."""
    root = tmp_path_factory.mktemp("any") / "paintings"
    for painter in ["", *painters]:
        for i in range(data.draw(st.integers(0 if not painter else 1, 5))):
            folder = root / painter / (data.draw(PLACES) if painter else "")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{i}.jpg").write_bytes(b"")
    works = read_folder(root)
    assume(len({" ".join(painter.casefold().split()) for painter in painters}) > 1)
    looks = candidate("0").picture
    everything = [Candidate(w, "B", f"{i}.jpg", looks) for i, w in enumerate(name_artists(works))]
    photographs = [candidate(str(i), "A") for i in range(4)]
    for i, one in enumerate([*everything, *photographs]):
        one.group = i
    assign_sides([*everything, *photographs], Settings(split="artist", seed=seed, test_share=share))
    sides = defaultdict(set)
    for one in everything:
        sides[one.work.name.split("/")[0].casefold()].add(one.split)
    assert all(len(found) == 1 for name, found in sides.items() if not name.endswith(".jpg"))
    assert set.union(*sides.values()) == {"train", "test"}


def test_photographs_and_paintings_of_one_name_are_split_apart():
    """Of a hundred photographs fifteen are held out, and paintings too, though none of them is called like one."""
    few = [candidate(str(n), domain, looks=0) for domain, count in (("A", 100), ("B", 10)) for n in range(count)]
    for number, one in enumerate(few):
        one.work, one.group = dataclasses.replace(one.work, source="pictures"), number
    for seed in range(8):
        assign_sides(few, Settings(seed=seed))
        assert Counter((c.domain, c.split) for c in few)[("A", "test")] == 15
        assert Counter((c.domain, c.split) for c in few)[("B", "test")] == 2
