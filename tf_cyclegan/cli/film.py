"""The part of `stylize` that paints films."""

import sys
from pathlib import Path

from tf_cyclegan.errors import UserError


def add_film(parser) -> None:
    about = "--out is a .mp4 .mov .mkv .webm .gif or .webp; needs PyAV (pip install av)"
    film = parser.add_argument_group("films", about)
    film.add_argument("--from", dest="start", metavar="TIME", help="first moment to paint, such as 0:05")
    film.add_argument("--to", dest="end", metavar="TIME", help="last moment to paint, such as 0:12")
    film.add_argument("--mix-from", metavar="LIST", help="the mixture at the beginning, as --mix")
    film.add_argument("--mix-to", metavar="LIST", help="the mixture at the end; between them it changes steadily")


def is_film(options) -> bool:
    """Whether a film is to be written.

    Raises:
        UserError: it is not, and there are options for films.
    """
    from tf_cyclegan.film.writing import FORMS

    if options.stdin or options.out == "-" or Path(options.out).suffix.lower() in FORMS:
        _check(options)
        return True
    for name in ("from", "to", "mix_from", "mix_to"):
        if getattr(options, {"from": "start", "to": "end"}.get(name, name)) is not None:
            raise UserError(f"--{name.replace('_', '-')} is for films, and --out {options.out} is none")
    return False


def stylize_film(options, stylizer, look) -> None:
    from tqdm import tqdm

    from tf_cyclegan.film.clock import write_time
    from tf_cyclegan.film.painting import paint_film

    cut = _cut(options, stylizer.bundle)

    def bar(frames, total):
        return tqdm(frames, total=total, unit="frame", mininterval=0.5)

    source = sys.stdin.buffer if options.stdin else options.picture
    done = paint_film(stylizer, source, options.out, look, cut=cut, bar=bar)
    if done.faults:
        print(f"note: {done.faults} frames were damaged and are left out", file=sys.stderr)
    if done.broken_off:
        print(f"note: the film breaks off at {write_time(done.seconds)}; all before is painted", file=sys.stderr)
    stopped = ", stopped" if done.stopped else ""
    frames = "1 frame" if done.frames == 1 else f"{done.frames} frames"
    place = sys.stderr if options.out == "-" else sys.stdout
    print(f"{options.out}: {frames}, {write_time(done.seconds)}{stopped}", file=place)


def mix_at_start(options) -> str | None:
    """The mixture that the film begins with, or that everything has."""
    return options.mix if options.mix_from is None else options.mix_from


def _check(options) -> None:
    if options.kaggle_zip:
        raise UserError("--kaggle-zip needs a folder of photographs, not a film")
    if (options.mix_from is None) != (options.mix_to is None):
        raise UserError("--mix-from and --mix-to go together")
    if options.mix is not None and options.mix_to is not None:
        raise UserError("give either --mix, or --mix-from and --mix-to")


def _cut(options, bundle):
    from tf_cyclegan.film.clock import read_time
    from tf_cyclegan.film.painting import Cut
    from tf_cyclegan.stylize.mix import mixed

    start = 0 if options.start is None else read_time("--from", options.start)
    end = None if options.end is None else read_time("--to", options.end)
    mixes = None if options.mix_to is None else (bundle.mix, mixed(bundle, options.mix_to).mix)
    return Cut(start, end, mixes)
