import copy
import json
import re
import shutil

import keras
import numpy as np
import pytest

from tests.conftest import make_pictures
from tests.evaluate.conftest import with_anchor
from tests.html_reader import Reader
from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluate.comparison import compare_runs
from tf_cyclegan.evaluate.evaluation import compare
from tf_cyclegan.evaluate.page.comparison import table
from tf_cyclegan.evaluate.results import write_features, write_metrics, write_scores
from tf_cyclegan.run.config import TrainConfig

DIRECTION = "photo-to-painting"


@pytest.fixture
def data(tmp_path):
    make_pictures(tmp_path / "data" / "testA", 12)
    (tmp_path / "data" / "prepare.json").write_text('{"period": "Rococo"}')
    return tmp_path / "data"


@pytest.fixture
def make_run(data, tmp_path, made_up_metrics, made_up_rows, made_up_features):
    """Makes an evaluated run whose results lie `way` of the way from photographs (0) to paintings (2)."""

    def make(name, way=1.0, **changes):
        run = tmp_path / name
        run.mkdir()
        (run / "config.json").write_text(TrainConfig(data=str(data), run=str(run)).to_json())
        picture = keras.Input((None, None, 3))
        keras.Model(picture, keras.layers.Rescaling(1 / (1 + way))(picture)).save(run / "generator.keras")
        generators = {"A": sha256_of(run / "generator.keras")[:12], "B": "bbb"}
        features = dict(made_up_features)
        for look in ("colour", "grey"):
            features[f"{DIRECTION}_{look}"] = features[f"A_{look}"] + way
        write_metrics(run, {**made_up_metrics, "generators": generators, **changes})
        write_scores(run, made_up_rows)
        write_features(run, features)
        return run

    return make


def test_a_run_that_is_nearer_is_said_to_be(make_run, tmp_path):
    comparison = compare([make_run("far", 0.2), make_run("near", 1.8)], tmp_path / "page.html")
    (contrast,) = comparison.contrasts
    assert contrast.sign == -1
    assert contrast.kid.high < 0
    assert not contrast.same
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    reader = Reader(page)
    assert not reader.open
    assert "near is closer to paintings of Rococo than far: more than chance." in reader.text
    assert "near is closer to paintings of the period than far: more than chance." in table(comparison)
    # The same photographs, painted by both: three of each rank.
    assert [tag for tag, _ in reader.tags].count("img") == 9 * 3


def test_it_is_farther_from_the_other_side_and_speaks_german(make_run, tmp_path):
    comparison = compare([make_run("near", 1.8), make_run("far", 0.2)], tmp_path / "page.html", language="de")
    assert comparison.contrasts[0].sign == 1
    text = Reader((tmp_path / "page.html").read_text(encoding="utf-8")).text
    assert "far ist weiter weg von Gemälden (Rokoko) als near: mehr als Zufall." in text


def test_runs_that_paint_the_same_differ_by_nothing(make_run, tmp_path):
    comparison = compare([make_run("one"), make_run("two")], tmp_path / "page.html")
    assert comparison.contrasts[0].same
    assert comparison.contrasts[0].sign == 0
    assert "two and one paint the same pictures" in (tmp_path / "page.html").read_text(encoding="utf-8")


def bands(made_up_metrics, detail, shapes=0.97):
    directions = copy.deepcopy(made_up_metrics["directions"])
    directions[DIRECTION]["bands"]["result"] = {"detail_kept": detail, "shapes_kept": shapes}
    return directions


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("detail kept", "shapes kept", "of one: a filter.", "of two: between a filter and a painting.")),
        ("de", ("Detail erhalten", "Formen erhalten", "von one: ein Filter.", "von two: zwischen Filter und Gemälde.")),
    ],
)
def test_detail_and_shapes_stand_in_the_comparison(make_run, made_up_metrics, tmp_path, language, words):
    one = make_run("one", 0.5, directions=bands(made_up_metrics, 0.83))
    two = make_run("two", 1.0, directions=bands(made_up_metrics, 0.52))
    old = make_run("old", 1.5, directions=bands(made_up_metrics, 0.3))
    metrics = json.loads((old / "metrics.json").read_text())
    del metrics["directions"][DIRECTION]["bands"]
    (old / "metrics.json").write_text(json.dumps(metrics))
    comparison = compare([one, two, old], tmp_path / "page.html", language=language)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    head = re.findall(r"<th scope=\"col\">(.*?)</th>", page)
    rows = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row) for row in re.findall(r"<tr class=.*?</tr>", page)]
    places = [head.index(word) for word in words[:2]]
    found = [[row[place].replace(",", ".") for place in places] for row in rows]
    assert found[:3] == [["0.83", "0.97"], ["0.52", "0.97"], ["–", "–"]]
    assert found[3:5] == [["1.00", "1.00"], ["0.97", "0.99"]], "photographs and colour transfer"
    verdict = Reader(page.split("class=verdict>")[1].split("</div>")[0]).text
    assert words[2] in verdict
    assert words[3] in verdict
    assert "old:" not in verdict
    assert {len(row) for row in rows} == {len(head)}
    lines = table(comparison).splitlines()
    assert "detail" in lines[0]
    assert "    0.83    0.97" in lines[1]
    assert lines[-2:] == ["The results of one: a filter.", "The results of two: between a filter and a painting."]


