"""`stylize`: a style and pictures → paintings."""

import argparse
import glob
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tf_cyclegan.cli.evaluate import tell
from tf_cyclegan.cli.film import add_film, check_film, is_film, mix_at_start, stylize_film
from tf_cyclegan.cli.options import add_setting
from tf_cyclegan.disk.archive import format_of_content
from tf_cyclegan.errors import UserError
from tf_cyclegan.settings.setting import settings_of
from tf_cyclegan.stylize.look import Look
from tf_cyclegan.stylize.style import DEFAULT_STYLE, MODEL, find_styles

ALL = "all"
# The style that paints mixtures where none is named.
_MIXES = "periods"
# Options that make no sense together.
_APART = (
    *(("--kaggle-zip", "--keep-metadata"), ("--kaggle-zip", "--style-sweep"), ("--keep-metadata", "--style-sweep")),
    *(("--mix", "--style-sweep"), ("--out", "--style-sweep"), ("--stdin", "--style-sweep")),
)
_APART_FROM_ALL = ("--kaggle-zip", "--keep-metadata", "--mix", "--style-sweep", "--full-size")
_EXAMPLES = """examples:
  %(prog)s photo.jpg
  %(prog)s photo.jpg --style baroque --brush broad
  %(prog)s photo.jpg --style all
  %(prog)s photo.jpg --mix baroque:0.6,rococo:0.4
  %(prog)s photo.jpg --style-sweep years.gif
  %(prog)s holiday/ --style rococo --out paintings/
"""


