"""Where a notebook keeps what outlives its machine; Colab and Kaggle are simulated by their folders and variables."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from tests.conftest import make_pictures
from tf_cyclegan.notebook import storage
from tf_cyclegan.notebook.storage import Storage, open_storage
from tf_cyclegan.prepare.gather import kaggle


@pytest.fixture
def colab(tmp_path, monkeypatch):
    """The modules of Colab, and how often its drive was mounted."""
    mounted = []

    def mount(place):
        mounted.append(place)
        (tmp_path / "drive" / "MyDrive").mkdir(parents=True, exist_ok=True)

    module = ModuleType("google.colab")
    module.drive = SimpleNamespace(mount=mount)
    monkeypatch.setitem(sys.modules, "google", ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", module)
    monkeypatch.setattr(storage, "_DRIVE", tmp_path / "drive")
    return mounted


def add_copy(folder, step):
    (folder / f"ckpt-{step}").mkdir(parents=True)
    (folder / f"ckpt-{step}" / "config.json").write_text(str(step))


def test_elsewhere_it_is_a_folder_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert open_storage("mine/art") == Storage(Path("mine/art"))
    assert (tmp_path / "mine" / "art").is_dir()
    open_storage("mine/art")


def test_within_colab_the_drive_is_mounted_first(tmp_path, colab):
    assert open_storage("art").folder == tmp_path / "drive" / "MyDrive" / "art"
    assert colab == [str(tmp_path / "drive")]
    assert (tmp_path / "drive" / "MyDrive" / "art").is_dir()


def test_on_kaggle_it_is_the_output_and_work_is_done_elsewhere(kaggle_machine, colab):
    """Kaggle's machines have Colab's modules too; its drive is not asked for."""
    (kaggle_machine / "working" / "elsewhere").mkdir()
    opened = open_storage("art")
    assert opened == Storage(kaggle_machine / "working" / "art")
    assert opened.folder.is_dir()
    assert Path.cwd() == kaggle_machine / "temp"
    assert colab == []


@pytest.mark.parametrize("place", ["input/prepare", "input/notebooks/me/prepare", "input/datasets/me/prepare"])
def test_what_is_attached_is_found_in_all_places_that_kaggle_has_had_for_it(kaggle_machine, place):
    archive = kaggle_machine / place / "art" / "data" / "monet.tar"
    archive.parent.mkdir(parents=True)
    archive.write_text("attached")
    opened = open_storage("art")
    assert opened.find("data/monet.tar") == archive
    assert opened.find("data/manet.tar") == opened.folder / "data" / "manet.tar"
    (opened.folder / "data").mkdir()
    (opened.folder / "data" / "monet.tar").write_text("newer")
    assert opened.find("data/monet.tar") == opened.folder / "data" / "monet.tar"


def test_a_run_continues_from_the_latest_attached_copy(kaggle_machine, capsys):
    for notebook, step in (("earlier", 900), ("later", 2000)):
        add_copy(kaggle_machine / "input" / "notebooks" / "me" / notebook / "art" / "runs" / "first", step)
    opened = open_storage("art")
    own = opened.folder / "runs" / "first"
    assert not own.exists()
    assert opened.bring_run("first") == own
    assert [path.name for path in own.iterdir()] == ["ckpt-2000"]
    assert "continues from" in capsys.readouterr().out
    add_copy(own, 3000)
    opened.bring_run("first")
    assert sorted(path.name for path in own.iterdir()) == ["ckpt-2000", "ckpt-3000"]
    assert opened.bring_run("second") == opened.folder / "runs" / "second"
    assert not (opened.folder / "runs" / "second").exists()


def test_nothing_is_attached_elsewhere_even_if_there_is_such_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_pictures(tmp_path / "input" / "x" / "art", 1)
    monkeypatch.setattr(kaggle, "ATTACHED", tmp_path / "input")
    assert open_storage("art").attached == ()
