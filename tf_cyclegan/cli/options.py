"""Options of the command line, made of settings."""

import argparse
from typing import Any, NoReturn

from tf_cyclegan.errors import UserError
from tf_cyclegan.settings.setting import Setting

# What --help shows in the place of a value.
_METAVARS = {int: "N", float: "X", str: "TEXT"}


class Parser(argparse.ArgumentParser):
    """A parser whose faults are errors of the user like all others: one line."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (see {self.prog} --help)")


def add_setting(parser: Any, name: str, declared: Setting, **more: Any) -> None:
    """The option of a setting; what is not allowed is refused as it is read."""
    option, help = f"--{name.replace('_', '-')}", declared.description.replace("%", "%%")
    more = {"default": declared.default, "help": help, **more}
    if declared.kind is bool:
        parser.add_argument(option, action=argparse.BooleanOptionalAction, **more)
    elif declared.choices and not declared.several:
        parser.add_argument(option, choices=declared.choices, **more)
    else:
        more = {"metavar": _METAVARS[declared.kind], **more}
        parser.add_argument(option, type=lambda text: declared.parse(option, text), **more)
