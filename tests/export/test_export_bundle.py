import hashlib
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.tools import flatbuffer_utils

import export.bundle
from export.bundle import DIRECTIONS, MODELS, export_bundle
from export.flatbuffer import read_structure
from export.gpu import gpu_obstacles
from export.metadata import read_metadata
from tests.conftest import make_picture, make_pictures, make_truncated_jpeg
from tf_cyclegan.disk.archive import unpack
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.files import load_network
from tf_cyclegan.stylize.style import open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(trained, compared, prepared, tmp_path_factory):
    """The run, with as many held-out pictures as an export is compared on; not to be changed."""
    folder = tmp_path_factory.mktemp("runs")
    shutil.copytree(trained, folder / "run")
    shutil.copytree(prepared, folder / "data")
    for name in ("testA", "testB"):
        shutil.rmtree(folder / "data" / name)
        shutil.copytree(compared, folder / "data" / name)
    config = json.loads((trained / "config.json").read_text())
    (folder / "run" / "config.json").write_text(json.dumps({**config, "data": str(folder / "data")}))
    return folder / "run"


@pytest.fixture
def own_run(run, tmp_path_factory):
    """A copy of the run with its data, to be changed."""
    folder = tmp_path_factory.mktemp("own")
    shutil.copytree(run.parent, folder, dirs_exist_ok=True)
    config = json.loads((run / "config.json").read_text())
    (folder / "run" / "config.json").write_text(json.dumps({**config, "data": str(folder / "data")}))
    return folder / "run"


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    """Everything that is exported from a run, and how it compared."""
    folder = tmp_path_factory.mktemp("export")
    out, saved_model = folder / "monet-water", folder / "saved_model"
    verdicts = export_bundle(
        run, out, saved_model=saved_model, note="a note", note_de="eine Notiz", preview=True, brush="broad"
    )
    return SimpleNamespace(folder=folder, out=out, saved_model=saved_model, verdicts=verdicts)


@pytest.fixture
def one_model(monkeypatch):
    """Only the model that takes every size: each conversion costs seconds."""
    monkeypatch.setattr(export.bundle, "MODELS", {"model.tflite": None})
    monkeypatch.setattr(export.bundle, "overlap_of", lambda _: None)


@pytest.fixture(scope="module")
def without_tiling(exported):
    """The model of the shared export with its default signature alone."""
    parsed = flatbuffer_utils.read_model_from_bytearray(bytearray((exported.out / "model.tflite").read_bytes()))
    parsed.signatureDefs, parsed.subgraphs = parsed.signatureDefs[:1], parsed.subgraphs[:1]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(parsed))


@pytest.fixture
def converted_before(without_tiling, monkeypatch, one_model):
    """Takes the model of the shared export instead of converting the same generator again."""
    monkeypatch.setattr(export.bundle, "convert", lambda *_, **__: without_tiling)


@pytest.fixture
def no_conversion(monkeypatch):
    """What is refused is refused before anything is converted."""
    monkeypatch.setattr(export.bundle, "convert", lambda *_, **__: pytest.fail("converted"))


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_nothing_is_left_over(exported):
    assert names(exported.folder) == ["monet-water", "saved_model"]
    assert names(exported.out) == [
        "export.json",
        "export.png",
        "model.tflite",
        "model_256.tflite",
        "model_512.tflite",
        "style.json",
    ]


def test_the_style_file_names_every_model_with_its_checksum(exported):
    files = open_bundle(exported.out).about["files"]
    assert files.keys() == {*MODELS, "export.json", "export.png"}
    for name, facts in files.items():
        data = (exported.out / name).read_bytes()
        model = {"side": MODELS[name], "precision": "float16"} if name in MODELS else {}
        assert facts == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), **model}


def test_the_style_file_tells_how_the_style_came_to_be(exported, run):
    about = open_bundle(exported.out).about
    assert about["name"] == {"en": "Monet Water", "de": "Monet Water"}
    assert about["direction"] == "photo-to-painting"
    assert about["size"]["multiple"] == 8
    assert (about["preview"], about["note"]) == (True, {"en": "a note", "de": "eine Notiz"})
    assert about["brush"] == "broad"
    assert about["training"]["steps"] == 4
    assert "--preset smoke --ema 0.9" in about["training"]["command"]
    assert str(run.parent) not in json.dumps(about), "folders of this machine are nobody's business"


