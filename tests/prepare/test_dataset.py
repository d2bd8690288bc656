import csv
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture, make_pictures, make_truncated_jpeg
from tests.picture_trees import encoded
from tf_cyclegan.disk.lock import locked
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures import kinds
from tf_cyclegan.pictures.files import list_pictures
from tf_cyclegan.pictures.listing import NO_PICTURE
from tf_cyclegan.prepare.cleaning import Cleaning, count_reason
from tf_cyclegan.prepare.dataset import _link, prepare
from tf_cyclegan.prepare.gather.folder import read_folder
from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.prepare.picture import Form, write_picture, write_work
from tf_cyclegan.prepare.selection import select
from tf_cyclegan.train.data import PairSource

ROOT = Path(__file__).parents[2]

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


def test_pictures_have_at_most_the_short_side_and_their_aspect(paintings, tmp_path, out):
    """Larger ones are scaled down, smaller ones keep their pixels, also where a margin was cut off."""
    folder = make_pictures(tmp_path / "photos", 8)
    make_picture(99, width=30, height=90).save(folder / "tall.jpg")
    prepare(read_folder(folder), paintings, out, size=40)
    sizes = {Image.open(p).size for name in ("trainA", "testA") for p in (out / name).iterdir()}
    assert sizes == {(53, 40), (30, 90)}
    facts = json.loads((out / "prepare.json").read_text(encoding="utf-8"))
    assert facts["sides"] == {"A": {"reach_size": 8, "median": 40}, "B": {"reach_size": 12, "median": 40}}


@tries(deadline=None, max_examples=25)
@given(width=st.integers(24, 900), height=st.integers(24, 900), size=st.integers(16, 700))
def test_no_picture_is_enlarged(width, height, size):
    data = io.BytesIO()
    make_picture(1, width, height).save(data, "JPEG")
    with tempfile.TemporaryDirectory() as folder:
        form = Form(size, frames=False, looks=False, painted=True)
        made = write_picture(data.getvalue(), "x", "x", Path(folder), form)
        written = Image.open(Path(folder, f"{made.key}.jpg")).size
    side = min(width, height)
    assert min(written) == min(side, size)
    assert max(written) == pytest.approx(max(width, height) * min(1, size / side), abs=1)


def test_with_several_sources_files_are_called_by_them(photos, paintings, tmp_path):
    both = [*(replace(w, source="a") for w in paintings), *(replace(w, source="b/c") for w in photos)]
    for order in (both, both[::-1]):
        prepare(photos, order, tmp_path / "out", size=40, cleaning=Cleaning(duplicates=False))
        names = {row["file"].partition("/")[2]: row["source"] for row in rows(tmp_path / "out") if row["domain"] == "B"}
        assert names == {f"{source.replace('/', '_')}_{name}": source for source, name in _names(both)}
        shutil.rmtree(tmp_path / "out")


def _names(works):
    return [(work.source, work.name) for work in works]


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


HOSTILE = ["../../../victim", "/victim", "a/b/c", "..\\..\\victim", "CON", "a:b", "x" * 300, "x" * 299 + ".jpg"]
HOSTILE += ["é.jpg", "e\u0301.jpg", "É.png", ".hidden", "a\nb", "", "..", "dots...", "1.0", "001", "1", "1.jpg"]


def test_no_name_leads_out_of_the_data_set_or_takes_another_s_place(photos, out, tmp_path):
    (tmp_path / "victim.jpg").write_text("mine")
    pictures = make_pictures(tmp_path / "pictures", len(HOSTILE), seed=900)
    files = list_pictures(pictures)
    works = [Work(name, partial(path.open, "rb"), "art") for name, path in zip(HOSTILE, files, strict=True)]
    result = prepare(photos, works, out, size=40, cleaning=Cleaning(duplicates=False))
    assert result.counts["trainB"] + result.counts["testB"] == len(HOSTILE)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pictures", "sets", "victim.jpg"]
    assert (tmp_path / "victim.jpg").read_text() == "mine"
    assert left_behind(out) == ["out"]
    found = [row["file"] for row in rows(out) if row["domain"] == "B"]
    assert len(list_pictures(out / "trainB")) + len(list_pictures(out / "testB")) == len({f.lower() for f in found})
    assert {"victim.jpg", "a_b_c.jpg", "_CON.jpg"} <= {f.partition("/")[2] for f in found}


