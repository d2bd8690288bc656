import shutil
import zipfile

import pytest

from tests.conftest import make_picture, make_pictures
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.listing import NO_PICTURE, NO_TARGET
from tf_cyclegan.prepare.gather.folder import read_folder
from tf_cyclegan.prepare.gather.work import PassedOver
from tf_cyclegan.prepare.split import identity


def test_works_are_named_by_their_path_within_the_folder(tmp_path):
    folder = make_pictures(tmp_path / "photos", 2)
    (folder / "sea").mkdir()
    make_picture().save(folder / "sea" / "wave.png")
    works = read_folder(folder)
    assert [w.name for w in works] == ["000.jpg", "001.jpg", "sea/wave.png"]
    assert {w.source for w in works} == {"photos"}


def test_a_work_opens_its_file(tmp_path):
    folder = make_pictures(tmp_path / "photos", 1)
    with read_folder(folder)[0].open() as file:
        assert file.read() == (folder / "000.jpg").read_bytes()


def test_works_stay_the_same_when_the_folder_moves(tmp_path):
    folder = make_pictures(tmp_path / "photos", 12)
    before = [identity(w) for w in read_folder(folder)]
    (tmp_path / "elsewhere").mkdir()
    shutil.move(folder, tmp_path / "elsewhere" / "photos")
    assert [identity(w) for w in read_folder(tmp_path / "elsewhere" / "photos")] == before


@pytest.mark.parametrize("inside", ["", "paintings/"])
def test_the_zip_of_a_folder_gives_the_same_works(inside, tmp_path):
    """Whether the folder is part of the names, as where it was zipped in a window, or not."""
    folder = make_pictures(tmp_path / "paintings", 2)
    for name in ("monet-2/sea.jpg", "monet/a/1.jpg", "monet/2.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        make_picture().save(folder / name)
    left_out = []
    with zipfile.ZipFile(tmp_path / "paintings.zip", "w") as archive:
        for path in folder.rglob("*.*"):
            archive.write(path, inside + path.relative_to(folder).as_posix())
        archive.writestr(f"{inside}readme.txt", "none of them")
        archive.writestr("../evil.jpg", "x")
    works, others = read_folder(folder), read_folder(tmp_path / "paintings.zip", left_out)
    about = [(identity(w), w.folder) for w in works]
    assert [(identity(w), w.folder) for w in others] == about
    assert [folder for _, folder in about] == ["", "", "monet", "monet", "monet-2"]
    for one, other in zip(works, others, strict=True):
        with one.open() as ours, other.open() as theirs:
            assert ours.read() == theirs.read()
    assert {(other.source, other.name) for other in left_out} == {
        ("paintings", "../evil.jpg"),
        ("paintings", f"{inside}readme.txt"),
    }


def test_a_zip_without_pictures_and_what_is_no_zip_are_reported(tmp_path):
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(UserError, match=r"empty\.zip: no pictures in this zip"):
        read_folder(tmp_path / "empty.zip")
    (tmp_path / "a.jpg").write_text("x")
    with pytest.raises(UserError, match="neither a folder nor a readable zip"):
        read_folder(tmp_path / "a.jpg")


def test_a_folder_without_pictures_is_reported(tmp_path):
    with pytest.raises(UserError, match="no pictures"):
        read_folder(tmp_path)
    with pytest.raises(UserError, match="no such folder"):
        read_folder(tmp_path / "none")


def test_what_is_passed_over_is_given_with_its_source(tmp_path):
    folder = make_pictures(tmp_path / "photos", 2)
    (folder / "a.txt").write_text("x")
    (folder / "gone").symlink_to("nowhere")
    passed_over = []
    assert len(read_folder(folder, passed_over)) == 2
    found = {PassedOver("photos", "a.txt", NO_PICTURE), PassedOver("photos", "gone", NO_TARGET)}
    assert {*passed_over} == found
