from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture, make_pictures, make_truncated_jpeg
from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize import _result_names, save_picture, stylize_file, stylize_folder


def negative(picture, max_side=None):
    """Stands in for a Stylizer."""
    return Image.fromarray(255 - np.asarray(picture))


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.png", "PNG")])
def test_the_ending_decides_the_format(tmp_path, name, kind):
    save_picture(make_picture(), tmp_path / name)
    assert Image.open(tmp_path / name).format == kind
    assert files(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a.gif", "a", "a.jpg.txt", ".jpg"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(UserError, match=r"written as \.jpg or \.png, not"):
        save_picture(make_picture(), tmp_path / name)
    assert files(tmp_path) == []


def test_folders_are_made_on_the_way(tmp_path):
    save_picture(make_picture(), tmp_path / "a" / "b" / "c.png")
    assert files(tmp_path) == ["a/b/c.png"]


@pytest.mark.parametrize("name", ["file/a.jpg", "file/b/a.jpg", "folder.jpg", "x" * 300 + ".jpg"])
def test_a_place_that_cannot_be_written_is_told(tmp_path, name):
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
    from tf_cyclegan.bundle import open_bundle
    from tf_cyclegan.stylizer import Stylizer

    make_picture(width=400, height=200).save(tmp_path / "a.jpg")
    stylizer = Stylizer(open_bundle(style))
    for max_side, size in ((100, (100, 50)), (1024, (400, 200))):
        stylize_file(stylizer, tmp_path / "a.jpg", tmp_path / "b.jpg", max_side)
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
        seen.extend(p.name for p in paths)
        return iter(paths)

    list(stylize_folder(negative, make_pictures(tmp_path / "in", 3), tmp_path / "out", bar=bar))
    assert seen == ["000.jpg", "001.jpg", "002.jpg"]


def test_a_folder_without_pictures_is_told(tmp_path):
    with pytest.raises(UserError, match="no pictures"):
        list(stylize_folder(negative, tmp_path, tmp_path / "out"))


def test_a_place_that_cannot_be_written_ends_a_folder(tmp_path):
    source = make_pictures(tmp_path / "in", 2)
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UserError, match="cannot be written"):
        list(stylize_folder(negative, source, tmp_path / "out"))


def test_pictures_that_differ_in_their_ending_get_results_of_their_own():
    names = [Path("in") / name for name in ("a.jpg", "a.png", "b.jpg", "c/a.jpg")]
    assert [n.as_posix() for n in _result_names(names, Path("in"))] == ["a.jpg", "a_2.jpg", "b.jpg", "c/a.jpg"]


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
    results = _result_names([Path("in") / name for name in names], Path("in"))
    assert len(set(results)) == len(names)
    assert {r.suffix for r in results} == {".jpg"}
