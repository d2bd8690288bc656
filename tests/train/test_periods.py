"""One network of two periods, trained for two tiny steps."""

import shutil

import numpy as np
import pytest

from tests.conftest import make_pictures
from tf_cyclegan.data_folder import find_data
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.files import load_network, saved_step
from tf_cyclegan.run.folder import DIRECTIONS
from tf_cyclegan.run.places import load_run
from tf_cyclegan.run.presets import PRESETS, config_for
from tf_cyclegan.run.trained_on import read_trained_on
from tf_cyclegan.stylize.style import find_bundles
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