_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


@tries(deadline=None, max_examples=8)
@given(st.lists(_TEXT | st.sampled_from(HOSTILE), min_size=8, max_size=8, unique=True))
def test_whatever_works_are_called_every_picture_is_in_its_folder(photos, paintings, names):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "deep", "er", "out")
        works = [Work(name, w.open, "art") for name, w in zip(names, paintings, strict=False)]
        result = prepare(photos, works, out, size=32, processes=1)
        files = [p.relative_to(folder).parts for p in Path(folder).rglob("*") if p.is_file()]
        assert {parts[:3] for parts in files} == {("deep", "er", "out")}
        assert sum(result.counts.values()) == sum(parts[3] in FOLDERS for parts in files) == len(photos) + 8


def test_bytes_that_are_no_text_are_a_name_too(paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 8)
    for i, name in enumerate((b"a\xff.jpg", b"a\xfe.jpg")):
        try:
            make_picture(seed=950 + i).save(folder / os.fsdecode(name))
        except OSError:
            pytest.skip("this disk takes UTF-8 only")
    make_truncated_jpeg(folder / os.fsdecode(b"cut\xff.jpg"))
    result = prepare(read_folder(folder), paintings, out, size=40)
    assert result.counts["trainA"] + result.counts["testA"] == 10
    assert result.dropped[0].startswith("photos/cut\\udcff.jpg: damaged")


@pytest.mark.parametrize("spelled", ["photos", "photos/set", "link", "photos/../photos/.", "sets/../link/set"])
def test_a_data_set_is_apart_from_what_it_is_made_of(tmp_path, paintings, spelled):
    folder = make_pictures(tmp_path / "photos", 8)
    (tmp_path / "sets").mkdir()
    (tmp_path / "link").symlink_to("photos")
    before = tree(tmp_path)
    for works in ((read_folder(folder), paintings), (paintings, read_folder(folder))):
        with pytest.raises(UserError, match=r"--out .* (is the same as|lies within) the (photographs|paintings) of "):
            prepare(*works, tmp_path / spelled, size=40, force=True)
    assert tree(tmp_path) == before


def test_pictures_in_the_working_folder_or_linked_from_the_data_set_are_not_lost(tmp_path, photos, paintings, out):
    for place in (out.with_name("out.partial"), out.with_name("out.partial") / "pictures"):
        works = read_folder(make_pictures(place, 8))
        before = tree(tmp_path)
        with pytest.raises(UserError, match="--out's working folder"):
            prepare(works, paintings, out, size=40)
        assert tree(tmp_path) == before
    shutil.rmtree(out.parent)
    prepare(photos, paintings, out, size=40)
    linked = tmp_path / "linked"
    linked.mkdir()
    for path in list_pictures(out / "trainB"):
        (linked / path.name).symlink_to(path)
    before = tree(tmp_path)
    with pytest.raises(UserError, match=r"--out .* holds the paintings of"):
        prepare(photos, read_folder(linked), out, size=44, force=True)
    assert tree(tmp_path) == before


def test_a_neighbour_that_has_the_name_of_the_working_folder_stays(tmp_path, photos, paintings, out):
    own = out.with_name("out.partial")
    own.mkdir(parents=True)
    (own / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match=r"out\.partial: exists and is not from a preparation; move it"):
        prepare(photos, paintings, out, size=40)
    assert tree(out.parent) == {"out.partial/mine.txt": b"mine"}


@pytest.mark.parametrize("spelled", [".", "..", "/"])
def test_the_folder_that_the_program_runs_in_is_not_replaced(tmp_path, monkeypatch, photos, paintings, spelled):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(UserError, match="is or holds the folder that this command runs in"):
        prepare(photos, paintings, spelled, size=40)
    assert not tree(tmp_path)


