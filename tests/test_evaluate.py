import json
import shutil

import keras
import numpy as np
import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluate import evaluate

pytestmark = pytest.mark.slow

KEYS = {"value", "subset_mean", "subset_std"}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A tiny network in place of MobileNetV2, whose weights would have to be downloaded."""
    keras.utils.set_random_seed(1)
    picture = keras.Input((224, 224, 3))
    features = keras.layers.Conv2D(6, 16, 16, activation="relu")(picture)
    features = keras.layers.GlobalAveragePooling2D()(features)
    path = tmp_path_factory.mktemp("features") / "features.keras"
    keras.Model(picture, keras.layers.Dense(2)(features)).save(path)
    return path


@pytest.fixture
def run(trained, tmp_path):
    """A copy of the trained run, to write into."""
    for name in ("config.json", "generator.keras", "generator_f.keras"):
        (tmp_path / "run").mkdir(exist_ok=True)
        shutil.copy(trained / name, tmp_path / "run")
    return tmp_path / "run"


def with_data(run, prepared):
    """The run on a copy of its data, to change."""
    data = run.parent / "data"
    shutil.copytree(prepared, data)
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**config, "data": str(data)}))
    return data


def test_metrics_hold_both_directions_with_their_anchors(run, weights):
    metrics = evaluate(run, weights=weights)
    assert json.loads((run / "metrics.json").read_text(encoding="utf-8")) == metrics
    assert (metrics["schema"], metrics["features"]) == (1, "mobilenet_v2")
    assert metrics["directions"].keys() == {"photo-to-painting", "painting-to-photo"}
    for scores in metrics["directions"].values():
        assert scores["kid"].keys() == {"result", "untouched", "real"}
        for kid in scores["kid"].values():
            assert kid.keys() == KEYS
            assert np.isfinite(list(kid.values())).all()
        assert -1 <= scores["content"] <= 1
    there, back = (metrics["directions"][name]["samples"] for name in ("photo-to-painting", "painting-to-photo"))
    assert there == {"source": 4, "target": 4, "target_training": 5}
    assert back == {"source": 4, "target": 4, "target_training": 7}


def test_a_generator_that_changes_nothing_scores_as_the_untouched_pictures(run, weights):
    picture = keras.Input((None, None, 3))
    same = keras.Model(picture, keras.layers.Rescaling(1.0)(picture))
    for name in ("generator.keras", "generator_f.keras"):
        same.save(run / name)
    for scores in evaluate(run, weights=weights)["directions"].values():
        assert scores["kid"]["result"]["value"] == pytest.approx(scores["kid"]["untouched"]["value"], abs=1e-6)
        assert scores["content"] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("name", ["testA", "testB"])
def test_missing_held_out_pictures_are_told(run, prepared, weights, name):
    shutil.rmtree(with_data(run, prepared) / name)
    with pytest.raises(UserError, match=f"{name}: no such folder; evaluation needs held-out pictures"):
        evaluate(run, weights=weights)
    assert not (run / "metrics.json").exists()


def test_a_single_held_out_picture_is_too_few(run, prepared, weights):
    folder = with_data(run, prepared) / "testB"
    for path in sorted(folder.iterdir())[1:]:
        path.unlink()
    with pytest.raises(UserError, match="testB"):
        evaluate(run, weights=weights)
    assert not (run / "metrics.json").exists()


def test_a_run_without_generators_is_told(run, weights):
    (run / "generator.keras").unlink()
    with pytest.raises(UserError, match=r"generator\.keras: no such file"):
        evaluate(run, weights=weights)


def test_a_folder_that_is_no_run_is_told(tmp_path, weights):
    with pytest.raises(UserError, match="is this the folder of a run"):
        evaluate(tmp_path, weights=weights)


def test_unknown_features_list_the_known(run):
    with pytest.raises(UserError, match="unknown features 'inception'; one of mobilenet_v2"):
        evaluate(run, features="inception")


def test_weights_that_are_missing_or_of_another_network_are_told(run, keras_file, tmp_path):
    with pytest.raises(UserError, match=r"none\.keras: no such file"):
        evaluate(run, weights=tmp_path / "none.keras")
    with pytest.raises(UserError, match="no pooled features in this network; expected MobileNetV2"):
        evaluate(run, weights=keras_file)
