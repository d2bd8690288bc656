"""The part of `stylize` that paints films."""

import mimetypes
import sys
from collections.abc import Container
from pathlib import Path

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.kinds import HEAD, kind_of


def add_film(parser) -> None:
    about = "--out is a .mp4 .mov .mkv .webm .gif or .webp; needs PyAV (pip install av)"
    film = parser.add_argument_group("films", about)
    film.add_argument("--from", dest="start", metavar="TIME", help="first moment to paint, such as 0:05")
    film.add_argument("--to", dest="end", metavar="TIME", help="last moment to paint, such as 0:12")
    film.add_argument("--mix-from", metavar="LIST", help="the mixture at the beginning, as --mix")
    film.add_argument("--mix-to", metavar="LIST", help="the mixture at the end; between them it changes steadily")


def is_film(options) -> bool:
    """Whether a film is to be painted: by --out, or without it by the file that is given."""
    from tf_cyclegan.film.writing import FORMS

    if options.stdin or options.out == "-":
        return True
    if not options.out:
        return any(_named_film(path, FORMS) for path in options.pictures)
    ending = Path(options.out).suffix.lower()
    if len(options.pictures) > 1 or ending not in FORMS:
        return False
    # Pictures of these endings may move, or not: as what is painted does.
    return ending not in (".gif", ".webp") or not _is_still(options.pictures[0])


def check_film(options, film: bool) -> None:
    """Refuses options for films where none is painted, and others where one is.

    Raises:
        UserError: one of them was given.
    """
    if film:
        _check(options)
        return
    for name in ("from", "to", "mix_from", "mix_to"):
        if getattr(options, {"from": "start", "to": "end"}.get(name, name)) is not None:
            what = f"--out {options.out} is none" if options.out else f"{options.pictures[0]} is none"
            raise UserError(f"--{name.replace('_', '-')} is for films, and {what}")


def _named_film(path: str, forms: Container[str]) -> bool:
    if _kind(path) in ("GIF", "WebP", "AVIF") or _is_still(path):
        return False
    return Path(path).suffix.lower() in forms or (mimetypes.guess_type(path)[0] or "").startswith("video/")


def _is_still(path: str) -> bool:
    """Whether a file is a picture of a kind that does not move; JPEGs in sequence begin like a single one."""
    return _kind(path) not in (None, "GIF", "WebP", "AVIF") and Path(path).suffix.lower() not in (".mjpeg", ".mjpg")


def _kind(path: str) -> str | None:
    """The kind of picture that a file is, by its bytes; None for what is none, or cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return kind_of(file.read(HEAD))
    except OSError:
        return None


def stylize_film(options, stylizer, label: str, look) -> None:
    from tqdm import tqdm

    from tf_cyclegan.film.clock import write_time
    from tf_cyclegan.film.painting import paint_film

    cut, out = _cut(options, stylizer.bundle), options.out or _place(options.pictures[0], label)

    def bar(frames, total):
        return tqdm(frames, total=total, unit="frame", mininterval=0.5)

    source = sys.stdin.buffer if options.stdin else options.pictures[0]
    done = paint_film(stylizer, source, out, look, cut=cut, bar=bar)
    if done.faults:
        print(f"note: {done.faults} frames were damaged and are left out", file=sys.stderr)
    if done.broken_off:
        print(f"note: the film breaks off at {write_time(done.seconds)}; all before is painted", file=sys.stderr)
    stopped = ", stopped" if done.stopped else ""
    frames = "1 frame" if done.frames == 1 else f"{done.frames} frames"
    place = sys.stderr if options.out == "-" else sys.stdout
    print(f"{out}: {frames}, {write_time(done.seconds)}{stopped}", file=place)


def mix_at_start(options) -> str | None:
    """The mixture that the film begins with, or that everything has."""
    return options.mix if options.mix_from is None else options.mix_from


def _place(source: str, label: str) -> Path:
    """Next to the film, as one of its kind, where such are written."""
    from tf_cyclegan.film.writing import FORMS
    from tf_cyclegan.stylize.places import places_beside

    ending = Path(source).suffix.lower()
    return places_beside([Path(source)], label, ending if ending in FORMS else ".mp4")[0]


def _check(options) -> None:
    if options.kaggle_zip:
        raise UserError("--kaggle-zip needs a folder of photographs, not a film")
    if len(options.pictures) > 1:
        raise UserError("give one film alone")
    given = {"--json": options.json, "--keep-metadata": options.keep_metadata, "--style all": options.style == "all"}
    for name in (name for name, value in given.items() if value):
        raise UserError(f"{name} is for pictures, and not for films")
    if (options.mix_from is None) != (options.mix_to is None):
        raise UserError("--mix-from and --mix-to go together")
    if options.mix is not None and options.mix_to is not None:
        raise UserError("give either --mix, or --mix-from and --mix-to")
    if not options.stdin and _is_still(options.pictures[0]):
        raise UserError(f"{options.pictures[0]}: a picture, no film; --style-sweep makes a film of a picture")


def _cut(options, bundle):
    from tf_cyclegan.film.clock import read_time
    from tf_cyclegan.film.painting import Cut
    from tf_cyclegan.stylize.mix import mixed

    start = 0 if options.start is None else read_time("--from", options.start)
    end = None if options.end is None else read_time("--to", options.end)
    mixes = None if options.mix_to is None else (bundle.mix, mixed(bundle, options.mix_to).mix)
    return Cut(start, end, mixes)
