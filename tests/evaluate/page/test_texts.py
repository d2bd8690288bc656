import re
import string

import pytest

from tf_cyclegan.evaluate.page import texts
from tf_cyclegan.evaluate.page.texts import definitions, number, percent, say
from tf_cyclegan.evaluate.verdict import FILTER_DETAIL, PAINTING_DETAIL, SCENE_SHAPES
from tf_cyclegan.settings.choices import LANGUAGES


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_there_in_both_languages_with_the_same_values():
    english, german = (texts._WORDS[language] for language in LANGUAGES)
    assert english.keys() == german.keys()
    for name, text in english.items():
        # Only German has a dative.
        theirs = {field.removesuffix("_dative") for field in fields(german[name])}
        assert {field.removesuffix("_dative") for field in fields(text)} == theirs, name
        assert german[name] != text or len(text) < 15, name


def test_numbers_are_written_as_the_language_does():
    assert number("en", 1234.5, 1) == "1,234.5"
    assert number("de", 1234.5, 1) == "1.234,5"
    assert number("de", -0.25, 2) == "−0,25"
    assert number("en", None, 2) == percent("en", None) == "–"


@pytest.mark.parametrize(("share", "text"), [(0.125, "12 %"), (1.0, "100 %"), (-0.004, "0 %"), (-0.02, "−2 %")])
def test_shares_do_not_break_before_the_sign(share, text):
    assert percent("en", share) == text.replace(" ", "\N{NO-BREAK SPACE}")


def test_definitions_are_of_every_part_of_the_metrics():
    assert (
        definitions("en").keys() == definitions("de").keys() >= {"kid", "fid", "precision", "sets", "realism", "tests"}
    )
    assert "Reinhard 2001" in say("de", "define_sets")


def test_the_limits_are_those_of_the_verdict():
    for language in LANGUAGES:
        for limit in (PAINTING_DETAIL, FILTER_DETAIL, SCENE_SHAPES):
            assert number(language, limit, 2) in say(language, "rules")


def test_german_is_german():
    german = re.sub(r"{\w+}", "", " ".join(texts._WORDS["de"].values()))
    assert not re.search(r"\b(the|and|pictures?|with|of)\b", german)
