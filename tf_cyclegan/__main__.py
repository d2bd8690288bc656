"""The command line: one sub-command a stage, which is imported only when it runs."""

import argparse
import dataclasses
import sys
import time
import warnings
from pathlib import Path
from typing import Any, NoReturn

from tf_cyclegan.archive import format_of_name
from tf_cyclegan.backend import start_keras
from tf_cyclegan.cache import ensure_home
from tf_cyclegan.choices import DIRECTIONS, FEATURES, INTEGERS, LANGUAGES, PUBLISHED_GENERATORS, WEIGHTS
from tf_cyclegan.command import show_command
from tf_cyclegan.config import PRESETS, TrainConfig, load_config
from tf_cyclegan.errors import UserError
from tf_cyclegan.guard import guarded
from tf_cyclegan.limits import MAX_SIDE
from tf_cyclegan.look import Look
from tf_cyclegan.prepare.cleaning import Cleaning
from tf_cyclegan.prepare.settings import LIMIT, PROCESSES, Settings
from tf_cyclegan.setting import Setting, settings_of, split_names
from tf_cyclegan.terminal import open_streams
from tf_cyclegan.torch_layout import NORMS, PADDINGS

# Numbers that no settings of a stage have.
SIZE = Setting(None, "side of the picture in pixels", int, least=1, most=MAX_SIDE, unset="what is trained on")
MEGABYTES = Setting(
    None,
    "millions of bytes that the weights may take in export's --archive FILE.tar.xz",
    float,
    least=0.001,
    most=1e5,
)


def main(arguments: list[str] | None = None) -> int:
    """Runs one sub-command. Returns 0, or 2 after one line on standard error that says what is wrong."""
    open_streams()
    ensure_home()
    warnings.showwarning = lambda message, *_: print(f"warning: {message}", file=sys.stderr)
    return guarded(lambda: _run(arguments))


def _run(arguments: list[str] | None) -> None:
    try:
        options = _parser().parse_args(arguments)
    except SystemExit:  # Help is asked for, and was printed.
        return
    options.command(options)


