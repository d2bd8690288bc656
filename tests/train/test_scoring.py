import csv
import shutil
from functools import partial
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image

from tests.conftest import make_pictures
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks import build
from tf_cyclegan.networks.files import load_network
from tf_cyclegan.networks.painter import painter_generator
from tf_cyclegan.run.checkpoint import Checkpoints
from tf_cyclegan.run.evaluations import read_evaluations
from tf_cyclegan.run.folder import DIRECTIONS
from tf_cyclegan.run.presets import config_for
from tf_cyclegan.score import fixed_set
from tf_cyclegan.score.extractors import Extractor, load_extractor
from tf_cyclegan.score.fixed_set import FixedSet, _spread
from tf_cyclegan.train.scoring import Evaluations
from tf_cyclegan.train.training import Training, train


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Photographs, and paintings that are the same ones at half the contrast."""
    folder = tmp_path_factory.mktemp("data")
    make_pictures(folder / "trainA", 9)
    (folder / "trainB").mkdir()
    for path in (folder / "trainA").iterdir():
        Image.fromarray(np.asarray(Image.open(path)) // 2 + 64).save(folder / "trainB" / path.name, quality=95)
    return folder


@pytest.fixture
def fixed(data, extractor, tmp_path):
    return FixedSet(data, extractor, (tmp_path / "features",))


def scaling(scale):
    """A generator with one weight: the contrast."""
    picture = keras.Input((None, None, 3))
    layer = keras.layers.DepthwiseConv2D(1, use_bias=False, depthwise_initializer=keras.initializers.Constant(scale))
    return keras.Model(picture, layer(picture), name="generator")


def start(fixed, run, generators, checkpoints, *, step=0, every=2, stop=5):
    run.mkdir(exist_ok=True)
    callback = Evaluations(step, run, fixed, generators, checkpoints, every=every, stop=stop)
    callback.set_model(keras.Sequential())
    return callback


def contrast(run, file="generator_best.keras"):
    return float(np.ravel(load_network(run / file).get_weights()[0])[0])


def train_on(callback, scales):
    """Steps, before each of which the generators get another contrast."""
    for scale in scales:
        for generator in callback._generators.values():
            generator.set_weights([np.full_like(w, scale) for w in generator.get_weights()])
        callback.on_train_batch_end(0, {})
    callback.close()


@pytest.fixture
def generators():
    return {"generator_g": scaling(1.0), "generator_f": scaling(1.0)}


def test_the_nearer_to_the_paintings_the_lower_the_score(fixed):
    kids = [fixed.score(scaling(scale)).kid for scale in (0.5, 0.7, 1.0)]
    assert kids == sorted(kids)
    assert kids[-1] == pytest.approx(fixed.untouched, rel=1e-3)
    assert fixed.score(scaling(1.0)).content == pytest.approx(1.0)


def test_contrast_alone_is_nothing_on_grey_pictures(fixed):
    half, whole = (fixed.score(scaling(scale)).kid_grey for scale in (0.5, 1.0))
    assert half == pytest.approx(whole, rel=0.02, abs=1e-3)


def test_a_large_set_is_thinned_out_evenly(data, extractor, tmp_path, monkeypatch):
    monkeypatch.setattr(fixed_set, "_PHOTOGRAPHS", 3)
    monkeypatch.setattr(fixed_set, "_PAINTINGS", 4)
    small = FixedSet(data, extractor, (tmp_path,))
    assert small._photographs.shape == (3, 256, 256, 3)
    assert small._paintings["colour"].shape == (4, 3)
    paths = sorted((data / "trainA").iterdir())
    assert _spread(paths, 3) == paths[::3]
    assert _spread(paths, 9) == paths


def test_one_picture_is_too_few(extractor, tmp_path):
    for name in ("trainA", "trainB"):
        make_pictures(tmp_path / name, 1)
    with pytest.raises(UserError, match="trainA: 1 picture is too few for --evaluate-every; at least 2"):
        FixedSet(tmp_path, extractor, (tmp_path,))


def test_scores_are_written_every_so_many_steps_and_after_the_last(fixed, generators, tmp_path):
    callback = start(fixed, tmp_path / "run", generators, SimpleNamespace(extra={}))
    train_on(callback, (1.0, 0.9, 0.8, 0.7, 0.6))
    rows = read_evaluations(tmp_path / "run")
    assert [row["step"] for row in rows] == [2, 4, 5]
    assert [row["kid"] for row in rows] == sorted((row["kid"] for row in rows), reverse=True)
    assert {row["extractor"] for row in rows} == {"contrasts w1"}
    assert rows[0]["kid_untouched"] == fixed.untouched
    assert rows[0]["photographs"] == 9
    assert rows[-1]["kid"] == fixed.score(scaling(0.6)).kid


def test_the_best_is_kept_apart_and_not_the_last(fixed, generators, tmp_path):
    checkpoints = SimpleNamespace(extra={})
    train_on(start(fixed, tmp_path / "run", generators, checkpoints, every=1), (0.9, 0.5, 0.7))
    assert [contrast(tmp_path / "run", direction.best) for direction in DIRECTIONS.values()] == [0.5, 0.5]
    assert int(checkpoints.extra["step"]) == 2


def test_a_run_that_goes_on_from_a_checkpoint_knows_what_was_the_best_there(fixed, generators, tmp_path):
    """The best after the checkpoint, which the killed run had found already, is forgotten with its row."""
    run, checkpoints = tmp_path / "run", SimpleNamespace(extra={})
    callback = start(fixed, run, generators, checkpoints, every=1)
    train_on(callback, (0.9, 0.8))
    saved = dict(checkpoints.extra)
    train_on(start(fixed, run, generators, checkpoints, step=2, every=1), (0.5,))
    assert contrast(run) == 0.5
    resumed = SimpleNamespace(extra=saved)
    callback = start(fixed, run, generators, resumed, step=2, every=1)
    assert [row["step"] for row in read_evaluations(run)] == [1, 2]
    assert contrast(run) == pytest.approx(0.8)
    train_on(callback, (0.85, 0.7))
    assert contrast(run) == pytest.approx(0.7)
    assert [row["step"] for row in read_evaluations(run)] == [1, 2, 3, 4]


def test_where_nothing_was_the_best_yet_no_file_of_an_abandoned_run_stays(fixed, generators, tmp_path):
    run = tmp_path / "run"
    train_on(start(fixed, run, generators, SimpleNamespace(extra={}), every=1), (0.9,))
    start(fixed, run, generators, SimpleNamespace(extra={})).close()
    assert [p.name for p in run.iterdir()] == ["evaluations.csv"]


def test_scores_of_another_extractor_are_not_compared(data, extractor, generators, tmp_path):
    run, checkpoints = tmp_path / "run", SimpleNamespace(extra={})
    sets = [FixedSet(data, Extractor(**{**vars(extractor), "weights": w}), (tmp_path,)) for w in ("w1", "w2")]
    train_on(start(sets[0], run, generators, checkpoints, every=1), (0.5,))
    train_on(start(sets[1], run, generators, checkpoints, step=1, every=1), (0.9,))
    assert contrast(run) == pytest.approx(0.9)
    assert [row["extractor"] for row in read_evaluations(run)] == ["contrasts w1", "contrasts w2"]


def test_a_damaged_table_is_reported_and_none_is_none(tmp_path):
    assert read_evaluations(tmp_path) == []
    (tmp_path / "evaluations.csv").write_text("step,kid\n1,x\n")
    with pytest.raises(UserError, match=r"evaluations\.csv: damaged"):
        read_evaluations(tmp_path)


def test_what_goes_along_with_a_checkpoint_comes_back_with_it(tmp_path):
    variables = [keras.Variable(1.0)]
    checkpoints = Checkpoints(tmp_path / "run", variables, tmp_path / "backup")
    checkpoints.extra = {"kid": np.array(0.25), "conditions": np.array("a b")}
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{}")
    (tmp_path / "run" / "evaluations.csv").write_text("step\n1\n")
    checkpoints.save(1)
    checkpoints.extra = {"kid": np.array(0.5)}
    checkpoints.close()
    shutil.rmtree(tmp_path / "run")
    from tf_cyclegan.run.backup import fetch_backup

    assert fetch_backup(tmp_path / "run", tmp_path / "backup") == 1
    again = Checkpoints(tmp_path / "run", variables)
    assert again.restore() == 1
    assert (float(again.extra["kid"]), str(again.extra["conditions"])) == (0.25, "a b")
    assert (tmp_path / "run" / "evaluations.csv").read_text() == "step\n1\n"
    again.close()


@pytest.mark.slow
def test_training_keeps_the_best_generator_over_sessions(prepared, feature_weights, tmp_path, monkeypatch):
    """Each session is one step; what a kill would have left behind the checkpoint is undone."""
    monkeypatch.setitem(build.GENERATORS, "painter", partial(painter_generator, blocks=1))
    run = tmp_path / "run"
    settings = {"steps": 3, "evaluate_every": 1, "weights": str(feature_weights), "ema": 0.9}
    assert train(config_for(str(prepared), str(run), "smoke", max_minutes=1e-6, **settings)) == Training(0, 1, 3)
    with (run / "evaluations.csv").open("a", newline="") as file:
        csv.writer(file).writerow([2, 0.0, 0.0, 0.0, 0.0, 4, "another"])
    (run / "generator_best.keras").write_bytes(b"of a step that is forgotten")
    assert train(config_for(str(prepared), str(run), max_minutes=0.0)) == Training(1, 3, 3)
    rows = read_evaluations(run)
    assert [row["step"] for row in rows] == [1, 2, 3]
    fixed = FixedSet(prepared, load_extractor("mobilenet_v2", feature_weights), (tmp_path / "features",))
    assert fixed.score(load_network(run / "generator_best.keras")).kid == pytest.approx(
        min(row["kid"] for row in rows), rel=1e-4
    )


def test_several_machines_are_told_that_it_does_not_work(prepared, tmp_path, monkeypatch):
    from tf_cyclegan.train.devices import Devices

    monkeypatch.setattr("tf_cyclegan.train.training.open_devices", lambda count: Devices(2, 0, 2))
    with pytest.raises(UserError, match="--evaluate-every works on one machine only"):
        train(config_for(str(prepared), str(tmp_path / "run"), "smoke", batch=2, devices=2, evaluate_every=1))
    assert not (tmp_path / "run").exists()


def test_missing_weights_are_reported_before_anything_is_written(prepared, tmp_path):
    with pytest.raises(UserError, match=r"none\.keras: no such file; download https://"):
        train(config_for(str(prepared), str(tmp_path / "run"), "smoke", evaluate_every=1, weights="none.keras"))
    assert not (tmp_path / "run").exists()
