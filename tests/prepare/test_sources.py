import csv
import dataclasses
import json
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from itertools import chain

import pytest

from tests.conftest import make_picture, make_pictures
from tests.prepare.gather.test_collection import ARTIST_COLUMNS, ARTWORK_COLUMNS, table, write_folder, write_zip
from tests.prepare.gather.test_urls import QUICK
from tests.prepare.picture_server import answer_with, jpeg
from tf_cyclegan.cli.main import main
from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare import sources
from tf_cyclegan.prepare.gather import urls
from tf_cyclegan.prepare.gather.collection import ARTISTS, ARTWORKS
from tf_cyclegan.prepare.gather.folder import read_folder
from tf_cyclegan.prepare.gather.tfds import Domains
from tf_cyclegan.prepare.sources import Choice, open_collection, read_sources

PEOPLE = {"MONET": "Impressionism", "HALS": "Baroque", "VERMEER": "Baroque"}
TITLES = ("Portrait of a Man", "River Landscape", "Still-Life with Fruit")


def make_collection(pictures=True, address="https://example.org", count=12) -> dict[str, bytes]:
    """`count` works of each of three painters, two of them Baroque; of each genre as many."""
    works, files = [], {}
    for number, artist in enumerate(name for name in PEOPLE for _ in range(count)):
        works.append((number, artist, TITLES[number % 3], "oil on canvas", "64*48", f"{address}/{number}.jpg"))
        if pictures:
            files[f"artwork/{number}.jpg"] = jpeg(number)
    people = [(artist, "", period, "", "", "", "") for artist, period in PEOPLE.items()]
    tables = {ARTWORKS: table(ARTWORK_COLUMNS, works).encode(), ARTISTS: table(ARTIST_COLUMNS, people).encode()}
    return {**tables, **files}


@pytest.fixture(scope="module")
def art(tmp_path_factory):
    return write_zip(tmp_path_factory.mktemp("art") / "art.zip", make_collection())


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Another collection with the same IDs: its 12 to 29 are the first one's 18 to 35, in larger pictures."""
    files = make_collection()
    files |= {f"artwork/{i}.jpg": jpeg(i + 6, 96, 72) for i in range(36)}
    return write_folder(tmp_path_factory.mktemp("large") / "large", files)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("photos") / "photos", 12, seed=500)


@pytest.fixture
def tables(server, tmp_path):
    """The two tables without a picture; the addresses lead to the server."""
    return write_folder(tmp_path / "tables", make_collection(pictures=False, address=server.url("")))


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setattr(urls, "Manners", lambda: QUICK)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))


def read(work):
    with work.open() as file:
        return file.read()


def test_a_period_and_photographs(art, photos):
    found = read_sources(Choice(historic_art=art, period="baroque", photos=photos))
    assert Counter(w.artist for w in found.paintings) == {"HALS": 12, "VERMEER": 12}
    assert [w.name for w in found.photographs] == [f"{i:03d}.jpg" for i in range(12)]
    assert found.about == {"period": "Baroque", "sources": {"A": "photos", "B": "historic-art"}}
    assert found.remarks == []


def test_two_periods_of_one_collection(art):
    found = read_sources(Choice(historic_art=art, period="Baroque", photos_period="impressionism"))
    assert {w.artist for w in found.photographs} == {"MONET"}
    assert {w.artist for w in found.paintings} == {"HALS", "VERMEER"}
    assert found.about["period"] == "Baroque"
    assert found.about["photos_period"] == "Impressionism"


def test_several_collections_and_folders_are_one_choice_in_any_order(art, large, photos, tmp_path):
    more = make_pictures(tmp_path / "more", 9, seed=700)
    one = read_sources(Choice(historic_art=[art, large], period="baroque", photos=[photos, more]))
    two = read_sources(Choice(historic_art=[large, art], period="baroque", photos=[more, photos]))
    assert Counter(w.source for w in one.paintings) == {"historic-art/art": 24, "historic-art/large": 24}
    assert Counter(w.source for w in one.photographs) == {"more": 9, "photos": 12}
    assert one.about["sources"] == {"A": "more + photos", "B": "historic-art/art + historic-art/large"}
    assert one.about == two.about
    for side in ("photographs", "paintings"):
        works, others = ([(w.source, w.name, read(w)) for w in getattr(found, side)] for found in (one, two))
        assert works == others
        assert len({work[:2] for work in works}) == len(works)


