"""`round`: a run → the same with coarser weights."""

from tf_cyclegan.backend import start_keras
from tf_cyclegan.cli.options import add_setting
from tf_cyclegan.settings.setting import Setting

MEGABYTES = Setting(
    None,
    "millions of bytes that the weights may take in export's --archive FILE.tar.xz",
    float,
    least=0.001,
    most=1e5,
)


def add_round(commands) -> None:
    parser = commands.add_parser("round", help="a run → the same with coarser weights, for a style of a few megabytes")
    parser.add_argument("run", help="folder of a run")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder of the new run")
    add_setting(parser, "megabytes", MEGABYTES, required=True, metavar="N")
    pictures = "real pictures to compare on (default: the run's held-out pictures)"
    parser.add_argument("--pictures", metavar="DIR", help=pictures)
    parser.set_defaults(command=_round)


def _round(options) -> None:
    start_keras()
    from export.rounding import round_run

    print(round_run(options.run, options.out, round(options.megabytes * 1e6), options.pictures))
