import csv
import hashlib
import io
import json
import zipfile
from functools import partial

import pytest
from PIL import Image

from tests.conftest import make_picture, make_pictures, make_truncated_jpeg
from tf_cyclegan.data import PairSource
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures import list_pictures
from tf_cyclegan.prepare.dataset import prepare
from tf_cyclegan.prepare.folder import read_folder
from tf_cyclegan.prepare.work import Work

FOLDERS = ("trainA", "testA", "trainB", "testB")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return read_folder(make_pictures(tmp_path_factory.mktemp("a") / "photos", 10))


@pytest.fixture(scope="module")
def paintings(tmp_path_factory):
    return read_folder(make_pictures(tmp_path_factory.mktemp("b") / "paintings", 12, seed=50))


@pytest.fixture
def out(tmp_path):
    return tmp_path / "sets" / "out"


def rows(out):
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def left_behind(out):
    return [p.name for p in out.parent.iterdir()] if out.parent.exists() else []


def test_four_folders_hold_every_picture(photos, paintings, out):
    result = prepare(photos, paintings, out, size=40, test_share=0.25)
    assert result.counts == {"trainA": 8, "testA": 2, "trainB": 9, "testB": 3}
    assert {name: len(list_pictures(out / name)) for name in FOLDERS} == result.counts
    assert result.dropped == []
    assert left_behind(out) == ["out"]


def test_pictures_have_the_short_side_and_their_aspect(paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 8)
    make_picture(width=30, height=90).save(folder / "tall.jpg")
    prepare(read_folder(folder), paintings, out, size=40)
    sizes = {Image.open(p).size for name in ("trainA", "testA") for p in (out / name).iterdir()}
    assert sizes == {(53, 40), (40, 120)}


def test_the_manifest_has_a_row_with_the_checksum_of_every_file(photos, paintings, out):
    prepare(photos, paintings, out, size=40)
    files = {p.relative_to(out).as_posix() for name in FOLDERS for p in (out / name).iterdir()}
    found = rows(out)
    assert {row["file"] for row in found} == files
    assert len(found) == len(files) == 22
    for row in found:
        assert row["sha256"] == hashlib.sha256((out / row["file"]).read_bytes()).hexdigest()
        assert row["file"].startswith(row["split"] + row["domain"] + "/")
    assert {row["source"] for row in found} == {"photos", "paintings"}


def test_the_manifest_keeps_what_is_known_of_a_work(photos, paintings, out):
    known = {"artist": "CÉZANNE", "title": 'Café,\n"two"', "period": "Impressionism", "url": "https://example.org"}
    works = [Work(w.name, w.open, "art", **known) for w in paintings]
    prepare(photos, works, out, size=40)
    row = next(row for row in rows(out) if row["domain"] == "B")
    assert {k: row[k] for k in known} == known


def test_facts_about_the_data_set_are_written(photos, paintings, out):
    result = prepare(photos, paintings, out, size=40, seed=3, about={"period": "Baroque"})
    facts = json.loads((out / "prepare.json").read_text(encoding="utf-8"))
    assert (facts["period"], facts["size"], facts["seed"], facts["counts"]) == ("Baroque", 40, 3, result.counts)


def test_the_same_seed_makes_the_same_bytes(photos, paintings, tmp_path):
    for name in ("one", "two"):
        prepare(photos, paintings, tmp_path / name, size=40, seed=5)
    assert rows(tmp_path / "one") == rows(tmp_path / "two")


def test_names_that_would_collide_get_a_number(photos, paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 8)
    (folder / "a").mkdir()
    for i, name in enumerate(("a/b.jpg", "a_b.jpg", "a_b.png", "a_b_2.jpg")):
        make_picture(seed=70 + i).save(folder / name)
    result = prepare(read_folder(folder), paintings, out, size=40)
    assert result.counts["trainA"] + result.counts["testA"] == 12
    assert len({row["sha256"] for row in rows(out) if row["domain"] == "A"}) == 12