def test_a_period_that_only_one_collection_has(large, photos, tmp_path):
    files = make_collection()
    files[ARTISTS] = files[ARTISTS].replace(b"Baroque", b"Rococo")
    other = write_folder(tmp_path / "other", files)
    for period, source in (("Rococo", "historic-art/other"), ("Baroque", "historic-art/large")):
        found = read_sources(Choice(historic_art=[large, other], period=period, photos=photos))
        assert {w.source for w in found.paintings} == {source}
    found = read_sources(Choice(historic_art=[large, other], period="rococo+Baroque", photos=photos))
    assert len(found.paintings) == 48


def test_a_folder_of_paintings_is_added_to_a_collection(art, photos, tmp_path):
    own = make_pictures(tmp_path / "historic-art", 9)
    choice = Choice(historic_art=art, paintings=own, period="Baroque", photos=photos)
    found = read_sources(choice)
    assert Counter(w.source for w in found.paintings) == {"historic-art": 24, f"{tmp_path.name}/historic-art": 9}
    assert len(read_sources(dataclasses.replace(choice, limit=12)).paintings) == 12


def test_a_collection_of_kaggle_is_one_of_several(art, large, photos, monkeypatch):
    monkeypatch.setattr(sources, "download_dataset", lambda *_: art)
    found = read_sources(Choice(kaggle="a/b", historic_art=large, period="Baroque", photos=photos))
    assert Counter(w.source for w in found.paintings) == {"historic-art/b": 24, "historic-art/large": 24}


def test_photographs_by_name_are_joined_with_those_of_a_folder(photos, tmp_path, monkeypatch):
    """A data set of Kaggle has the name that it has there, wherever it lies on this machine."""
    version = make_pictures(tmp_path / "versions" / "3", 9, seed=300)
    fetched = []

    def read_photographs(name, *, data_dir):
        fetched.append((name, data_dir))
        return [dataclasses.replace(work, source=name) for work in read_folder(photos)]

    monkeypatch.setattr(sources, "download_dataset", lambda *words: fetched.append(words) or version)
    monkeypatch.setattr(sources, "read_photographs", read_photographs)
    names = {"photos_kaggle": "https://www.kaggle.com/datasets/a/b", "photos_tfds": "cycle_gan/monet2photo"}
    found = read_sources(Choice(paintings=photos, period="Monet", cache=tmp_path, **names))
    assert Counter(w.source for w in found.photographs) == {"kaggle/a/b": 9, "cycle_gan/monet2photo": 12}
    assert fetched == [
        ("https://www.kaggle.com/datasets/a/b", tmp_path),
        ("cycle_gan/monet2photo", tmp_path / "tensorflow_datasets"),
    ]
    more = make_pictures(tmp_path / "more", 9, seed=700)
    found = read_sources(Choice(paintings=photos, photos=more, photos_kaggle="a/b"))
    assert found.about["sources"]["A"] == "kaggle/a/b + more"


def test_pictures_of_two_collections_with_the_same_ids_are_fetched_each_from_its_address(server, photos, tmp_path):
    for name in ("one", "two"):
        write_folder(tmp_path / name, make_collection(pictures=False, address=server.url(f"/{name}")))
        server.answers |= {f"/{name}/{i}.jpg": [jpeg(i + 100 * len(name))] for i in range(36)}
    server.answers |= {f"/two/{i}.jpg": [jpeg(500 + i)] for i in range(36)}
    server.answers["/two/20.jpg"] = [answer_with(status=404)]
    choice = Choice(
        historic_art=[tmp_path / "one", tmp_path / "two"], period="Baroque", photos=photos, download_urls=True
    )
    found = read_sources(choice)
    assert len(found.paintings) == 47
    assert [line.split()[2] for line in found.remarks] == ["historic-art/two/20"]
    pictures = {(w.source, w.name): read(w) for w in found.paintings}
    assert pictures["historic-art/one", "20"] == jpeg(320)
    assert pictures["historic-art/two", "21"] == jpeg(521)