def test_another_program_stands_in_the_comparison_under_its_folder_s_name(make_run, made_up_metrics, tmp_path):
    metrics = with_anchor(made_up_metrics, "<magenta>")
    one = make_run("one", directions=metrics["directions"], anchor=metrics["anchor"])
    compare([one, make_run("two")], tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<th scope="row">&lt;magenta&gt;</th><td>0.123 ± 0.020</td>' in page


def test_several_runs_are_each_compared_with_the_first_and_p_is_adjusted(make_run):
    comparison = compare_runs([make_run("a", 0.2), make_run("b", 1.0), make_run("c", 1.8)])
    assert len(comparison.contrasts) == 2
    assert all(contrast.p >= contrast.kid.p for contrast in comparison.contrasts)
    assert len(comparison.examples[0].results) == 3
    levels = [np.ptp(result.astype(int)) for result in comparison.examples[0].results]
    assert levels[0] > levels[1] > levels[2]  # Each painted by its own generator.


@pytest.mark.parametrize("count", [0, 1])
def test_one_run_is_no_comparison(make_run, count):
    with pytest.raises(UserError, match="at least two runs are needed"):
        compare_runs([make_run("one")][:count])


def test_a_run_with_itself_is_refused(make_run):
    run = make_run("one")
    with pytest.raises(UserError, match="the same run is named twice"):
        compare_runs([run, run.parent / "." / "one"])


@pytest.mark.parametrize(
    "change", [{"features": "inception_v3_fid"}, {"resize": "lanczos"}, {"weights": "other"}, {"pictures": "other"}]
)
def test_what_was_evaluated_otherwise_is_refused(make_run, tmp_path, change):
    with pytest.raises(UserError, match=f"cannot be compared; they differ in {next(iter(change))}"):
        compare([make_run("one"), make_run("two", **change)], tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_other_sample_sizes_are_refused(make_run, made_up_metrics):
    directions = copy.deepcopy(made_up_metrics["directions"])
    directions[DIRECTION]["samples"]["target"] = 99
    with pytest.raises(UserError, match="samples of photo-to-painting source 12, target 12"):
        compare_runs([make_run("one"), make_run("two", directions=directions)])


def test_a_run_that_was_trained_on_since_is_refused(make_run):
    one, two = make_run("one"), make_run("two", 0.5)
    shutil.copy(one / "generator.keras", two / "generator.keras")
    with pytest.raises(UserError, match="two: the generator changed since it was evaluated; evaluate the run again"):
        compare_runs([one, two])


@pytest.mark.parametrize("file", ["metrics.json", "scores.csv", "features.npz", "generator.keras"])
def test_a_run_that_was_not_evaluated_is_reported(make_run, file):
    one, two = make_run("one"), make_run("two")
    (two / file).unlink()
    with pytest.raises(UserError, match=f"{file}: (not there|no such file)"):
        compare_runs([one, two])


@pytest.mark.parametrize("file", ["metrics.json", "scores.csv", "features.npz"])
def test_damaged_files_are_reported(make_run, file):
    one, two = make_run("one"), make_run("two")
    (two / file).write_bytes(b"direction,content\nphoto-to-painting,x\n")
    with pytest.raises(UserError, match=f"{file}: damaged"):
        compare_runs([one, two])


def test_photographs_that_changed_are_reported(make_run, data):
    one, two = make_run("one"), make_run("two")
    (data / "testA" / "000.jpg").unlink()
    with pytest.raises(UserError, match="testA: other pictures than"):
        compare_runs([one, two])


def test_runs_of_one_name_are_told_apart_by_their_folders(make_run, tmp_path):
    one = make_run("run")
    (tmp_path / "other").mkdir()
    shutil.copytree(one, tmp_path / "other" / "run")
    names = [entry.name for entry in compare_runs([one, tmp_path / "other" / "run"]).entries]
    assert names == [str(one), str(tmp_path / "other" / "run")]


def test_without_realism_the_classifier_chooses(make_run, tmp_path):
    runs = [make_run("one"), make_run("two", 0.5)]
    for run in runs:
        text = (run / "scores.csv").read_text().splitlines()
        rows = [line.split(",") for line in text]
        (run / "scores.csv").write_text(
            "\n".join(",".join([*r[:2], "" if i else r[2], *r[3:]]) for i, r in enumerate(rows))
        )
    comparison = compare_runs(runs)
    assert comparison.examples[0].name == "011.jpg"


def test_a_folder_in_place_of_a_page_is_reported(make_run, tmp_path):
    with pytest.raises(UserError, match="is a folder; give a file"):
        compare([make_run("one"), make_run("two")], tmp_path)
    with pytest.raises(UserError, match="unknown language 'fr'; one of en, de"):
        compare([], tmp_path / "x.html", language="fr")


def test_numbers_of_scores_come_back_as_they_were(make_run, made_up_rows):
    from tf_cyclegan.evaluate.results import read_scores

    found = read_scores(make_run("one"))
    assert [row.keys() for row in found] == [row.keys() for row in made_up_rows]
    for row, expected in zip(found, made_up_rows, strict=True):
        for name, value in expected.items():
            assert row[name] == (pytest.approx(value, rel=1e-5) if isinstance(value, float) else value)
