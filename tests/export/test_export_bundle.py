import hashlib
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

import export.bundle
from export.bundle import DIRECTIONS, MODELS, TILING_MODEL, export_bundle
from tests.conftest import make_picture, make_pictures, make_truncated_jpeg
from tf_cyclegan.bundle import open_bundle
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks import load_network
from tf_cyclegan.stylizer import Stylizer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def exported(trained, tmp_path_factory):
    """Everything that is exported from a run, and how it compared."""
    folder = tmp_path_factory.mktemp("export")
    out, saved_model = folder / "monet-water", folder / "saved_model"
    verdicts = export_bundle(trained, out, saved_model=saved_model, note="a note", note_de="eine Notiz", preview=True)
    return SimpleNamespace(folder=folder, out=out, saved_model=saved_model, verdicts=verdicts)


@pytest.fixture
def one_model(monkeypatch):
    """Only the model that takes every size: each conversion costs seconds."""
    monkeypatch.setattr(export.bundle, "MODELS", {"model.tflite": None})
    monkeypatch.setattr(export.bundle, "overlap_of", lambda _: None)


@pytest.fixture
def converted_before(exported, monkeypatch, one_model):
    """Takes the model of the shared export in place of converting the same generator again."""
    data = (exported.out / "model.tflite").read_bytes()
    monkeypatch.setattr(export.bundle, "convert", lambda *_: data)


@pytest.fixture
def no_conversion(monkeypatch):
    """What is refused is refused before anything is converted."""
    monkeypatch.setattr(export.bundle, "convert", lambda *_: pytest.fail("converted"))


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_nothing_is_left_over(exported):
    assert names(exported.folder) == ["monet-water", "saved_model"]
    assert names(exported.out) == [
        "model.tflite",
        "model_256.tflite",
        "model_512.tflite",
        "model_tiles.tflite",
        "style.json",
    ]


def test_the_style_file_names_every_model_with_its_checksum(exported):
    files = open_bundle(exported.out).about["files"]
    sides = {**MODELS, TILING_MODEL: None}
    assert files.keys() == sides.keys()
    for name, facts in files.items():
        data = (exported.out / name).read_bytes()
        assert facts == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "side": sides[name]}


def test_the_style_file_tells_how_the_style_came_to_be(exported, prepared):
    about = open_bundle(exported.out).about
    assert about["name"] == {"en": "Monet Water", "de": "Monet Water"}
    assert about["direction"] == "photo-to-painting"
    assert about["size"]["multiple"] == 4
    assert (about["preview"], about["note"]) == (True, {"en": "a note", "de": "eine Notiz"})
    assert about["training"]["steps"] == 4
    assert "--preset smoke --ema 0.9" in about["training"]["command"]
    assert str(prepared.parent) not in json.dumps(about), "folders of this machine are nobody's business"


def test_a_run_that_is_no_better_than_colour_transfer_becomes_a_preview(trained, tmp_path, converted_before):
    run = shutil.copytree(trained, tmp_path / "run")
    for value, preview in ((0.2, True), (0.1, False)):
        kid = {"result": {"value": value}, "colour_transfer": {"value": 0.18}}
        metrics = {"directions": {"photo-to-painting": {"kid": kid}}}
        (run / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
        export_bundle(run, tmp_path / "out")
        assert open_bundle(tmp_path / "out").about["preview"] is preview


def test_every_artefact_was_compared_on_the_held_out_pictures(exported):
    assert [v.artefact for v in exported.verdicts] == [*MODELS, TILING_MODEL, "saved_model"]
    assert all(v.pictures == 4 and v.within_one_level >= 0.999 for v in exported.verdicts)
    assert open_bundle(exported.out).about["export"]["verdicts"] == [v.as_dict() for v in exported.verdicts]


@pytest.mark.parametrize(
    ("name", "size"), [("model.tflite", None), ("model_256.tflite", 256), ("model_512.tflite", 512)]
)
def test_models_take_and_give_uint8_pictures(exported, name, size):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(exported.out / name))
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert taken["dtype"] is given["dtype"] is np.uint8
    signature = [-1 if size is None else size] * 2
    assert taken["shape_signature"].tolist() == [1, *signature, 3]


@pytest.mark.parametrize("size", [(64, 48), (37, 53), (17, 101)])
def test_the_bundle_paints_pictures_of_odd_sizes(exported, size):
    picture = make_picture(5, *size)
    assert Stylizer(open_bundle(exported.out))(picture).size == size


def test_the_saved_model_serves_uint8_pictures_of_any_size(exported, trained):
    serve = tf.saved_model.load(str(exported.saved_model)).signatures["serving_default"]
    pictures = np.stack([np.asarray(make_picture(i, 52, 40)) for i in range(2)])
    painted = next(iter(serve(tf.constant(pictures)).values())).numpy()
    assert painted.dtype == np.uint8
    floats = np.asarray(load_network(trained / "generator.keras")(pictures / np.float32(127.5) - 1))
    assert np.mean(np.abs(painted - np.rint(np.clip((floats + 1) * 127.5, 0, 255))) <= 1) > 0.999


