"""A bundle of one network that paints two periods."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

import export.bundle
from export.bundle import export_bundle
from tests.conftest import make_pictures
from tf_cyclegan.__main__ import main
from tf_cyclegan.data_folder import TrainingPictures
from tf_cyclegan.disk.archive import pack
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.files import load_network, save_model
from tf_cyclegan.networks.litert_weights import load_painter
from tf_cyclegan.networks.painter import painter_generator
from tf_cyclegan.networks.periods import is_of_a_period, take_period
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.presets import PRESETS
from tf_cyclegan.score.translation import paint
from tf_cyclegan.stylize import style as style_module
from tf_cyclegan.stylize.mix import mixed
from tf_cyclegan.stylize.style import find_styles, open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer
from tf_cyclegan.stylize.tiled import TiledPainter

pytestmark = pytest.mark.slow
PERIODS = ("baroque", "rococo")


@pytest.fixture(scope="module")
def generator():
    network = painter_generator(4, blocks=2, periods=2)
    random = np.random.default_rng(0)
    network.set_weights([w + random.normal(0, 0.1, w.shape).astype(np.float32) for w in network.get_weights()])
    return network


@pytest.fixture(scope="module")
def run(generator, prepared, tmp_path_factory):
    place = tmp_path_factory.mktemp("periods")
    for name in PERIODS:
        shutil.copytree(prepared, place / "data" / name)
        (place / "data" / name / "prepare.json").write_text(json.dumps({"period": name.title()}))
    shutil.rmtree(place / "data" / "baroque" / "testA")
    make_pictures(place / "data" / "baroque" / "testA", 16, seed=3)
    run = place / "run"
    for folder in (run, *(run / name for name in PERIODS)):
        folder.mkdir()
    digest = TrainingPictures(place / "data", PERIODS).digest()
    config = TrainConfig(
        data=str(place / "data"), periods=",".join(PERIODS), run=str(run), data_digest=digest, **PRESETS["style"]
    )
    (run / "config.json").write_text(config.to_json())
    save_model(generator, run / "generator.keras", 5)
    metrics = {"directions": {"photo-to-painting": {"kid": {"result": {"value": 0.1}, "untouched": {"value": 0.3}}}}}
    (run / "rococo" / "metrics.json").write_text(json.dumps(metrics))
    return run


@pytest.fixture(scope="module")
def bundle(run, tmp_path_factory):
    out = tmp_path_factory.mktemp("periods") / "styles" / "both"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export.bundle, "MODELS", {"model.tflite": None, "model_64.tflite": 64})
        verdicts = export_bundle(run, out, saved_model=out.parent.parent / "saved_model", brush="broad")
    artefacts = ["model.tflite", "model.tflite, tiles", "model_64.tflite", "saved_model"]
    assert [verdict.artefact for verdict in verdicts] == artefacts
    return open_bundle(out)


@pytest.fixture
def known(bundle, monkeypatch):
    """The bundle as one that comes with the project."""
    monkeypatch.setattr(style_module, "STYLE_FOLDERS", (bundle.folder.parent,))


def test_the_bundle_names_its_periods_with_what_is_known_of_each(bundle):
    assert bundle.about["schema"] == 2
    assert bundle.periods == [*PERIODS]
    baroque, rococo = bundle.about["periods"]
    assert (baroque["name"]["de"], baroque["years"]) == ("Barock", "1600–1750")
    assert "metrics" not in baroque["training"] and rococo["training"]["metrics"]
    assert "train data/baroque data/rococo" in bundle.commands


def test_a_period_of_it_is_a_style_like_others(bundle, known):
    assert find_styles() == dict.fromkeys(PERIODS, bundle.folder)
    rococo = open_bundle("rococo")
    assert (rococo.name(), rococo.kid["result"], rococo.mix) == ("Rococo", 0.1, [0, 1])
    assert rococo.commands == bundle.commands
    assert open_bundle("baroque").kid == {}


@pytest.mark.parametrize("index", [0, 1])
def test_each_period_is_painted_as_keras_paints_it(bundle, generator, index):
    photo = np.random.default_rng(index).integers(0, 256, (40, 56, 3), np.uint8)
    found = Stylizer(bundle.of({PERIODS[index]: 1.0})).run(photo)
    expected = paint(take_period(generator, index), photo[None])[0]
    assert np.abs(found.astype(int) - expected).mean() < 0.5


def test_tiles_paint_the_same_mixture(bundle):
    facts, photo = bundle.about["tiling"], np.asarray(Image.linear_gradient("L").convert("RGB"))
    mix = np.array([0.3, 0.7], np.float32)
    tiled = TiledPainter(bundle.folder / "model.tflite", 2 * facts["overlap"] + 64, facts["overlap"], bundle.multiple)
    whole = Stylizer(bundle).run(photo, mix)
    assert np.abs(tiled.run(photo, mix).astype(int) - whole).mean() < 1


def test_stylize_takes_a_period_by_name_and_a_mixture(bundle, known, tmp_path):
    photo = tmp_path / "photo.png"
    Image.effect_noise((64, 48), 80).convert("RGB").save(photo)
    wanted = {
        "one": ("rococo",),
        "two": (str(bundle.folder), "--mix", "rococo"),
        "three": ("both", "--mix", "rococo:1"),
    }
    for name, words in wanted.items():
        assert main(["stylize", str(photo), "--style", *words, "--out", str(tmp_path / f"{name}.png")]) == 0
    one, two, three = ((tmp_path / f"{name}.png").read_bytes() for name in wanted)
    assert one == two == three
    words = ["--style", "both", "--mix", "rococo:0.5,baroque:0.5", "--out", str(tmp_path / "half.png")]
    assert main(["stylize", str(photo), *words]) == 0
    assert (tmp_path / "half.png").read_bytes() != one


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "choose with --mix one of baroque, rococo"),
        ("monet", "'monet' is unknown; one of baroque, rococo"),
        ("rococo:0.5", "add up to 0.5, not to 1"),
        ("rococo,baroque", "add up to 2, not to 1"),
        ("rococo:0.5,rococo:0.5", "rococo is named twice"),
        ("rococo:x", "is no period with a share from 0 to 1"),
        ("rococo:-1,baroque:2", "is no period with a share from 0 to 1"),
        ("rococo:nan,baroque:1", "is no period with a share from 0 to 1"),
        ("", "'' is unknown"),
    ],
)
def test_a_mixture_that_makes_no_sense_is_one_line(bundle, text, message):
    with pytest.raises(UserError, match=message):
        mixed(bundle, text)


def test_a_style_of_one_period_takes_no_mixture(style):
    with pytest.raises(UserError, match="paints one period only"):
        mixed(open_bundle(style), "rococo")
    assert mixed(open_bundle(style), None) == open_bundle(style)


def test_a_file_without_its_run_is_refused(run, tmp_path, compared):
    with pytest.raises(UserError, match="whose names its run knows"):
        export_bundle(run / "generator.keras", tmp_path / "out", pictures=compared)


def test_integers_are_for_one_period(run, tmp_path):
    with pytest.raises(UserError, match=r"integers are measured for one period; export .*baroque"):
        export_bundle(run, tmp_path / "out", integer=["int8_conv"])


@pytest.mark.parametrize(
    "periods", [[{"key": "one", "name": {"en": "One"}}], [{"key": "../x", "name": {"en": "X"}}] * 2, [{}], "x", 5]
)
def test_damaged_periods_are_reported(bundle, periods, tmp_path):
    shutil.copytree(bundle.folder, tmp_path / "bundle")
    about = {**bundle.about, "periods": periods}
    (tmp_path / "bundle" / "style.json").write_text(json.dumps(about))
    with pytest.raises(UserError, match=r"style\.json"):
        open_bundle(tmp_path / "bundle")


@pytest.fixture(scope="module")
def adding(bundle, prepared, tmp_path_factory):
    """A run that adds a third period to the bundle."""
    run = tmp_path_factory.mktemp("periods") / "run"
    run.mkdir()
    single = take_period(load_painter(bundle.folder / "model.tflite"), 0)
    for layer in single.layers:
        if is_of_a_period(layer):
            layer.set_weights([w * np.float32(1.25) for w in layer.get_weights()])
    save_model(single, run / "generator.keras", 7)
    pack(bundle.folder, run / "base.tar")
    data = {"data": str(prepared.parent / "renaissance"), "start_from": str(bundle.folder), "add_period": True}
    (run / "config.json").write_text(TrainConfig(**PRESETS["style"], **data, run=str(run)).to_json())
    return run


@pytest.fixture(scope="module")
def three(adding, compared):
    """The bundle with a period more."""
    with pytest.MonkeyPatch.context() as patch, pytest.warns(UserWarning, match="is not there"):
        patch.setattr(export.bundle, "MODELS", {"model.tflite": None})
        export_bundle(adding, adding.parent / "three", pictures=compared, note="Learned in minutes.")
    return open_bundle(adding.parent / "three")


@pytest.mark.parametrize("weights", [{"baroque": 1.0}, {"rococo": 1.0}, {"baroque": 0.25, "rococo": 0.75}])
def test_a_period_more_leaves_the_others_bit_for_bit_as_they_were(bundle, three, weights):
    photo = np.random.default_rng(5).integers(0, 256, (40, 56, 3), np.uint8)
    found, expected = (Stylizer(style.of(weights)).run(photo) for style in (three, bundle))
    np.testing.assert_array_equal(found, expected)


def test_the_period_that_was_added_is_painted_as_keras_paints_it(three, adding):
    photo = np.random.default_rng(6).integers(0, 256, (40, 56, 3), np.uint8)
    expected = paint(load_network(adding / "generator.keras"), photo[None])[0]
    assert np.abs(Stylizer(three.of({"renaissance": 1.0})).run(photo).astype(int) - expected).mean() < 0.5


def test_a_bundle_with_a_period_more_says_of_each_what_is_known(bundle, three):
    assert three.periods == [*PERIODS, "renaissance"]
    assert three.about["periods"][:2] == bundle.about["periods"]
    assert three.of({"baroque": 1.0}).commands == bundle.commands
    new = three.of({"renaissance": 1.0})
    assert (new.name("de"), new.about["years"], new.note()) == ("Renaissance", "1400–1600", "Learned in minutes.")
    assert "--add-period" in new.commands and new.about["training"]["steps"] == 7
    assert three.of({"baroque": 1.0}).note() == ""
    assert three.brush == bundle.brush == "broad"


def test_a_period_is_not_added_to_a_style_that_is_gone(adding, compared, tmp_path):
    shutil.copytree(adding, tmp_path / "run", ignore=shutil.ignore_patterns("base.tar"))
    with pytest.raises(UserError, match=r"base\.tar: the style that the period is added to is not there"):
        export_bundle(tmp_path / "run", tmp_path / "out", pictures=compared)


def test_a_period_is_not_added_twice(adding, compared, tmp_path):
    shutil.copytree(adding, tmp_path / "run")
    config = json.loads((adding / "config.json").read_text())
    (tmp_path / "run" / "config.json").write_text(json.dumps({**config, "data": "data/rococo"}))
    with pytest.raises(UserError, match="has a period rococo already"):
        export_bundle(tmp_path / "run", tmp_path / "out", pictures=compared)
