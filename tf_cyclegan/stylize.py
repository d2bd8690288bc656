"""Picture files → painted picture files, one or a folder of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.files import replacing
from tf_cyclegan.pictures import list_pictures, open_picture
from tf_cyclegan.stylizer import MAX_SIDE, Stylizer

JPEG_QUALITY = 95


def save_picture(picture: Image.Image, path: str | Path) -> None:
    """Writes a JPEG or PNG by the ending of `path`; an earlier file of that name stays until the new one is complete.

    Raises:
        UserError: another ending, or the file cannot be written.
    """
    path = Path(path)
    formats = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
    if path.suffix.lower() not in formats:
        raise UserError(f"{path}: the result is written as .jpg or .png, not {path.suffix or 'a name without ending'}")
    with replacing(path) as partial:
        picture.save(partial, formats[path.suffix.lower()], quality=JPEG_QUALITY)


@dataclass(frozen=True)
class Stylized:
    """One picture of a folder: its source, and either where the result lies or what was wrong with it."""

    source: Path
    result: Path | None = None
    error: str | None = None


def stylize_file(stylizer: Stylizer, source: str | Path, out: str | Path, max_side: int | None = MAX_SIDE) -> None:
    """One picture file → one picture file.

    Raises:
        UserError: the picture cannot be read, or the result not written.
    """
    save_picture(stylizer(open_picture(source, max_side=max_side), max_side), out)


def stylize_folder(
    stylizer: Stylizer, folder: str | Path, out: str | Path, max_side: int | None = MAX_SIDE, bar: Any = iter
) -> Iterator[Stylized]:
    """Every picture below a folder → a JPEG of the same path below `out`. A damaged picture is told and skipped.

    Args:
        stylizer: to use.
        folder: with pictures.
        out: where the results go.
        max_side: as in `Stylizer.__call__`.
        bar: wraps the list of pictures, to show progress.

    Raises:
        UserError: the folder holds no picture, or a result cannot be written.
    """
    paths = list_pictures(folder)
    for source, name in zip(bar(paths), _result_names(paths, Path(folder)), strict=True):
        target = Path(out) / name
        try:
            picture = open_picture(source, max_side=max_side)
        except UserError as error:
            yield Stylized(source, error=str(error))
            continue
        save_picture(stylizer(picture, max_side), target)
        yield Stylized(source, target)


def _result_names(paths: Iterable[Path], folder: Path) -> list[Path]:
    """Relative names with the ending .jpg; a name that is taken already gets a number."""
    taken: dict[Path, None] = {}
    for path in paths:
        plain = path.relative_to(folder).with_suffix("")
        name, number = plain.with_name(f"{plain.name}.jpg"), 1
        while name in taken:
            number += 1
            name = plain.with_name(f"{plain.name}_{number}.jpg")
        taken[name] = None
    return list(taken)
