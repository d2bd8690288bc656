import re

import numpy as np
import pytest

from tests.evaluate.conftest import with_anchor
from tests.html_reader import Reader
from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluate.gallery import Shown
from tf_cyclegan.evaluate.page.run import Material, write_report
from tf_cyclegan.run.folder import DIRECTIONS

EVIL = '<script>alert("1")</script>\' & é'


@pytest.fixture
def material(made_up_metrics, made_up_rows, made_up_features):
    """Of a run with losses and evaluations, whose names are evil."""
    pictures = tuple(np.full((256, 256, 3), level, np.uint8) for level in (40, 120, 200))
    shown = [Shown(rank, {**made_up_rows[i], "picture": EVIL}, pictures) for i, rank in enumerate(("best", "worst"))]
    steps = np.arange(1.0, 101.0)
    losses = {"step": steps, "adversarial_g": 1 / steps, "cycle_x": 2 / steps, "cycle_y": 3 / steps}
    row = {"kid_grey": 0.3, "content": 0.9, "kid_untouched": 0.25, "photographs": 64, "extractor": "mobilenet_v2 abc"}
    evaluations = [{"step": 50, "kid": 0.2, **row}, {"step": 100, "kid": 0.1, **row}, {"step": 150, "kid": 0.3, **row}]
    features = {letter: made_up_features[f"{letter}_colour"] for letter in "AB"}
    return Material(
        name=EVIL,
        period=EVIL,
        metrics=made_up_metrics,
        remarks=[("few", {"count": 12})],
        shown=dict.fromkeys(DIRECTIONS, shown),
        ranked=dict.fromkeys(DIRECTIONS, (12, "realism")),
        features=features | {name: made_up_features[f"{name}_colour"] for name in DIRECTIONS},
        losses=losses,
        evaluations=evaluations,
        commands=["python -m tf_cyclegan evaluate " + EVIL],
    )


def changed(material, **changes):
    return Material(**{**vars(material), **changes})


def page_of(material, folder, language="en"):
    write_report(folder / "report.html", material, language)
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(params=["en", "de"])
def page(request, material, tmp_path):
    return page_of(material, tmp_path, request.param)


def test_it_is_one_whole_file_that_needs_no_network(page):
    reader = Reader(page)
    assert not reader.open
    for tag, attributes in reader.tags:
        assert tag not in ("script", "link", "iframe", "object")
        assert attributes.get("src", "data:").startswith("data:image/jpeg;base64,") or "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)
    assert "http" not in re.sub(r"base64,[^\"]+", "", page)


def test_what_comes_from_files_is_text(page):
    reader = Reader(page)
    assert reader.text.count(EVIL) > 5
    assert any(EVIL in attributes.get("alt", "") for _, attributes in reader.tags)


def test_the_verdict_comes_first(page):
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings[0] in ("Verdict", "Urteil")
    assert len(headings) == len(set(headings)) == 8


def test_sentences_are_words_with_the_numbers(material, tmp_path):
    text = Reader(page_of(changed(material, period="Rococo"), tmp_path)).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Clearly closer to paintings of Rococo than colour transfer alone, in colour and also without" in text
    assert "53 % of the way from untouched photographs to real paintings of Rococo has been covered" in text
    assert "right on 95 % of the held-out real pictures takes 40 % of the results for paintings of Rococo" in text
    assert "With 12 held-out pictures every number here is uncertain" in text
    german = Reader(page_of(changed(material, period=""), tmp_path, "de")).text
    assert "Deutlich näher an Gemälden (der Epoche) als eine bloße Farbübertragung" in german
    baroque = Reader(page_of(changed(material, period="Baroque"), tmp_path, "de")).text
    assert "Deutlich näher an Gemälden (Barock) als" in baroque


