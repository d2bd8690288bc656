import contextlib
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture, make_pictures, make_truncated_jpeg, negative
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.luma import LUMA
from tf_cyclegan.settings.choices import BRUSHES
from tf_cyclegan.stylize.files import (
    Look,
    _result_names,
    paint,
    save_picture,
    stylize_file,
    stylize_folder,
    stylize_zip,
)


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("name", "kind"), [("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.png", "PNG"), ("a.WebP", "WEBP")]
)
def test_the_ending_decides_the_format(tmp_path, name, kind):
    save_picture(make_picture(), tmp_path / name)
    assert Image.open(tmp_path / name).format == kind
    assert files(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a.gif", "a", "a.jpg.txt", ".jpg"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(UserError, match=r"written as \.jpg, \.png or \.webp, not"):
        save_picture(make_picture(), tmp_path / name)
    assert files(tmp_path) == []


def test_a_picture_that_its_format_cannot_hold_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"a WEBP has at most 16,383 pixels a side, not 16,384; use a \.png"):
        save_picture(Image.new("RGB", (16_384, 16)), tmp_path / "a.webp")
    assert files(tmp_path) == []
    save_picture(Image.new("RGB", (16_384, 16)), tmp_path / "a.png")


def test_folders_are_made_on_the_way(tmp_path):
    save_picture(make_picture(), tmp_path / "a" / "b" / "c.png")
    assert files(tmp_path) == ["a/b/c.png"]


@pytest.mark.parametrize("name", ["file/a.jpg", "file/b/a.jpg", "folder.jpg", "x" * 300 + ".jpg"])
def test_a_place_that_cannot_be_written_is_reported(tmp_path, name):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder.jpg").mkdir()
    with pytest.raises(UserError, match="cannot be written"):
        save_picture(make_picture(), tmp_path / name)
    assert files(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "mine"


def test_an_earlier_result_stays_when_writing_fails(tmp_path, monkeypatch):
    save_picture(make_picture(), tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()

    def fail(self, file, *_, **__):
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(UserError, match="No space left on device"):
        save_picture(make_picture(1), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == before
    assert files(tmp_path) == ["a.png"]


def test_one_file_becomes_one_file(tmp_path):
    make_picture().save(tmp_path / "a.png")
    stylize_file(negative, tmp_path / "a.png", tmp_path / "b.png")
    painted, original = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in "ba")
    np.testing.assert_array_equal(painted, 255 - original)


def test_the_longest_side_of_the_result(style, tmp_path):
    from tf_cyclegan.stylize.style import open_bundle
    from tf_cyclegan.stylize.stylizer import Stylizer

    make_picture(width=400, height=200).save(tmp_path / "a.jpg")
    stylizer = Stylizer(open_bundle(style))
    for max_side, size in ((100, (100, 50)), (1024, (400, 200))):
        stylize_file(stylizer, tmp_path / "a.jpg", tmp_path / "b.jpg", Look(max_side))
        assert Image.open(tmp_path / "b.jpg").size == size


def test_a_damaged_file_writes_nothing(tmp_path):
    make_truncated_jpeg(tmp_path / "a.jpg")
    with pytest.raises(UserError, match="damaged"):
        stylize_file(negative, tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert files(tmp_path) == ["a.jpg"]


def test_a_folder_keeps_its_paths_and_tells_the_damaged(tmp_path):
    source = make_pictures(tmp_path / "in", 2)
    (source / "sea").mkdir()
    make_picture().save(source / "sea" / "wave.png")
    make_truncated_jpeg(source / "sea" / "broken.jpg")
    results = list(stylize_folder(negative, source, tmp_path / "out"))
    assert files(tmp_path / "out") == ["000.jpg", "001.jpg", "sea/wave.jpg"]
    assert [r.source.name for r in results] == ["000.jpg", "001.jpg", "broken.jpg", "wave.png"]
    assert [r.result and r.result.relative_to(tmp_path / "out").as_posix() for r in results] == [
        "000.jpg",
        "001.jpg",
        None,
        "sea/wave.jpg",
    ]
    assert [bool(r.error) for r in results] == [False, False, True, False]
    assert "broken.jpg: damaged" in results[2].error


def test_the_bar_sees_every_picture(tmp_path):
    seen = []

    def bar(paths):
        seen.extend(paths)
        return iter(paths)

    list(stylize_folder(negative, make_pictures(tmp_path / "in", 3), tmp_path / "out", bar=bar))
    assert seen == ["000.jpg", "001.jpg", "002.jpg"]


def test_a_folder_without_pictures_is_reported(tmp_path):
    with pytest.raises(UserError, match="no pictures"):
        list(stylize_folder(negative, tmp_path, tmp_path / "out"))


def test_a_place_that_cannot_be_written_ends_a_folder(tmp_path):
    source = make_pictures(tmp_path / "in", 2)
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UserError, match="cannot be written"):
        list(stylize_folder(negative, source, tmp_path / "out"))


def test_pictures_that_differ_in_their_ending_get_results_of_their_own():
    assert _result_names(("a.jpg", "a.png", "b.jpg", "c/a.jpg")) == ["a.jpg", "a_2.jpg", "b.jpg", "c/a.jpg"]


def test_the_zip_of_a_folder_is_painted_like_the_folder(tmp_path):
    source = make_pictures(tmp_path / "in", 2)
    (source / "sea").mkdir()
    make_picture(7).save(source / "sea" / "wave.png")
    make_truncated_jpeg(source / "sea" / "broken.jpg")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for path in sorted(source.rglob("*.*")):
            archive.write(path, f"in/{path.relative_to(source).as_posix()}")
        archive.writestr("in/notes.txt", "none of them")
        archive.writestr("../victim.jpg", (source / "000.jpg").read_bytes())
    of_folder = list(stylize_folder(negative, source, tmp_path / "one"))
    of_zip = list(stylize_folder(negative, tmp_path / "in.zip", tmp_path / "two"))
    assert files(tmp_path / "one") == files(tmp_path / "two") == ["000.jpg", "001.jpg", "sea/wave.jpg"]
    for name in files(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert [r.source.name for r in of_zip if r.error] == [r.source.name for r in of_folder if r.error] == ["broken.jpg"]
    assert {str(r.source) for r in of_zip if r.left_out} == {"../victim.jpg", "in/notes.txt"}
    assert not (tmp_path / "victim.jpg").exists()
    zipped = list(stylize_zip(negative, tmp_path / "in.zip", tmp_path / "squares.zip"))
    assert [r.result and r.result.name for r in zipped if not r.left_out] == [
        "000.jpg",
        "001.jpg",
        None,
        "sea-wave.jpg",
    ]


def test_paintings_do_not_replace_the_zip_that_is_read(tmp_path):
    source = make_pictures(tmp_path / "in", 1)
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.write(source / "000.jpg", "000.jpg")
    before = (tmp_path / "in.zip").read_bytes()
    with pytest.raises(UserError, match="--out"):
        list(stylize_zip(negative, tmp_path / "in.zip", tmp_path / "in.zip"))
    assert (tmp_path / "in.zip").read_bytes() == before


picture_names = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["a", "a_jpg", "a_png", "d/a", "a.b"]),
        st.sampled_from(
            [
                ".jpg",
                ".png",
                ".JPG",
                ".b.jpg",
                "_png.jpg",
            ]
        ),
    ),
)


