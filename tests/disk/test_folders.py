import os
from pathlib import Path

import pytest

from tf_cyclegan.disk.folders import replacing_folder
from tf_cyclegan.errors import UserError

MARK = "mark"


def write(out, text="new"):
    with replacing_folder(out, MARK, "a result") as folder:
        (folder / MARK).write_text(text)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("earlier", [None, "empty", "full"])
def test_a_folder_takes_its_name_when_it_is_complete(tmp_path, earlier):
    out = tmp_path / "above" / "out"
    if earlier:
        out.mkdir(parents=True)
    if earlier == "full":
        (out / MARK).write_text("old")
        (out / "more").write_text("old")
    with replacing_folder(out, MARK, "a result") as folder:
        (folder / MARK).write_text("new")
        assert not out.exists() or names(out) == ([MARK, "more"] if earlier == "full" else [])
    assert names(out) == [MARK]
    assert (out / MARK).read_text() == "new"
    assert names(out.parent) == ["out"]


def test_the_earlier_folder_stays_when_the_body_fails(tmp_path):
    write(tmp_path / "out", "old")
    for error in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(error), replacing_folder(tmp_path / "out", MARK, "a result") as folder:
            (folder / MARK).write_text("half")
            raise error
    assert (tmp_path / "out" / MARK).read_text() == "old"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_anything_else_is_not_touched(tmp_path, kind):
    out = tmp_path / "out"
    if kind == "folder":
        out.mkdir()
        (out / "mine").write_text("mine")
    else:
        out.write_text("mine")
    with pytest.raises(UserError, match="exists and is not a result; choose another folder"):
        write(out)
    assert names(tmp_path) == ["out"]


def test_neighbours_of_the_user_s_own_stay(tmp_path):
    for name in ("out.partial", "out.old", "out.earlier"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine").write_text("mine")
    write(tmp_path / "out", "old")
    write(tmp_path / "out")
    assert names(tmp_path) == ["out", "out.earlier", "out.old", "out.partial"]
    assert all(names(tmp_path / f"out.{name}") == ["mine"] for name in ("earlier", "old", "partial"))


@pytest.mark.parametrize("spelled", [".", "..", "./", "../here", "/", "link"])
def test_the_folder_that_the_command_runs_in_is_refused(tmp_path, monkeypatch, spelled):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(UserError, match="is or holds the folder that this command runs in"):
        write(spelled)
    assert names(tmp_path) == ["here"]
    assert names(tmp_path / "here") == ["link"]


@pytest.mark.parametrize("spelled", ["link", "link/", "real/../real", "real/sub/..", "real/up/real"])
def test_links_and_steps_up_are_followed(tmp_path, spelled):
    (tmp_path / "real" / "sub").mkdir(parents=True)
    (tmp_path / "real" / MARK).write_text("old")
    (tmp_path / "real" / "up").symlink_to("..")
    (tmp_path / "link").symlink_to("real")
    write(os.path.join(tmp_path, spelled))  # noqa: PTH118  A path would leave the last slash out.
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path / "real") == [MARK]
    assert names(tmp_path) == ["link", "real"]


def test_what_a_kill_between_two_renames_left_comes_back(tmp_path):
    write(tmp_path / "out", "old")
    (tmp_path / ".partial-out").mkdir()
    (tmp_path / "out").rename(tmp_path / ".partial-out" / "earlier")
    with pytest.raises(RuntimeError), replacing_folder(tmp_path / "out", MARK, "a result"):
        assert (tmp_path / "out" / MARK).read_text() == "old"
        raise RuntimeError
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("failing", [1, 2])
def test_a_rename_that_fails_loses_nothing(tmp_path, monkeypatch, failing):
    """The first one moves the earlier folder away, the second one gives the new folder its name."""
    write(tmp_path / "out", "old")
    rename, calls = Path.replace, []

    def fail(self, target):
        calls.append(target)
        if len(calls) == failing:
            raise OSError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(UserError, match=r"out: cannot be written \(Permission denied\)"):
        write(tmp_path / "out")
    assert (tmp_path / "out" / MARK).read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_where_the_earlier_folder_cannot_be_brought_back_it_is_kept_for_the_next_time(tmp_path, monkeypatch):
    write(tmp_path / "out", "old")
    rename, calls = Path.replace, []

    def fail(self, target):
        calls.append(target)
        if len(calls) > 1:
            raise OSError(13, "Permission denied")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(UserError, match="Permission denied"):
            write(tmp_path / "out")
    with pytest.raises(RuntimeError), replacing_folder(tmp_path / "out", MARK, "a result"):
        raise RuntimeError
    assert (tmp_path / "out" / MARK).read_text() == "old"


@pytest.mark.parametrize("out", ["file/out", "file/sub/out", "x" * 300])
def test_a_place_that_cannot_be_written_is_reported(tmp_path, out):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match="cannot be written"):
        write(tmp_path / out)
    assert names(tmp_path) == ["file"]
