"""Picture files → painted picture files: some, a folder of them, a folder as one zip."""

import io
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image, ImageOps

from tf_cyclegan.disk.names import unique_names, unique_paths
from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.pictures.listing import why_unreadable
from tf_cyclegan.pictures.pixels import fit_long_side
from tf_cyclegan.pictures.source import Pictures, list_source
from tf_cyclegan.stylize.brush import paint_with
from tf_cyclegan.stylize.finish import finish
from tf_cyclegan.stylize.look import Look
from tf_cyclegan.stylize.metadata import Metadata, read_metadata
from tf_cyclegan.stylize.stylizer import Stylizer

QUALITY = 95
# By the endings of results what Pillow calls their format, and the longest side that it can have.
_FORMATS = {".jpg": ("JPEG", 65_500), ".jpeg": ("JPEG", 65_500), ".png": ("PNG", 1_000_000), ".webp": ("WEBP", 16_383)}
ENDINGS = tuple(_FORMATS)
# What the Kaggle competition "I'm Something of a Painter Myself" takes: squares of this side.
KAGGLE_SIDE = 256
# Zip files know no earlier time; one that is always the same makes the same file of the same pictures.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def paint(stylizer: Stylizer, photo: Image.Image, look: Look) -> Image.Image:
    """A photograph, RGB, as a painting.

    Raises:
        UserError: it is too large for the style.
    """
    if look.square:
        photo = ImageOps.fit(photo, (look.square, look.square), Image.Resampling.LANCZOS)
    photo = fit_long_side(photo, look.max_side) if look.max_side else photo
    if look.strength == 0:
        return photo
    # Any function from picture to picture paints; only a stylizer has tiles.
    network = stylizer.on_the_way_to(photo.size) if isinstance(stylizer, Stylizer) else stylizer
    painting = paint_with(look.brush, network, photo)
    if look.strength == 100 and not look.keep_colours:
        return painting
    return finish(photo, painting, look.strength, look.keep_colours)


def save_picture(picture: Image.Image, path: str | Path, metadata: Metadata = Metadata()) -> None:
    """Writes a picture in the format that the ending of `path` names; an earlier file stays until this one is complete.

    Args:
        picture: RGB, sRGB.
        path: of a JPEG, PNG or WebP.
        metadata: what is written with it.

    Raises:
        UserError: another ending, a picture too large for the format, or the file cannot be written.
    """
    path = Path(path)
    kind, most = check_ending(path)
    if max(picture.size) > most:
        raise UserError(f"{path}: a {kind} has at most {most:,} pixels a side, not {max(picture.size):,}; use a .png")
    picture, facts = metadata.attached(picture)
    with replacing(path) as partial:
        picture.save(partial, kind, quality=QUALITY, **facts)


def check_ending(path: str | Path) -> tuple[str, int]:
    """What Pillow calls the format that a result's ending names, and the longest side that it can have.

    Raises:
        UserError: it is none of `ENDINGS`.
    """
    ending = Path(path).suffix
    if ending.lower() not in _FORMATS:
        kinds = "written as .jpg, .png or .webp"
        raise UserError(f"{path}: the result is {kinds}, not {ending or 'a name without ending'}")
    return _FORMATS[ending.lower()]


@dataclass(frozen=True)
class Stylized:
    """One picture of a folder, or a file that was left out.

    Attributes:
        source: its file; of one that was left out its path within the folder.
        result: where the painting lies.
        error: what was wrong with the picture.
        left_out: why the file was not taken as a picture.
        size: width and height of the painting; of a picture that was painted.
        seconds: how long reading, painting and writing took.
    """

    source: Path
    result: Path | None = None
    error: str | None = None
    left_out: str | None = None
    size: tuple[int, int] = (0, 0)
    seconds: float = 0.0


def stylize_file(
    stylizer: Stylizer, source: str | Path, out: str | Path, look: Look = Look(), *, keep_metadata: bool = False
) -> Stylized:
    """One picture file → one picture file.

    Args:
        stylizer: to use.
        source: a picture.
        out: the file to make.
        look: how it is painted.
        keep_metadata: whether the painting keeps what `Metadata` names.

    Raises:
        UserError: the picture cannot be read, or the result not be written or is what is read.
    """
    (result,) = stylize_files(stylizer, [source], [out], look, keep_metadata=keep_metadata)
    if result.error:
        raise UserError(result.error)
    return result