class _Parser(argparse.ArgumentParser):
    """A parser whose faults are errors of the user like all others: one line."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="tf_cyclegan", description="Turns photographs into paintings of a period.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    painting = (_add_evaluate, _add_round, _add_export, _add_stylize)
    for add in (_add_prepare, _add_train, _add_summary, *painting, _add_import_torch):
        add(commands)
    return parser


def _add_setting(parser: Any, name: str, declared: Setting, **more: Any) -> None:
    """The option of a setting; what is not allowed is refused as it is read."""
    option, help = f"--{name.replace('_', '-')}", declared.description.replace("%", "%%")
    more = {"default": declared.default, "help": help, **more}
    if declared.kind is bool:
        parser.add_argument(option, action=argparse.BooleanOptionalAction, **more)
    elif declared.choices and not declared.several:
        parser.add_argument(option, choices=declared.choices, **more)
    else:
        parser.add_argument(option, type=lambda text: declared.parse(option, text), **more)


def _add_prepare(commands) -> None:
    parser = commands.add_parser("prepare", help="paintings and photographs → a data set of two domains")
    _add_source_options(parser)
    parser.add_argument("--out", metavar="DIR", help="the data set to make")
    for name in ("size", "seed", "test_share"):
        _add_setting(parser, name, settings_of(Settings)[name])
    _add_cleaning_options(parser)
    parser.set_defaults(command=_prepare)


def _add_cleaning_options(parser) -> None:
    group = parser.add_argument_group("selection")
    add = group.add_argument
    genres = "portrait, landscape, still life, religious/history, other; separated by commas"
    add(
        "--genre",
        dest="genres",
        type=lambda text: split_names(text.lower()),
        default=(),
        metavar="LIST",
        help=f"keep only these: {genres}",
    )
    add("--all-photographs", action="store_true", help="with --genre: choose among the paintings only")
    add(
        "--balance-genres", action="store_true", help="the same mix of portraits, landscapes and others in both domains"
    )
    _add_setting(group, "split", settings_of(Settings)["split"])
    _add_setting(group, "min_side", settings_of(Cleaning)["min_side"], metavar="PIXELS")
    _add_setting(group, "min_sharpness", settings_of(Cleaning)["min_sharpness"], metavar="X")
    for what in ("frames", "drawings", "monochrome", "duplicates"):
        add(f"--keep-{what}", action="store_true", help=_KEPT[what])
    add("--force", action="store_true", help="replace a data set that was prepared with other settings")
    _add_setting(group, "processes", PROCESSES, metavar="N")


_KEPT = {
    "frames": "do not cut off margins and gilt frames",
    "drawings": "keep drawings, prints and objects",
    "monochrome": "keep black-and-white and sepia pictures",
    "duplicates": "keep near duplicates, all on one side of the split",
}


def _cleaning(options) -> dict:
    """The settings of the group "selection", as `prepare` takes them."""
    from tf_cyclegan.prepare.cleaning import Cleaning

    keep = {what: not getattr(options, f"keep_{what}") for what in _KEPT}
    names = ("genres", "all_photographs", "balance_genres", "split", "force", "processes")
    cleaning = Cleaning(min_side=options.min_side, min_sharpness=options.min_sharpness, **keep)
    return {"cleaning": cleaning, **{name: getattr(options, name) for name in names}}


def _add_source_options(parser) -> None:
    sources = parser.add_argument_group("sources")
    add = sources.add_argument
    add("--historic-art", metavar="DIR_OR_ZIP", help="the Kaggle collection ansonnnnn/historic-art, downloaded already")
    add("--kaggle", metavar="OWNER/NAME", help="download it: ansonnnnn/historic-art, several gigabytes")
    add("--download-urls", action="store_true", help="fetch pictures that the collection lacks from their addresses")
    add("--list", action="store_true", help="print the collection's periods, genres and numbers of works, and stop")
    add(
        "--period",
        help="of the collection, e.g. Impressionism or Romanticism+Realism; with other sources a name for the style",
    )
    add("--photos-period", metavar="PERIOD", help="a period of the collection in place of photographs")
    add("--paintings", metavar="DIR_OR_ZIP", help="a folder of paintings, in place of a collection")
    add("--photos", metavar="DIR_OR_ZIP", help="a folder of photographs")
    add("--tfds", metavar="cycle_gan/NAME", help="a set of TensorFlow Datasets, both domains")
    add("--swap", action="store_true", help="turn it round: the *2photo sets begin with paintings, A are photographs")
    _add_setting(sources, "limit", LIMIT, metavar="N")
    add(
        "--cache",
        metavar="DIR",
        help="where downloads are kept (default: tf_cyclegan in XDG_CACHE_HOME, else in ~/.cache)",
    )


def _prepare(options) -> None:
    if options.list:
        _list_periods(options)
        return
    from tqdm import tqdm

    from tf_cyclegan.prepare.cleaning import count_reason
    from tf_cyclegan.prepare.dataset import check_places, prepare

    if not options.out:
        raise UserError("--out DIR is missing: the data set to make")
    if options.tfds and options.split == "artist":  # Before gigabytes are fetched.
        raise UserError("a set of TensorFlow Datasets names no artists; use --split random or --split source")
    check_places(options.out, _choice(options).places())  # Before anything is downloaded.
    sources = _sources(options)
    keys = ("size", "seed", "test_share")
    settings = {**{k: getattr(options, k) for k in keys}, **_cleaning(options)}
    settings |= {"about": sources.about, "passed_over": sources.passed_over}
    result = prepare(sources.photographs, sources.paintings, options.out, bar=tqdm, **settings)
    for line in result.dropped:
        print(f"left out: {line}", file=sys.stderr)
    for domain, reasons in result.left_out.items():
        for reason, count in reasons.items():
            print(f"left out of {domain}: {count_reason(count, reason)}", file=sys.stderr)
    counts = ", ".join(f"{name} {count}" for name, count in result.counts.items())
    left_out = sum(sum(reasons.values()) for reasons in result.left_out.values())
    print(f"{options.out}: {counts}; {left_out} left out" + ("" if result.new else "; it was prepared already"))


def _choice(options):
    from tf_cyclegan.prepare.sources import Choice

    return Choice(**{f.name: getattr(options, f.name) for f in dataclasses.fields(Choice) if hasattr(options, f.name)})


def _sources(options):
    """The works of domains A and B, after remarks on what was left out of them."""
    from tqdm import tqdm

    from tf_cyclegan.prepare.sources import read_sources

    sources = read_sources(_choice(options), bar=tqdm)
    for line in sources.remarks:
        print(f"note: {line}", file=sys.stderr)
    return sources


def _list_periods(options) -> None:
    from tf_cyclegan.prepare.periods import format_periods
    from tf_cyclegan.prepare.sources import open_collection

    collection = open_collection(_choice(options))
    for line in (*collection.remarks, *collection.describe_missing()):
        print(f"note: {line}", file=sys.stderr)
    print(format_periods(collection))


def _add_train(commands) -> None:
    parser = commands.add_parser("train", help="a data set → a run; the same command continues it")
    parser.add_argument("data", help="prepared folder with trainA (photographs) and trainB (paintings)")
    parser.add_argument("--run", required=True, help="folder of the run")
    parser.add_argument("--preset", choices=PRESETS, help="default: what the run has; for a new one paper")
    for name in _train_options():
        # None for what is not given: the run or the preset has it.
        _add_setting(parser, name, settings_of(TrainConfig)[name], default=None)
    parser.set_defaults(command=_train)


def _train_options() -> list[str]:
    return [name for name, declared in settings_of(TrainConfig).items() if declared.role not in ("place", "found")]


def _train(options) -> None:
    start_keras()
    from tf_cyclegan.train import config_for, train

    settings = {name: getattr(options, name) for name in _train_options()}
    sitting = train(config_for(options.data, options.run, options.preset, **settings))
    done = "finished" if sitting.finished else "the same command continues"
    print(f"{options.run}: step {sitting.stop} of {sitting.steps}; {done}")


def _add_summary(commands) -> None:
    parser = commands.add_parser("summary", help="a preset or a run → parameters, multiply-adds, activation memory")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--preset", choices=PRESETS)
    source.add_argument("--run", metavar="DIR", help="folder of a run, in place of a preset")
    _add_setting(parser, "size", SIZE, metavar="PX")
    parser.set_defaults(command=_summary)


def _summary(options) -> None:
    config = load_config(Path(options.run) / "config.json") if options.run else TrainConfig(**PRESETS[options.preset])
    start_keras()
    from tf_cyclegan.summary import summarize, table

    size = config.crop if options.size is None else options.size
    costs = summarize(config, size)
    print(f"{options.run or options.preset}: one picture of {size}×{size} pixels\n\n{table(costs)}")


def _add_evaluate(commands) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="a run → report.html and metrics.json: distances to the period, with anchors",
        usage="%(prog)s RUN [options]\n       %(prog)s compare RUN1 RUN2 … [--out FILE] [--language {en,de}]",
    )
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="RUN",
        help="folder of the run; or compare, and the folders of evaluated runs (alone, compare is a run of that name)",
    )
    moved = "where the run's data is now, if it was moved; its pictures are compared with those trained on"
    parser.add_argument("--data", metavar="DIR", help=moved)
    parser.add_argument(
        "--features",
        default="mobilenet_v2",
        choices=FEATURES,
        help="feature extractor; inception_v3_fid is that of published FIDs (default: %(default)s)",
    )
    parser.add_argument("--weights", metavar="FILE", help="its weights, where they cannot be downloaded")
    parser.add_argument("--language", default="en", choices=LANGUAGES, help="of the page (default: %(default)s)")
    every = "score the kept checkpoints and generator_best.keras too, and name the best"
    parser.add_argument("--every-checkpoint", action="store_true", help=every)
    parser.add_argument(
        "--out", metavar="FILE", default="comparison.html", help="page of a comparison (default: %(default)s)"
    )
    parser.set_defaults(command=_evaluate)


def _evaluate(options) -> None:
    several = _runs_to_compare(options.runs)
    start_keras()
    if several is not None:
        _compare(options, several)
        return
    (first,) = options.runs
    from tf_cyclegan.evaluate import evaluate, table
    from tf_cyclegan.train import checkpoint_generators

    settings = {name: getattr(options, name) for name in ("data", "features", "weights", "language")}
    candidates = checkpoint_generators(first) if options.every_checkpoint else None
    metrics = evaluate(first, **settings, candidates=candidates, tell=_tell)
    print(table(metrics))
    print(f"\n{Path(first) / 'report.html'}: the same with pictures, curves and explanations")


def _runs_to_compare(runs: list[str]) -> list[str] | None:
    """The runs behind the word "compare"; None where one run is meant, which may be called so itself."""
    first, *others = runs
    is_run = (Path(first) / "config.json").is_file()
    if first != "compare" and others:
        raise UserError("one run at a time; several are compared with: evaluate compare RUN1 RUN2")
    if first == "compare" and is_run and len(others) == 1:
        both = show_command("evaluate", "compare", "compare", Path(others[0]))
        raise UserError(f"compare is a run here as well; to compare the two: {both}")
    return None if first != "compare" or (is_run and not others) else others


def _tell(line: str) -> None:
    print(f"{line} …", file=sys.stderr)


def _compare(options, runs: list[str]) -> None:
    from tf_cyclegan.evaluate import compare
    from tf_cyclegan.evaluation.comparison_report import table

    print(table(compare(runs, options.out, data=options.data, language=options.language)))
    print(f"\n{options.out}: the same with pictures")


def _add_round(commands) -> None:
    parser = commands.add_parser("round", help="a run → the same with coarser weights, for a style of few megabytes")
    parser.add_argument("run", help="folder of a run")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder of the new run")
    _add_setting(parser, "megabytes", MEGABYTES, required=True, metavar="N")
    parser.add_argument("--pictures", metavar="DIR", help="real pictures to compare on (default: the run's held-out)")
    parser.set_defaults(command=_round)


def _round(options) -> None:
    start_keras()
    from export.rounding import round_run

    print(round_run(options.run, options.out, round(options.megabytes * 1e6), options.pictures))


def _add_export(commands) -> None:
    parser = commands.add_parser("export", help="a run → a bundle for page, command line, phone and browser")
    parser.add_argument("source", help="folder of a run, or a .keras file")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder of the bundle")
    parser.add_argument("--direction", default=DIRECTIONS[0], choices=DIRECTIONS)
    parser.add_argument("--precision", default="float16", choices=WEIGHTS, help="of the TFLite weights")
    integer = f"try integers too, all kinds or these ({', '.join(INTEGERS)}); what does not pass the gate is left out"
    parser.add_argument("--integer", nargs="*", choices=INTEGERS, metavar="KIND", help=integer)
    representative = "real pictures on which their ranges are measured (default: the run's training pictures)"
    parser.add_argument("--representative", metavar="DIR", help=representative)
    parser.add_argument("--saved-model", metavar="DIR", help="write a SavedModel too")
    archive = "write the bundle as one file too, .tar or .tar.xz: stylize --style takes it, or its address"
    parser.add_argument("--archive", metavar="FILE", help=archive)
    parser.add_argument("--pictures", metavar="DIR", help="real pictures to compare on (default: the run's held-out)")
    parser.add_argument("--period", help="name of the style (default: what the data was prepared from)")
    preview = "mark the style as a preview (one that is no better than colour transfer is marked by itself)"
    parser.add_argument("--preview", action="store_true", help=preview)
    parser.add_argument("--note", default="", help="a remark on the style's quality, shown to its users")
    parser.add_argument("--note-de", default="", help="the same in German")
    parser.set_defaults(command=_export)


def _export(options) -> None:
    if options.archive:
        format_of_name(options.archive)  # Before minutes of work.
    start_keras()
    from export.bundle import export_bundle

    names = (
        "direction",
        "precision",
        "representative",
        "saved_model",
        "archive",
        "pictures",
        "period",
        "preview",
        "note",
        "note_de",
    )
    settings = {name: getattr(options, name) for name in names}
    # Without the option None, with the option alone an empty list.
    integer = INTEGERS if options.integer == [] else options.integer or ()
    export_bundle(options.source, options.out, integer=integer, tell=lambda v: print(v, flush=True), **settings)
    if options.archive:
        from tf_cyclegan.manifest import sha256_of

        file = Path(options.archive)
        print(f"{file}: {file.stat().st_size:,} bytes, #sha256={sha256_of(file)}")


def _add_stylize(commands) -> None:
    parser = commands.add_parser("stylize", help="a bundle and a picture, a folder, or frames → paintings")
    parser.add_argument("picture", nargs="?", help="a picture, or a folder of pictures")
    parser.add_argument(
        "--stdin", action="store_true", help="frames from standard input, JPEG or PNG one after the other (MJPEG)"
    )
    style = "name of a style, folder of a bundle, or a style file (.tar, .tar.xz) or the http(s) address of one"
    parser.add_argument("--style", required=True, help=style)
    model = "of the style's files, e.g. model_int8_conv.tflite where it has one, which is faster (default: %(default)s)"
    parser.add_argument("--model", default="model.tflite", metavar="FILE", help=model)
    out = ".jpg or .png to write; for a folder, a folder; for frames .mjpeg, or - for standard output"
    parser.add_argument("--out", required=True, help=out)
    size = parser.add_mutually_exclusive_group()
    _add_setting(size, "max_side", settings_of(Look)["max_side"])
    size.add_argument("--full-size", action="store_true", help="as large as the photograph; large ones in tiles")
    _add_setting(parser, "stroke_scale", settings_of(Look)["stroke_scale"], metavar="S")
    _add_setting(parser, "strength", settings_of(Look)["strength"], metavar="PERCENT")
    parser.add_argument("--keep-colours", action="store_true", help="only light and dark of the painting")
    kaggle = "write --out as one zip of 256×256 JPEGs, for the competition “I’m Something of a Painter Myself”"
    parser.add_argument("--kaggle-zip", action="store_true", help=kaggle)
    parser.set_defaults(command=_stylize)


def _stylize(options) -> None:
    _check_stylize(options)
    from tf_cyclegan.style_file import open_style
    from tf_cyclegan.stylize import KAGGLE_SIDE, stylize_file
    from tf_cyclegan.stylizer import Stylizer

    square = KAGGLE_SIDE if options.kaggle_zip else None
    max_side = None if options.full_size or square else options.max_side
    look = Look(max_side, options.stroke_scale, options.strength, options.keep_colours, square)
    bundle = open_style(options.style, tell=_tell)
    _check_model(bundle, options.model)
    stylizer = Stylizer(bundle, model=options.model)
    if options.stdin:
        _stylize_stream(options, stylizer, look)
    elif Path(options.picture).is_dir() or options.kaggle_zip:
        _stylize_folder(options, stylizer, look)
    else:
        stylize_file(stylizer, options.picture, options.out, look)
        print(options.out)


def _check_model(bundle, model: str) -> None:
    models = [name for name in bundle.about["files"] if name.endswith(".tflite")]
    if model not in models:
        raise UserError(f"{bundle.folder}: has no {model}; one of {', '.join(models)}")


def _check_stylize(options) -> None:
    if options.stdin == bool(options.picture):
        raise UserError("give either a picture or a folder, or --stdin")
    if options.stdin and options.kaggle_zip:
        raise UserError("--kaggle-zip wants a folder of photographs, not --stdin")


def _stylize_folder(options, stylizer, look) -> None:
    from tqdm import tqdm

    from tf_cyclegan.stylize import stylize_folder, stylize_zip

    stylize = stylize_zip if options.kaggle_zip else stylize_folder
    good, total = _report(stylize(stylizer, options.picture, options.out, look, tqdm))
    if not good:
        raise UserError(f"{options.picture}: none of the {total} pictures could be read")
    print(f"{options.out}: {good} of {total} pictures")
    if options.kaggle_zip and not 7000 <= good <= 10000:
        print(f"note: the competition takes 7,000 to 10,000 pictures, these are {good:,}", file=sys.stderr)


def _stylize_stream(options, stylizer, look) -> None:
    from tf_cyclegan.stylize import stylize_stream

    good, total = _report(stylize_stream(stylizer, sys.stdin.buffer, options.out, look))
    print(f"{options.out}: {good} of {total} frames", file=sys.stderr)


def _report(results) -> tuple[int, int]:
    """Says what was skipped and left out, and how fast it went; how many pictures were good, and of how many."""
    from tqdm import tqdm

    from tf_cyclegan.picture_files import describe

    good, total, start = 0, 0, time.perf_counter()
    left_out: dict[str, str] = {}
    try:
        for result in results:
            if result.left_out:
                left_out[str(result.source)] = result.left_out
                continue
            total += 1
            good += result.result is not None
            if result.error:
                tqdm.write(f"skipped: {result.error}", file=sys.stderr)  # Above the bar, not within it.
    finally:
        if good:
            rate = good / (time.perf_counter() - start)
            print(f"{good} pictures, {rate:.2f} frames per second", file=sys.stderr)
    for line in describe(left_out):
        print(f"left out: {line}", file=sys.stderr)
    return good, total


def _add_import_torch(commands) -> None:
    parser = commands.add_parser("import-torch", help="a .pth of the original PyTorch program → .keras")
    parser.add_argument("weights", help=".pth or .safetensors file; read without PyTorch, and no code in it is run")
    parser.add_argument("--generator", choices=PUBLISHED_GENERATORS, help="refuse the file if it is another network")
    parser.add_argument("--key", help="which network, where the file holds several; the error message lists them")
    parser.add_argument(
        "--padding", choices=PADDINGS, help="of a ResNet's blocks (default: zero where the file says so, else reflect)"
    )
    parser.add_argument(
        "--norm", choices=NORMS, help="where the file does not say which (default: as the program does)"
    )
    parser.add_argument("--out", required=True, help=".keras file to write")
    parser.set_defaults(command=_import_torch)


def _import_torch(options) -> None:
    start_keras()
    from tf_cyclegan.torch_import import import_torch

    asked = {"padding": options.padding, "norm": options.norm, "key": options.key}
    found = import_torch(options.weights, options.out, options.generator, **asked)
    padding = f", blocks padded by {found.padding}" if found.is_resnet else ""
    print(f"{options.out}: {found.kind}, {found.filters} filters, norm {found.norm}{padding}")


if __name__ == "__main__":
    sys.exit(main())