def test_the_way_back_is_exported_from_the_other_generator(trained, exported, tmp_path, one_model):
    out = tmp_path / "photo"
    export_bundle(trained, out, direction="painting-to-photo", precision="float32", period="Baroque")
    about = open_bundle(out).about
    assert about["direction"] == "painting-to-photo"
    assert about["name"]["de"] == "Barock"
    assert about["export"]["precision"] == "float32"
    assert (out / "model.tflite").stat().st_size > (exported.out / "model.tflite").stat().st_size
    picture = np.asarray(make_picture(1, 64, 48))
    floats = np.asarray(load_network(trained / "generator_f.keras")(picture[None] / np.float32(127.5) - 1))[0]
    expected = np.rint(np.clip((floats + 1) * 127.5, 0, 255))
    assert np.mean(np.abs(Stylizer(open_bundle(out)).run(picture) - expected) <= 1) > 0.999


def test_a_wrong_model_is_refused_and_the_earlier_export_stays(exported, trained, tmp_path, converted_before):
    out = tmp_path / "style"
    shutil.copytree(exported.out, out)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    with pytest.raises(UserError, match=r"model\.tflite is not what Keras computes"):
        export_bundle(trained, out, direction="painting-to-photo")
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert names(tmp_path) == ["style"]


def test_a_wrong_saved_model_is_refused_and_the_earlier_export_stays(
    exported, trained, tmp_path, monkeypatch, converted_before
):
    out = tmp_path / "style"
    shutil.copytree(exported.out, out)
    other = load_network(trained / "generator_f.keras")
    write = export.bundle.write_saved_model
    monkeypatch.setattr(export.bundle, "write_saved_model", lambda _, folder: write(other, folder))
    with pytest.raises(UserError, match="saved_model is not what Keras computes"):
        export_bundle(trained, out, saved_model=tmp_path / "saved")
    assert names(out) == names(exported.out)
    assert names(tmp_path) == ["style"]


def test_an_earlier_export_is_replaced_as_a_whole(exported, trained, tmp_path, converted_before):
    out = tmp_path / "style"
    shutil.copytree(exported.out, out)
    export_bundle(trained, out)
    assert names(out) == ["model.tflite", "style.json"]
    assert names(tmp_path) == ["style"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_no_bundle_is_left_alone(trained, tmp_path, kind, no_conversion):
    out = tmp_path / "mine"
    mine = out / "thesis.txt" if kind == "folder" else out
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("three years of work")
    with pytest.raises(UserError, match="exists and is not an earlier export"):
        export_bundle(trained, out)
    assert mine.read_text() == "three years of work"
    assert names(tmp_path) == ["mine"]


def test_a_run_without_a_checkpoint_is_told(trained, tmp_path, no_conversion):
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(trained / "config.json", run)
    with pytest.raises(UserError, match=r"has no generator\.keras yet; train until the first checkpoint"):
        export_bundle(run, tmp_path / "out")
    assert names(tmp_path) == ["run"]


@pytest.mark.parametrize("source", ["none", "none.keras", "file", "file.keras", "empty"])
def test_a_source_that_is_no_run_is_told(tmp_path, source, prepared, no_conversion):
    (tmp_path / "empty").mkdir()
    for name in ("file", "file.keras"):
        (tmp_path / name).write_text("text")
    before = names(tmp_path)
    with pytest.raises(UserError, match=source):
        export_bundle(tmp_path / source, tmp_path / "out", pictures=prepared / "testA")
    assert names(tmp_path) == before


def test_a_keras_file_asks_for_pictures(keras_file, tmp_path, no_conversion):
    with pytest.raises(UserError, match="--pictures"):
        export_bundle(keras_file, tmp_path / "out")


def test_a_keras_file_is_exported_where_pictures_are_named(style):
    about = open_bundle(style).about
    assert about["training"] == {"source": "tiny.keras"}
    assert about["export"]["verdicts"][0]["pictures"] == 4


def test_pictures_of_which_none_can_be_read_are_told(keras_file, tmp_path, no_conversion):
    folder = make_pictures(tmp_path / "pictures", 2)
    for path in folder.iterdir():
        make_truncated_jpeg(path)
    with pytest.raises(UserError, match="none of the pictures can be read"):
        export_bundle(keras_file, tmp_path / "out", pictures=folder)


def test_an_unknown_direction_lists_the_known(trained, tmp_path, no_conversion):
    with pytest.raises(UserError, match=f"unknown direction 'sideways'; one of {', '.join(DIRECTIONS)}"):
        export_bundle(trained, tmp_path / "out", direction="sideways")


@pytest.mark.parametrize("file", ["metrics.json", "prepare.json"])
def test_a_damaged_side_file_is_told_by_name(trained, prepared, tmp_path, file, no_conversion):
    run, data = tmp_path / "run", tmp_path / "data"
    shutil.copytree(trained, run)
    shutil.copytree(prepared, data)
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**config, "data": str(data)}))
    (run / file if file == "metrics.json" else data / file).write_text("{")
    with pytest.raises(UserError, match=file):
        export_bundle(run, tmp_path / "out")


def test_metrics_and_facts_of_the_data_travel_with_the_style(trained, prepared, tmp_path, converted_before):
    run, data = tmp_path / "run", tmp_path / "data"
    shutil.copytree(trained, run)
    shutil.copytree(prepared, data)
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**config, "data": str(data)}))
    (run / "metrics.json").write_text('{"kid": 1}')
    (data / "prepare.json").write_text('{"period": "Realism", "counts": {"trainA": 7}, "secret": 1}')
    export_bundle(run, tmp_path / "out")
    about = open_bundle(tmp_path / "out").about
    assert about["name"] == {"en": "Realism", "de": "Realismus"}
    assert about["training"]["metrics"] == {"kid": 1}
    assert about["training"]["data"] == {"counts": {"trainA": 7}}