def stylize_files(
    stylizer: Stylizer,
    sources: Sequence[str | Path],
    outs: Sequence[str | Path],
    look: Look = Look(),
    bar: Any = iter,
    *,
    keep_metadata: bool = False,
) -> Iterator[Stylized]:
    """Picture files → a picture file of each. A damaged picture is reported and skipped.

    Args:
        stylizer, look, bar, keep_metadata: as in `stylize_folder`.
        sources: pictures.
        outs: of each the file to make.

    Raises:
        UserError: a picture is not there, an ending is not one of `ENDINGS`, or a result cannot be written or is what
            is read.
    """
    for source, out in zip(sources, outs, strict=True):
        check_ending(out)
        if not Path(source).exists():
            raise UserError(f"{source}: no such file")
    check_apart({"--out": outs}, {"the picture": sources, **_style(stylizer)})
    lap = _laps()
    for source, out in bar(list(zip(sources, outs, strict=True))):
        try:
            picture, metadata = _open(source, look, keep_metadata)
        except UserError as error:
            yield Stylized(Path(source), error=str(error))
            continue
        painting = paint(stylizer, picture, look)
        save_picture(painting, out, metadata)
        yield Stylized(Path(source), Path(out), size=painting.size, seconds=lap())


def stylize_folder(
    stylizer: Stylizer,
    folder: str | Path,
    out: str | Path,
    look: Look = Look(),
    bar: Any = iter,
    *,
    keep_metadata: bool = False,
) -> Iterator[Stylized]:
    """Every picture below a folder, or in a zip → a JPEG of the same path below `out`.

    A damaged picture is reported and skipped.

    What is no picture, or cannot be read, comes last.

    Args:
        stylizer: to use.
        folder: with pictures; or a zip of such a folder, which is read in place.
        out: where the results go.
        look: how they are painted.
        bar: wraps the list of pictures, to show progress.
        keep_metadata: whether the paintings keep what `Metadata` names.

    Raises:
        UserError: the folder holds no picture, `out` has the name of a zip, a result cannot be written, or `out` is not
            apart from the folder.
    """
    if Path(out).suffix.lower() == ".zip" and not Path(out).is_dir():
        raise UserError(f"{out}: paintings of a folder are written to a folder; --kaggle-zip writes squares as one zip")
    found = list_source(folder)
    targets = [Path(out) / name for name in _result_names(found.files)]
    # A folder that is there already may have links within.
    check_apart({"--out": dict.fromkeys((Path(out), *(t.parent for t in targets)))}, _read(stylizer, folder, found))
    lap = _laps()
    found_ones = _paintings(stylizer, folder, found, look, bar, keep_metadata=keep_metadata)
    for (source, painting, metadata), target in zip(found_ones, targets, strict=True):
        if isinstance(painting, UserError):
            yield Stylized(source, error=str(painting))
            continue
        save_picture(painting, target, metadata)
        yield Stylized(source, target, size=painting.size, seconds=lap())
    yield from _left_out(found)


def stylize_zip(
    stylizer: Stylizer,
    folder: str | Path,
    out: str | Path,
    look: Look = Look(square=KAGGLE_SIDE),
    bar: Any = iter,
) -> Iterator[Stylized]:
    """Every picture below a folder, or in a zip → a JPEG in one zip file, without folders, in the order of their paths.

    The same pictures give the same file, which appears when it is complete. A damaged picture is reported and skipped.

    Args:
        stylizer, folder, look, bar: as in `stylize_folder`.
        out: the .zip file to make.

    Raises:
        UserError: the folder holds no picture, none can be read, or the file cannot be written or is one that is read.
    """
    if Path(out).suffix.lower() != ".zip":
        raise UserError(f"{out}: pictures in one file are written as .zip")
    found = list_source(folder)
    check_apart({"--out": out}, _read(stylizer, folder, found))
    # Folders become part of the name, so that two pictures of one name keep apart.
    names = unique_names(("-".join(_parts(name)) for name in found.files), ".jpg")
    good, lap = 0, _laps()
    with replacing(out) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for (source, painting, _), name in zip(_paintings(stylizer, folder, found, look, bar), names, strict=True):
            if isinstance(painting, UserError):
                yield Stylized(source, error=str(painting))
                continue
            archive.writestr(zipfile.ZipInfo(name, _NO_TIME), _as_jpeg(painting))
            good += 1
            yield Stylized(source, Path(name), size=painting.size, seconds=lap())
        if not good:
            raise UserError(f"{folder}: none of the {len(found.files)} pictures could be read")
    yield from _left_out(found)


