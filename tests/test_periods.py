import pytest

from tf_cyclegan.periods import PERIODS, describe_period


@pytest.mark.parametrize("name", ["Baroque", "baroque", "BAROQUE"])
def test_a_period_is_known_however_it_is_written(name):
    assert describe_period(name) == PERIODS["baroque"]


def test_several_periods_together_are_one_style():
    both = describe_period("Romanticism + Realism")
    assert both["name"] == {"en": "Romanticism and Realism", "de": "Romantik und Realismus"}
    assert both["years"] == "1790–1890"
    for language, text in both["about"].items():
        assert text == " ".join(PERIODS[name]["about"][language] for name in ("romanticism", "realism"))


@pytest.mark.parametrize("name", ["Mannerism", "Baroque + Mannerism"])
def test_of_an_unknown_period_the_name_is_reported(name):
    assert describe_period(name) == {"name": {"en": name, "de": name}, "years": "", "about": {"en": "", "de": ""}}


@pytest.mark.parametrize("period", PERIODS.values())
def test_every_period_is_reported_in_both_languages(period):
    assert {*period["name"]} == {*period["about"]} == {"en", "de"}
    first, last = map(int, period["years"].split("–"))
    assert 1300 < first < last < 2000
