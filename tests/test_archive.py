import io
import lzma
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.archive import decompress, is_compressed, pack, unpack
from tf_cyclegan.errors import UserError


@pytest.fixture
def folder(tmp_path):
    for name, data in {
        "trainA/1.jpg": b"one",
        "trainA/2.jpg": b"",
        "manifest.csv": b"a,b\n",
        "ä ö/ü.txt": b"x",
    }.items():
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(data)
    return tmp_path / "data"


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def write_tar(path, members):
    with tarfile.open(path, "w") as archive:
        for name, kind in members:
            member = tarfile.TarInfo(name)
            member.type = kind
            member.linkname = "/etc/passwd"
            member.size = 3 if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(b"bad") if member.size else None)
    return path


def test_what_was_packed_comes_out(folder, tmp_path):
    assert tree(unpack(pack(folder, tmp_path / "drive" / "data.tar"), tmp_path / "local" / "data")) == tree(folder)
    assert [p.name for p in (tmp_path / "drive").iterdir()] == ["data.tar"]
    assert [p.name for p in (tmp_path / "local").iterdir()] == ["data"]


@settings(max_examples=20, deadline=None)
@given(
    files=st.dictionaries(st.from_regex(r"[a-zä]{1,8}(/[a-z]{1,8})?\.bin", fullmatch=True), st.binary(max_size=2000))
)
def test_any_files_come_out(files, tmp_path_factory):
    place = tmp_path_factory.mktemp("any")
    (place / "in").mkdir()
    for name, data in files.items():
        (place / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "in" / name).write_bytes(data)
    assert tree(unpack(pack(place / "in", place / "x.tar"), place / "out")) == files


def test_the_same_files_give_the_same_bytes(folder, tmp_path):
    first = pack(folder, tmp_path / "1.tar").read_bytes()
    (folder / "manifest.csv").touch()
    (folder / "manifest.csv").chmod(0o600)
    assert pack(folder, tmp_path / "2.tar").read_bytes() == first


def test_a_folder_that_is_there_is_left_as_it_is(folder, tmp_path):
    file = pack(folder, tmp_path / "data.tar")
    (folder / "manifest.csv").write_text("mine")
    assert unpack(file, folder) == folder
    assert (folder / "manifest.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("../evil", tarfile.REGTYPE), ("/evil", tarfile.REGTYPE), ("a/../../evil", tarfile.REGTYPE)),
        *(("c:evil", tarfile.REGTYPE), ("a\\..\\evil", tarfile.REGTYPE)),
        *(("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE), ("dev", tarfile.CHRTYPE)),
    ],
)
def test_nothing_is_written_outside_the_folder(name, kind, tmp_path):
    file = write_tar(tmp_path / "evil.tar", [("good", tarfile.REGTYPE), (name, kind)])
    with pytest.raises(UserError, match="refused"):
        unpack(file, tmp_path / "place" / "out")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["evil.tar", "place"]


@pytest.mark.parametrize("keep", [0, 100, 700, 2000])
def test_a_damaged_archive_is_told_and_nothing_is_left(keep, folder, tmp_path):
    (folder / "trainA/1.jpg").write_bytes(bytes(range(256)) * 40)
    file = pack(folder, tmp_path / "data.tar")
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(UserError, match=r"damaged|make"):
        unpack(file, tmp_path / "place" / "out")
    assert not (tmp_path / "place").exists() or [*(tmp_path / "place").iterdir()] == []


def test_missing_files_and_folders_are_told(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        pack(tmp_path / "none", tmp_path / "x.tar")
    with pytest.raises(UserError, match="no such file"):
        unpack(tmp_path / "none.tar", tmp_path / "x")
    (tmp_path / "file").write_text("x")
    (tmp_path / "data").mkdir()
    with pytest.raises(UserError, match="cannot be written"):
        pack(tmp_path / "data", tmp_path / "file" / "x.tar")


def test_an_archive_that_cannot_be_written_leaves_the_earlier_one(folder, tmp_path, monkeypatch):
    file = pack(folder, tmp_path / "data.tar")
    before = file.read_bytes()

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "add", fail)
    with pytest.raises(UserError, match="No space left on device"):
        pack(folder, file)
    assert file.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "data.tar"]


def test_a_compressed_archive_holds_the_same_and_less(folder, tmp_path):
    (folder / "trainA/1.jpg").write_bytes(bytes(range(256)) * 400)
    plain, small = pack(folder, tmp_path / "data.tar"), pack(folder, tmp_path / "data.tar.xz")
    assert small.stat().st_size * 20 < plain.stat().st_size
    assert [is_compressed(file) for file in (plain, small)] == [False, True]
    assert pack(folder, tmp_path / "again.tar.xz").read_bytes() == small.read_bytes()
    out = decompress(small, tmp_path / "out.tar", plain.stat().st_size + 20_000)
    assert tree(unpack(out, tmp_path / "out")) == tree(folder)
    with pytest.raises(UserError, match="damaged, or no archive"):
        unpack(small, tmp_path / "refused")


def test_what_does_not_fit_is_not_decompressed(tmp_path):
    small, out = tmp_path / "bomb.tar.xz", tmp_path / "out"
    small.write_bytes(lzma.compress(bytes(50_000_000)))
    assert small.stat().st_size < 10_000
    with pytest.raises(UserError, match=r"bomb\.tar\.xz: holds more than 2,000,000 bytes"):
        decompress(small, out, 2_000_000)
    assert out.stat().st_size <= 2_000_000
    small.write_bytes(lzma.compress(bytes(1000), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]))
    with pytest.raises(UserError, match=r"damaged .*[Mm]emory"):
        decompress(small, out, 2_000_000)


@pytest.mark.parametrize("keep", [0, 5, 50, -1])
def test_a_damaged_compressed_archive_is_told(keep, folder, tmp_path):
    file = pack(folder, tmp_path / "data.tar.xz")
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(UserError, match="damaged"):
        decompress(file, tmp_path / "out.tar", 1_000_000)


@pytest.mark.parametrize("file", ["folder/all.tar", "link/all.tar", "folder/../folder/sub/all.tar"])
def test_an_archive_does_not_lie_in_what_it_holds(tmp_path, file):
    (tmp_path / "folder" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("folder")
    with pytest.raises(UserError, match=r"the archive .* lies within the folder"):
        pack(tmp_path / "folder", tmp_path / file)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


@pytest.mark.parametrize("file", [".", "..", "/"])
def test_a_folder_in_place_of_the_archive_is_told(tmp_path, monkeypatch, file):
    (tmp_path / "here").mkdir()
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(UserError, match=r"holds the folder|it is a folder\); give the name of a file"):
        pack(tmp_path / "data", file)


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").write_text("a")
    (tmp_path / "new").mkdir()
    unpack(pack(tmp_path / "data", tmp_path / "data.tar"), tmp_path / "new")
    assert (tmp_path / "new" / "a").read_text() == "a"


def test_a_member_that_would_replace_another_is_refused(tmp_path):
    with tarfile.open(tmp_path / "twice.tar", "w") as archive:
        for text in (b"one", b"two"):
            member = tarfile.TarInfo("a.jpg")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    with pytest.raises(UserError, match=r"holds 'a\.jpg' twice"):
        unpack(tmp_path / "twice.tar", tmp_path / "new")
    assert [p.name for p in tmp_path.iterdir()] == ["twice.tar"]
