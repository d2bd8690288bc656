"""`stylize`: a style and pictures → paintings."""

import sys
import time
from pathlib import Path

from tf_cyclegan.cli.evaluate import tell
from tf_cyclegan.cli.film import add_film, is_film, mix_at_start, stylize_film
from tf_cyclegan.cli.options import add_setting
from tf_cyclegan.disk.archive import format_of_content
from tf_cyclegan.errors import UserError
from tf_cyclegan.settings.setting import settings_of
from tf_cyclegan.stylize.look import Look


def add_stylize(commands) -> None:
    parser = commands.add_parser("stylize", help="a bundle and a picture, a folder, or a film → paintings")
    parser.add_argument("picture", nargs="?", help="a picture, a folder of pictures, a zip of one, or a film")
    parser.add_argument(
        "--stdin", action="store_true", help="read a film from standard input, such as JPEGs in sequence (MJPEG)"
    )
    style = "name of a style, folder of a bundle, a style file (.tar, .tar.xz), or the http(s) address of a style file"
    parser.add_argument("--style", required=True, help=style)
    mix = "periods of a style that has several, with their shares: impressionism:0.7,baroque:0.3"
    parser.add_argument("--mix", metavar="LIST", help=mix)
    model = (
        "which file of the style paints, e.g. model_int8_conv.tflite, if it has this faster one (default: %(default)s)"
    )
    parser.add_argument("--model", default="model.tflite", metavar="FILE", help=model)
    out = "the .jpg or .png to write; a folder, if PICTURE is one; a film, or - for MJPEG to standard output"
    parser.add_argument("--out", required=True, help=out)
    size = parser.add_mutually_exclusive_group()
    add_setting(size, "max_side", settings_of(Look)["max_side"])
    size.add_argument("--full-size", action="store_true", help="paint as large as the photograph, large ones in tiles")
    brush = settings_of(Look)["brush"]
    add_setting(parser, "brush", brush, default=None, help=f"{brush.help} (default: that of the style, mostly medium)")
    add_setting(parser, "strength", settings_of(Look)["strength"], metavar="PERCENT")
    parser.add_argument("--keep-colours", action="store_true", help="take only light and dark from the painting")
    kaggle = "write --out as one zip of 256×256 JPEGs, for the competition “I’m Something of a Painter Myself”"
    parser.add_argument("--kaggle-zip", action="store_true", help=kaggle)
    add_film(parser)
    parser.set_defaults(command=_stylize)


def _stylize(options) -> None:
    _check_stylize(options)
    film = is_film(options)
    from tf_cyclegan.stylize.fetch import open_style
    from tf_cyclegan.stylize.files import KAGGLE_SIDE, stylize_file
    from tf_cyclegan.stylize.mix import mixed
    from tf_cyclegan.stylize.stylizer import Stylizer

    square = KAGGLE_SIDE if options.kaggle_zip else None
    max_side = None if options.full_size or square else options.max_side
    bundle = mixed(open_style(options.style, tell=tell), mix_at_start(options))
    _check_model(bundle, options.model)
    stylizer = Stylizer(bundle, model=options.model)
    look = Look(max_side, options.brush or stylizer.brush, options.strength, options.keep_colours, square)
    if film:
        stylize_film(options, stylizer, look)
    elif Path(options.picture).is_dir() or options.kaggle_zip or _is_zip(options.picture):
        _stylize_folder(options, stylizer, look)
    else:
        stylize_file(stylizer, options.picture, options.out, look)
        print(options.out)


def _is_zip(path: str) -> bool:
    """Whether a file begins like a zip; what is no file, or cannot be read, is reported by those who open it."""
    try:
        return format_of_content(path) == ".zip"
    except OSError:
        return False


def _check_model(bundle, model: str) -> None:
    models = [name for name in bundle.about["files"] if name.endswith(".tflite")]
    if model not in models:
        raise UserError(f"{bundle.folder}: has no {model}; one of {', '.join(models)}")


def _check_stylize(options) -> None:
    if options.stdin == bool(options.picture):
        raise UserError("give either a picture or a folder, or --stdin")


def _stylize_folder(options, stylizer, look) -> None:
    from tqdm import tqdm

    from tf_cyclegan.stylize.files import stylize_folder, stylize_zip

    stylize = stylize_zip if options.kaggle_zip else stylize_folder
    good, total = _report(stylize(stylizer, options.picture, options.out, look, tqdm))
    if not good:
        raise UserError(f"{options.picture}: none of the {total} pictures could be read")
    print(f"{options.out}: {good} of {total} pictures")
    if options.kaggle_zip and not 7000 <= good <= 10000:
        print(f"note: the competition takes 7,000 to 10,000 pictures, these are {good:,}", file=sys.stderr)


def _report(results) -> tuple[int, int]:
    """Prints what was skipped or left out, and the speed.

    Returns how many pictures were good, and how many there were.
    """
    from tqdm import tqdm

    from tf_cyclegan.pictures.listing import describe

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
