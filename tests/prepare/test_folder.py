import shutil

import pytest

from tests.conftest import make_picture, make_pictures
from tf_cyclegan.errors import UserError
from tf_cyclegan.picture_files import NO_PICTURE, NO_TARGET
from tf_cyclegan.prepare.folder import read_folder
from tf_cyclegan.prepare.split import split_works
from tf_cyclegan.prepare.work import PassedOver


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


def test_the_split_stays_when_the_folder_moves(tmp_path):
    folder = make_pictures(tmp_path / "photos", 12)
    before = [w.name for w in split_works(read_folder(folder), 1, 0.3)[1]]
    (tmp_path / "elsewhere").mkdir()
    shutil.move(folder, tmp_path / "elsewhere" / "photos")
    assert [w.name for w in split_works(read_folder(tmp_path / "elsewhere" / "photos"), 1, 0.3)[1]] == before


def test_a_folder_without_pictures_is_told(tmp_path):
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
