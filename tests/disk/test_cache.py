import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tf_cyclegan.disk.cache import cache_folder, ensure_home
from tf_cyclegan.errors import UserError


@pytest.fixture
def no_home(monkeypatch, tmp_path):
    """A user without a home, as in containers, and a temporary folder of the test's own."""

    def unknown():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", unknown)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("chosen", ["", "relative/caches"])
def test_it_is_in_the_home_where_no_other_place_is_chosen(chosen, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", chosen)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "tf_cyclegan"
    assert not cache_folder().exists()


def test_another_place_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert cache_folder() == tmp_path / "caches" / "tf_cyclegan"


def test_without_a_home_it_is_a_folder_that_nobody_else_can_write(no_home):
    folder = cache_folder()
    assert folder.parent == no_home
    assert cache_folder() == folder
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0


def test_without_a_home_the_chosen_place_is_taken_all_the_same(no_home, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(no_home / "caches"))
    assert cache_folder() == no_home / "caches" / "tf_cyclegan"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="users have numbers on POSIX only")
def test_what_somebody_else_put_there_is_not_used(no_home, monkeypatch):
    folder = cache_folder()
    monkeypatch.setattr(os, "getuid", lambda: int(folder.name.rpartition("-")[2]))
    folder.rmdir()
    folder.symlink_to(no_home)
    with pytest.raises(UserError, match="belongs to somebody else; set XDG_CACHE_HOME"):
        cache_folder()


def test_a_temporary_folder_that_cannot_be_written_is_one_line(no_home, monkeypatch):
    (no_home / "file").write_text("x")
    monkeypatch.setattr(tempfile, "tempdir", str(no_home / "file"))
    with pytest.raises(UserError, match=r"cannot be made .*; set XDG_CACHE_HOME to a folder"):
        cache_folder()


def test_who_has_a_home_keeps_it(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    ensure_home()
    assert os.environ["HOME"] == str(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="there are no users without a home on Windows")
@pytest.mark.parametrize("library", ["keras", "tensorflow_datasets"])
def test_without_a_home_libraries_leave_nothing_where_the_program_is_called(library, tmp_path):
    code = "import pwd, sys; from pathlib import Path\n"
    code += "def unknown(user):\n    raise KeyError(user)\n"
    code += "pwd.getpwuid = unknown\n"
    code += f"from tf_cyclegan.disk.cache import ensure_home; ensure_home(); import {library}; print(Path.home())"
    environment = {
        name: value for name, value in os.environ.items() if name not in ("HOME", "KERAS_HOME", "XDG_CACHE_HOME")
    }
    environment |= {"PYTHONPATH": str(Path(__file__).resolve().parents[2]), "TMPDIR": str(tmp_path)}
    (tmp_path / "here").mkdir()
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, cwd=tmp_path / "here", env=environment, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).parent == tmp_path
    assert not list((tmp_path / "here").iterdir())