def test_the_table_has_every_anchor_and_a_dash_where_there_is_no_number(material, tmp_path):
    page = page_of(material, tmp_path)
    rows = re.findall(r'<tr class="(\w+)">(.*?)</tr>', page)
    sets = ["result", "untouched", "colour_transfer"]
    assert [name for name, _ in rows] == [*sets, "real", *sets] * 2
    cells = re.findall(r"<td>(.*?)</td>", rows[0][1])
    assert cells[:4] == ["0.100 ± 0.020", "0.130", "100.0 [90–1,234]", "–"]
    german = re.findall(r"<td>(.*?)</td>", page_of(material, tmp_path, "de"))
    assert german[:4] == ["0,100 ± 0,020", "0,130", "100,0 [90–1.234]", "–"]


def test_the_gallery_shows_original_result_and_back(material, tmp_path):
    reader = Reader(page_of(material, tmp_path))
    names = [attributes["alt"].removeprefix(EVIL) for tag, attributes in reader.tags if tag == "img"]
    assert names == [", original", ", result", ", translated back"] * 4
    assert "realism 1.50, content 0.80, new edges 0.4\N{NO-BREAK SPACE}%, classified as" in reader.text


def test_what_became_of_shapes_is_reported_in_words(material, tmp_path):
    text = Reader(page_of(material, tmp_path)).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "at 0.4 % of all places, after colour transfer alone at 0.8 %" in text
    assert "Faces found again in 90 % of 10 results, after colour transfer in 100 %." in text
    for scores in material.metrics["directions"].values():
        for of in scores["shapes"].values():
            of |= {"faces": None, "pictures": 0}
    german = Reader(page_of(material, tmp_path, "de")).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "an 0,4 % aller Stellen" in german
    assert "wiedergefunden" not in german


def kept(page):
    """The rows of the first table on what is kept."""
    table = page.split("shapes kept</th>" if "shapes kept" in page else "Formen erhalten</th>")[1]
    rows = re.findall(r'<tr class="(\w+)">(.*?)</tr>', table.split("</table>")[0])
    return [(name, re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)) for name, row in rows]


def test_detail_and_shapes_stand_next_to_those_of_photographs_and_colour_transfer(material, tmp_path):
    assert kept(page_of(material, tmp_path)) == [
        ("result", ["result", "0.80", "0.31", "0.95"]),
        ("untouched", ["untouched", "1.00", "1.00", "1.00"]),
        ("colour_transfer", ["colour transfer alone", "0.90", "0.97", "0.99"]),
    ]
    assert kept(page_of(material, tmp_path, "de"))[0] == ("result", ["Ergebnis", "0,80", "0,31", "0,95"])


@pytest.mark.parametrize(
    ("detail", "shapes", "said"),
    [
        (0.31, 0.95, {"en": "This is a painting:", "de": "Das ist ein Gemälde:"}),
        (0.5, 0.95, {"en": "This is between a filter and a painting:", "de": "Das liegt zwischen Filter und Gemälde:"}),
        (0.8, 0.99, {"en": "This is a filter:", "de": "Das ist ein Filter:"}),
        (0.3, 0.7, {"en": "The scene itself was lost:", "de": "Die Szene selbst ging verloren:"}),
    ],
)
def test_the_verdict_says_what_the_results_are_only_of_paintings(material, tmp_path, detail, shapes, said):
    for scores in material.metrics["directions"].values():
        scores["bands"]["result"] = {"detail_kept": detail, "shapes_kept": shapes}
    text = Reader(page_of(material, tmp_path)).text
    assert text.count(said["en"]) == 1, "not of painting → photograph"
    assert f"Detail kept: {detail:.2f}, after colour transfer alone 0.97. Shapes kept: {shapes:.2f}, after" in text
    assert ("KID improved although the detail did not fall" in text) == (detail == 0.8)
    page = page_of(material, tmp_path, "de")
    assert said["de"] in Reader(page).text
    assert f"Erhaltenes Detail: {detail:.2f}".replace(".", ",") in Reader(page).text
    assert ("obwohl das Detail nicht zurückging" in page) == (detail == 0.8)
    assert ("verdict mixed" in page) == (detail == 0.8 or shapes == 0.7)