def test_a_link_to_a_place_is_followed(tmp_path, photos, paintings):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to("disk/out")
    prepare(photos, paintings, tmp_path / "link", size=40)
    assert not prepare(photos, paintings, tmp_path / "disk" / "out", size=40).new
    assert prepare(photos, paintings, tmp_path / "link", size=44, force=True).new
    assert sorted(p.name for p in tmp_path.iterdir()) == ["disk", "link"]
    assert [p.name for p in (tmp_path / "disk").iterdir()] == ["out"]


def test_what_is_there_is_never_replaced_by_a_link_or_a_copy(tmp_path):
    (tmp_path / "source").write_text("new")
    (tmp_path / "target").write_text("old")
    with pytest.raises(FileExistsError):
        _link(tmp_path / "source", tmp_path / "target")
    assert (tmp_path / "target").read_text() == "old"


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
            make_picture(seed=200 + i).save(picture, "PNG")
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


def test_where_too_few_pictures_stay_it_is_told_why_and_what_is_prepared_is_kept(photos, tmp_path, out):
    folder = make_pictures(tmp_path / "paintings", 8)
    for path in folder.iterdir():
        make_truncated_jpeg(path)
    with pytest.raises(
        UserError, match=r"0 of 8 paintings are left, .* 8 cannot be read; first: paintings/.*out.partial"
    ):
        prepare(photos, read_folder(folder), out, size=40)
    assert left_behind(out) == ["out.partial"]


def test_where_nothing_can_be_read_nothing_is_left_behind(tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 8)
    for path in folder.iterdir():
        make_truncated_jpeg(path)
    with pytest.raises(UserError, match=r"0 of 8 photographs are left"):
        prepare(read_folder(folder), read_folder(folder), out, size=40)
    assert left_behind(out) == []


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_preparation_goes_on_where_it_was_interrupted(photos, paintings, tmp_path, monkeypatch):
    prepare(photos, paintings, tmp_path / "whole", size=40)
    out = tmp_path / "sets" / "out"
    written = []

    def write(task):
        if len(written) == 9:
            raise KeyboardInterrupt
        written.append(task.identity)
        return write_work(task)

    monkeypatch.setattr("tf_cyclegan.prepare.dataset.write_work", write)
    with pytest.raises(KeyboardInterrupt):
        prepare(photos, paintings, out, size=40)
    assert left_behind(out) == ["out.partial"]
    finished = {p.name: p.stat().st_mtime_ns for p in (out.parent / "out.partial/pictures").iterdir()}
    assert len(finished) == 18
    monkeypatch.undo()
    kept = {}
    monkeypatch.setattr(
        "tf_cyclegan.prepare.dataset.select",
        lambda candidates, settings: (
            kept.update({p.name: p.stat().st_mtime_ns for p in (out.parent / "out.partial/pictures").iterdir()}),
            select(candidates, settings),
        ),
    )
    prepare(photos, paintings, out, size=40)
    assert finished.items() <= kept.items(), "a finished picture was made again"
    assert tree(out) == tree(tmp_path / "whole")
    assert left_behind(out) == ["out"]


@pytest.mark.parametrize("moment", ["_assemble", "_publish", "write_report", "_write_table"])
def test_ended_at_any_step_no_folder_looks_finished_and_nothing_is_lost(moment, photos, paintings, out, monkeypatch):
    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"tf_cyclegan.prepare.dataset.{moment}", crash)
        with pytest.raises(KeyboardInterrupt):
            prepare(photos, paintings, out, size=40)
    assert left_behind(out) == ["out.partial"]
    monkeypatch.setattr("tf_cyclegan.prepare.picture._decode", crash)
    assert prepare(photos, paintings, out, size=40).new
    assert left_behind(out) == ["out"]


