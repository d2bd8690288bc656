import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.errors import UserError
from tf_cyclegan.settings.setting import Setting, check_settings, setting, settings_of, split_names

# Small ones, huge ones, NaN and infinities, integers that no float can hold.
ANY_NUMBER = st.one_of(
    st.integers(-10, 300), st.integers(), st.sampled_from([10**400, -(10**400)]), st.floats(), st.floats(-1, 2)
)


def is_within(declared: Setting, value: float) -> bool:
    """What a setting must say of a number, in other words than its own."""
    if isinstance(value, float) and (declared.kind is int or not math.isfinite(value)):
        return False
    outside = (
        (declared.least is not None and value < declared.least),
        (declared.most is not None and value > declared.most),
        (declared.above is not None and value <= declared.above),
        (declared.below is not None and value >= declared.below),
    )
    return not any(outside)


declarations = st.builds(
    lambda kind, low, high, strict: Setting(
        low, "help", kind, **({"above": low, "below": high} if strict else {"least": low, "most": high})
    ),
    st.sampled_from([int, float]),
    st.integers(-50, 0),
    st.integers(1, 50),
    st.booleans(),
)


@settings(deadline=None)
@given(declared=declarations, value=ANY_NUMBER)
def test_numbers_within_the_bounds_are_taken_and_no_others(declared, value):
    if is_within(declared, value):
        found = declared.check("name", value)
        assert found == value
        assert type(found) is declared.kind
        assert declared.parse("name", repr(value)) == value
    else:
        with pytest.raises(UserError, match=r"^name must be a (whole )?number") as refused:
            declared.check("name", value)
        assert declared.range in str(refused.value)
        assert len(str(refused.value)) < 200


@settings(deadline=None)
@given(text=st.text())
def test_any_text_of_the_command_line_is_a_number_or_one_line(text):
    for kind in (int, float):
        declared = Setting(1, "help", kind, least=1, most=9)
        try:
            assert 1 <= declared.parse("--name", text) <= 9
        except UserError as error:
            assert str(error).startswith("--name must be a ")
            assert "\n" not in str(error)


@pytest.mark.parametrize("value", [True, None, "3", [3], 3 + 0j, np.nan])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(UserError, match="size must be a number from 1 to 9, not"):
        Setting(3.0, "help", float, least=1, most=9).check("size", value)


def test_numbers_of_numpy_become_those_of_python():
    assert type(Setting(3, "help", int, least=1, most=9).check("size", np.int64(4))) is int
    assert type(Setting(3.0, "help", float, least=1, most=9).check("size", np.float32(4))) is float


def test_texts_may_be_paths_and_choices_are_listed():
    assert Setting("", "help", str).check("folder", Path("a")) == "a"
    choice = Setting("red", "help", str, choices=("red", "blue"))
    assert choice.check("colour", "blue") == "blue"
    with pytest.raises(UserError, match="colour: 'green' is unknown; one of red, blue"):
        choice.check("colour", "green")
    several = Setting("", "help", str, choices=("red", "blue"), several=True)
    assert several.check("colours", " blue, red") == " blue, red"
    assert several.check("colours", "") == ""
    with pytest.raises(UserError, match="colours: 'green' is unknown; any of red, blue"):
        several.check("colours", "blue,green")


def test_names_are_separated_by_commas():
    assert split_names("") == ()
    assert split_names(" a, b,,c ") == ("a", "b", "c")


@pytest.mark.parametrize(
    ("declared", "description"),
    [
        (Setting(3, "how many", int, least=1, most=4000), "how many (from 1 to 4,000; default: 3)"),
        (Setting(0.5, "share", float, above=0.0, below=1.0), "share (above 0 and below 1; default: 0.5)"),
        (Setting(2e-4, "rate", float, least=1e-9, most=1.0), "rate (from 1e-09 to 1; default: 0.0002)"),
        (Setting(None, "how many", int, least=1, optional=True, unset="all"), "how many (at least 1; default: all)"),
        (Setting(True, "turned", bool), "turned (default: on)"),
        (Setting(False, "turned", bool), "turned (default: off)"),
        (Setting("", "folder", str), "folder"),
        (Setting(0, "how many", int, least=0, most=2), "how many (from 0 to 2; default: 0)"),
    ],
)
def test_the_description_says_what_is_allowed_and_the_default(declared, description):
    assert declared.description == description


@dataclass(frozen=True)
class Shape:
    side: int | None = setting(4, "side", least=1, most=9, optional=True)
    name: str = "plain"

    def __post_init__(self):
        check_settings(self)


def test_a_dataclass_checks_its_settings_and_only_these():
    assert list(settings_of(Shape)) == ["side"]
    assert (Shape().side, Shape(None).side, Shape(np.int32(2), 7).name) == (4, None, 7)
    with pytest.raises(UserError, match="side must be a whole number from 1 to 9, not 0"):
        Shape(0)
