import copy

import pytest

from tf_cyclegan.evaluate.verdict import nature, verdict

NEARER, FARTHER, SAME = ({"low": low, "high": high} for low, high in ((-0.2, -0.1), (0.1, 0.2), (-0.1, 0.1)))


def scores(photos=NEARER, colour=NEARER, grey=NEARER, **changes):
    kid = {"result": 0.1, "untouched": 0.2, "colour_transfer": 0.18, "real": 0.0}
    kid = {name: {"value": value} for name, value in (kid | changes.pop("kid", {})).items()}
    found = {
        "samples": {"source": 50, "target": 40},
        "kid": kid,
        "grey": {"kid": copy.deepcopy(kid)},
        "tests": {"untouched": {"kid": photos, "grey": photos}, "colour_transfer": {"kid": colour, "grey": grey}},
        "period_classifier": {"result": 0.5, "untouched": 0.05, "real": 0.9, "accuracy": 0.95},
        "content": {"recognised": 0.95},
        "bands": {
            "result": {"detail_kept": 0.3, "shapes_kept": 0.95},
            "colour_transfer": {"detail_kept": 0.97, "shapes_kept": 0.99},
        },
        "memorization": {"result": {"share_nearer_than_real": 0.05}},
        "shapes": {
            "result": {"new_edges": 0.005, "faces": 0.9, "pictures": 20},
            "colour_transfer": {"new_edges": 0.004, "faces": 1.0, "pictures": 20},
        },
    }
    for name, change in changes.items():
        found[name] = {**found[name], **change}
    return found


def headline(*arguments, **changes):
    return verdict(scores(*arguments, **changes))[0]


@pytest.mark.parametrize(
    ("photos", "colour", "grey", "name", "tone"),
    [
        (NEARER, NEARER, NEARER, "nearer", 1),
        (NEARER, NEARER, SAME, "nearer_in_colour_only", 0),
        (NEARER, NEARER, FARTHER, "nearer_in_colour_only", 0),
        (NEARER, SAME, NEARER, "nearer_in_grey_only", 0),
        (NEARER, FARTHER, NEARER, "nearer_in_grey_only", 0),
        (NEARER, SAME, SAME, "no_nearer_than_colours", -1),
        (NEARER, SAME, FARTHER, "no_nearer_than_colours", -1),
        (NEARER, FARTHER, SAME, "farther_than_colours", -1),
        (SAME, NEARER, NEARER, "no_nearer_than_source", -1),
        (FARTHER, NEARER, NEARER, "farther_than_source", -1),
    ],
)
def test_the_headline_follows_from_the_tests(photos, colour, grey, name, tone):
    found = headline(photos, colour, grey)
    assert (found.name, found.tone) == (name, tone)


def test_clearly_is_a_quarter_of_the_way_from_colour_transfer_to_real_pictures():
    assert headline(kid={"result": 0.134}).values == {"size": "clearly"}
    assert headline(kid={"result": 0.136}).values == {"size": "a_little"}


def test_where_real_pictures_are_no_nearer_than_photographs_nothing_is_said():
    found = verdict(scores(kid={"untouched": -0.01}))
    assert [statement.name for statement in found] == ["cannot_tell"]


def test_where_a_classifier_cannot_tell_them_apart_nothing_is_said():
    assert [s.name for s in verdict(scores(period_classifier={"accuracy": 0.6}))] == ["cannot_tell"]
    assert headline(period_classifier={"accuracy": 0.66}).name == "nearer"


def test_of_too_few_pictures_nothing_is_said():
    (found,) = verdict(scores(samples={"source": 50, "target": 9}))
    assert (found.name, found.values) == ("too_few", {"source_count": 50, "target_count": 9})
    assert len(verdict(scores(samples={"source": 10, "target": 10}))) > 1


def test_a_classifier_that_is_often_wrong_is_not_quoted():
    assert "classifier" in [s.name for s in verdict(scores())]
    assert "classifier" not in [s.name for s in verdict(scores(period_classifier={"accuracy": 0.79}))]


@pytest.mark.parametrize(
    ("share", "name"),
    [(0.9, "keeps"), (0.89, "keeps_in_part"), (0.5, "keeps_in_part"), (0.49, "loses")],
)
def test_content_is_kept_where_results_are_recognised(share, name):
    assert f"{name}_content" in [s.name for s in verdict(scores(content={"recognised": share}))]