def test_a_damaged_picture_of_an_interrupted_preparation_is_made_again(photos, paintings, out, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("tf_cyclegan.prepare.dataset._assemble", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            prepare(photos, paintings, out, size=40)
    jpegs = sorted((out.parent / "out.partial/pictures").glob("*.jpg"))
    jpegs[0].write_bytes(jpegs[0].read_bytes()[:-1])
    jpegs[1].with_suffix(".json").write_text("{")
    jpegs[2].unlink()
    prepare(photos, paintings, out, size=40)
    assert all(hashlib.sha256((out / row["file"]).read_bytes()).hexdigest() == row["sha256"] for row in rows(out))
    assert len(rows(out)) == 22


KILLED = """
import sys
from tf_cyclegan.prepare.dataset import prepare
from tf_cyclegan.prepare.gather.folder import read_folder
from tf_cyclegan.prepare.dataset import _link, prepare
from tf_cyclegan.prepare.gather.folder import read_folder
if __name__ == "__main__":
    photos, paintings, out, processes = sys.argv[1:]
    prepare(read_folder(photos), read_folder(paintings), out, size=64, processes=int(processes))
"""


@pytest.mark.slow
def test_killed_again_and_again_it_ends_like_one_that_was_not(tmp_path):
    photos, paintings = (make_pictures(tmp_path / n, 60, seed=s) for n, s in (("photos", 0), ("paintings", 500)))
    prepare(read_folder(photos), read_folder(paintings), tmp_path / "whole", size=64)
    out = tmp_path / "sets" / "out"
    chance, seen = random.Random(0), 0
    for kill in range(6):
        # After this many more pictures, not after a time: machines differ.
        wanted = seen + chance.randint(1, 12)
        command = [sys.executable, "-c", KILLED, str(photos), str(paintings), str(out), str(1 + kill % 2)]
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while child.poll() is None and len([*out.parent.glob("out.partial/pictures/[!.]*.json")]) < wanted:
            time.sleep(0.002)
        child.kill()
        child.communicate()
        pictures = [*out.parent.glob("out.partial/pictures/[!.]*.json")]
        assert wanted <= len(pictures) < 120
        seen = len(pictures)
        for path in pictures:
            Image.open(path.with_suffix(".jpg")).load()
    assert not out.exists()
    prepare(read_folder(photos), read_folder(paintings), out, size=64)
    assert tree(out) == tree(tmp_path / "whole")
    assert left_behind(out) == ["out"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits of this kind")
@pytest.mark.parametrize("limit", [100, 3000])
def test_a_full_disk_is_one_line_and_what_was_prepared_stays(limit, tmp_path):
    """A limit to the size of files stands for the full disk: writing fails in the middle of a file."""
    folders = [make_pictures(tmp_path / n, 9, seed=s) for n, s in (("photos", 0), ("paintings", 500))]
    out = tmp_path / "sets" / "out"
    code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
    code += "from tf_cyclegan.cli.main import main; import sys; sys.exit(main(sys.argv[1:]))"
    words = ["prepare", "--photos", str(folders[0]), "--paintings", str(folders[1]), "--out", str(out), "--size", "64"]
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "cannot be written (File too large)" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()
    for path in out.parent.rglob("*.jpg"):
        Image.open(path).load()
    result = prepare(*map(read_folder, folders), out, size=64)
    assert sum(result.counts.values()) == 18
    assert left_behind(out) == ["out"]


def test_two_runs_and_two_processes_give_the_same_bytes(photos, paintings, tmp_path):
    settings = {"size": 40, "seed": 5, "balance_genres": True}
    for name, processes in (("one", 1), ("two", 2)):
        prepare(photos, paintings, tmp_path / name, processes=processes, **settings)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_the_order_of_the_works_does_not_decide(photos, paintings, tmp_path):
    prepare(photos, paintings, tmp_path / "one", size=40)
    prepare(photos[::-1], paintings[::-1], tmp_path / "two", size=40)
    assert {k: v for k, v in tree(tmp_path / "one").items() if k.endswith("jpg")} == {
        k: v for k, v in tree(tmp_path / "two").items() if k.endswith("jpg")
    }


def test_sources_that_cannot_be_pickled_are_prepared_in_processes_too(photos, tmp_path, out):
    path = tmp_path / "art.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(10):
            picture = io.BytesIO()
            make_picture(seed=200 + i).save(picture, "PNG")
            archive.writestr(f"{i}.png", picture.getvalue())
    with zipfile.ZipFile(path) as archive:
        works = [Work(name, partial(archive.open, name), "art") for name in archive.namelist()]
        works.append(Work("lost", partial(archive.open, "lost"), "art"))
        result = prepare(photos, works, out, size=40, processes=2)
    assert result.counts["trainB"] + result.counts["testB"] == 10
    assert [line.split(":")[0] for line in result.dropped] == ["art/lost"]


def test_the_same_command_again_changes_nothing(photos, paintings, out):
    first = prepare(photos, paintings, out, size=40)
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    again = prepare(photos, paintings, out, size=40)
    assert (first.new, again.new) == (True, False)
    assert (again.counts, again.left_out, again.report) == (first.counts, first.left_out, first.report)
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == before


def test_another_selection_is_refused_and_replaced_only_by_force(photos, paintings, out):
    prepare(photos, paintings, out, size=40)
    before = tree(out)
    for works, settings in ((photos, {"size": 44}), (photos, {"size": 40, "seed": 1}), (photos[1:], {"size": 40})):
        with pytest.raises(UserError, match=r"another selection or other settings.*--force"):
            prepare(works, paintings, out, **settings)
        assert tree(out) == before
    prepare(photos, paintings, out, size=44, force=True)
    assert json.loads((out / "prepare.json").read_text())["size"] == 44
    assert left_behind(out) == ["out"]


def test_other_pictures_under_the_same_names_are_noticed(photos, paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 9, seed=300)
    works = read_folder(folder)
    prepare(works, paintings, out, size=40)
    before = tree(out)
    first, second = folder / "000.jpg", folder / "001.jpg"
    contents, times = first.read_bytes(), first.stat()
    changed = bytearray(contents)
    changed[len(changed) // 2] ^= 1  # Of the same size and, as a cloud or an unpacked zip has it, the same time.
    first.write_bytes(changed)
    os.utime(first, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(UserError, match=r"the sources now have other pictures under the same names.*--force"):
        prepare(works, paintings, out, size=40)
    assert tree(out) == before
    first.write_bytes(second.read_bytes())
    second.write_bytes(contents)
    with pytest.raises(UserError, match="other pictures"):
        prepare(works, paintings, out, size=40)
    assert prepare(works, paintings, out, size=40, force=True).new
    assert not prepare(works, paintings, out, size=40).new
    first.write_bytes(contents)
    assert prepare(works, paintings, out, size=40, force=True).new


def test_a_folder_that_an_older_version_prepared_is_left_as_it_is(photos, paintings, out):
    prepare(photos, paintings, out, size=40)
    facts = json.loads((out / "prepare.json").read_text(encoding="utf-8"))
    del facts["contents"]
    (out / "prepare.json").write_text(json.dumps(facts), encoding="utf-8")
    assert not prepare(photos, paintings, out, size=40).new


def test_killed_between_the_renames_of_force_the_earlier_folder_comes_back(photos, paintings, out, monkeypatch):
    prepare(photos, paintings, out, size=40)
    before, rename = tree(out), Path.replace

    def killed(self, target):
        if self.name == "set":
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            prepare(photos, paintings, out, size=44, force=True)
    assert left_behind(out) == ["out.partial"]
    assert not prepare(photos, paintings, out, size=40).new
    assert tree(out) == before
    prepare(photos, paintings, out, size=44, force=True)
    assert left_behind(out) == ["out"]


def test_a_rename_of_force_that_fails_leaves_the_earlier_folder(photos, paintings, out, monkeypatch):
    prepare(photos, paintings, out, size=40)
    before, rename = tree(out), Path.replace

    def fail(self, target):
        if self.name == "set":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(UserError, match="No space left on device"):
        prepare(photos, paintings, out, size=44, force=True)
    assert tree(out) == before


@pytest.mark.parametrize("earlier", [False, True])
def test_killed_while_clearing_away_the_rest_is_cleared_by_the_next_run(photos, paintings, out, monkeypatch, earlier):
    if earlier:
        prepare(photos, paintings, out, size=40)
    with monkeypatch.context() as patch:
        patch.setattr(
            "tf_cyclegan.prepare.dataset.shutil.rmtree", lambda folder, **_: 1 / 0 if "partial" in folder.name else None
        )
        with pytest.raises(ZeroDivisionError):
            prepare(photos, paintings, out, size=44, force=True)
    assert sorted(left_behind(out)) == ["out", "out.partial"]
    assert not prepare(photos, paintings, out, size=44).new
    assert left_behind(out) == ["out"]


def test_force_that_fails_leaves_the_earlier_folder(photos, paintings, out, monkeypatch):
    prepare(photos, paintings, out, size=40)
    before = tree(out)
    with pytest.raises(UserError, match="are left"):
        prepare(photos, paintings, out, size=40, force=True, cleaning=Cleaning(min_side=500))
    assert tree(out) == before


def test_force_does_not_replace_what_is_no_prepared_folder(photos, paintings, out):
    out.mkdir(parents=True)
    (out / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="no prepared folder"):
        prepare(photos, paintings, out, size=40, force=True)
    assert tree(out) == {"mine.txt": b"mine"}


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x")])
def test_a_finished_folder_that_was_damaged_is_reported_and_mended_by_force(damage, photos, paintings, out):
    prepare(photos, paintings, out, size=40)
    whole = tree(out)
    damage(next((out / "trainA").iterdir()))
    with pytest.raises(UserError, match=r"trainA/\w+.jpg is missing or damaged; --force"):
        prepare(photos, paintings, out, size=40)
    prepare(photos, paintings, out, size=40, force=True)
    assert tree(out) == whole


def test_a_second_preparation_of_the_same_folder_waits_its_turn(photos, paintings, out):
    out.parent.mkdir()
    with locked(out.with_name("out.lock"), "held"):
        out.with_name("out.partial").mkdir()
        with pytest.raises(UserError, match="another preparation"):
            prepare(photos, paintings, out, size=40)
        assert out.with_name("out.partial").exists(), "the folder of the one that holds the lock"
    prepare(photos, paintings, out, size=40)


def test_margins_are_cut_off_and_noted(photos, paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "framed", 8, seed=300)
    wide = Image.new("RGB", (464, 348), "white")
    grain = np.random.default_rng(0).integers(0, 200, (300, 400, 3), dtype=np.uint8)
    wide.paste(Image.fromarray(grain), (32, 24))
    wide.save(folder / "wide.png")
    works = read_folder(folder)
    prepare(works, paintings, out, size=40)
    row = next(row for row in rows(out) if "wide" in row["file"])
    left, top, right, bottom = map(int, row["crop"].split())
    assert 32 <= left <= 36
    assert 24 <= top <= 28
    assert 428 <= right <= 432
    assert 320 <= bottom <= 324
    assert Image.open(out / row["file"]).size == (round(40 * (right - left) / (bottom - top)), 40)
    assert {row["crop"] for row in rows(out) if "wide" not in row["file"]} == {""}
    prepare(works, paintings, out.with_name("kept"), size=40, cleaning=Cleaning(frames=False))
    assert {row["crop"] for row in rows(out.with_name("kept"))} == {""}


def test_what_is_left_out_is_counted_and_named(paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 10)
    make_picture(3).save(folder / "again.jpg", quality=60)
    make_picture(90).convert("L").save(folder / "grey.jpg")
    make_picture(91, 25, 200).save(folder / "small.jpg")
    (folder / "broken.jpg").write_text("x")
    result = prepare(read_folder(folder), paintings, out, size=40)
    assert result.left_out["A"] == {"cannot be read": 1, "black and white": 1, "too small": 1, "duplicate": 1}
    with (out / "left_out.csv").open(encoding="utf-8", newline="") as file:
        found = {row["name"]: row["reason"] for row in csv.DictReader(file)}
    assert {name: found[name] for name in ("grey.jpg", "small.jpg", "broken.jpg")} == {
        "grey.jpg": "black and white",
        "small.jpg": "too small",
        "broken.jpg": "cannot be read",
    }
    assert len(found) == 4
    assert json.loads((out / "prepare.json").read_text())["left_out"] == result.left_out


def test_large_jpegs_are_decoded_at_a_fraction_and_come_out_the_same_size(paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 8)
    make_picture(77, 3000, 2000).save(folder / "large.jpg")
    prepare(read_folder(folder), paintings, out, size=288, cleaning=Cleaning(min_side=0, min_sharpness=0))
    row = next(row for row in rows(out) if "large" in row["file"])
    assert Image.open(out / row["file"]).size == (432, 288)
    expected = np.asarray(make_picture(77, 432, 288)).astype(int)
    assert np.abs(np.asarray(Image.open(out / row["file"])).astype(int) - expected).mean() < 3


def test_a_place_that_cannot_be_written_is_reported(photos, paintings, tmp_path):
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
    assert PairSource([out], load=36, crop=32, batch=1, seed=0).pair(0)[0].shape == (1, 32, 32, 3)


def test_by_artist_a_painters_folder_is_the_artist_and_the_report_says_so(photos, tmp_path):
    folder = make_pictures(tmp_path / "paintings", 12, seed=50)
    for i, path in enumerate(sorted(folder.iterdir())[:11]):
        (folder / f"Painter {i % 4}").mkdir(exist_ok=True)
        path.rename(folder / f"Painter {i % 4}" / path.name)
    plain = prepare(photos, read_folder(folder), tmp_path / "plain", size=40)
    assert {row["artist"] for row in rows(tmp_path / "plain")} == {""}
    result = prepare(photos, read_folder(folder), tmp_path / "out", size=40, split="artist")
    assert sum(result.counts.values()) == sum(plain.counts.values())
    sides = {}
    for row in rows(tmp_path / "out"):
        if row["artist"]:
            sides.setdefault(row["artist"], set()).add(row["split"])
    assert sorted(sides) == ["Painter 0", "Painter 1", "Painter 2", "Painter 3"]
    assert all(len(found) == 1 for found in sides.values())
    page = result.report.read_text(encoding="utf-8")
    assert "4 artists, known of 11 of 12 paintings, of 11 by the folder that they are in." in page


def test_by_artist_a_set_that_was_split_without_any_is_not_taken_for_it(photos, paintings, tmp_path):
    with pytest.raises(UserError, match="no painting has a known artist"):
        prepare(photos, paintings, tmp_path / "out", size=40, split="artist")
    assert [*tmp_path.iterdir()] == []


def phone(folder):
    """Eight JPEGs, and one picture of each kind that phones and the web make, with endings that hide it."""
    make_pictures(folder, 8)
    for number, (name, kind) in enumerate({"a.HEIC": "HEIF", "b.jpg": "HEIF", "c.avif": "AVIF", "d": "JPEG"}.items()):
        (folder / name).write_bytes(encoded(kind, 300 + number, quality=90))
    return folder


def left_out_rows(out):
    with (out / "left_out.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: (row["domain"], row["source"], row["reason"]) for row in csv.DictReader(file)}


LENIENT = {"size": 32, "cleaning": Cleaning(min_side=0, min_sharpness=0, duplicates=False)}


def test_pictures_of_phones_and_the_web_are_prepared(paintings, tmp_path, out):
    result = prepare(read_folder(phone(tmp_path / "photos")), paintings, out, **LENIENT)
    assert result.counts["trainA"] + result.counts["testA"] == 12
    assert result.left_out["A"] == {}


@pytest.mark.parametrize("processes", [1, 2])
def test_without_a_decoder_they_are_counted_by_kind_and_read_once_it_is_there(paintings, tmp_path, out, processes):
    works = read_folder(phone(tmp_path / "photos"))
    with pytest.MonkeyPatch.context() as patch:
        # Processes are started afresh, so they are told by what they import.
        (tmp_path / "bare" / "pillow_heif").mkdir(parents=True)
        (tmp_path / "bare" / "pillow_heif" / "__init__.py").write_text("raise ImportError")
        patch.syspath_prepend(tmp_path / "bare")
        patch.delitem(sys.modules, "pillow_heif")
        kinds.has_heic.cache_clear()
        result = prepare(works, paintings, out, processes=processes, **LENIENT)
        again = prepare(works, paintings, out, **LENIENT)
    kinds.has_heic.cache_clear()
    assert result.left_out["A"] == again.left_out["A"] == {"HEIC without a decoder": 2}
    assert count_reason(2, "HEIC without a decoder").endswith("(pip install pillow-heif makes them readable)")
    assert sorted(result.dropped) == [
        f"photos/{name}: HEIC, which is read only after: pip install pillow-heif" for name in ("a.HEIC", "b.jpg")
    ]
    with pytest.raises(UserError, match="was prepared without HEIC, which can be read now; --force prepares it anew"):
        prepare(works, paintings, out, **LENIENT)
    assert prepare(works, paintings, out, force=True, **LENIENT).left_out["A"] == {}


def test_what_is_no_work_is_counted_and_named_and_changes_nothing_else(paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 10)
    prepare(read_folder(folder), paintings, out, size=40)
    for name in ("notes.txt", "clip.mp4", ".hidden", "Thumbs.db"):
        (folder / name).write_bytes(b"x")
    passed_over = []
    works = read_folder(folder, passed_over)
    again = prepare(works, paintings, out, size=40, passed_over={"A": passed_over})
    assert not again.new
    result = prepare(works, paintings, out.with_name("named"), size=40, passed_over={"A": passed_over})
    assert result.left_out == {"A": {NO_PICTURE: 2}, "B": {}}
    assert result.dropped == [f"{NO_PICTURE}: 2 (photos/clip.mp4; photos/notes.txt)"]
    assert left_out_rows(result.report.parent) == dict.fromkeys(("clip.mp4", "notes.txt"), ("A", "photos", NO_PICTURE))
    assert NO_PICTURE in result.report.read_text(encoding="utf-8")
    assert rows(out) == rows(out.with_name("named"))


def test_too_few_works_name_what_the_folder_holds_beside_them(paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 3)
    (folder / "clip.mp4").write_bytes(b"x")
    passed_over = []
    works = read_folder(folder, passed_over)
    with pytest.raises(UserError, match=r"3 works .* at least 8; left out: no picture, .*: 1 \(photos/clip\.mp4\)"):
        prepare(works, paintings, out, passed_over={"A": passed_over})


def test_where_too_few_stay_the_options_that_would_keep_them_are_named(paintings, tmp_path, out):
    folder = make_pictures(tmp_path / "photos", 4)
    for i in range(3):
        make_picture(90 + i).convert("L").save(folder / f"grey{i}.jpg")
        make_picture(95 + i, 25, 200).save(folder / f"small{i}.jpg")
    with pytest.raises(UserError) as caught:
        prepare(read_folder(folder), paintings, out, size=40)
    assert "3 black and white (--keep-monochrome keeps them)" in str(caught.value)
    assert "3 too small (--min-side 0 keeps them)" in str(caught.value)


def test_a_picture_without_permission_is_called_that(paintings, tmp_path, out):
    def refuse():
        raise PermissionError(13, "Permission denied")

    works = read_folder(make_pictures(tmp_path / "photos", 10))
    works[4] = replace(works[4], open=refuse)
    result = prepare(works, paintings, out, size=40, processes=1)
    assert result.dropped == ["photos/004.jpg: no permission to read it"]
