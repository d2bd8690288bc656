"""Everything that a notebook needs is looked for first: what is missing is one sentence, and costs nothing."""

import json
import shutil
from collections import namedtuple

import keras
import pytest

from tests.conftest import make_pictures
from tests.notebooks.cells import Notebook, source_of
from tf_cyclegan.disk.archive import pack
from tf_cyclegan.errors import UserError
from tf_cyclegan.notebook import checklist
from tf_cyclegan.notebook.checklist import check_evaluation, check_preparation, check_training
from tf_cyclegan.notebook.storage import Storage, open_storage
from tf_cyclegan.prepare.gather import kaggle
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.presets import PRESETS


@pytest.fixture
def drive(tmp_path, monkeypatch):
    """A drive with photographs, prepared data with 20 held-out photographs, and a run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["gpu:0"])
    drive = tmp_path / "drive"
    make_pictures(drive / "photos", 8)
    make_pictures(tmp_path / "made" / "testA", 20)
    pack(tmp_path / "made", drive / "data" / "monet.tar")
    (drive / "runs" / "first" / "ckpt-4").mkdir(parents=True)
    (drive / "runs" / "first" / "ckpt-4" / "config.json").write_text(TrainConfig(**PRESETS["smoke"]).to_json())
    return drive


def prepare(drive, **changes):
    settings = {"style": "monet", "period": "Impressionism", "historic_art": str(drive / "data" / "monet.tar")}
    return check_preparation(Storage(drive), **{**settings, "photos": "photos", **changes})


def train(drive, **changes):
    check_training(
        Storage(drive), **{"style": "monet", "run": "new", "preset": "smoke", "steps": 4, "minutes": 1, **changes}
    )


def evaluate(drive, **changes):
    check_evaluation(Storage(drive), **{"style": "monet", "run": "first", "features": "mobilenet_v2", **changes})


@pytest.mark.parametrize("check", [prepare, train, evaluate])
def test_where_everything_is_there_nothing_is_said_or_written(check, drive, capsys):
    before = sorted(drive.parent.rglob("*"))
    check(drive)
    assert capsys.readouterr() == ("", "")
    assert sorted(drive.parent.rglob("*")) == before


NAMES = [("a/b", "cannot be the name"), ("", "cannot be the name"), ("..", "cannot be"), (None, "cannot be the name")]
MISSING = [
    *((check, {"style": value}, f"STYLE: .*{said}") for check in (prepare, train, evaluate) for value, said in NAMES),
    (prepare, {"period": ""}, "the collection needs --period"),
    (prepare, {"genres": ("cubist",)}, "unknown genre 'cubist'"),
    (prepare, {"split": "half"}, "split: 'half' is unknown"),
    (prepare, {"size": 4}, "size must be a whole number from"),
    (prepare, {"photos": "pictures"}, r"PHOTOS: .*pictures: no such folder; put photographs there"),
    (prepare, {"historic_art": None}, "give a source of paintings"),
    (prepare, {"historic_art": "none.zip"}, "HISTORIC_ART: none.zip is not there"),
    (prepare, {"historic_art": None, "kaggle": "art"}, "no data set of Kaggle"),
    (prepare, {"photos": None}, "domain A is missing: give --photos DIR, or by name --photos-tfds"),
    (prepare, {"photos": None, "photos_tfds": "cycle_gan/maps"}, "no set of photographs next to paintings"),
    (prepare, {"photos_kaggle": "landscapes"}, "no data set of Kaggle"),
    (prepare, {"limit": 1}, "limit must be a whole number from"),
    (train, {"style": "manet"}, r"STYLE: .*manet\.tar is not there; make it with 1_prepare_data\.ipynb"),
    (train, {"run": "a\\b"}, "RUN: .* cannot be the name"),
    (train, {"preset": "huge"}, "PRESET: 'huge' is unknown; one of style, paper"),
    (train, {"steps": "many"}, "STEPS and MINUTES must be numbers above 0"),
    (train, {"steps": 2.5}, "STEPS a whole one, not 2.5 and 1"),
    (train, {"minutes": 0}, "STEPS and MINUTES must be numbers above 0"),
    (
        train,
        {"run": "first", "preset": "paper"},
        "RUN: first has a generator painter, PRESET paper has resnet_9blocks",
    ),
    (evaluate, {"style": "manet"}, r"STYLE: .*manet\.tar is not there"),
    (evaluate, {"run": "second"}, r"RUN: .*second holds no run; train it with 2_train\.ipynb"),
    (evaluate, {"features": "vgg"}, "FEATURES: 'vgg' is unknown; one of inception_v3_fid"),
    (evaluate, {"language": "fr"}, "LANGUAGE: 'fr' is unknown; one of en, de"),
    (evaluate, {"weights": "none.h5"}, "WEIGHTS: none.h5 is not there; give the file"),
    (evaluate, {"pictures": "drive/photos"}, "PICTURES: .* has 8 pictures, at least 16 are needed"),
    (evaluate, {"pictures": "none"}, "PICTURES: none: no such folder"),
]


@pytest.mark.parametrize(("check", "changes", "message"), MISSING)
def test_what_is_missing_is_one_sentence(check, changes, message, drive):
    before = sorted(drive.parent.rglob("*"))
    with pytest.raises(UserError, match=message):
        check(drive, **changes)
    assert sorted(drive.parent.rglob("*")) == before


def test_a_notebook_shows_the_sentence_and_no_traceback(drive):
    """IPython asks an exception for what it shows in the place of a traceback."""
    with pytest.raises(UserError) as stopped:
        train(drive, style="manet")
    assert stopped.value._render_traceback_() == [f"Stopped: {stopped.value}"]


@pytest.mark.parametrize("unpacked", [True, False])
def test_too_few_held_out_photographs_are_reported_before_the_evaluation(unpacked, drive, tmp_path):
    for path in sorted((tmp_path / "made" / "testA").iterdir())[5:]:
        path.unlink()
    if unpacked:
        shutil.copytree(tmp_path / "made", tmp_path / "data" / "monet")
    else:
        pack(tmp_path / "made", drive / "data" / "monet.tar")
    with pytest.raises(UserError, match="PICTURES: only 5 photographs are held out, and an export is compared on 16"):
        evaluate(drive)
    make_pictures(tmp_path / "more", 16)
    evaluate(drive, pictures="more")


def test_a_damaged_archive_is_reported(drive):
    (drive / "data" / "monet.tar").write_bytes(b"x" * 2000)
    with pytest.raises(UserError, match=r"STYLE: .*monet\.tar is damaged .*; make it again"):
        evaluate(drive)


@pytest.mark.parametrize(("check", "gigabytes"), [(prepare, 0.2), (train, 0.0001), (evaluate, 0.05)])
def test_a_full_drive_is_reported(check, gigabytes, drive, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("Usage", "free")(gigabytes * 1e9))
    with pytest.raises(UserError, match=r"drive has 0\.\d GB left, and about \d\.\d GB are needed; empty its bin"):
        check(drive)


def test_a_run_that_is_there_has_its_room_already(drive, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("Usage", "free")(0))
    train(drive, run="first")


def test_kaggle_is_asked_for_every_data_set_before_any_is_downloaded(drive, monkeypatch):
    asked = []
    monkeypatch.setattr(kaggle, "check_dataset", asked.append)
    choice = prepare(drive, historic_art=None, kaggle="a/art", photos=None, photos_kaggle="b/land", limit=500)
    assert asked == ["a/art", "b/land"]
    assert (choice.kaggle, choice.photos_kaggle, choice.photos, choice.limit) == ("a/art", "b/land", None, 500)


def test_photographs_by_name_need_a_package(drive, monkeypatch):
    assert prepare(drive, photos=None, photos_tfds="cycle_gan/monet2photo").photos_tfds == "cycle_gan/monet2photo"
    monkeypatch.setattr(checklist.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="PHOTOS_TFDS needs one more package: pip install tensorflow-datasets"):
        prepare(drive, photos=None, photos_tfds="cycle_gan/monet2photo")


def test_on_kaggle_what_is_missing_can_be_attached(drive, kaggle_machine):
    opened = open_storage("tf_cyclegan")
    with pytest.raises(UserError, match=r"STYLE: .*monet\.tar is not there; .*attach that notebook's output"):
        check_training(opened, style="monet", run="new", preset="smoke", steps=4, minutes=1)
    shutil.copytree(drive, kaggle_machine / "input" / "notebooks" / "me" / "prepare" / "tf_cyclegan")
    opened = open_storage("tf_cyclegan")
    check_training(opened, style="monet", run="first", preset="smoke", steps=4, minutes=1)
    check_evaluation(opened, style="monet", run="first", features="mobilenet_v2")
    assert not list(opened.folder.iterdir())


@pytest.mark.parametrize(("devices", "reported"), [(["cpu:0"], True), (["cpu:0", "gpu:0"], False), (["tpu:0"], False)])
def test_a_machine_without_a_gpu_is_reported(drive, monkeypatch, capsys, devices, reported):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: devices)
    train(drive)
    assert ("T4 GPU" in capsys.readouterr().err) is reported


def test_a_run_of_two_gpus_is_not_continued_on_one(drive):
    config = json.loads(TrainConfig(**{**PRESETS["smoke"], "batch": 4, "devices": 2}).to_json())
    (drive / "runs" / "first" / "ckpt-4" / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match="RUN: first was begun on 2 GPUs and needs as many, but here are 1"):
        train(drive, run="first")


def test_keras_names_the_devices_of_this_machine():
    assert "cpu:0" in keras.distribution.list_devices()


def test_an_export_is_compared_on_as_many_pictures_as_are_asked_for():
    from export.bundle import GATE_PICTURES

    assert checklist._COMPARED == GATE_PICTURES


@pytest.mark.parametrize("name", ["1_prepare_data", "2_train", "3_evaluate_and_export"])
def test_every_notebook_looks_first(name):
    """Before the cell of the check there are only the installation, settings and the folder."""
    sources = [source_of(cell) for cell in Notebook(name).code]
    first = next(i for i, source in enumerate(sources) if "checklist" in source)
    ids = [cell["id"] for cell in Notebook(name).code]
    assert ids[: first + 1] == ["install", "parameters", "storage", "check"]
    assert json.dumps(sources[first]).count("check_") == 2
