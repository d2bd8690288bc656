"""`evaluate`: a run → metrics.json and report.html; `evaluate compare`: runs → a page."""

import sys
from pathlib import Path

from tf_cyclegan.backend import start_keras
from tf_cyclegan.errors import UserError
from tf_cyclegan.run.folder import CONFIG, REPORT
from tf_cyclegan.settings.choices import FEATURES, LANGUAGES
from tf_cyclegan.shell import show_command


def add_evaluate(commands) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="a run → report.html and metrics.json: distances to the period, with anchors",
        usage="%(prog)s RUN [options]\n       %(prog)s compare RUN1 RUN2 … [--out FILE] [--language {en,de}]",
    )
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="RUN",
        help="folder of the run; or the word compare and the folders of evaluated runs (compare alone is a run of that "
        "name)",
    )
    moved = "where the run's data is now, if it was moved; it is checked against the pictures that were trained on"
    parser.add_argument("--data", metavar="DIR", help=moved)
    parser.add_argument(
        "--features",
        default="mobilenet_v2",
        choices=FEATURES,
        help="feature extractor; inception_v3_fid is the one of published FIDs (default: %(default)s)",
    )
    parser.add_argument("--weights", metavar="FILE", help="its weights, where they cannot be downloaded")
    parser.add_argument(
        "--language", default="en", choices=LANGUAGES, help="language of the page (default: %(default)s)"
    )
    every = "also score the kept checkpoints and generator_best.keras, and name the best"
    parser.add_argument("--every-checkpoint", action="store_true", help=every)
    painted = "pictures that another program painted of testA, under the same names: scored next to the results"
    parser.add_argument("--anchor", metavar="DIR", help=painted)
    parser.add_argument(
        "--out", metavar="FILE", default="comparison.html", help="file of the comparison page (default: %(default)s)"
    )
    parser.set_defaults(command=_evaluate)


def _evaluate(options) -> None:
    several = _runs_to_compare(options.runs)
    start_keras()
    if several is not None:
        _compare(options, several)
        return
    (first,) = options.runs
    from tf_cyclegan.evaluate.evaluation import evaluate
    from tf_cyclegan.evaluate.table import table
    from tf_cyclegan.train.opened import checkpoint_generators

    settings = {name: getattr(options, name) for name in ("data", "features", "weights", "language", "anchor")}
    candidates = checkpoint_generators(first) if options.every_checkpoint else None
    metrics = evaluate(first, **settings, candidates=candidates, tell=tell)
    print(table(metrics))
    print(f"\n{Path(first) / REPORT}: the same with pictures, curves and explanations")


def _runs_to_compare(runs: list[str]) -> list[str] | None:
    """The runs after the word "compare"; None where one run is meant, which may itself be called "compare"."""
    first, *others = runs
    is_run = (Path(first) / CONFIG).is_file()
    if first != "compare" and others:
        raise UserError("one run at a time; several are compared with: evaluate compare RUN1 RUN2")
    if first == "compare" and is_run and len(others) == 1:
        both = show_command("evaluate", "compare", "compare", Path(others[0]))
        raise UserError(f"compare is a run here as well; to compare the two: {both}")
    return None if first != "compare" or (is_run and not others) else others


def tell(line: str) -> None:
    print(f"{line} …", file=sys.stderr)


def _compare(options, runs: list[str]) -> None:
    from tf_cyclegan.evaluate.evaluation import compare
    from tf_cyclegan.evaluate.page.comparison import table

    print(table(compare(runs, options.out, data=options.data, language=options.language)))
    print(f"\n{options.out}: the same with pictures")
