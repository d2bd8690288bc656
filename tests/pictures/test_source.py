import io
import multiprocessing
import os
import pickle
import random
import stat
import tempfile
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.picture_trees import HIDDEN, PICTURES, folders, write_tree, zip_tree
from tests.prepare.gather.test_collection import encrypt, write_folder, write_zip
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.listing import count_and_name, find_pictures
from tf_cyclegan.pictures.source import describe_refused, list_files

FILES = {"a.txt": b"one", "deep/er/b.jpg": b"two"}


def contents(files):
    found = {}
    for name, open_one in files.items():
        with open_one() as file:
            found[name] = file.read()
    return found


def read_one(open_one):
    with open_one() as file:
        return file.read()


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_files_are_listed_by_their_path_and_opened(tmp_path, kind):
    source = write_zip(tmp_path / "x.zip", FILES) if kind == "zip" else write_folder(tmp_path / "x", FILES)
    found = list_files(source)
    assert contents(found.files) == FILES
    assert found.refused == {}


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_hidden_files_are_passed_over(tmp_path, kind):
    files = {**FILES, "deep/.DS_Store": b"x", "deep/er/._b.jpg": b"x"}
    source = write_zip(tmp_path / "x.zip", files) if kind == "zip" else write_folder(tmp_path / "x", files)
    assert list_files(source).files.keys() == FILES.keys()


@pytest.mark.parametrize("name", ["../evil.jpg", "deep/../../evil.jpg", "/etc/evil.jpg", "C:/evil.jpg", "..\\evil.jpg"])
def test_names_that_lead_outside_are_refused_and_nothing_is_written(tmp_path, name):
    source = write_zip(tmp_path / "a" / "b" / "x.zip", {**FILES, name: b"evil"})
    before = sorted(tmp_path.rglob("*"))
    found = list_files(source)
    assert contents(found.files) == FILES
    assert found.refused == {name: "lead outside the zip by their name, left out"}
    assert sorted(tmp_path.rglob("*")) == before


def test_backslashes_between_folders_are_understood(tmp_path):
    source = write_zip(tmp_path / "x.zip", {"deep\\er\\b.jpg": b"two"})
    assert contents(list_files(source).files) == {"deep/er/b.jpg": b"two"}


def test_encrypted_members_are_refused(tmp_path):
    source = encrypt(write_zip(tmp_path / "x.zip", FILES), "a.txt")
    found = list_files(source)
    assert found.files.keys() == {"deep/er/b.jpg"}
    assert found.refused == {"a.txt": "are encrypted, left out"}


def test_members_that_claim_an_absurd_size_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("tf_cyclegan.pictures.source.MAX_MEMBER_BYTES", 2_000_000)
    source = write_zip(tmp_path / "x.zip", {**FILES, "bomb.jpg": bytes(3_000_000)})
    assert source.stat().st_size < 10_000
    found = list_files(source)
    assert contents(found.files) == FILES
    assert found.refused == {"bomb.jpg": "claim over 2 MB unpacked, left out"}


def test_a_member_that_claims_less_than_it_holds_gives_no_more_than_it_claims(tmp_path):
    source = write_zip(tmp_path / "x.zip", {"bomb.jpg": bytes(3_000_000)})
    data = bytearray(source.read_bytes())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = (1000).to_bytes(4, "little")
    source.write_bytes(data)
    with list_files(source).files["bomb.jpg"]() as file, pytest.raises(zipfile.BadZipFile):
        assert len(file.read()) <= 1000


def test_of_two_members_with_one_name_the_last_counts(tmp_path):
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(tmp_path / "x.zip", "w") as made:
        made.writestr("a.txt", b"first")
        made.writestr("a.txt", b"last")
    found = list_files(tmp_path / "x.zip")
    assert contents(found.files) == {"a.txt": b"last"}
    assert found.refused == {"a.txt": "are in the zip more than once; the last one counts"}


def test_members_are_read_from_other_processes(tmp_path):
    files = {f"{i}.bin": random.Random(i).randbytes(300_000) for i in range(20)}
    found = list_files(write_zip(tmp_path / "x.zip", files))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(read_one, found.files.values(), chunksize=1) == list(files.values())
    assert read_one(pickle.loads(pickle.dumps(found.files["3.bin"]))) == files["3.bin"]  # noqa: S301


def test_a_process_opens_the_zip_once_and_none_that_another_has_opened(tmp_path, monkeypatch):
    opened = []

    class Counted(zipfile.ZipFile):
        def __init__(self, *arguments):
            opened.append(os.getpid())
            super().__init__(*arguments)

    monkeypatch.setattr("tf_cyclegan.pictures.source.zipfile.ZipFile", Counted)
    files = list_files(write_zip(tmp_path / "x.zip", FILES)).files
    opened.clear()
    contents(files)
    contents(files)
    assert opened == []
    monkeypatch.setattr(os, "getpid", lambda: 1)
    contents(files)
    contents(files)
    assert opened == [1]