def _paintings(
    stylizer: Stylizer, folder: str | Path, found: Pictures, look: Look, bar: Any, *, keep_metadata: bool = False
) -> Iterator[tuple[Path, Image.Image | UserError, Metadata]]:
    """Of each picture its path, its painting or what is wrong with it, and what is kept of its metadata."""
    for name in bar(list(found.files)):
        source = Path(folder) / name
        try:
            picture, metadata = _open_member(found, name, source, look, keep_metadata)
        except UserError as error:
            yield source, error, Metadata()
            continue
        yield source, paint(stylizer, picture, look), metadata


def _laps() -> Callable[[], float]:
    """A function that says how many seconds have gone by since it was called before, or made."""
    before = time.perf_counter()

    def lap() -> float:
        nonlocal before
        start, before = before, time.perf_counter()
        return before - start

    return lap


def _left_out(found: Pictures) -> Iterator[Stylized]:
    return (Stylized(Path(name), left_out=reason) for name, reason in found.left_out.items())


def _open(source: Path | str, look: Look, keep_metadata: bool) -> tuple[Image.Image, Metadata]:
    """A picture, and what is kept of its metadata; a JPEG at a fraction of its size where that is enough."""
    max_side = None if look.square else look.max_side
    if not keep_metadata:
        return open_picture(source, max_side=max_side), Metadata()
    try:
        data = io.BytesIO(Path(source).read_bytes())
    except OSError as error:
        raise UserError(f"{source}: {why_unreadable(error)}") from error
    return _decoded(data, str(source), max_side, keep_metadata)


def _decoded(data: io.BytesIO, name: str, max_side: int | None, keep_metadata: bool) -> tuple[Image.Image, Metadata]:
    picture = open_picture(data, name=name, max_side=max_side)
    data.seek(0)
    return picture, read_metadata(data, name) if keep_metadata else Metadata()


def _open_member(
    found: Pictures, name: str, source: Path, look: Look, keep_metadata: bool
) -> tuple[Image.Image, Metadata]:
    """One picture of a folder or zip, as `_open`."""
    try:
        with found.files[name]() as file:
            data = io.BytesIO(file.read())
    except OSError as error:
        raise UserError(f"{source}: {why_unreadable(error)}") from error
    except (RuntimeError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:  # Of a damaged zip.
        raise UserError(f"{source}: cannot be read ({error})") from error
    return _decoded(data, str(source), None if look.square else look.max_side, keep_metadata)


def _as_jpeg(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=QUALITY)
    return data.getvalue()


def _read(stylizer: Stylizer, folder: str | Path, found: Pictures) -> dict[str, Any]:
    """What is read for a folder of pictures; those that are links lie elsewhere."""
    return {"the folder of pictures": [folder, *found.links.values()], **_style(stylizer)}


def _style(stylizer: Stylizer) -> dict[str, Path]:
    # Any function from picture to picture paints; only a stylizer has files.
    return {"--style": stylizer.bundle.folder} if isinstance(stylizer, Stylizer) else {}


def _result_names(names: Iterable[str]) -> list[str]:
    """Relative paths with the ending .jpg; a path that is taken already gets a number."""
    return unique_paths([_parts(name) for name in names], ".jpg")


def _parts(name: str) -> tuple[str, ...]:
    """The path of a picture without its ending, in parts."""
    return PurePosixPath(name).with_suffix("").parts