@settings(deadline=None)
@given(st.lists(picture_names, min_size=1, max_size=10, unique=True))
def test_no_result_takes_the_place_of_another(names):
    results = _result_names(names)
    assert len(set(results)) == len(names)
    assert {Path(result).suffix for result in results} == {".jpg"}


ODD_PATHS = st.lists(
    st.sampled_from(["a", "A", "x.jpg", "CON", "é", "e\u0301", "b.", "dots..", "x" * 250, "\udcff", "a?b", "1"]),
    min_size=1,
    max_size=2,
).map("/".join)


@settings(deadline=None, max_examples=30)
@given(st.lists(ODD_PATHS, min_size=1, max_size=6, unique=True))
def test_whatever_pictures_are_called_each_has_a_result_of_its_own(names):
    with tempfile.TemporaryDirectory() as place:
        source, out = Path(place, "in"), Path(place, "out")
        for name in names:
            with contextlib.suppress(OSError):  # A file system that knows no such name, or has a folder of it.
                path = source / f"{name}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                make_picture().save(path)
        before = {p: p.read_bytes() for p in source.rglob("*") if p.is_file()}
        assume(before)
        results = list(stylize_folder(negative, source, out))
        assert len([p for p in out.rglob("*") if p.is_file()]) == len(before)
        assert all(r.result and r.result.is_file() for r in results)
        assert len({str(r.result).casefold() for r in results}) == len(before)
        list(stylize_zip(negative, source, Path(place, "all.zip")))
        with zipfile.ZipFile(Path(place, "all.zip")) as archive:
            assert len({name.casefold() for name in archive.namelist()}) == len(before)
        assert {p: p.read_bytes() for p in source.rglob("*") if p.is_file()} == before
        assert sorted(p.name for p in Path(place).iterdir()) == ["all.zip", "in", "out"]


