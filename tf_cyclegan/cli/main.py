"""The command line: one file for each sub-command, whose stage is imported only when it runs."""

import argparse
import contextlib
import os
import sys
import warnings
from pathlib import Path

from tf_cyclegan import __version__
from tf_cyclegan.cli.evaluate import add_evaluate
from tf_cyclegan.cli.export import add_export
from tf_cyclegan.cli.guard import guarded
from tf_cyclegan.cli.import_torch import add_import_torch
from tf_cyclegan.cli.options import Parser
from tf_cyclegan.cli.prepare import add_prepare
from tf_cyclegan.cli.styles import add_styles
from tf_cyclegan.cli.stylize import add_stylize
from tf_cyclegan.cli.summary import add_summary
from tf_cyclegan.cli.terminal import open_streams
from tf_cyclegan.cli.train import add_train
from tf_cyclegan.disk.cache import ensure_home

# To paint, and then to train a style of one's own, in the order of work.
_COMMANDS = (
    *(add_stylize, add_styles),
    *(add_prepare, add_train, add_summary, add_evaluate, add_export, add_import_torch),
)


def main(arguments: list[str] | None = None) -> int:
    """Runs one sub-command. Returns 0, or 2 after one line on standard error that says what is wrong."""
    open_streams()
    ensure_home()
    warnings.showwarning = lambda message, *_: print(f"warning: {message}", file=sys.stderr)
    return guarded(lambda: _run(arguments))


def _run(arguments: list[str] | None) -> None:
    parser = build_parser()
    if "_ARGCOMPLETE" in os.environ:  # The shell asks what may follow; the package may be installed elsewhere.
        with contextlib.suppress(ImportError):
            import argcomplete

            argcomplete.autocomplete(parser)
    try:
        options = parser.parse_args(arguments)
    except SystemExit:  # Help or the version is asked for, and was printed.
        return
    options.command(options)


def build_parser() -> argparse.ArgumentParser:
    called = Path(sys.argv[0]).stem
    parser = Parser(
        prog=called if called == "tf-cyclegan" else "python -m tf_cyclegan",
        description="Turns photographs into paintings of an art period, and learns new periods.",
        epilog="A first painting: %(prog)s stylize photo.jpg. Each command has its own help: %(prog)s train --help.",
    )
    parser.add_argument("--version", action="version", version=f"tf-cyclegan {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    for add in _COMMANDS:
        add(commands)
    return parser
