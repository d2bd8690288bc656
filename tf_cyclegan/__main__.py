"""The command line: one sub-command a stage, no logic. Stages are imported only when they run."""

import argparse
import dataclasses
import os
import sys
import time
import warnings
from pathlib import Path

from tf_cyclegan.config import FOUND, PRESETS, PUBLISHED_GENERATORS, TrainConfig, load_config
from tf_cyclegan.errors import UserError
from tf_cyclegan.quiet import quiet_start


def main(arguments: list[str] | None = None) -> int:
    """Runs one sub-command. Returns 0, or 2 after one line on standard error that says what is wrong."""
    options = _parser().parse_args(arguments)
    warnings.showwarning = lambda message, *_: print(f"warning: {message}", file=sys.stderr)
    try:
        options.command(options)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 2
    return 0


def _start_keras() -> None:
    """Imports Keras and its backend without the backend's start-up messages."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with quiet_start():
            import keras  # noqa: F401
    except ImportError as error:
        extra = "jax" if os.environ.get("KERAS_BACKEND") == "jax" else "train"
        raise UserError(
            f"this command needs more packages ({error.name} is missing): pip install .[{extra}]"
        ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tf_cyclegan", description="Turns photographs into paintings of a period.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    painting = (_add_evaluate, _add_round, _add_export, _add_stylize)
    for add in (_add_prepare, _add_train, _add_summary, *painting, _add_import_torch):
        add(commands)
    return parser


def _add_prepare(commands) -> None:
    parser = commands.add_parser("prepare", help="paintings and photographs → a data set of two domains")
    _add_source_options(parser)
    parser.add_argument("--out", metavar="DIR", help="the data set to make")
    parser.add_argument("--size", type=int, default=288, help="short side of the pictures (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of split and --limit (default: %(default)s)")
    parser.add_argument("--test-share", type=float, default=0.15, help="held out (default: %(default)s)")
    _add_cleaning_options(parser)
    parser.set_defaults(command=_prepare)


def _add_cleaning_options(parser) -> None:
    add = parser.add_argument_group("selection").add_argument
    genres = "portrait, landscape, still life, religious/history, other; separated by commas"
    add("--genre", dest="genres", type=_names, default=(), metavar="LIST", help=f"keep only these: {genres}")
    add("--all-photographs", action="store_true", help="with --genre: choose among the paintings only")
    add(
        "--balance-genres", action="store_true", help="the same mix of portraits, landscapes and others in both domains"
    )
    add(
        "--split",
        choices=("random", "artist", "source"),
        default="random",
        help="what is held out; by artist: nobody"
        " is on both sides, unknown masters count each for himself (default: %(default)s)",
    )
    add("--min-side", type=int, metavar="PIXELS", help="shorter side, margins apart (default: two thirds of --size)")
    add(
        "--min-sharpness",
        type=float,
        default=6.0,
        metavar="X",
        help="variance of the Laplacian below which a picture is blurred; 0 keeps all (default: %(default)s)",
    )
    for what in ("frames", "drawings", "monochrome", "duplicates"):
        add(f"--keep-{what}", action="store_true", help=_KEPT[what])
    add("--force", action="store_true", help="replace a data set that was prepared with other settings")
    add("--processes", type=int, metavar="N", help="default: one a core")


_KEPT = {
    "frames": "do not cut off margins and gilt frames",
    "drawings": "keep drawings, prints and objects",
    "monochrome": "keep black-and-white and sepia pictures",
    "duplicates": "keep near duplicates, all on one side of the split",
}


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


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
    add("--paintings", metavar="DIR", help="a folder of paintings, in place of a collection")
    add("--photos", metavar="DIR", help="a folder of photographs")
    add("--tfds", metavar="cycle_gan/NAME", help="a set of TensorFlow Datasets, both domains")
    add("--swap", action="store_true", help="turn it round: the *2photo sets begin with paintings, A are photographs")
    add("--limit", type=int, metavar="N", help="works a domain at most, drawn by --seed before anything is fetched")
    add("--cache", metavar="DIR", help="where downloads are kept (default: ~/.cache/tf_cyclegan)")


def _prepare(options) -> None:
    if options.list:
        _list_periods(options)
        return
    from tqdm import tqdm

    from tf_cyclegan.prepare.dataset import check_places, prepare

    if not options.out:
        raise UserError("--out DIR is missing: the data set to make")
    check_places(options.out, _choice(options).places())  # Before anything is downloaded.
    photographs, paintings, about = _sources(options)
    keys = ("size", "seed", "test_share")
    settings = {**{k: getattr(options, k) for k in keys}, **_cleaning(options)}
    result = prepare(photographs, paintings, options.out, about=about, bar=tqdm, **settings)
    for line in result.dropped:
        print(f"left out: {line}", file=sys.stderr)
    for domain, reasons in result.left_out.items():
        for reason, count in reasons.items():
            print(f"left out of {domain}: {count} {reason}", file=sys.stderr)
    counts = ", ".join(f"{name} {count}" for name, count in result.counts.items())
    left_out = sum(sum(reasons.values()) for reasons in result.left_out.values())
    print(f"{options.out}: {counts}; {left_out} left out" + ("" if result.new else "; it was prepared already"))


def _choice(options):
    from tf_cyclegan.prepare.sources import Choice

    return Choice(**{f.name: getattr(options, f.name) for f in dataclasses.fields(Choice) if hasattr(options, f.name)})


def _sources(options):
    """The works of domains A and B, and what to remember of them."""
    from tqdm import tqdm

    from tf_cyclegan.prepare.sources import read_sources

    sources = read_sources(_choice(options), bar=tqdm)
    for line in sources.remarks:
        print(f"note: {line}", file=sys.stderr)
    return sources.photographs, sources.paintings, sources.about


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
    for field in dataclasses.fields(TrainConfig):
        if field.name in ("data", "run", *FOUND):
            continue
        name, help = f"--{field.name.replace('_', '-')}", f"{field.metadata['help']} (paper: {field.default})"
        if field.type is bool or field.type == "bool":
            parser.add_argument(name, action=argparse.BooleanOptionalAction, default=None, help=help)
        else:
            kind = type(field.default)
            parser.add_argument(name, type=kind, choices=field.metadata["choices"], default=None, help=help)
    parser.set_defaults(command=_train)


def _train(options) -> None:
    _start_keras()
    from tf_cyclegan.train import config_for, train

    names = [f.name for f in dataclasses.fields(TrainConfig) if f.name not in ("data", "run", *FOUND)]
    settings = {name: getattr(options, name) for name in names}
    sitting = train(config_for(options.data, options.run, options.preset, **settings))
    done = "finished" if sitting.finished else "the same command continues"
    print(f"{options.run}: step {sitting.stop} of {sitting.steps}; {done}")


def _add_summary(commands) -> None:
    parser = commands.add_parser("summary", help="a preset or a run → parameters, multiply-adds, activation memory")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--preset", choices=PRESETS)
    source.add_argument("--run", metavar="DIR", help="folder of a run, in place of a preset")
    parser.add_argument("--size", type=int, metavar="PX", help="side of the picture (default: what is trained on)")
    parser.set_defaults(command=_summary)


def _summary(options) -> None:
    config = load_config(Path(options.run) / "config.json") if options.run else TrainConfig(**PRESETS[options.preset])
    _start_keras()
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
        "runs", nargs="+", metavar="RUN", help="folder of the run; or compare, and the folders of evaluated runs"
    )
    parser.add_argument(
        "--features",
        default="mobilenet_v2",
        help="feature extractor: inception_v3_fid (published FIDs), inception_v3_keras or mobilenet_v2 (default)",
    )
    parser.add_argument("--weights", metavar="FILE", help="its weights, where they cannot be downloaded")
    parser.add_argument("--language", default="en", choices=("en", "de"), help="of the page (default: %(default)s)")
    every = "score the kept checkpoints and generator_best.keras too, and name the best"
    parser.add_argument("--every-checkpoint", action="store_true", help=every)
    parser.add_argument(
        "--out", metavar="FILE", default="comparison.html", help="page of a comparison (default: %(default)s)"
    )
    parser.set_defaults(command=_evaluate)


def _evaluate(options) -> None:
    first, *others = options.runs
    if first != "compare" and others:
        raise UserError("one run at a time; several are compared with: evaluate compare RUN1 RUN2")
    _start_keras()
    if first == "compare":
        _compare(options, others)
        return
    from tf_cyclegan.evaluate import evaluate, table
    from tf_cyclegan.train import checkpoint_generators

    settings = {name: getattr(options, name) for name in ("features", "weights", "language")}
    candidates = checkpoint_generators(first) if options.every_checkpoint else None
    metrics = evaluate(first, **settings, candidates=candidates, tell=_tell)
    print(table(metrics))
    print(f"\n{Path(first) / 'report.html'}: the same with pictures, curves and explanations")


def _tell(line: str) -> None:
    print(f"{line} …", file=sys.stderr)


def _compare(options, runs: list[str]) -> None:
    from tf_cyclegan.evaluate import compare
    from tf_cyclegan.evaluation.comparison_report import table

    print(table(compare(runs, options.out, language=options.language)))
    print(f"\n{options.out}: the same with pictures")


def _add_round(commands) -> None:
    parser = commands.add_parser("round", help="a run → the same with coarser weights, for a style of few megabytes")
    parser.add_argument("run", help="folder of a run")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder of the new run")
    megabytes = "that the weights may take in export's --archive FILE.tar.xz, in millions of bytes"
    parser.add_argument("--megabytes", type=float, required=True, metavar="N", help=megabytes)
    parser.add_argument("--pictures", metavar="DIR", help="real pictures to compare on (default: the run's held-out)")
    parser.set_defaults(command=_round)


def _round(options) -> None:
    if not 0 < options.megabytes < 1e6:
        raise UserError(f"--megabytes {options.megabytes:g}: a number above 0 is wanted, such as 4.5")
    _start_keras()
    from export.rounding import round_run

    print(round_run(options.run, options.out, round(options.megabytes * 1e6), options.pictures))


# As `export.integer.KINDS`, which cannot be asked without loading TensorFlow.
INTEGERS = ("int8_conv", "int8", "int16x8")


def _add_export(commands) -> None:
    parser = commands.add_parser("export", help="a run → a bundle for page, command line, phone and browser")
    parser.add_argument("source", help="folder of a run, or a .keras file")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder of the bundle")
    parser.add_argument("--direction", default="photo-to-painting", choices=("photo-to-painting", "painting-to-photo"))
    parser.add_argument("--precision", default="float16", choices=("float32", "float16"), help="of the TFLite weights")
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
    _start_keras()
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
    size.add_argument("--max-side", type=int, default=1024, help="of the result in pixels (default: %(default)s)")
    size.add_argument("--full-size", action="store_true", help="as large as the photograph; large ones in tiles")
    strokes = "paint S times smaller, so that strokes become S times larger, and carry back the photograph's detail"
    parser.add_argument("--stroke-scale", type=float, default=1.0, metavar="S", help=f"{strokes} (default: 1)")
    strength = "0 to 100: how much of the painting, the rest is the photograph (default: 100)"
    parser.add_argument("--strength", type=float, default=100.0, metavar="PERCENT", help=strength)
    parser.add_argument("--keep-colours", action="store_true", help="only light and dark of the painting")
    kaggle = "write --out as one zip of 256×256 JPEGs, for the competition “I’m Something of a Painter Myself”"
    parser.add_argument("--kaggle-zip", action="store_true", help=kaggle)
    parser.set_defaults(command=_stylize)


def _stylize(options) -> None:
    _check_stylize(options)
    from tf_cyclegan.style_file import open_style
    from tf_cyclegan.stylize import KAGGLE_SIDE, Look, stylize_file
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
    if options.max_side < 16:
        raise UserError("--max-side must be at least 16")
    if not 0 <= options.strength <= 100:
        raise UserError("--strength must be in 0 to 100")
    if not 1 <= options.stroke_scale <= 64:
        raise UserError("--stroke-scale must be in 1 to 64")


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
    """Says what was skipped and how fast it went; how many pictures were good, and of how many."""
    from tqdm import tqdm

    good, total, start = 0, 0, time.perf_counter()
    try:
        for result in results:
            total += 1
            good += result.result is not None
            if result.error:
                tqdm.write(f"skipped: {result.error}", file=sys.stderr)  # Above the bar, not within it.
    finally:
        if good:
            rate = good / (time.perf_counter() - start)
            print(f"{good} pictures, {rate:.2f} frames per second", file=sys.stderr)
    return good, total


def _add_import_torch(commands) -> None:
    parser = commands.add_parser("import-torch", help="a .pth of the original PyTorch program → .keras")
    parser.add_argument("weights", help=".pth file; read without PyTorch, and no code in it is run")
    parser.add_argument("--generator", choices=PUBLISHED_GENERATORS, help="refuse the file if it is another network")
    parser.add_argument("--out", required=True, help=".keras file to write")
    parser.set_defaults(command=_import_torch)


def _import_torch(options) -> None:
    _start_keras()
    from tf_cyclegan.torch_import import import_torch

    found = import_torch(options.weights, options.out, options.generator)
    print(f"{options.out}: {found.kind}, {found.filters} filters, norm {found.norm}")


if __name__ == "__main__":
    sys.exit(main())
