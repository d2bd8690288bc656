"""One network of two periods, trained for two tiny steps."""

import json
import shutil

import numpy as np
import pytest

from tests.conftest import make_pictures
from tf_cyclegan.data_folder import find_data
from tf_cyclegan.disk.archive import unpack
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.build import build_networks
from tf_cyclegan.networks.files import load_network, saved_step
from tf_cyclegan.networks.litert_weights import load_painter
from tf_cyclegan.networks.periods import mixed_weights, take_period, with_period
from tf_cyclegan.run.folder import BASE, DIRECTIONS
from tf_cyclegan.run.places import load_run
from tf_cyclegan.run.presets import PRESETS, config_for
from tf_cyclegan.run.trained_on import read_trained_on
from tf_cyclegan.stylize.style import find_bundles, open_bundle
from tf_cyclegan.train.devices import Devices
from tf_cyclegan.train.start import first_weights
from tf_cyclegan.train.training import train

TINY = {
    **{name: PRESETS["style"][name] for name in ("generator", "norm", "discriminator", "pool_size")},
    **{"filters": 16, "discriminator_filters": 2, "load": 36, "crop": 32, "batch": 3, "partners": 2, "steps": 2},
    **{"cycle_pixels": 8, "lambda_identity": 0.0},
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(prepared, tmp_path_factory):
    """Two prepared folders next to one another, with the same photographs, and the run."""
    place = tmp_path_factory.mktemp("periods")
    for name in ("one", "two"):
        shutil.copytree(prepared, place / "data" / name)
    shutil.rmtree(place / "data" / "two" / "trainB")
    make_pictures(place / "data" / "two" / "trainB", 6, seed=900)
    return place


def config(place, **more):
    settings = {**TINY, "start_from": str(find_bundles()["impressionism"]), **more}
    return config_for(str(place / "data"), str(place / "run"), "smoke", periods="one,two", **settings)


@pytest.fixture(scope="module")
def run(place):
    with pytest.warns(UserWarning, match="what it was trained on is not known here"):
        train(config(place))
    return place / "run"


def test_each_period_is_in_a_folder_like_a_run(run):
    several = load_network(run / "generator.keras")
    photos = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    for index, name in enumerate(("one", "two")):
        for direction in DIRECTIONS.values():
            assert saved_step(run / name / direction.file) == 2
        expected = several([photos, np.eye(2, dtype=np.float32)[[index]]], training=False)
        found = load_network(run / name / "generator.keras")(photos, training=False)
        np.testing.assert_allclose(np.asarray(found), np.asarray(expected), atol=2e-6)


def test_a_period_knows_its_own_data_and_what_all_were_trained_on(run, place):
    hashes = set(find_data(run).hashes)
    for name in ("one", "two"):
        assert load_run(run / name).period == name
        assert find_data(run / name).folder == place / "data" / name
        assert read_trained_on(run / name) == read_trained_on(run) >= hashes


def test_a_period_that_was_taken_out_is_not_trained_on(run, place):
    with pytest.raises(UserError, match="a period that was taken out of"):
        train(config_for(str(place / "data" / "one"), str(run / "one")))


def test_other_periods_are_another_run(run, place):
    with pytest.raises(UserError, match="not those that"):
        train(config_for(str(place / "data"), str(run), periods="two,one"))


def test_samples_have_a_row_of_each_period(run):
    assert [path.name for path in (run / "samples").iterdir()] == ["step_0000002.png"]


@pytest.fixture(scope="module")
def six():
    """The network of six periods that ships."""
    return load_painter(find_bundles()["periods"] / "model.tflite")


def start(folder, *names):
    """The config of a run of these periods that begins with a run or a style, and the weights that it begins with."""
    data, periods = (f"data/{names[0]}", "") if len(names) == 1 else ("data", ",".join(names))
    config = config_for(data, "run", "smoke", periods=periods, **{**TINY, "start_from": str(folder)})
    return config, first_weights(config, Devices())


def assert_same(found, expected):
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_periods_begin_as_those_of_the_same_name_in_a_style(six, capsys):
    config, found = start(find_bundles()["periods"], "rococo", "new", "baroque")
    shares = np.array([np.eye(6)[5], np.full(6, 1 / 6), np.eye(6)[1]])
    assert_same(found["generator_g"], mixed_weights(six, build_networks(config)["generator_g"], shares))
    assert capsys.readouterr().err.count("has no period new, which begins as the mean of all") == 1


def test_one_period_begins_as_that_of_its_name_in_a_style_of_several(six):
    _, found = start(find_bundles()["periods"], "baroque")
    assert_same(found["generator_g"], take_period(six, 1).get_weights())


def test_a_run_begins_with_the_periods_of_another(run):
    """The way back and the discriminators too; one of paintings has a verdict for each period."""
    _, found = start(run, "two", "one", "three")
    theirs = load_network(run / "generator.keras")
    for layer in ("stem_norm", "light_colour"):
        (one, two), *_ = theirs.get_layer(layer).get_weights()
        rows = next(w for w in found["generator_g"] if w.shape == (3, *one.shape) and np.array_equal(w[0], two))
        np.testing.assert_array_equal(rows[1], one)
        np.testing.assert_allclose(rows[2], (one + two) / 2, atol=1e-6)
    assert found["discriminator_y"][-1].shape == (3,)
    assert_same(found["generator_f"], load_network(run / "generator_f.keras").get_weights())


def test_one_period_begins_as_that_of_its_name_in_a_run_of_several(run):
    _, found = start(run, "two")
    assert_same(found["generator_g"], load_network(run / "two" / "generator.keras").get_weights())
    assert found["discriminator_y"][-1].shape == (1,)


def test_a_style_that_makes_photographs_is_no_beginning(tmp_path):
    shutil.copytree(find_bundles()["periods"], tmp_path / "back")
    about = json.loads((tmp_path / "back" / "style.json").read_text(encoding="utf-8"))
    (tmp_path / "back" / "style.json").write_text(json.dumps({**about, "direction": "painting-to-photo"}))
    with pytest.raises(UserError, match="makes photographs of paintings"):
        start(tmp_path / "back", "baroque")


@pytest.fixture(scope="module")
def added(place):
    """A run that adds a period to the style that ships."""
    settings = {**TINY, "start_from": str(find_bundles()["periods"]), "add_period": True}
    config = config_for(str(place / "data" / "one"), str(place / "added"), "smoke", **settings)
    with pytest.warns(UserWarning, match="what it was trained on is not known here"):
        train(config)
    return place / "added"


def test_a_period_that_is_added_learns_only_what_is_its_own(added, six):
    joined = with_period(six, load_network(added / "generator.keras"))  # Else refused.
    for layer in ("stem_norm", "block5_2_norm", "light_colour"):
        for rows in joined.get_layer(layer).get_weights():
            assert np.abs(rows[6] - rows[:6].mean(0)).max() > 1e-5


def test_a_run_that_adds_a_period_keeps_the_style(added):
    assert unpack(added / BASE, added.parent / "style").joinpath("style.json").is_file()
    again = open_bundle(added.parent / "style")
    assert again.about == open_bundle("periods").about


@pytest.mark.parametrize(
    ("data", "style", "message"),
    [
        ("one", "run", "no exported style, which --add-period needs; export the run first"),
        ("baroque", None, "has a period baroque already"),
    ],
)
def test_a_period_that_cannot_be_added_is_refused_before_anything_is_written(run, place, data, style, message):
    begin = place / style if style else find_bundles()["periods"]
    settings = {**TINY, "start_from": str(begin), "add_period": True}
    with pytest.raises(UserError, match=message):
        train(config_for(str(place / "data" / data), str(place / "refused"), "smoke", **settings))
    assert not (place / "refused").exists()
