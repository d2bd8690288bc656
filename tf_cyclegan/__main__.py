"""The command line: one sub-command a stage, no logic. Stages are imported only when they run."""

import argparse
import dataclasses
import os
import sys
import warnings
from pathlib import Path

from tf_cyclegan.config import FOUND, GENERATOR_NAMES, PRESETS, TrainConfig, load_config
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
        raise UserError(f"this command needs more packages ({error.name} is missing): pip install .[train]") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tf_cyclegan", description="Turns photographs into paintings of a period.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_prepare, _add_train, _add_summary, _add_evaluate, _add_export, _add_stylize, _add_import_torch):
        add(commands)
    return parser


def _add_prepare(commands) -> None:
    parser = commands.add_parser("prepare", help="paintings and photographs → a data set of two domains")
    parser.add_argument("--historic-art", metavar="DIR_OR_ZIP", help="the Kaggle collection ansonnnnn/historic-art")
    parser.add_argument("--period", help="of the collection, e.g. Impressionism")
    parser.add_argument("--paintings", metavar="DIR", help="a folder of paintings, in place of a collection")
    parser.add_argument("--photos", metavar="DIR", required=True, help="a folder of photographs")
    parser.add_argument("--out", metavar="DIR", required=True, help="the data set to make")
    parser.add_argument("--size", type=int, default=288, help="short side of the pictures (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the split (default: %(default)s)")
    parser.add_argument("--test-share", type=float, default=0.15, help="held out (default: %(default)s)")
    parser.set_defaults(command=_prepare)


def _prepare(options) -> None:
    from tf_cyclegan.prepare.dataset import prepare
    from tf_cyclegan.prepare.folder import read_folder
    from tf_cyclegan.prepare.historic_art import read_collection

    if bool(options.historic_art) == bool(options.paintings):
        raise UserError("give either --historic-art with --period, or --paintings")
    if options.historic_art:
        if not options.period:
            raise UserError("--historic-art needs --period, e.g. --period Impressionism")
        collection = read_collection(options.historic_art)
        if collection.missing:
            names = ", ".join(collection.missing[:5])
            print(f"{len(collection.missing)} works have no picture and are left out: {names} …", file=sys.stderr)
        paintings = collection.of_period(options.period)
    else:
        paintings = read_folder(options.paintings)
    photographs = read_folder(options.photos)
    period = paintings[0].period or options.period or ""
    about = {"period": period, "sources": {"A": photographs[0].source, "B": paintings[0].source}}
    keys = ("size", "seed", "test_share")
    result = prepare(photographs, paintings, options.out, about=about, **{k: getattr(options, k) for k in keys})
    for line in result.dropped:
        print(f"left out: {line}", file=sys.stderr)
    counts = ", ".join(f"{name} {count}" for name, count in result.counts.items())
    print(f"{options.out}: {counts}; {len(result.dropped)} left out")


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
    parser = commands.add_parser("evaluate", help="a run → metrics.json: distances to the period, with anchors")
    parser.add_argument("run", help="folder of the run")
    parser.add_argument(
        "--features",
        default="mobilenet_v2",
        help="feature extractor: inception_v3_fid (published FIDs), inception_v3_keras or mobilenet_v2 (default)",
    )
    parser.add_argument("--weights", metavar="FILE", help="its weights, where they cannot be downloaded")
    parser.set_defaults(command=_evaluate)


def _evaluate(options) -> None:
    _start_keras()
    from tf_cyclegan.evaluate import evaluate, table

    def tell(line: str) -> None:
        print(f"{line} …", file=sys.stderr)

    metrics = evaluate(options.run, features=options.features, weights=options.weights, tell=tell)
    print(table(metrics))


def _add_export(commands) -> None:
    parser = commands.add_parser("export", help="a run → a bundle for page, command line, phone and browser")
    parser.add_argument("source", help="folder of a run, or a .keras file")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder of the bundle")
    parser.add_argument("--direction", default="photo-to-painting", choices=("photo-to-painting", "painting-to-photo"))
    parser.add_argument("--precision", default="float16", choices=("float32", "float16"), help="of the TFLite weights")
    parser.add_argument("--saved-model", metavar="DIR", help="write a SavedModel too")
    parser.add_argument("--pictures", metavar="DIR", help="real pictures to compare on (default: the run's held-out)")
    parser.add_argument("--period", help="name of the style (default: what the data was prepared from)")
    parser.add_argument("--preview", action="store_true", help="mark the style as a preview")
    parser.add_argument("--note", default="", help="a remark on the style's quality, shown to its users")
    parser.set_defaults(command=_export)


def _export(options) -> None:
    _start_keras()
    from export.bundle import export_bundle

    names = ("direction", "precision", "saved_model", "pictures", "period", "preview", "note")
    verdicts = export_bundle(options.source, options.out, **{name: getattr(options, name) for name in names})
    for v in verdicts:
        print(f"{v.artefact}: {v.within_one_level:.4%} within one level on {v.pictures} pictures, PSNR {v.psnr:.1f} dB")


def _add_stylize(commands) -> None:
    parser = commands.add_parser("stylize", help="a bundle and a picture, or a folder of pictures → paintings")
    parser.add_argument("picture", help="a picture, or a folder of pictures")
    parser.add_argument("--style", required=True, help="name of a style, or folder of a bundle")
    parser.add_argument("--out", required=True, help=".jpg or .png to write; for a folder, a folder")
    parser.add_argument("--max-side", type=int, default=1024, help="of the result in pixels (default: %(default)s)")
    parser.set_defaults(command=_stylize)


def _stylize(options) -> None:
    from tqdm import tqdm

    from tf_cyclegan.bundle import open_bundle
    from tf_cyclegan.stylize import stylize_file, stylize_folder
    from tf_cyclegan.stylizer import Stylizer

    if options.max_side < 16:
        raise UserError("--max-side must be at least 16")
    stylizer = Stylizer(open_bundle(options.style))
    if not Path(options.picture).is_dir():
        stylize_file(stylizer, options.picture, options.out, options.max_side)
        print(options.out)
        return
    results = list(stylize_folder(stylizer, options.picture, options.out, options.max_side, bar=tqdm))
    for result in results:
        if result.error:
            print(f"skipped: {result.error}", file=sys.stderr)
    good = sum(r.result is not None for r in results)
    if not good:
        raise UserError(f"{options.picture}: none of the {len(results)} pictures could be read")
    print(f"{options.out}: {good} of {len(results)} pictures")


def _add_import_torch(commands) -> None:
    parser = commands.add_parser("import-torch", help="a .pth of the original PyTorch program → .keras")
    parser.add_argument("weights", help=".pth file; read without PyTorch, and no code in it is run")
    parser.add_argument("--generator", choices=GENERATOR_NAMES[:-1], help="refuse the file if it is another network")
    parser.add_argument("--out", required=True, help=".keras file to write")
    parser.set_defaults(command=_import_torch)


def _import_torch(options) -> None:
    _start_keras()
    from tf_cyclegan.torch_import import import_torch

    found = import_torch(options.weights, options.out, options.generator)
    print(f"{options.out}: {found.kind}, {found.filters} filters, norm {found.norm}")


if __name__ == "__main__":
    sys.exit(main())