def test_learning_by_heart_is_reported_only_where_it_shows():
    assert "memorized" not in [s.name for s in verdict(scores())]
    heart = scores(memorization={"result": {"share_nearer_than_real": 0.15}})
    assert verdict(heart)[-1].name == "memorized"


def test_the_way_is_a_share_in_colour_and_grey():
    found = {s.name: s.values for s in verdict(scores())}
    assert found["way"] == {"share": pytest.approx(0.5), "grey": pytest.approx(0.5)}


def said(**shapes):
    found = scores()
    for name, change in shapes.items():
        found["shapes"][name] |= change
    return [statement.name for statement in verdict(found)]


def test_patches_are_reported_where_there_are_more_than_a_change_of_colours_makes():
    assert "patches" not in said()
    assert "patches" in said(result={"new_edges": 0.01})
    assert "patches" not in said(result={"new_edges": 0.02}, colour_transfer={"new_edges": 0.03})


def test_faces_are_kept_or_lost_beside_those_that_colour_transfer_keeps():
    assert "keeps_faces" in said(result={"faces": 0.8})
    assert "loses_faces" in said(result={"faces": 0.79})
    assert "keeps_faces" in said(result={"faces": 0.4}, colour_transfer={"faces": 0.5})


def test_of_few_faces_nothing_is_said():
    for name in ("keeps_faces", "loses_faces"):
        assert name not in said(result={"pictures": 9})
        assert name not in said(result={"pictures": 0, "faces": None}, colour_transfer={"pictures": 0, "faces": None})


def painted(detail, shapes=0.95, *arguments):
    return scores(*arguments, bands={"result": {"detail_kept": detail, "shapes_kept": shapes}})


@pytest.mark.parametrize(
    ("detail", "shapes", "name", "tone"),
    [
        (0.30, 0.95, "painting", 1),
        (0.40, 0.90, "painting", 1),
        (0.41, 0.90, "between", 0),
        (0.60, 0.99, "between", 0),
        (0.61, 0.99, "filter", -1),
        (0.90, 0.90, "filter", -1),
        (0.30, 0.89, "scene_lost", -1),
        (0.90, 0.89, "scene_lost", -1),
        (-0.1, 0.95, "painting", 1),
    ],
)
def test_what_the_results_are_follows_from_detail_and_shapes(detail, shapes, name, tone):
    found = painted(detail, shapes)
    assert nature(found) == name
    (sentence,) = (s for s in verdict(found) if s.name.startswith("is_"))
    assert (sentence.name, sentence.tone, sentence.shares) == (f"is_{name}", tone, False)
    assert sentence.values == {"detail": detail, "shapes": shapes, "detail_colours": 0.97, "shapes_colours": 0.99}
    assert verdict(found)[1] == sentence, "after the headline"


@pytest.mark.parametrize("photos", [SAME, FARTHER])
def test_detail_that_is_gone_is_no_paint_where_nothing_came_nearer(photos):
    """A blur loses the finest detail, too."""
    assert nature(painted(0.3, 0.95, photos)) == "detail_lost"
    assert nature(painted(0.8, 0.95, photos)) == "filter"


def test_it_is_said_where_kid_improved_and_the_detail_did_not_fall():
    assert "nearer_without_paint" in names(painted(0.61))
    assert "nearer_without_paint" not in names(painted(0.61, 0.95, SAME))
    assert "nearer_without_paint" not in names(painted(0.60))
    assert "nearer_without_paint" not in names(painted(0.61, 0.89))


def test_a_filter_is_no_good_news_however_near_it_comes():
    assert verdict(painted(0.5))[0].tone == 1
    for found in (painted(0.8), painted(0.3, 0.8)):
        assert (verdict(found)[0].name, verdict(found)[0].tone) == ("nearer", 0)
    assert verdict(painted(0.8, 0.95, FARTHER))[0].tone == -1


def test_photographs_are_not_asked_whether_they_are_painted():
    found = painted(0.8)
    assert [s for s in verdict(found, to_paintings=False) if s.name.startswith(("is_", "nearer_without"))] == []
    assert verdict(found, to_paintings=False)[0].tone == 1


def test_an_evaluation_without_bands_has_its_other_sentences():
    found = scores()
    del found["bands"]
    assert nature(found) is None
    assert names(found)[:2] == ["nearer", "way"]


def names(found):
    return [statement.name for statement in verdict(found)]