def test_two_folders(photos, tmp_path):
    paintings = make_pictures(tmp_path / "monet", 9)
    found = read_sources(Choice(paintings=paintings, photos=photos, period="Monet"))
    assert (len(found.photographs), len(found.paintings)) == (12, 9)
    assert found.about == {"period": "Monet", "sources": {"A": "photos", "B": "monet"}}


def test_what_does_not_fit_in_the_collection_is_remarked(photos, tmp_path):
    files = make_collection()
    del files["artwork/3.jpg"]
    found = read_sources(Choice(historic_art=write_folder(tmp_path, files), period="Baroque", photos=photos))
    assert found.remarks == ["works without a picture: 1 (3)"]


def test_the_limit_draws_the_same_works_for_the_same_seed(art, photos):
    def drawn(seed, limit):
        choice = Choice(historic_art=art, period="Baroque", photos=photos, limit=limit, seed=seed)
        found = read_sources(choice)
        assert [len(found.photographs), len(found.paintings)] == [min(limit, 12), min(limit, 24)]
        assert found.about["limit"] == limit
        return [w.name for w in found.paintings]

    assert drawn(1, 10) == drawn(1, 10)
    assert drawn(1, 10) != drawn(2, 10)
    assert set(drawn(1, 10)) < set(drawn(1, 15))
    assert drawn(1, 99) == [str(i) for i in range(12, 36)]


def test_only_chosen_works_are_fetched(server, tables, photos, tmp_path):
    choice = Choice(historic_art=tables, period="Baroque", photos=photos, download_urls=True, limit=9)
    found = read_sources(choice)
    assert len(found.paintings) == 9
    asked = {path for path, _, _ in server.asked}
    assert asked == {f"/{w.name}.jpg" for w in found.paintings}
    assert all(read(w) == jpeg() for w in found.paintings)
    assert len(list((tmp_path / "caches" / "tf_cyclegan" / "urls").iterdir())) == 9


def test_with_genres_works_that_are_told_to_be_of_another_are_not_fetched(server, tables, photos):
    choice = Choice(historic_art=tables, period="Baroque", photos=photos, download_urls=True, genres=["landscape"])
    found = read_sources(choice)
    assert len(server.asked) == len(found.paintings) == 8
    assert {w.title for w in found.paintings} == {"River Landscape"}


def test_genres_are_for_both_periods_unless_all_photographs_are_wanted(art):
    def counts(**options):
        choice = Choice(historic_art=art, period="Baroque", photos_period="Impressionism", limit=20, **options)
        found = read_sources(choice)
        return len(found.photographs), len(found.paintings), found.remarks

    both = ("portrait", "landscape")
    printed = [
        f"works of {period} whose words show another genre, not chosen: " for period in ("Baroque", "Impressionism")
    ]
    assert counts() == (12, 20, [])
    assert counts(genres=both) == (8, 16, [f"{printed[0]}8", f"{printed[1]}4"])
    assert counts(genres=both, all_photographs=True) == (12, 16, [f"{printed[0]}8"])


def test_where_nothing_is_fetched_or_drawn_genres_are_left_to_the_preparation(art, photos):
    choice = Choice(historic_art=art, period="Baroque", photos=photos, genres=["landscape"])
    assert len(read_sources(choice).paintings) == 24


def test_too_few_works_of_a_genre_are_reported_before_anything_is_fetched(server, tables, photos):
    choice = Choice(historic_art=tables, period="Impressionism", photos=photos, download_urls=True, genres=["portrait"])
    with pytest.raises(UserError, match="'Impressionism' has 4 works that may be portrait; at least 8 are needed"):
        read_sources(choice)
    assert server.asked == []


def test_pictures_that_are_there_are_not_fetched(server, photos, tmp_path):
    files = make_collection(address=server.url(""))
    del files["artwork/13.jpg"], files["artwork/3.jpg"]
    source = write_folder(tmp_path / "art", files)
    choice = Choice(historic_art=source, period="Baroque", photos=photos, download_urls=True, cache=tmp_path / "c")
    works = {w.name: w for w in read_sources(choice).paintings}
    assert [path for path, _, _ in server.asked] == ["/13.jpg"]
    assert len(works) == 24
    assert read(works["13"]) == jpeg()
    assert read(works["14"]) == jpeg(14)
    assert len(list((tmp_path / "c" / "urls").iterdir())) == 1