def test_a_run_that_is_no_better_than_colour_transfer_becomes_a_preview(own_run, tmp_path, converted_before):
    for value, preview in ((0.2, True), (0.1, False)):
        kid = {"result": {"value": value}, "colour_transfer": {"value": 0.18}}
        metrics = {"directions": {"photo-to-painting": {"kid": kid}}}
        (own_run / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
        export_bundle(own_run, tmp_path / "out")
        assert open_bundle(tmp_path / "out").about["preview"] is preview


def test_every_artefact_was_compared_on_the_held_out_pictures(exported):
    assert [v.artefact for v in exported.verdicts] == [
        "model.tflite",
        "model.tflite, tiles",
        "model_256.tflite",
        "model_512.tflite",
        "saved_model",
    ]
    assert all(v.pictures == 16 and v.within_one_level >= 0.999 and v.ssim > 0.99 for v in exported.verdicts)
    table = json.loads((exported.out / "export.json").read_text())
    assert table["artefacts"] == [v.as_dict() for v in exported.verdicts]
    assert (table["pictures"], table["representative"]) == (16, 0)
    for name, sha256 in table["saved_model"].items():
        assert hashlib.sha256((exported.saved_model / name).read_bytes()).hexdigest() == sha256
    assert "saved_model.pb" in table["saved_model"]


@pytest.mark.parametrize("side", [256, 512])
def test_the_models_of_fixed_sizes_have_only_operations_that_phones_have(exported, side):
    data = (exported.out / f"model_{side}.tflite").read_bytes()
    structure = read_structure(data)
    assert structure.foreign == ()
    assert structure.signatures == {"serving_default": (1, 1)}
    assert set(structure.operators) == {
        *("ADD", "AVERAGE_POOL_2D", "CAST", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "DEQUANTIZE", "MEAN"),
        *(
            "DEPTH_TO_SPACE",
            "MINIMUM",
            "MUL",
            "RELU",
            "RESIZE_BILINEAR",
            "RSQRT",
            "SQUARED_DIFFERENCE",
            "STRIDED_SLICE",
        ),
        *("STRIDED_SLICE", "SUB", "TANH"),
    }
    assert structure.operators["CAST"] == 2
    assert gpu_obstacles(data) == []


def test_every_model_says_what_it_is(exported):
    for name in MODELS:
        printed = read_metadata((exported.out / name).read_bytes())
        assert printed["name"] == "Monet Water"
        assert printed["license"].startswith("Weights under Apache-2.0")
    assert "256 × 256" in read_metadata((exported.out / "model_256.tflite").read_bytes())["description"]


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


def test_the_saved_model_serves_uint8_pictures_of_any_size(exported, run):
    serve = tf.saved_model.load(str(exported.saved_model)).signatures["serving_default"]
    pictures = np.stack([np.asarray(make_picture(i, 56, 40)) for i in range(2)])
    painted = next(iter(serve(tf.constant(pictures)).values())).numpy()
    assert painted.dtype == np.uint8
    floats = np.asarray(load_network(run / "generator.keras")(pictures / np.float32(127.5) - 1))
    assert np.mean(np.abs(painted - np.rint(np.clip((floats + 1) * 127.5, 0, 255))) <= 1) > 0.999


def test_the_way_back_is_exported_from_the_other_generator(run, exported, tmp_path, one_model):
    out = tmp_path / "photo"
    export_bundle(run, out, direction="painting-to-photo", precision="float32", period="Baroque")
    about = open_bundle(out).about
    assert about["direction"] == "painting-to-photo"
    assert about["name"]["de"] == "Barock"
    assert about["export"]["precision"] == "float32"
    floats, halves = (read_structure((f / "model.tflite").read_bytes()).constant_bytes for f in (out, exported.out))
    assert floats > 1.9 * halves
    picture = np.asarray(make_picture(1, 64, 48))
    floats = np.asarray(load_network(run / "generator_f.keras")(picture[None] / np.float32(127.5) - 1))[0]
    expected = np.rint(np.clip((floats + 1) * 127.5, 0, 255))
    assert np.mean(np.abs(Stylizer(open_bundle(out)).run(picture) - expected) <= 1) > 0.999


def test_a_wrong_model_is_refused_and_the_earlier_export_stays(exported, run, tmp_path, converted_before):
    out = tmp_path / "style"
    shutil.copytree(exported.out, out)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    with pytest.raises(UserError, match=r"model\.tflite is not what Keras computes"):
        export_bundle(run, out, direction="painting-to-photo")
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert names(tmp_path) == ["style"]


def test_a_wrong_saved_model_is_refused_and_the_earlier_export_stays(
    exported, run, tmp_path, monkeypatch, converted_before
):
    out = tmp_path / "style"
    shutil.copytree(exported.out, out)
    other = load_network(run / "generator_f.keras")
    write = export.bundle.write_saved_model
    monkeypatch.setattr(export.bundle, "write_saved_model", lambda _, folder: write(other, folder))
    with pytest.raises(UserError, match="saved_model is not what Keras computes"):
        export_bundle(run, out, saved_model=tmp_path / "saved")
    assert names(out) == names(exported.out)
    assert names(tmp_path) == ["style"]


def test_an_earlier_export_is_replaced_as_a_whole(exported, run, tmp_path, converted_before):
    out = tmp_path / "style"
    shutil.copytree(exported.out, out)
    export_bundle(run, out)
    assert names(out) == ["export.json", "export.png", "model.tflite", "style.json"]
    assert names(tmp_path) == ["style"]


def test_neighbours_of_the_user_s_own_stay_and_the_archive_is_packed(exported, run, tmp_path, converted_before):
    out = tmp_path / "style"
    shutil.copytree(exported.out, out)
    for name in ("style.old", "style.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("three years of work")
    export_bundle(run, out, archive=tmp_path / "style.tar")
    assert names(tmp_path) == ["style", "style.old", "style.partial", "style.tar"]
    assert names(tmp_path / "style.old") == names(tmp_path / "style.partial") == ["thesis.txt"]
    assert names(unpack(tmp_path / "style.tar", tmp_path / "again")) == names(out)


@pytest.mark.parametrize(
    "outputs",
    [
        {"out": "style", "saved_model": "style"},
        {"out": "style", "saved_model": "style/saved"},
        {"out": "saved/style", "saved_model": "saved"},
        {"out": "style", "saved_model": "x/../Style/saved"},
        {"out": "style", "archive": "style/style.tar"},
        {"out": "style", "saved_model": "saved", "archive": "saved/style.tar"},
        {"out": "pictures/style"},
        {"out": "link/style"},
        {"out": "style", "saved_model": "link/saved"},
        {"out": "style", "archive": "pictures/000.jpg"},
    ],
    ids=str,
)
def test_an_export_is_apart_from_all_that_is_read_and_written(run, tmp_path, no_conversion, outputs):
    pictures = make_pictures(tmp_path / "pictures", 2)
    (tmp_path / "link").symlink_to("pictures")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(UserError, match=r"(is the same as|lies within|holds) --"):
        export_bundle(run, pictures=pictures, **{name: tmp_path / place for name, place in outputs.items()})
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    assert names(tmp_path) == ["link", "pictures"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_no_bundle_is_left_alone(run, tmp_path, kind, no_conversion):
    out = tmp_path / "mine"
    mine = out / "thesis.txt" if kind == "folder" else out
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("three years of work")
    with pytest.raises(UserError, match="exists and is not an earlier export"):
        export_bundle(run, out)
    assert mine.read_text() == "three years of work"
    assert names(tmp_path) == ["mine"]


def test_a_run_without_a_checkpoint_is_reported(run, tmp_path, no_conversion):
    young = tmp_path / "young"
    young.mkdir()
    shutil.copy(run / "config.json", young)
    with pytest.raises(UserError, match=r"has no generator\.keras yet; train until the first checkpoint"):
        export_bundle(young, tmp_path / "out")
    assert names(tmp_path) == ["young"]


@pytest.mark.parametrize("source", ["none", "none.keras", "file", "file.keras", "empty"])
def test_a_source_that_is_no_run_is_reported(tmp_path, source, compared, no_conversion):
    (tmp_path / "empty").mkdir()
    for name in ("file", "file.keras"):
        (tmp_path / name).write_text("text")
    before = names(tmp_path)
    with pytest.raises(UserError, match=source):
        export_bundle(tmp_path / source, tmp_path / "out", pictures=compared)
    assert names(tmp_path) == before


def test_a_keras_file_asks_for_pictures(keras_file, tmp_path, no_conversion):
    with pytest.raises(UserError, match="--pictures"):
        export_bundle(keras_file, tmp_path / "out")


def test_a_keras_file_is_exported_where_pictures_are_named(style):
    about = open_bundle(style).about
    assert about["training"] == {"source": "tiny.keras"}
    assert json.loads((style / "export.json").read_text())["pictures"] == 16


def test_pictures_of_which_none_can_be_read_are_reported(keras_file, tmp_path, no_conversion):
    folder = make_pictures(tmp_path / "pictures", 2)
    for path in folder.iterdir():
        make_truncated_jpeg(path)
    with pytest.raises(UserError, match=r"0 of its 2 pictures can be read, at least 16 are needed; .* with --pictures"):
        export_bundle(keras_file, tmp_path / "out", pictures=folder)


def test_an_unknown_direction_lists_the_known(run, tmp_path, no_conversion):
    with pytest.raises(UserError, match=f"unknown direction 'sideways'; one of {', '.join(DIRECTIONS)}"):
        export_bundle(run, tmp_path / "out", direction="sideways")


@pytest.mark.parametrize("file", ["run/metrics.json", "data/prepare.json"])
def test_a_damaged_side_file_is_reported_by_name(own_run, tmp_path, file, no_conversion):
    (own_run.parent / file).write_text("{")
    with pytest.raises(UserError, match=file):
        export_bundle(own_run, tmp_path / "out")


def test_metrics_and_facts_of_the_data_travel_with_the_style(own_run, tmp_path, converted_before):
    there, back = {"kid": 1}, {"kid": 2}
    metrics = {"schema": 4, "definitions": {}, "directions": {"photo-to-painting": there, "painting-to-photo": back}}
    (own_run / "metrics.json").write_text(json.dumps(metrics))
    facts = '{"period": "Realism", "counts": {"trainA": 7}, "secret": 1}'
    (own_run.parent / "data" / "prepare.json").write_text(facts)
    export_bundle(own_run, tmp_path / "out")
    about = open_bundle(tmp_path / "out").about
    assert about["name"] == {"en": "Realism", "de": "Realismus"}
    assert about["training"]["metrics"] == {"schema": 4, "directions": {"photo-to-painting": there}}
    assert about["training"]["data"] == {"counts": {"trainA": 7}}


def test_too_few_held_out_pictures_are_reported(trained, tmp_path, no_conversion):
    with pytest.raises(UserError, match="testA: 4 of its 4 pictures can be read, at least 16 are needed"):
        export_bundle(trained, tmp_path / "out")
    assert names(tmp_path) == []


@pytest.mark.parametrize("count", [2, 15])
def test_too_few_representative_pictures_are_reported(run, tmp_path, no_conversion, count):
    folder = make_pictures(tmp_path / "some", count)
    match = f"{count} of its {count} pictures can be read, at least 16 are needed; .* with --representative"
    with pytest.raises(UserError, match=match):
        export_bundle(run, tmp_path / "out", integer=["int8"], representative=folder)
    assert names(tmp_path) == ["some"]


def test_a_keras_file_asks_for_representative_pictures(keras_file, compared, tmp_path, no_conversion):
    with pytest.raises(UserError, match="--representative"):
        export_bundle(keras_file, tmp_path / "out", pictures=compared, integer=["int8"])


def test_weights_of_pytorch_are_to_be_imported_first(tmp_path, no_conversion):
    with pytest.raises(UserError, match=r"latest\.pth: import it first: .* import-torch"):
        export_bundle(tmp_path / "latest.pth", tmp_path / "out")


@pytest.fixture
def integers(without_tiling, monkeypatch, converted_before):
    """Integer models that are the float one, and as fast as the test says."""
    monkeypatch.setattr(export.bundle, "convert_integer", lambda *_: without_tiling)
    return lambda speed: monkeypatch.setattr(export.bundle, "measure_speed", lambda *_: speed)


def export_integers(run, compared, out, printed):
    kinds = ["int8", "int16x8"]
    return export_bundle(run, out, integer=kinds, representative=compared, tell=printed.append)


def test_an_integer_model_that_is_faster_ships(run, compared, tmp_path, integers):
    integers(1.2)
    printed = []
    verdicts = export_integers(run, compared, tmp_path / "out", printed)
    assert printed == verdicts
    assert [(v.artefact, v.refused) for v in verdicts] == [
        ("model.tflite", ""),
        ("model_int8.tflite", ""),
        ("model_int16x8.tflite", ""),
    ]
    assert open_bundle(tmp_path / "out").about["files"]["model_int8.tflite"]["precision"] == "int8"
    assert Stylizer(open_bundle(tmp_path / "out"), model="model_int8.tflite").run(np.zeros((24, 24, 3), np.uint8)).any()


def test_an_integer_model_that_is_no_gain_is_left_out_with_its_figures(run, compared, tmp_path, integers):
    integers(1.19)
    verdicts = export_integers(run, compared, tmp_path / "out", [])
    assert "1.19 times as fast and 1.00 times the size of the float model" in verdicts[1].refused
    table = json.loads((tmp_path / "out" / "export.json").read_text())["artefacts"]
    assert [(row["speed"], row["psnr"] > 45, bool(row["refused"])) for row in table[1:]] == [(1.19, True, True)] * 2
    assert names(tmp_path / "out") == ["export.json", "export.png", "model.tflite", "style.json"]
    assert "model_int8.tflite" not in open_bundle(tmp_path / "out").about["files"]


def test_a_kind_that_cannot_be_converted_is_left_out_with_the_reason(run, compared, tmp_path, integers, monkeypatch):
    def fail(*_):
        raise RuntimeError("not yet supported for op: 'CAST'")

    monkeypatch.setattr(export.bundle, "convert_integer", fail)
    verdicts = export_integers(run, compared, tmp_path / "out", [])
    assert [v.refused for v in verdicts[1:]] == ["not yet supported for op: 'CAST'"] * 2
    assert (tmp_path / "out" / "model.tflite").is_file()


def test_what_is_refused_at_a_small_size_is_not_tried_at_others(run, compared, tmp_path, integers, monkeypatch):
    integers(1.0)
    monkeypatch.setattr(export.bundle, "MODELS", {"model.tflite": None, "model_256.tflite": 256})
    monkeypatch.setattr(export.bundle._Writer, "_check", lambda *_: None)  # The stand-in takes every size.
    verdicts = export_integers(run, compared, tmp_path / "out", [])
    assert [v.artefact for v in verdicts[2:]] == ["model_256_int8.tflite", "model_256_int16x8.tflite"]


@pytest.mark.parametrize("padding", ["reflect", "replicate", "zero"])
def test_an_imported_network_of_the_original_program_is_exported(padding, tmp_path, compared, monkeypatch, one_model):
    from tests.networks.published.test_reading import resnet_state
    from tests.torch_files import write_zip
    from tf_cyclegan.networks.published.reading import import_torch

    write_zip(tmp_path / "net.pth", resnet_state("instance", padding=padding))
    import_torch(tmp_path / "net.pth", tmp_path / "net.keras", padding=padding)
    (verdict,) = export_bundle(tmp_path / "net.keras", tmp_path / "out", pictures=compared)
    assert verdict.psnr > 45


def test_a_full_disk_is_reported_and_the_earlier_export_stays(run, exported, tmp_path, monkeypatch, converted_before):
    out = tmp_path / "style"
    shutil.copytree(exported.out, out)
    before = {p.name: p.read_bytes() for p in out.iterdir()}

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export.bundle, "write_table", fail)
    with pytest.raises(UserError, match=r"style: cannot be written \(No space left on device\)"):
        export_bundle(run, out)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert names(tmp_path) == ["style"]
