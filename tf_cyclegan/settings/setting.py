"""A setting: its default, its help and its permitted values, in one declaration."""

import dataclasses
import math
import os
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from tf_cyclegan.errors import UserError

# The length to which a refused value is shortened in messages.
_SHOWN = 40


@dataclass(frozen=True)
class Setting:
    """One setting of a command.

    Attributes:
        default: its value where none is given.
        help: for the command line.
        kind: bool, int, float or str.
        least, most: inclusive bounds of a number.
        above, below: exclusive bounds of a number.
        choices: the names that a text may be.
        several: the text is any number of these names, separated by commas.
        optional: it may be None.
        unset: the value that is used if it is None, in words.
        role: what a `TrainConfig` does with it: "option"; "found" when a run starts, and no option; "place" of data and
            run; folder of another "run"; a file or folder of this "machine".
        free: it may change when a run is continued.
    """

    default: Any
    help: str
    kind: type
    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] | None = None
    several: bool = False
    optional: bool = False
    unset: str = ""
    role: str = "option"
    free: bool = False

    def check(self, name: str, value: Any) -> Any:
        """The value, as `kind`.

        Raises:
            UserError: it is not allowed; the message names the setting, the value and what is allowed.
        """
        if value is None and self.optional:
            return None
        if self.choices and isinstance(value, str):
            self._check_choice(name, value)
        if not self._is_of_kind(value) or (self.kind in (int, float) and not self._is_within(value)):
            raise UserError(f"{name} must be {self.allowed}, not {_shown(value)}")
        return os.fspath(value) if self.kind is str else self.kind(value)

    def parse(self, name: str, text: str) -> Any:
        """The value that a text of the command line gives; raises as `check`."""
        try:
            return self.check(name, self.kind(text))
        except ValueError as error:
            raise UserError(f"{name} must be {self.allowed}, not {_shown(text)}") from error

    @property
    def range(self) -> str:
        """The bounds in words, such as "from 1 to 8" or "above 0 and at most 1"; empty where there are none."""
        if self.least is not None and self.most is not None:
            return f"from {_number(self.least)} to {_number(self.most)}"
        ends = (("above", self.above), ("at least", self.least), ("below", self.below), ("at most", self.most))
        return " and ".join(f"{word} {_number(end)}" for word, end in ends if end is not None)

    @property
    def description(self) -> str:
        """The help with the permitted values and the default, for the command line."""
        default = self.unset
        if self.default not in (None, ""):
            default = {bool: ("off", "on")[bool(self.default)], str: self.default}.get(self.kind, "")
            default = default or _number(self.default)
        facts = "; ".join(filter(None, (self.range, default and f"default: {default}")))
        return f"{self.help} ({facts})" if facts else self.help

    @property
    def allowed(self) -> str:
        """The permitted values, in words."""
        if self.choices:
            return ("any of " if self.several else "one of ") + ", ".join(filter(None, self.choices))
        kinds = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
        return f"{kinds[self.kind]} {self.range}".rstrip()

    def _is_of_kind(self, value: Any) -> bool:
        if self.kind is str:
            return isinstance(value, str | os.PathLike)
        if self.kind is bool or isinstance(value, bool):
            return self.kind is bool and isinstance(value, bool)
        return isinstance(value, Integral if self.kind is int else Real)

    def _is_within(self, value: Any) -> bool:
        """NaN is within no bounds, infinity is no number."""
        return (
            (isinstance(value, Integral) or math.isfinite(value))
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def _check_choice(self, name: str, value: str) -> None:
        names = split_names(value) if self.several else (value,)
        for chosen in names:
            if chosen not in (self.choices or ()):
                raise UserError(f"{name}: {_shown(chosen)} is unknown; {self.allowed}")


def setting(default: Any, help: str, *, kind: type | None = None, **facts: Any) -> Any:
    """A field of a dataclass with its `Setting`; the kind is that of the default, unless it is given."""
    found = Setting(default, help, kind or type(default), **facts)
    return dataclasses.field(default=default, metadata={"setting": found})


def settings_of(owner: Any) -> dict[str, Setting]:
    """The settings of a dataclass or of an instance, by name."""
    return {f.name: f.metadata["setting"] for f in dataclasses.fields(owner) if "setting" in f.metadata}


def check_settings(owner: Any) -> None:
    """Checks every setting of an instance, and gives it the declared kind; for `__post_init__`.

    Raises:
        UserError: as `Setting.check`.
    """
    for name, declared in settings_of(owner).items():
        # Frozen dataclasses are set in this way by their own `__init__`, too.
        object.__setattr__(owner, name, declared.check(name, getattr(owner, name)))


def split_names(text: str) -> tuple[str, ...]:
    """`"translation, cutout"` → `("translation", "cutout")`; empty for none."""
    return tuple(filter(None, (name.strip() for name in text.split(","))))


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than some thousand digits.
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