def test_works_that_cannot_be_fetched_are_named_and_left_out(server, tables, photos):
    server.answers["/20.jpg"] = [answer_with(status=404)]
    choice = Choice(historic_art=tables, period="Baroque", photos=photos, download_urls=True)
    found = read_sources(choice)
    assert len(found.paintings) == 23
    assert found.remarks == [f"left out: historic-art/20 ({server.url('/20.jpg')}): the server answers 404 Not Found"]


def test_a_download_of_nothing_is_reported(server, tables, photos):
    server.answers = {f"/{i}.jpg": [answer_with(status=404)] for i in range(36)}
    with pytest.raises(
        UserError, match=r"12 of 12 pictures could not be fetched \(first: .*404 Not Found\), so it has 0"
    ):
        read_sources(Choice(historic_art=tables, period="Impressionism", photos=photos, download_urls=True))


def test_without_download_a_collection_without_pictures_says_how_to_get_them(tables, photos):
    with pytest.raises(UserError, match=r"has 0 works with a picture \(of 24; --download-urls fetches the others\)"):
        read_sources(Choice(historic_art=tables, period="Baroque", photos=photos))


def test_a_collection_is_downloaded_from_kaggle(art, photos, monkeypatch):
    asked = []
    monkeypatch.setattr(sources, "download_dataset", lambda *words: asked.append(words) or art)
    found = read_sources(Choice(kaggle="ansonnnnn/historic-art", period="Baroque", photos=photos))
    assert len(found.paintings) == 24
    assert len(open_collection(Choice(kaggle="a/b", cache="elsewhere")).works) == 36
    assert asked == [("ansonnnnn/historic-art", None), ("a/b", "elsewhere")]


def pretend_set(monkeypatch, photos):
    asked = []

    def read_tfds(name, *, swap, data_dir):
        asked.append((name, swap, data_dir))
        works = read_folder(photos)
        return Domains(works[:6], works[6:])

    monkeypatch.setattr(sources, "read_tfds", read_tfds)
    return asked


def test_a_set_of_tensorflow_datasets_has_both_domains(photos, monkeypatch, tmp_path):
    asked = pretend_set(monkeypatch, photos)
    found = read_sources(Choice(tfds="cycle_gan/horse2zebra", cache=tmp_path))
    assert (len(found.photographs), len(found.paintings), found.remarks) == (6, 6, [])
    assert read_sources(Choice(tfds="cycle_gan/monet2photo", swap=True, period="Monet")).remarks == []
    assert asked == [
        ("cycle_gan/horse2zebra", False, tmp_path / "tensorflow_datasets"),
        ("cycle_gan/monet2photo", True, None),
    ]


def test_a_set_that_begins_with_paintings_is_remarked_unless_it_is_turned_round(photos, monkeypatch):
    pretend_set(monkeypatch, photos)
    (remark,) = read_sources(Choice(tfds="cycle_gan/monet2photo")).remarks
    assert remark.startswith("A of cycle_gan/monet2photo are paintings") and "--swap" in remark


