"""A photograph through the periods of one network, along the years: as a GIF, a film, or a folder of pictures."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from PIL import Image

from tf_cyclegan.disk.folders import check_replaceable, replacing_folder
from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.film.library import load_av
from tf_cyclegan.film.writing import FORMS, Writer, form_of, guarded_writing
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.pictures.pixels import fit_long_side
from tf_cyclegan.stylize.files import paint, save_picture
from tf_cyclegan.stylize.look import Look
from tf_cyclegan.stylize.sheet import with_caption
from tf_cyclegan.stylize.style import MODEL, Bundle, first_year
from tf_cyclegan.stylize.stylizer import Stylizer

# From one period to the next.
STEPS = 10
# Frames a second, and for how many of them a period alone is shown.
_RATE, _REST = 12, 12
# The longer side of a GIF where none is asked for, and at most: Pillow keeps all its frames, in a byte a pixel.
GIF_SIDE, MAX_GIF_SIDE = 480, 1024


class Frame(NamedTuple):
    """One picture of a sweep.

    Attributes:
        bundle: the network with the shares that it was painted with.
        picture: RGB.
    """

    bundle: Bundle
    picture: Image.Image


def check_sweep(bundle: Bundle, out: str | Path, max_side: int | None) -> None:
    """Refuses a sweep that cannot be painted or written, before a photograph is read.

    Raises:
        UserError: the style has one period only, `out` has another ending, is taken or needs PyAV, which is missing, or
            a GIF would be too large.
    """
    ending = Path(out).suffix.lower()
    if not bundle.periods:
        raise UserError(f"--style-sweep: {bundle.name()} is a style of one period; leave --style out, or name another")
    if ending and ending not in FORMS:
        raise UserError(f"{out}: a sweep is written as {', '.join(FORMS)}, or to a folder, not {ending}")
    if not ending:
        check_replaceable(out, None, "an empty folder")
    if ending not in ("", ".gif"):
        load_av()
    if ending == ".gif" and (max_side or MAX_GIF_SIDE + 1) > MAX_GIF_SIDE:
        raise UserError(f"{out}: a GIF has at most {MAX_GIF_SIDE:,} pixels a side; use --max-side, a .mp4 or a folder")


def mixtures(bundle: Bundle) -> list[dict[str, float]]:
    """The shares of the periods in each frame: from the earliest period to the latest, in `STEPS` between two."""
    periods = sorted(bundle.about["periods"], key=first_year)
    keys = [period["key"] for period in periods]
    between = [{one: 1 - i / STEPS, two: i / STEPS} for one, two in pairwise(keys) for i in range(STEPS)]
    return [{key: share for key, share in shares.items() if share} for shares in (*between, {keys[-1]: 1.0})]


def sweep_file(
    bundle: Bundle,
    source: str | Path,
    out: str | Path,
    look: Look,
    *,
    brush: str | None = None,
    model: str = MODEL,
    bar: Any = iter,
) -> tuple[int, tuple[int, int]]:
    """Paints a photograph in every mixture of `mixtures`, one after the other.

    One frame is in memory at a time; of a GIF every frame, in a byte a pixel.

    Args:
        bundle: of a network of several periods.
        source: a picture.
        out: a .gif, which repeats; a film of an ending in `writing.FORMS`; or a new folder, which gets a JPEG of each
            frame, named after its mixture.
        look: how it is painted; its brush is not used.
        brush: None for that of the style.
        model: which file of the style paints.
        bar: wraps the list of mixtures, to show progress.

    Returns:
        How many frames were painted, and their width and height.

    Raises:
        UserError: as `check_sweep`, or the picture cannot be read, or the result cannot be written.
    """
    check_sweep(bundle, out, look.max_side)
    check_apart({"--style-sweep": out}, {"the picture": source, "--style": bundle.folder})
    photo = open_picture(source, max_side=look.max_side)
    photo = fit_long_side(photo, look.max_side) if look.max_side else photo
    wanted = mixtures(bundle)
    look = replace(look, max_side=None, brush=brush or bundle.brush)
    frames = _painted(bundle, photo, look, model, bar(wanted))
    ending = Path(out).suffix.lower()
    write = {"": _write_folder, ".gif": _write_gif}.get(ending, _write_film)
    return len(wanted), write(frames, Path(out))


def _painted(
    bundle: Bundle, photo: Image.Image, look: Look, model: str, wanted: Iterable[dict[str, float]]
) -> Iterator[Frame]:
    stylizer = Stylizer(bundle, model=model)
    for shares in wanted:
        mixed = bundle.of(shares)
        stylizer.mix = mixed.mix
        yield Frame(mixed, paint(stylizer, photo, look))


def _write_folder(frames: Iterable[Frame], out: Path) -> tuple[int, int]:
    size = (0, 0)
    with replacing_folder(out, None, "an empty folder") as place:
        for i, (bundle, picture) in enumerate(frames):
            mix = "-".join(f"{key}{share * 100:.0f}" for key, share in bundle.weights.items())
            save_picture(picture, place / f"{i:03d}-{mix}.jpg")
            size = picture.size
    return size


def _write_gif(frames: Iterable[Frame], out: Path) -> tuple[int, int]:
    pauses: list[int] = []

    def shown() -> Iterator[Image.Image]:
        for frame in frames:
            pauses.append(1000 * (_REST if len(frame.bundle.weights) == 1 else 1) // _RATE)
            yield _captioned(frame).quantize(256, Image.Quantize.FASTOCTREE)

    pictures = shown()
    first = next(pictures)
    with replacing(out) as partial:
        first.save(partial, "GIF", save_all=True, append_images=pictures, duration=pauses, loop=0)
    return first.size


def _write_film(frames: Iterable[Frame], out: Path) -> tuple[int, int]:
    silent = SimpleNamespace(time_base=Fraction(1, _RATE), rate=_RATE, sound=None, metadata={})
    writer, size, time = None, (0, 0), 0
    with replacing(out) as partial, partial.open("wb+") as file, guarded_writing(out):
        for frame in frames:
            picture = _captioned(frame)
            picture = picture.crop((0, 0, picture.width // 2 * 2, picture.height // 2 * 2))  # H.264 halves colours.
            writer, size = writer or Writer(file, form_of(out), picture.size, silent), picture.size
            for _ in range(_REST if len(frame.bundle.weights) == 1 else 1):
                writer.add(picture, time, 1)
                time += 1
        if writer:
            writer.close()
    return size


def _captioned(frame: Frame) -> Image.Image:
    periods = {period["key"]: period for period in frame.bundle.about["periods"]}
    weights = frame.bundle.weights
    if len(weights) == 1:
        (own,) = (periods[key] for key in weights)
        return with_caption(frame.picture, own["name"]["en"], str(own.get("years", "")))
    names = [f"{periods[key]['name']['en']} {share:.0%}" for key, share in weights.items()]
    return with_caption(frame.picture, "  ".join(names))