@pytest.mark.parametrize(
    "damage", [make_truncated_jpeg, lambda path: path.write_text("x"), lambda path: path.write_bytes(b"")]
)
def test_a_damaged_picture_is_named_and_left_out(damage, paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 10)
    damage(folder / "004.jpg")
    result = prepare(read_folder(folder), paintings, out, size=40)
    assert len(result.dropped) == 1
    assert result.dropped[0].startswith("photos/004.jpg: ")
    assert result.counts["trainA"] + result.counts["testA"] == 9
    assert not any("004" in row["file"] for row in rows(out) if row["domain"] == "A")


def test_a_file_that_vanished_is_named_and_left_out(paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 10)
    works = read_folder(folder)
    (folder / "004.jpg").unlink()
    result = prepare(works, paintings, out, size=40)
    assert len(result.dropped) == 1
    assert "004.jpg" in result.dropped[0]


def test_a_member_that_is_damaged_in_the_zip_is_named_and_left_out(photos, tmp_path, out):
    path = tmp_path / "art.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(10):
            picture = io.BytesIO()
            make_picture(seed=i).save(picture, "PNG")
            archive.writestr(f"{i}.png", picture.getvalue())
        place = archive.infolist()[3].header_offset + 200
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    with zipfile.ZipFile(path) as archive:
        works = [Work(name, partial(archive.open, name), "art") for name in archive.namelist()]
        result = prepare(photos, works, out, size=40)
    assert [line.split(":")[0] for line in result.dropped] == ["art/3.png"]


def test_a_picture_too_long_for_a_jpeg_is_named_and_left_out(paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 10)
    Image.new("RGB", (33_000, 16)).save(folder / "strip.png")
    result = prepare(read_folder(folder), paintings, out, size=32)
    assert [line.split(":")[0] for line in result.dropped] == ["photos/strip.png"]


def test_an_existing_folder_is_refused_and_left_alone(photos, paintings, out):
    out.mkdir(parents=True)
    (out / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="exists already"):
        prepare(photos, paintings, out, size=40)
    assert [p.name for p in out.iterdir()] == ["mine.txt"]
    assert left_behind(out) == ["out"]


@pytest.mark.parametrize("count", [1, 7])
def test_too_few_works_are_refused_and_nothing_is_left_behind(photos, paintings, out, count):
    for domain, works in (("A", (photos[:count], paintings)), ("B", (photos, paintings[:count]))):
        with pytest.raises(UserError, match=f"{count} works for domain {domain} are too few; at least 8"):
            prepare(*works, out, size=40)
        assert left_behind(out) == []


def test_where_no_picture_can_be_read_nothing_is_left_behind(photos, tmp_path, out):
    folder = make_pictures(tmp_path / "paintings", 8)
    for path in folder.iterdir():
        make_truncated_jpeg(path)
    with pytest.raises(UserError, match=r"trainB: none of the pictures could be read; first: paintings/"):
        prepare(photos, read_folder(folder), out, size=40)
    assert left_behind(out) == []


def test_a_crash_leaves_nothing_behind(photos, paintings, out, monkeypatch):
    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tf_cyclegan.prepare.dataset._write_manifest", crash)
    with pytest.raises(KeyboardInterrupt):
        prepare(photos, paintings, out, size=40)
    assert left_behind(out) == []


def test_what_an_earlier_crash_left_is_cleared_away(photos, paintings, out):
    partial_folder = out.with_name("out.partial")
    partial_folder.mkdir(parents=True)
    (partial_folder / "old.jpg").write_bytes(b"old")
    prepare(photos, paintings, out, size=40)
    assert left_behind(out) == ["out"]
    assert not (out / "old.jpg").exists()


def test_a_place_that_cannot_be_written_is_told(photos, paintings, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot be written"):
        prepare(photos, paintings, tmp_path / "file" / "out", size=40)


@pytest.mark.parametrize("size", [0, -4])
def test_a_size_that_makes_no_sense_is_refused(photos, paintings, out, size):
    with pytest.raises(UserError):
        prepare(photos, paintings, out, size=size)
    assert left_behind(out) == []


def test_the_smallest_data_set_can_be_trained_on(photos, paintings, out):
    prepare(photos[:8], paintings[:8], out, size=40)
    assert PairSource(out, load=36, crop=32, batch=1, seed=0).pair(0)[0].shape == (1, 32, 32, 3)