CONTRADICTIONS = {
    "no source": ({"photos": "p"}, "give a source of paintings: --historic-art"),
    "a set and a folder": ({"tfds": "x", "paintings": "y"}, "leave other sources of paintings out"),
    "a set and a collection": ({"tfds": "x", "kaggle": "y", "period": "z"}, "leave other sources of paintings out"),
    "photographs twice": ({"paintings": "x", "photos": ["p", "q", "p/../p"]}, "is given twice"),
    "a collection twice": ({"historic_art": ["x", "./x"], "period": "y", "photos": "p"}, "is given twice"),
    "one of several twice": ({"paintings": ["x", "y"], "photos": ["z", "y"]}, "are the same"),
    "no period": ({"photos": "p", "kaggle": "a/b"}, "needs --period"),
    "no photographs": ({"paintings": "x"}, "give --photos DIR, or by name --photos-tfds cycle_gan/monet2photo$"),
    "no domain A": ({"historic_art": "x", "period": "y"}, "domain A is missing: give --photos DIR"),
    "two domains A": (
        {"historic_art": "x", "period": "y", "photos": "p", "photos_period": "z"},
        "give either photographs or --photos-period",
    ),
    "a period of a folder": ({"paintings": "x", "photos_period": "z"}, "belong to --historic-art"),
    "addresses of a folder": ({"paintings": "x", "photos": "p", "download_urls": True}, "belong to --historic-art"),
    "one period twice": ({"historic_art": "x", "period": "Y", "photos_period": "y "}, "are the same period"),
    "photographs of a set": ({"tfds": "x", "photos": "p"}, "leave --photos out"),
    "photographs of a set by name": ({"tfds": "x", "photos_tfds": "cycle_gan/monet2photo"}, "leave --photos out"),
    "photographs of no set": ({"paintings": "x", "photos_tfds": "cycle_gan/maps"}, "no set of photographs next to"),
    "photographs of no data set": ({"paintings": "x", "photos_kaggle": "photos"}, "no data set of Kaggle"),
    "swap of a folder": ({"paintings": "x", "photos": "p", "swap": True}, "--swap turns a set of --tfds round"),
    "limit of four": ({"paintings": "x", "photos": "p", "limit": 4}, "--limit must be a whole number from 8"),
    "genre": ({"paintings": "x", "photos": "p", "genres": ("seascape",)}, "--genre knows portrait, landscape, "),
    "one folder twice": ({"paintings": "x", "photos": "a/../x"}, "are the same"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_choice_that_contradicts_itself_is_reported(case):
    options, message = CONTRADICTIONS[case]
    with pytest.raises(UserError, match=message):
        read_sources(Choice(**options))


def run(*words):
    return main(["prepare", *(str(word) for word in words)])


def manifest(out):
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_line_fetches_remarks_and_prepares(server, tables, photos, tmp_path, capsys):
    server.answers = {f"/{i}.jpg": [jpeg(i)] for i in range(36)}
    server.answers["/20.jpg"] = [answer_with(status=404)]
    out = tmp_path / "out"
    words = ["--historic-art", tables, "--period", "Baroque", "--photos", photos, "--size", 40, "--out", out]
    assert run(*words, "--download-urls", "--cache", tmp_path / "c") == 0
    printed = capsys.readouterr()
    assert "note: left out: historic-art/20 (" in printed.err
    assert {row["url"] for row in manifest(out) if row["domain"] == "B"} <= {server.url(f"/{i}.jpg") for i in range(36)}
    assert json.loads((out / "prepare.json").read_text())["period"] == "Baroque"


def test_the_list_shows_periods_genres_and_numbers(tmp_path, capsys):
    files = make_collection()
    del files["artwork/3.jpg"]
    assert run("--list", "--historic-art", write_zip(tmp_path / "art.zip", files)) == 0
    printed = capsys.readouterr()
    assert printed.err == "note: works without a picture: 1 (3)\n"
    assert printed.out.splitlines()[1].split() == ["Baroque", "24", "24", "8", "8", "8", "0", "0"]


def test_the_list_shows_several_collections_together(large, tmp_path, capsys):
    files = make_collection()
    del files["artwork/3.jpg"]
    assert run("--list", "--historic-art", write_zip(tmp_path / "art.zip", files), "--historic-art", large) == 0
    printed = capsys.readouterr()
    assert printed.err == "note: works without a picture: 1 (historic-art/art/3)\n"
    assert [line.split()[:3] for line in printed.out.splitlines()[1:]] == [
        ["Baroque", "48", "48"],
        ["Impressionism", "24", "23"],
        ["all", "72", "71"],
    ]


def test_a_work_in_two_collections_is_prepared_once_in_its_larger_scan(art, large, photos, tmp_path, capsys):
    more = make_pictures(tmp_path / "more", 9, seed=700)
    words = ["--period", "Baroque", "--size", 60, "--min-sharpness", 0]
    folders = [("--historic-art", art), ("--historic-art", large), ("--photos", photos), ("--photos", more)]
    assert run(*words, *chain(*folders), "--out", tmp_path / "out") == 0
    rows = manifest(tmp_path / "out")
    assert Counter(row["source"] for row in rows) == {
        "photos": 12,
        "more": 9,
        "historic-art/art": 6,
        "historic-art/large": 24,
    }
    names = {row["file"].partition("/")[2] for row in rows if row["domain"] == "B"}
    assert names == {f"historic-art_art_{i}.jpg" for i in range(12, 18)} | {
        f"historic-art_large_{i}.jpg" for i in range(12, 36)
    }
    left_out = (tmp_path / "out" / "left_out.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {line.split(",")[1] for line in left_out} == {"historic-art/art"}
    assert {int(line.split(",")[2]): line.rsplit(",", 2)[1:] for line in left_out} == {
        i: ["duplicate", f"of historic-art/large/{i - 6}"] for i in range(18, 36)
    }
    facts = json.loads((tmp_path / "out" / "prepare.json").read_text(encoding="utf-8"))
    assert facts["sides"] == {"A": {"reach_size": 0, "median": 48}, "B": {"reach_size": 24, "median": 60}}
    assert run(*words, *chain(*folders[::-1]), "--out", tmp_path / "out") == 0
    assert "it was prepared already" in capsys.readouterr().out


def test_nothing_is_imported_for_the_list_that_training_needs(art):
    code = (
        "import sys; from tf_cyclegan.cli.main import main; "
        f"main(['prepare', '--list', '--historic-art', {str(art)!r}]); "
        "assert not {'tensorflow', 'keras', 'kaggle', 'requests'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.slow
def test_a_set_of_tensorflow_datasets_becomes_a_data_set(monkeypatch, tmp_path, capsys):
    tfds = pytest.importorskip("tensorflow_datasets")
    import numpy as np
    import tensorflow as tf

    def as_dataset(self, split, **_):
        seed = 100 * ("trainA", "testA", "trainB", "testB").index(split)

        def rows():
            for number in range(9):
                picture = np.asarray(make_picture(seed + number, 96, 64))
                yield self.info.features.encode_example({"image": picture, "label": split[-1]})

        return tf.data.Dataset.from_generator(
            rows, output_signature={"image": tf.TensorSpec((), tf.string), "label": tf.TensorSpec((), tf.int64)}
        )

    with tfds.testing.mock_data(as_dataset_fn=as_dataset):
        assert run("--tfds", "cycle_gan/monet2photo", "--swap", "--size", 40, "--out", tmp_path / "out") == 0
    rows = manifest(tmp_path / "out")
    assert {row["source"] for row in rows} == {"cycle_gan/monet2photo"}
    assert {row["domain"]: row["file"].split("/")[1].split("_")[0][-1] for row in rows} == {"A": "B", "B": "A"}
    assert "note" not in capsys.readouterr().err


def test_a_work_is_read_only_when_it_is_chosen(tmp_path, photos):
    """A damaged picture of another period is never looked at."""
    files = make_collection()
    source = write_zip(tmp_path / "art.zip", files)
    data = bytearray(source.read_bytes())
    data[data.index(b"artwork/3.jpg") + 40] ^= 0xFF
    source.write_bytes(data)
    words = ["--historic-art", source, "--period", "Baroque", "--photos", photos, "--size", 40]
    assert run(*words, "--out", tmp_path / "out") == 0
    works = read_sources(Choice(historic_art=source, period="Baroque", photos=photos)).paintings
    assert [read(w) for w in works] == [files[f"artwork/{w.name}.jpg"] for w in works]
    with pytest.raises((zipfile.BadZipFile, zlib.error)):
        read(open_collection(Choice(historic_art=source)).works[3])


def test_nothing_is_fetched_while_the_photographs_are_missing(server, tables, tmp_path):
    choice = Choice(historic_art=tables, period="Baroque", photos=tmp_path / "none", download_urls=True)
    with pytest.raises(UserError, match="none: no such folder"):
        read_sources(choice)
    with pytest.raises(UserError, match="none: no such folder"):
        read_sources(Choice(kaggle="a/b", period="Baroque", photos=tmp_path / "none"))
    assert server.asked == []