def add_stylize(commands) -> None:
    parser = commands.add_parser(
        "stylize",
        help="photographs or a film → paintings",
        description="Paints photographs, or a film, in the style of an art period.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = "pictures, or one folder of them, or a zip of one, or a film"
    parser.add_argument("pictures", nargs="*", metavar="PICTURE", help=what)
    _add_style_options(parser.add_argument_group("which style"))
    _add_look_options(parser.add_argument_group("how it is painted"))
    _add_output_options(parser.add_argument_group("what is written"))
    add_film(parser)
    parser.set_defaults(command=_stylize)


def _add_style_options(group) -> None:
    style = (
        f"name of a style (the command styles lists them), {ALL} for a sheet of every one, folder of a bundle, a style "
        f"file (.tar, .tar.xz), or the http(s) address of one (default: {DEFAULT_STYLE})"
    )
    named = group.add_argument("--style", help=style)
    named.completer = lambda **_: [*find_styles(), ALL]  # For argcomplete.
    mix = "periods of a style that has several, with their shares: impressionism:0.7,baroque:0.3"
    group.add_argument("--mix", metavar="LIST", help=mix)
    model = (
        "which file of the style paints, e.g. model_int8_conv.tflite, if it has this faster one (default: %(default)s)"
    )
    group.add_argument("--model", default=MODEL, metavar="FILE", help=model)


def _add_look_options(group) -> None:
    brush, side = settings_of(Look)["brush"], settings_of(Look)["max_side"]
    add_setting(group, "brush", brush, default=None, help=f"{brush.help} (default: that of the style, mostly medium)")
    add_setting(group, "strength", settings_of(Look)["strength"], metavar="PERCENT")
    group.add_argument("--keep-colours", action="store_true", help="take only light and dark from the painting")
    size = group.add_mutually_exclusive_group()
    sizes = f"{side.help} ({side.range}; default: {side.default:,}; each of a sheet 640, a GIF 480)"
    add_setting(size, "max_side", side, default=None, metavar="PIXELS", help=sizes)
    size.add_argument("--full-size", action="store_true", help="paint as large as the photograph, large ones in tiles")


def _add_output_options(group) -> None:
    out = (
        "the .jpg, .png or .webp to write; of several pictures or a folder, the folder; a film, or - for MJPEG to "
        "standard output (default: next to the picture, with the style in its name, never over another file)"
    )
    group.add_argument("--out", help=out)
    sweep = (
        "instead paint one picture from period to period along the years: a .gif, a film such as .mp4 (needs PyAV), or "
        "a new folder for the single pictures"
    )
    group.add_argument("--style-sweep", metavar="OUT", help=sweep)
    kept = (
        "keep what the photograph's file says, such as date, camera, place, author, colour profile and dots per inch; "
        "without it a painting says nothing"
    )
    group.add_argument("--keep-metadata", action="store_true", help=kept)
    group.add_argument("--json", action="store_true", help="print what was written, sizes and seconds as JSON")
    kaggle = "write --out as one zip of 256×256 JPEGs, for the competition “I’m Something of a Painter Myself”"
    group.add_argument("--kaggle-zip", action="store_true", help=kaggle)
    stdin = "read a film from standard input, such as JPEGs in sequence (MJPEG)"
    group.add_argument("--stdin", action="store_true", help=stdin)


def _stylize(options) -> None:
    options.pictures = [found for path in options.pictures for found in _expanded(path)]
    _check_stylize(options)
    if options.style_sweep:
        _sweep(options)
        return
    film = is_film(options)
    check_film(options, film)
    stylizer, label, look = _painter(options)
    if film:
        stylize_film(options, stylizer, label, look)
    elif options.kaggle_zip or _is_folder(options.pictures[0]):
        _stylize_folder(options, stylizer, label, look)
    else:
        _stylize_files(options, stylizer, label, look)


def _check_stylize(options) -> None:
    pictures = options.pictures
    if options.stdin == bool(pictures):
        raise UserError("give either a picture or a folder, or --stdin")
    if options.stdin and not options.out:
        raise UserError("--stdin needs --out: a film to write, or - for standard output")
    given = {f"--{name.replace('_', '-')}" for name, value in vars(options).items() if value}
    apart = [pair for pair in _APART if given.issuperset(pair)]
    apart += [(f"--style {ALL}", name) for name in _APART_FROM_ALL if options.style == ALL and name in given]
    if apart:
        raise UserError("{} and {} cannot be used together; leave one of them out".format(*apart[0]))
    folders = [path for path in pictures if _is_folder(path)]
    if len(pictures) > 1 and (folders or options.kaggle_zip or options.style_sweep):
        one = f"{folders[0]} is one of several" if folders else f"{len(pictures)} are given"
        raise UserError(f"give pictures, or one folder alone, or one picture for --style-sweep; {one}")
    if options.style_sweep and folders:
        raise UserError(f"{folders[0]}: --style-sweep paints one picture, not a folder")


def _expanded(path: str) -> list[str]:
    """The files that a pattern such as *.jpg names: shells of Windows hand it on as it is."""
    return [path] if os.path.lexists(path) else sorted(glob.glob(path)) or [path]  # noqa: PTH207 (paths stay as given)


def _is_folder(path: str) -> bool:
    """Whether it is a folder or a zip; what is no file, or cannot be read, is reported by those who open it."""
    try:
        return Path(path).is_dir() or format_of_content(path) == ".zip"
    except OSError:
        return False


def _painter(options) -> tuple[Any, str, Look]:
    """What paints, what paintings are called after, and how they are painted."""
    from tf_cyclegan.stylize.files import KAGGLE_SIDE
    from tf_cyclegan.stylize.places import label_of
    from tf_cyclegan.stylize.sheet import SHEET_SIDE, Sheet
    from tf_cyclegan.stylize.style import open_bundle, sorted_by_years
    from tf_cyclegan.stylize.stylizer import Stylizer

    if options.style == ALL:
        bundles = [*sorted_by_years({name: open_bundle(name) for name in find_styles()}).values()]
        for bundle in bundles:
            _check_model(bundle, options.model)
        look = _look(options, "fine", SHEET_SIDE)
        sheet = Sheet(bundles, look, options.brush, options.model)
        return sheet, ALL, replace(look, strength=100.0, keep_colours=False)  # The sheet itself has seen to these.
    bundle = _open_bundle(options)
    stylizer = Stylizer(bundle, model=options.model)
    square = KAGGLE_SIDE if options.kaggle_zip else None
    return stylizer, label_of(bundle), replace(_look(options, options.brush or stylizer.brush), square=square)


def _look(options, brush: str, side: int | None = None) -> Look:
    max_side = None if options.full_size or options.kaggle_zip else options.max_side or side or Look().max_side
    return Look(max_side, brush, options.strength, options.keep_colours)


def _open_bundle(options):
    from tf_cyclegan.stylize.fetch import open_style
    from tf_cyclegan.stylize.mix import mixed

    mix = mix_at_start(options)
    several = mix or options.style_sweep
    bundle = open_style(options.style or (_MIXES if several else DEFAULT_STYLE), tell=tell)
    _check_model(bundle, options.model)
    return bundle if options.style_sweep else mixed(bundle, mix)


def _check_model(bundle, model: str) -> None:
    models = [name for name in bundle.about["files"] if name.endswith(".tflite")]
    if model not in models:
        raise UserError(f"{bundle.folder}: has no {model}; one of {', '.join(models)}")


def _stylize_files(options, stylizer, label: str, look: Look) -> None:
    from tqdm import tqdm

    from tf_cyclegan.stylize.files import stylize_file, stylize_files

    kept = {"keep_metadata": options.keep_metadata}
    sources = [Path(path) for path in options.pictures]
    outs = _outs(options.out, sources, label)
    if len(sources) == 1:
        result = stylize_file(stylizer, sources[0], outs[0], look, **kept)
        print(_as_json(label, [result]) if options.json else result.result)
        return
    results = _report(stylize_files(stylizer, sources, outs, look, tqdm, **kept))
    good = [result for result in results if result.result]
    print(_as_json(label, results) if options.json else "\n".join(str(result.result) for result in good))
    if len(good) < len(results):
        raise UserError(f"{len(results) - len(good)} of {len(results)} pictures could not be read")


def _outs(out: str | None, sources: Sequence[Path], label: str) -> list[Path]:
    """The file of each painting."""
    from tf_cyclegan.disk.names import unique_names
    from tf_cyclegan.stylize.files import ENDINGS
    from tf_cyclegan.stylize.places import places_beside

    if out is None:
        return places_beside(sources, label)
    if len(sources) == 1:
        return [Path(out)]
    if Path(out).is_file() or Path(out).suffix.lower() in (*ENDINGS, ".zip"):
        raise UserError(f"{out}: several pictures are written to a folder; name one")
    return [Path(out) / name for name in unique_names((source.stem for source in sources), ".jpg")]


def _stylize_folder(options, stylizer, label: str, look: Look) -> None:
    from tqdm import tqdm

    from tf_cyclegan.stylize.files import stylize_folder, stylize_zip
    from tf_cyclegan.stylize.places import places_beside

    source = options.pictures[0]
    out = options.out or places_beside([Path(source)], label, ".zip" if options.kaggle_zip else "")[0]
    if options.kaggle_zip:
        results = _report(stylize_zip(stylizer, source, out, look, tqdm))
    else:
        results = _report(stylize_folder(stylizer, source, out, look, tqdm, keep_metadata=options.keep_metadata))
    total = sum(not result.left_out for result in results)
    good = sum(result.result is not None for result in results)
    if not good:
        raise UserError(f"{source}: none of the {total} pictures could be read")
    print(_as_json(label, results) if options.json else f"{out}: {good} of {total} pictures")
    if options.kaggle_zip and not 7000 <= good <= 10000:
        print(f"note: the competition takes 7,000 to 10,000 pictures, these are {good:,}", file=sys.stderr)


def _sweep(options) -> None:
    from tqdm import tqdm

    from tf_cyclegan.film.sweep import GIF_SIDE, sweep_file
    from tf_cyclegan.stylize.files import Stylized

    bundle, start = _open_bundle(options), time.perf_counter()
    (source,), out = options.pictures, options.style_sweep
    side = GIF_SIDE if Path(out).suffix.lower() == ".gif" else None
    look = _look(options, bundle.brush, side)
    count, size = sweep_file(bundle, source, out, look, brush=options.brush, model=options.model, bar=tqdm)
    result = Stylized(Path(source), Path(out), size=size, seconds=time.perf_counter() - start)
    print(_as_json(bundle.name(), [result], frames=count) if options.json else out)


def _as_json(style: str, results, **more: int) -> str:
    """What was written, and what was not, as one document."""
    written = [
        {
            "source": str(result.source),
            "result": str(result.result),
            "width": result.size[0],
            "height": result.size[1],
            "seconds": round(result.seconds, 3),
            **more,
        }
        for result in results
        if result.result
    ]
    reasons = [(result.source, result.error or result.left_out) for result in results if not result.result]
    skipped = [{"source": str(source), "reason": reason} for source, reason in reasons]
    return json.dumps({"style": style, "written": written, "skipped": skipped}, indent=2)


def _report(results) -> list:
    """Prints what was skipped or left out, and the speed. Returns the results."""
    from tqdm import tqdm

    from tf_cyclegan.pictures.listing import describe

    found, good, start = [], 0, time.perf_counter()
    try:
        for result in results:
            found.append(result)
            good += result.result is not None
            if result.error:
                tqdm.write(f"skipped: {result.error}", file=sys.stderr)  # Above the bar, not within it.
    finally:
        if good:
            rate = good / (time.perf_counter() - start)
            print(f"{good} pictures, {rate:.2f} frames per second", file=sys.stderr)
    for line in describe({str(result.source): result.left_out for result in found if result.left_out}):
        print(f"left out: {line}", file=sys.stderr)
    return found