@pytest.mark.parametrize("language", ["en", "de"])
def test_another_program_stands_in_every_table_under_its_folder_s_name(material, tmp_path, language):
    page = page_of(changed(material, metrics=with_anchor(material.metrics, EVIL)), tmp_path, language)
    assert not Reader(page).open
    rows = re.findall(r'<tr class="anchor">(.*?)</tr>', page)
    assert [re.findall(r"<td>(.*?)</td>", row)[0].replace(",", ".") for row in rows] == ["0.123 ± 0.020", "0.61"]
    assert {EVIL in Reader(row).text for row in rows} == {True}
    assert kept(page)[-1][1][1:] == (["0.61", "0.22", "0.93"] if language == "en" else ["0,61", "0,22", "0,93"])
    assert f"− {EVIL}" in Reader(page).text, "the paired difference"
    assert 'class="anchor"' not in page_of(material, tmp_path, language)


def test_an_evaluation_without_bands_has_its_page(material, tmp_path):
    for scores in material.metrics["directions"].values():
        del scores["bands"]
    assert "This is" not in page_of(material, tmp_path)


def test_curves_name_the_best_step(material, tmp_path):
    page = page_of(material, tmp_path)
    # Two kinds of losses, KID over steps; besides these two scales and the map.
    assert page.count("<svg") == 2 + 1 + 2 + 1
    assert "The best in colour is step 100, with KID 0.100." in page
    assert "on 64 training photographs" in page


def test_scores_of_another_extractor_are_not_in_the_curve(material, tmp_path):
    first = {**material.evaluations[0], "kid": 0.001, "extractor": "inception"}
    page = page_of(changed(material, evaluations=[first, *material.evaluations[1:]]), tmp_path)
    assert "The best in colour is step 100" in page


def test_checkpoints_are_shown_and_the_best_is_named(material, material_of_checkpoints, tmp_path):
    page = page_of(material_of_checkpoints(certain=False), tmp_path)
    assert "Lowest KID: step &lt;2&gt;. The difference from the next may be chance." in page
    assert (
        '<tr class="result"><th scope="row">step &lt;2&gt;</th><td>0.100</td><td>0.200</td><td>0.90</td></tr>' in page
    )
    assert "is more than chance" in page_of(material_of_checkpoints(certain=True), tmp_path)
    assert "Lowest KID" not in page_of(material, tmp_path)


@pytest.fixture
def material_of_checkpoints(material):
    def make(certain):
        scores = [{"name": f"step <{i}>", "kid": 0.2 / i, "kid_grey": 0.2, "content": 0.9} for i in (1, 2)]
        found = {"scores": scores, "best": "step <2>", "certain": certain}
        return changed(material, metrics={**material.metrics, "checkpoints": found})

    return make


def test_without_losses_and_evaluations_it_is_said(material, tmp_path):
    page = page_of(changed(material, losses={}, evaluations=[]), tmp_path)
    assert "There is no losses.csv and no evaluations.csv in the run." in page


def test_losses_that_are_not_finite_are_left_out(material, tmp_path):
    losses = {**material.losses, "cycle_x": np.full(100, np.nan), "cycle_y": np.full(100, np.nan)}
    assert page_of(changed(material, losses=losses), tmp_path).count("<svg") == 5


def test_every_number_is_defined_and_the_commands_stand_there(page):
    reader = Reader(page)
    assert page.count("<dt>") == page.count("<dd>") > 10
    assert "python -m tf_cyclegan evaluate" in reader.text
    assert "abc" in reader.text


def test_it_prints(page):
    assert "@media print" in page


def test_where_it_cannot_be_written_it_is_reported(material, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"report\.html: cannot be written"):
        write_report(tmp_path / "file" / "report.html", material)
