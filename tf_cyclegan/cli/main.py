"""The command line: one file for each sub-command, whose stage is imported only when it runs."""

import argparse
import sys
import warnings

from tf_cyclegan.cli.evaluate import add_evaluate
from tf_cyclegan.cli.export import add_export
from tf_cyclegan.cli.guard import guarded
from tf_cyclegan.cli.import_torch import add_import_torch
from tf_cyclegan.cli.options import Parser
from tf_cyclegan.cli.prepare import add_prepare
from tf_cyclegan.cli.stylize import add_stylize
from tf_cyclegan.cli.summary import add_summary
from tf_cyclegan.cli.terminal import open_streams
from tf_cyclegan.cli.train import add_train
from tf_cyclegan.disk.cache import ensure_home


def main(arguments: list[str] | None = None) -> int:
    """Runs one sub-command. Returns 0, or 2 after one line on standard error that says what is wrong."""
    open_streams()
    ensure_home()
    warnings.showwarning = lambda message, *_: print(f"warning: {message}", file=sys.stderr)
    return guarded(lambda: _run(arguments))


def _run(arguments: list[str] | None) -> None:
    try:
        options = build_parser().parse_args(arguments)
    except SystemExit:  # Help is asked for, and was printed.
        return
    options.command(options)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="tf_cyclegan", description="Turns photographs into paintings of a period.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (add_prepare, add_train, add_summary, add_evaluate, add_export, add_stylize, add_import_torch):
        add(commands)
    return parser
