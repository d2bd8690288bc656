import csv
import json
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

from tests.html_reader import Reader
from tf_cyclegan.data_folder import TrainingPictures
from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluate.evaluation import evaluate
from tf_cyclegan.evaluate.page.texts import say
from tf_cyclegan.evaluate.results import check_comparable, read_features, read_metrics
from tf_cyclegan.evaluate.table import table
from tf_cyclegan.evaluate.verdict import nature
from tf_cyclegan.metrics.distances import kernel_distance
from tf_cyclegan.run.trained_on import write_trained_on
from tf_cyclegan.shell import show_command

pytestmark = pytest.mark.slow

ANCHORS = {"result", "untouched", "colour_transfer", "real"}


@pytest.fixture(scope="module")
def weights(feature_weights):
    return feature_weights


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


@pytest.fixture(scope="module")
def evaluated(trained, weights, tmp_path_factory):
    """The metrics of the trained run, and the folder; not to be changed."""
    run = tmp_path_factory.mktemp("evaluated") / "run"
    run.mkdir()
    for name in ("config.json", "generator.keras", "generator_f.keras"):
        shutil.copy(trained / name, run)
    return evaluate(run, weights=weights), run


def numbers(value, path=""):
    """Every number of a nested dictionary, with the keys that lead to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, f"{path}.{key}")
    elif isinstance(value, int | float):
        yield path, value


def test_metrics_hold_both_directions_with_their_anchors(evaluated):
    metrics, run = evaluated
    assert read_metrics(run) == json.loads(json.dumps(metrics))
    assert (metrics["schema"], metrics["features"], metrics["side"]) == (4, "mobilenet_v2", 256)
    assert metrics["resize"] == "bicubic with antialiasing to 224 px"
    assert metrics["directions"].keys() == {"photo-to-painting", "painting-to-photo"}
    for scores in metrics["directions"].values():
        for look in (scores, scores["grey"]):
            for name in ("kid", "fid", "precision", "recall", "mifid", "memorization"):
                assert look[name].keys() == ANCHORS, name
            assert look["period_classifier"].keys() == ANCHORS | {"accuracy"}
        assert scores["grey"]["kid"] != scores["kid"]
        assert all(np.isfinite(value) for _, value in numbers(scores))
        for path, value in numbers(scores):
            if any(name in path for name in ("precision", "recall", "period_classifier", "share")):
                assert 0 <= value <= 1, path
        for fid in scores["fid"].values():
            assert fid["low"] <= fid["value"] <= fid["high"]
        assert scores["inception_score"]["value"] >= 1
        assert scores["content"].keys() == ANCHORS - {"real"} | {"recognised"}
        assert -1 <= scores["content"]["result"] <= 1
        assert scores["content"]["untouched"] == pytest.approx(1)
        assert scores["bands"].keys() == ANCHORS - {"real"}
        for bands in scores["bands"].values():
            assert bands.keys() == {"detail_kept", "shapes_kept"}
            assert all(-1 <= value <= 1 for value in bands.values())
        assert scores["cycle"].keys() == scores["identity"].keys() == {"psnr", "ssim"}


def test_sample_sizes_stand_beside_the_numbers(evaluated):
    directions = evaluated[0]["directions"]
    there, back = directions["photo-to-painting"], directions["painting-to-photo"]
    assert there["samples"] == {"source": 4, "target": 4, "source_training": 7, "target_training": 5}
    assert back["samples"] == {"source": 4, "target": 4, "source_training": 5, "target_training": 7}
    assert [there["kid"][name]["samples"] for name in ("result", "real")] == [[4, 4], [5, 4]]
    assert back["kid"]["real"]["samples"] == [7, 4]
    assert back["fid"]["real"]["samples"] == back["fid"]["result"]["samples"] == [4, 4]


def test_too_few_pictures_are_said_with_what_is_still_valid(evaluated):
    remarks = " ".join(evaluated[0]["remarks"])
    assert "only 4 pictures, and mobilenet_v2 has 6 features: FID and MiFID are biased upwards" in remarks
    assert "KID is unbiased at any size" in remarks
    assert "4 of 4 pictures of testA are smaller than 256 px and were enlarged" in remarks
    assert all(fid["extrapolated"] is None for s in evaluated[0]["directions"].values() for fid in s["fid"].values())


def test_the_page_shows_the_numbers_and_says_that_pictures_are_too_few(evaluated):
    page = (evaluated[1] / "report.html").read_text(encoding="utf-8")
    reader = Reader(page)
    assert not reader.open
    assert "Nothing can be said: 4 and 4 held-out pictures are too few." in reader.text
    # All four pictures of both directions, each with its result and back: best, median, worst, and most new edges.
    assert [tag for tag, _ in reader.tags].count("img") == 2 * 4 * 3
    kid = evaluated[0]["directions"]["photo-to-painting"]["kid"]["result"]["value"]
    assert f"{kid:.3f}".replace("-", "−") in page
    assert "python -m tf_cyclegan train data/" in reader.text


def test_features_of_held_out_pictures_and_results_are_kept_for_comparisons(evaluated):
    found = read_features(evaluated[1])
    directions = [f"{name}_{look}" for name in evaluated[0]["directions"] for look in ("colour", "grey")]
    assert found.keys() == {"A_colour", "A_grey", "B_colour", "B_grey", *directions}
    kid = kernel_distance(found["photo-to-painting_colour"], found["B_colour"])
    assert kid == pytest.approx(evaluated[0]["directions"]["photo-to-painting"]["kid"]["result"]["value"], rel=1e-6)
    test = evaluated[0]["directions"]["photo-to-painting"]["tests"]["untouched"]["kid"]
    untouched = evaluated[0]["directions"]["photo-to-painting"]["kid"]["untouched"]["value"]
    assert test["value"] == pytest.approx(kid - untouched, rel=1e-6)
    assert sha256_of(evaluated[1] / "generator.keras").startswith(evaluated[0]["generators"]["A"])


def test_an_unknown_language_is_reported(run, weights):
    with pytest.raises(UserError, match="unknown language 'fr'; one of en, de"):
        evaluate(run, weights=weights, language="fr")


def test_every_picture_has_its_row(evaluated, prepared):
    with (evaluated[1] / "scores.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [path.name for letter in "AB" for path in sorted((prepared / f"test{letter}").iterdir())]
    assert [row["picture"] for row in rows] == names
    assert [row["direction"] for row in rows] == ["photo-to-painting"] * 4 + ["painting-to-photo"] * 4
    for name, key in (("content", "content"), ("edges", "edges")):
        summary = evaluated[0]["directions"]["photo-to-painting"][key]
        summary = summary["result"] if name == "content" else summary
        assert np.mean([float(row[name]) for row in rows[:4]]) == pytest.approx(summary, abs=1e-5)
    for name in ("detail_kept", "shapes_kept"):
        for part, direction in ((rows[:4], "photo-to-painting"), (rows[4:], "painting-to-photo")):
            summary = evaluated[0]["directions"][direction]["bands"]["result"][name]
            assert np.mean([float(row[name]) for row in part]) == pytest.approx(summary, abs=1e-5)
    assert all((prepared / "trainB" / row["training_picture"]).is_file() for row in rows[:4])


def test_the_table_shows_the_main_numbers(evaluated):
    metrics, _ = evaluated
    shown = table(metrics)
    assert "photo-to-painting (source 4, target 4, source training 7, target training 5)" in shown
    for name, kid in metrics["directions"]["photo-to-painting"]["kid"].items():
        assert f"{name.replace('_', ' '):18}{kid['value']:8.3f}" in shown
    bands = metrics["directions"]["photo-to-painting"]["bands"]
    for name, kept in bands.items():
        assert f"{kept['detail_kept']:8.2f}{kept['shapes_kept']:8.2f}" in shown, name
    assert metrics["remarks"][0] in shown
    assert shown.count(f"the results: {say('en', 'nature_' + nature(metrics['directions']['photo-to-painting']))}") == 1


def test_another_program_is_scored_next_to_the_photographs(run, prepared, weights, tmp_path):
    """Its folder holds the photographs themselves, so that it has to score as these do."""
    shutil.copytree(prepared / "testA", tmp_path / "magenta & co")
    metrics = evaluate(run, weights=weights, anchor=tmp_path / "magenta & co")
    assert metrics["anchor"]["name"] == "magenta & co"
    there, back = (metrics["directions"][name] for name in ("photo-to-painting", "painting-to-photo"))
    assert list(there["kid"]) == ["result", "untouched", "colour_transfer", "anchor", "real"]
    assert "anchor" not in back["kid"]
    for look in (there, there["grey"]):
        assert look["kid"]["anchor"] == look["kid"]["untouched"]
    assert there["content"]["anchor"] == pytest.approx(1)
    assert there["bands"]["anchor"] == pytest.approx(there["bands"]["untouched"])
    assert there["tests"]["anchor"] == there["tests"]["untouched"]
    page = (run / "report.html").read_text(encoding="utf-8")
    assert page.count('<th scope="row">magenta &amp; co</th>') == 2
    words = ("evaluate", "runs/run", "--features", "mobilenet_v2", "--anchor", tmp_path / "magenta & co")
    assert show_command(*words) in Reader(page).text
    assert "magenta & co" in table(metrics)
    assert "4 of 4 pictures of magenta & co are smaller than 256 px and were enlarged." in metrics["remarks"]


def test_a_painting_that_is_missing_is_reported_before_anything_is_written(run, prepared, weights, tmp_path):
    shutil.copytree(prepared / "testA", tmp_path / "magenta")
    (tmp_path / "magenta" / "002.jpg").unlink()
    with pytest.raises(UserError, match=r"magenta: there is no painting of .*002\.jpg \(1 of 4 are missing\)"):
        evaluate(run, weights=weights, anchor=tmp_path / "magenta")
    assert not (run / "metrics.json").exists()


def test_the_same_run_may_be_compared_with_itself(evaluated):
    check_comparable(evaluated[0], evaluated[0])


def test_evaluating_again_takes_the_real_features_from_the_cache(run, prepared, weights, monkeypatch):
    data = with_data(run, prepared)
    first = evaluate(run, weights=weights)
    assert list((data / "features").glob("*.npz"))
    # Of real pictures nothing is to be computed.
    monkeypatch.setattr("tf_cyclegan.score.feature_sets.collect", None)
    assert evaluate(run, weights=weights) == first


def test_a_generator_that_changes_nothing_scores_as_the_untouched_pictures(run, weights):
    picture = keras.Input((None, None, 3))
    same = keras.Model(picture, keras.layers.Rescaling(1.0)(picture))
    for name in ("generator.keras", "generator_f.keras"):
        same.save(run / name)
    for scores in evaluate(run, weights=weights)["directions"].values():
        for look in (scores, scores["grey"]):
            assert look["kid"]["result"]["value"] == pytest.approx(look["kid"]["untouched"]["value"], abs=1e-6)
            assert look["fid"]["result"]["value"] == pytest.approx(look["fid"]["untouched"]["value"], rel=1e-5)
            assert look["period_classifier"]["result"] == look["period_classifier"]["untouched"]
        assert scores["content"]["result"] == pytest.approx(1.0, abs=1e-6)
        assert scores["edges"] == pytest.approx(1.0)
        assert scores["bands"]["result"] == pytest.approx(scores["bands"]["untouched"])
        assert scores["bands"]["untouched"] == {"detail_kept": 1.0, "shapes_kept": 1.0}
        assert scores["shapes"]["result"] == {"new_edges": 0.0, "faces": None, "pictures": 0}
        assert scores["cycle"] == {"psnr": None, "ssim": pytest.approx(1.0)}
        assert scores["identity"] == {"psnr": None, "ssim": pytest.approx(1.0)}


def test_a_generator_that_paints_its_target_is_seen(run, prepared, weights):
    """Bright paintings, dark photographs, and a generator that brightens: it is taken for the period."""
    data = with_data(run, prepared)
    for letter, shift in (("A", -80), ("B", 80)):
        for path in sorted((data / f"test{letter}").iterdir()) + sorted((data / f"train{letter}").iterdir()):
            pixels = np.asarray(Image.open(path)).astype(int) // 3 + 85 + shift
            Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**config, "data_digest": TrainingPictures(data).digest()}))
    picture = keras.Input((None, None, 3))
    for name, shift in (("generator.keras", 160 / 127.5), ("generator_f.keras", -160 / 127.5)):
        keras.Model(picture, keras.layers.Rescaling(1.0, offset=shift)(picture)).save(run / name)
    for scores in evaluate(run, weights=weights)["directions"].values():
        classifier = scores["period_classifier"]
        assert (classifier["result"], classifier["untouched"], classifier["accuracy"]) == (1, 0, 1)
        assert scores["kid"]["result"]["value"] < scores["kid"]["untouched"]["value"] / 2
        assert scores["cycle"]["psnr"] is None or scores["cycle"]["psnr"] > 40
        assert scores["grey"]["kid"]["result"]["value"] == pytest.approx(
            scores["grey"]["kid"]["untouched"]["value"], rel=0.05, abs=1e-3
        )  # Brightness alone is nothing on equalized pictures.


def test_a_generator_that_paints_nan_is_reported(run, weights):
    picture = keras.Input((None, None, 3))
    keras.Model(picture, keras.layers.Rescaling(float("nan"))(picture), name="generator_g").save(
        run / "generator.keras"
    )
    with pytest.raises(UserError, match="generator_g paints NaN: its training has diverged"):
        evaluate(run, weights=weights)
    assert not (run / "metrics.json").exists()


def test_two_pictures_have_a_kernel_distance_and_no_precision_and_one_seen_is_left_out(run, prepared, weights):
    data = with_data(run, prepared)
    for path in sorted((data / "testB").iterdir())[2:]:
        path.unlink()
    shutil.copy(data / "trainB" / "000.jpg", data / "testB" / "zzz.jpg")
    metrics = evaluate(run, weights=weights)
    scores = metrics["directions"]["photo-to-painting"]
    assert np.isfinite(scores["kid"]["result"]["value"])
    assert set(scores["precision"].values()) == set(scores["recall"].values()) == {None}
    assert "Precision and recall need at least 4 pictures of each set: not computed." in metrics["remarks"]
    assert "1 of 3 pictures of testB were trained on, so they are left out." in metrics["remarks"]
    assert scores["samples"]["target"] == 2
    assert "–" in table(metrics)


@pytest.mark.parametrize("name", ["testA", "testB"])
def test_missing_held_out_pictures_are_reported(run, prepared, weights, name):
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


def test_a_run_without_generators_is_reported(run, weights):
    (run / "generator.keras").unlink()
    with pytest.raises(UserError, match=r"generator\.keras: no such file"):
        evaluate(run, weights=weights)


def test_a_folder_that_is_no_run_is_reported(tmp_path, weights):
    with pytest.raises(UserError, match="is this the folder of a run"):
        evaluate(tmp_path, weights=weights)


def test_unknown_features_list_the_known(run):
    with pytest.raises(
        UserError, match="unknown features 'inception'; one of inception_v3_fid, inception_v3_keras, mobilenet_v2"
    ):
        evaluate(run, features="inception")


def test_weights_that_are_missing_or_of_another_network_are_reported(run, keras_file, tmp_path):
    with pytest.raises(UserError, match=r"none\.keras: no such file"):
        evaluate(run, weights=tmp_path / "none.keras")
    with pytest.raises(UserError, match="no pooled features in this network; expected MobileNetV2"):
        evaluate(run, weights=keras_file)


def test_pictures_that_the_run_it_began_with_was_trained_on_are_not_held_out(run, prepared, weights):
    data = with_data(run, prepared)
    first, second, *_ = sorted((data / "testA").iterdir())
    write_trained_on(run, [sha256_of(first), sha256_of(second)])
    metrics = evaluate(run, weights=weights)
    assert "2 of 4 pictures of testA were trained on, so they are left out." in metrics["remarks"]
    with (run / "scores.csv").open(newline="", encoding="utf-8") as file:
        names = [row["picture"] for row in csv.DictReader(file) if row["direction"] == "photo-to-painting"]
    assert names == ["002.jpg", "003.jpg"]


def test_other_data_is_refused_and_data_that_was_moved_is_named(run, prepared, weights, tmp_path):
    data = with_data(run, prepared)
    shutil.move(data, tmp_path / "moved")
    with pytest.raises(UserError, match=r"data: the data of .*run is not there; say where it is now with --data DIR"):
        evaluate(run, weights=weights)
    shutil.copytree(prepared, data)
    shutil.copy(data / "trainA" / "000.jpg", data / "trainA" / "001.jpg")
    with pytest.raises(UserError, match="the training pictures are not those that"):
        evaluate(run, weights=weights)
    assert not (run / "metrics.json").exists()
    evaluate(run, data=tmp_path / "moved", weights=weights)