def test_a_zip_that_was_replaced_is_read_anew(tmp_path):
    write_zip(tmp_path / "x.zip", FILES)
    list_files(tmp_path / "x.zip")
    write_zip(tmp_path / "new.zip", {"c.txt": b"three"}).replace(tmp_path / "x.zip")
    assert contents(list_files(tmp_path / "x.zip").files) == {"c.txt": b"three"}


def test_only_what_is_opened_is_read(tmp_path):
    """The picture of another period may be damaged: it is never looked at."""
    source = write_zip(tmp_path / "x.zip", FILES)
    data = bytearray(source.read_bytes())
    data[data.index(b"a.txt") + 5] ^= 0xFF
    source.write_bytes(data)
    files = list_files(source).files
    assert read_one(files["deep/er/b.jpg"]) == b"two"
    with pytest.raises((zipfile.BadZipFile, zlib.error)):
        read_one(files["a.txt"])


def test_nothing_there_is_reported(tmp_path):
    with pytest.raises(UserError, match=r"none\.zip: no such folder or zip file"):
        list_files(tmp_path / "none.zip")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04", None])
def test_a_file_that_is_no_zip_is_reported(tmp_path, content):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as made:
        made.writestr("a.txt", b"one" * 1000)
    (tmp_path / "x.zip").write_bytes(whole.getvalue()[:-30] if content is None else content)
    with pytest.raises(UserError, match="neither a folder nor a readable zip file"):
        list_files(tmp_path / "x.zip")


def test_refused_files_are_described_by_their_reason():
    refused = {**{f"../{i}": "lead outside" for i in range(7)}, "x": "are encrypted"}
    assert describe_refused(refused) == [
        "files that lead outside: 7 (../0; ../1; ../2; ../3; ../4 …)",
        "files that are encrypted: 1 (x)",
    ]


def test_five_names_are_reported_whole():
    assert count_and_name("files", list("abcde")) == "files: 5 (a; b; c; d; e)"


@settings(deadline=None, max_examples=80)
@given(tree=folders)
def test_a_zip_has_the_pictures_of_the_folder_that_it_was_made_of(tree):
    with tempfile.TemporaryDirectory() as name:
        root = write_tree(Path(name) / "photos", {**tree, "zz.jpg": "JPEG"})
        folder, packed = list_files(root), list_files(zip_tree(root, Path(name) / "photos.zip"))
        assert packed.refused == folder.refused == {}
        assert packed.files.keys() == folder.files.keys()
        assert contents(packed.files) == contents(folder.files)
        pictures = [p.relative_to(root).as_posix() for p in find_pictures(root).pictures]
        assert folder.pictures() == pictures
        assert sorted(packed.pictures()) == sorted(pictures)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_systems_and_other_programs_put_into_a_zip_is_passed_over(tmp_path, hidden):
    files = {**FILES, f"deep/{hidden}": b"x", f"{hidden}/er/b.jpg": b"x"}
    assert list_files(write_zip(tmp_path / "x.zip", files)).files.keys() == FILES.keys()


def test_links_in_a_zip_are_refused(tmp_path):
    link = zipfile.ZipInfo("monet.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(write_zip(tmp_path / "x.zip", FILES), "a") as made:
        made.writestr(link, "../elsewhere/monet.jpg")
    found = list_files(tmp_path / "x.zip")
    assert found.files.keys() == FILES.keys()
    assert found.refused == {"monet.jpg": "are links, left out"}


def test_only_members_of_unusual_endings_are_looked_into(tmp_path, monkeypatch):
    files = {"a.jpg": b"x", "b.JPEG": b"x", "c.jfif": PICTURES["JPEG"], "d.txt": b"x"}
    listing = list_files(write_zip(tmp_path / "x.zip", files))
    opened, open_member = [], zipfile.ZipFile.open
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda z, name: opened.append(name) or open_member(z, name))
    assert listing.pictures() == ["a.jpg", "b.JPEG", "c.jfif"]
    assert opened == ["c.jfif", "d.txt"]


def test_a_member_that_cannot_be_unpacked_is_no_picture(tmp_path):
    source = write_zip(tmp_path / "x.zip", {"a.jfif": PICTURES["JPEG"], "b.jpg": PICTURES["JPEG"]})
    data = bytearray(source.read_bytes())
    data[data.index(b"a.jfif") + 12] ^= 0xFF
    source.write_bytes(data)
    assert list_files(source).pictures() == ["b.jpg"]
