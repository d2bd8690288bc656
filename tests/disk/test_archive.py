import bz2
import gzip
import io
import lzma
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.disk import archive as archive_module
from tf_cyclegan.disk.archive import format_of_content, format_of_name, pack, unpack
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
def test_a_damaged_archive_is_reported_and_nothing_is_left(keep, folder, tmp_path):
    (folder / "trainA/1.jpg").write_bytes(bytes(range(256)) * 40)
    file = pack(folder, tmp_path / "data.tar")
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(UserError, match=r"damaged|make"):
        unpack(file, tmp_path / "place" / "out")
    assert not (tmp_path / "place").exists() or [*(tmp_path / "place").iterdir()] == []


def test_missing_files_and_folders_are_reported(tmp_path):
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
    assert [format_of_content(file) for file in (plain, small)] == [".tar", ".tar.xz"]
    assert pack(folder, tmp_path / "again.tar.xz").read_bytes() == small.read_bytes()
    assert tree(unpack(small, tmp_path / "place" / "out", most=plain.stat().st_size)) == tree(folder)
    assert [p.name for p in (tmp_path / "place").iterdir()] == ["out"]


def test_what_does_not_fit_is_not_decompressed(tmp_path, monkeypatch):
    small, out, seen = tmp_path / "bomb.tar.xz", tmp_path / "place" / "out", []
    small.write_bytes(lzma.compress(bytes(50_000_000)))
    assert small.stat().st_size < 10_000
    decompress = archive_module._decompress

    def watched(file, plain, *rest):
        try:
            return decompress(file, plain, *rest)
        finally:
            seen.append(plain.stat().st_size)

    monkeypatch.setattr(archive_module, "_decompress", watched)
    with pytest.raises(UserError, match=r"bomb\.tar\.xz: holds more than 2,000,000 bytes"):
        unpack(small, out, most=2_000_000)
    assert seen[0] <= 2_000_000
    assert [*out.parent.iterdir()] == []
    small.write_bytes(lzma.compress(bytes(1000), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]))
    with pytest.raises(UserError, match=r"damaged .*[Mm]emory"):
        unpack(small, out)


@pytest.mark.parametrize("keep", [0, 5, 50, -1])
def test_a_damaged_compressed_archive_is_reported(keep, folder, tmp_path):
    file = pack(folder, tmp_path / "data.tar.xz")
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(UserError, match="damaged"):
        unpack(file, tmp_path / "place" / "out")
    assert not (tmp_path / "place").exists() or [*(tmp_path / "place").iterdir()] == []


ENDINGS = st.sampled_from(
    (".tar", ".tar.xz", ".TAR", ".Tar.XZ", ".tar.gz", ".tgz", ".zip", ".xz", ".tar.bz2", "", ".t")
)


@settings(deadline=None, max_examples=40)
@given(
    stem=st.from_regex(r"\w[\w. -]{0,8}", fullmatch=True), ending=ENDINGS | st.from_regex(r"\.\w{1,4}", fullmatch=True)
)
def test_what_is_written_has_the_format_of_its_name_or_nothing_is_written(stem, ending, tmp_path_factory):
    place = tmp_path_factory.mktemp("any")
    (place / "in").mkdir()
    (place / "in" / "1.txt").write_text("one")
    file = place / "out" / f"{stem}{ending}".strip()
    try:
        expected = format_of_name(file)
    except UserError as error:
        with pytest.raises(UserError, match=r"written as \.tar or \.tar\.xz"):
            pack(place / "in", file)
        assert file.name in str(error)
        assert not file.parent.exists()
        return
    pack(place / "in", file)
    with tarfile.open(file, "r:xz" if file.name.lower().endswith("xz") else "r:") as archive:
        assert archive.getnames() == ["1.txt"]
    assert format_of_content(file) == expected
    assert tree(unpack(file, place / "again")) == {"1.txt": b"one"}


@pytest.mark.parametrize("name", ["x.tar", "x.tar.xz", "x.zip", "x"])
@pytest.mark.parametrize("written", [".tar", ".tar.xz"])
def test_reading_goes_by_the_content(name, written, folder, tmp_path):
    file = pack(folder, tmp_path / f"made{written}").rename(tmp_path / name)
    assert tree(unpack(file, tmp_path / "out")) == tree(folder)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        *((b"PK\x03\x04..", ".zip"), (b"PK\x05\x06" + bytes(18), ".zip"), (gzip.compress(b"x", mtime=0), ".gz")),
        *((bz2.compress(b"x"), ".bz2"), (b"7z\xbc\xaf\x27\x1c", ".7z"), (b"Rar!\x1a\x07", ".rar")),
    ],
)
def test_another_format_is_named(data, found, tmp_path):
    (tmp_path / "x.tar").write_bytes(data)
    with pytest.raises(UserError, match=rf"x\.tar: is a \{found} by its content; only \.tar and \.tar\.xz are read"):
        unpack(tmp_path / "x.tar", tmp_path / "place" / "out")
    assert not (tmp_path / "place").exists()


def test_an_archive_that_cannot_be_read_is_not_said_to_be_unwritable(tmp_path):
    (tmp_path / "x.tar").mkdir()
    with pytest.raises(UserError, match=r"x\.tar: cannot be read"):
        unpack(tmp_path / "x.tar", tmp_path / "out")


@pytest.mark.parametrize("file", ["folder/all.tar", "link/all.tar", "folder/../folder/sub/all.tar"])
def test_an_archive_does_not_lie_in_what_it_holds(tmp_path, file):
    (tmp_path / "folder" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("folder")
    with pytest.raises(UserError, match=r"the archive .* lies within the folder"):
        pack(tmp_path / "folder", tmp_path / file)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


@pytest.mark.parametrize("file", [".", "..", "/"])
def test_a_folder_in_place_of_the_archive_is_reported(tmp_path, monkeypatch, file):
    (tmp_path / "here").mkdir()
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(UserError, match="choose a name with one of these endings"):
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