@pytest.mark.parametrize("out", ["in", "in/out", ".", "link", "link/out", "in/../in/sea/../out", "new/../in"])
def test_paintings_never_go_where_the_photographs_are(tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    make_pictures(Path("in"), 2)
    Path("in", "sea").mkdir()
    Path("link").symlink_to("in")
    before = {name: Path(name).read_bytes() for name in files(Path())}
    with pytest.raises(
        UserError, match=r"--out .* (is the same as|lies within|holds) the folder of pictures in; choose"
    ):
        list(stylize_folder(negative, "in", out))
    with pytest.raises(UserError, match="--out"):
        list(stylize_zip(negative, "in", Path("in", "sea", "all.zip")))
    assert {name: Path(name).read_bytes() for name in files(Path())} == before


def test_links_within_both_folders_are_seen_through(tmp_path):
    source, out = make_pictures(tmp_path / "in", 2), tmp_path / "out"
    (source / "sea").mkdir()
    make_picture().save(source / "sea" / "wave.jpg")
    out.mkdir()
    (out / "sea").symlink_to(source / "sea")
    before = (source / "sea" / "wave.jpg").read_bytes()
    with pytest.raises(UserError, match=r"--out .*sea lies within the folder of pictures"):
        list(stylize_folder(negative, source, out))
    (out / "sea").unlink()
    make_picture().save(out / "old.jpg")
    (source / "again.jpg").symlink_to(out / "old.jpg")
    with pytest.raises(UserError, match=r"--out .*out holds the folder of pictures .*again.jpg"):
        list(stylize_folder(negative, source, out))
    assert (source / "sea" / "wave.jpg").read_bytes() == before
    assert files(out) == ["old.jpg"]


@pytest.mark.parametrize("out", ["a.jpg", "./a.jpg", "link.jpg", "twin.jpg", "sub/../a.jpg"])
def test_a_painting_never_replaces_its_photograph(tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    make_picture().save("a.jpg")
    Path("link.jpg").symlink_to("a.jpg")
    Path("twin.jpg").hardlink_to("a.jpg")
    Path("sub").mkdir()
    before = Path("a.jpg").read_bytes()
    with pytest.raises(UserError, match=r"--out .* is the same as the picture a.jpg"):
        stylize_file(negative, "a.jpg", out)
    assert Path("a.jpg").read_bytes() == before
    stylize_file(negative, "a.jpg", "b.jpg")


def test_no_strength_is_the_photograph_and_runs_no_network():
    photo = make_picture()
    np.testing.assert_array_equal(paint(lambda *_: pytest.fail("ran"), photo, Look(strength=0)), photo)


def test_the_look_is_applied():
    photo = make_picture(2)
    half = np.asarray(paint(negative, photo, Look(strength=50)), int)
    assert np.abs(half - 127.5).max() <= 0.5
    grey = Image.new("RGB", (40, 40), (90, 90, 90))
    assert set(np.unique(paint(negative, grey, Look(keep_colours=True)))) == {165}


@pytest.mark.parametrize("brush", BRUSHES)
def test_every_brush_keeps_to_the_other_wishes(brush):
    photo = make_picture(2, 900, 600)
    seen = []

    def stylizer(picture):
        seen.append(picture.size)
        return Image.new("RGB", picture.size, (90, 90, 90))

    assert paint(stylizer, photo, Look(None, brush)).size == (900, 600)
    assert seen[0] == {"fine": (900, 600), "medium": (576, 384), "broad": (384, 256)}[brush]
    assert paint(stylizer, photo, Look(450, brush)).size == (450, 300)
    assert paint(stylizer, photo, Look(None, brush, square=500)).size == (500, 500)
    half = np.asarray(paint(stylizer, photo, Look(None, brush, 50)), int)
    assert np.abs(half - (np.asarray(photo, int) + 90) / 2).max() <= 0.5
    coloured = np.asarray(paint(stylizer, photo, Look(None, brush, keep_colours=True)), int)
    assert np.abs(coloured @ LUMA - 90).max() <= 1
    assert np.ptp(coloured, axis=-1).max() > 50


KAGGLE = Look(square=256)


def test_a_zip_holds_squares_without_folders_and_is_the_same_each_time(tmp_path):
    source = make_pictures(tmp_path / "in", 2)
    (source / "sea").mkdir()
    make_picture(7).save(source / "sea" / "000.png")
    make_truncated_jpeg(source / "broken.jpg")
    results = list(stylize_zip(negative, source, tmp_path / "images.zip", KAGGLE))
    assert [bool(r.error) for r in results] == [False, False, True, False]
    with zipfile.ZipFile(tmp_path / "images.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["000.jpg", "001.jpg", "sea-000.jpg"]
        opened = [Image.open(archive.open(name)) for name in archive.namelist()]
        assert {(p.format, p.size, p.mode) for p in opened} == {("JPEG", (256, 256), "RGB")}
    list(stylize_zip(negative, source, tmp_path / "again.zip", KAGGLE))
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "images.zip").read_bytes()


@pytest.mark.parametrize("fault", ["disk", "damaged", "interrupted"])
def test_an_earlier_zip_stays_when_something_fails(tmp_path, monkeypatch, fault):
    source = make_pictures(tmp_path / "in", 2)
    (tmp_path / "images.zip").write_bytes(b"earlier")

    def fail(*_, **__):
        raise OSError(28, "No space left on device") if fault == "disk" else KeyboardInterrupt

    if fault == "damaged":
        for path in source.iterdir():
            make_truncated_jpeg(path)
    else:
        monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    with pytest.raises((UserError, KeyboardInterrupt)):
        list(stylize_zip(negative, source, tmp_path / "images.zip", KAGGLE))
    assert (tmp_path / "images.zip").read_bytes() == b"earlier"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["images.zip"]


def test_another_ending_is_reported_before_anything_is_painted(tmp_path):
    with pytest.raises(UserError, match="are written as"):
        list(stylize_zip(None, None, tmp_path / "images.tar"))
