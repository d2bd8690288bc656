"""The Kaggle collection `ansonnnnn/historic-art`: two tables and a folder of pictures, as a folder or as its zip."""

import csv
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.work import Work, open_file

ARTWORKS = "artwork_dataset.csv"
ARTISTS = "info_dataset.csv"
_ARTWORK_COLUMNS = ("ID", "artist", "title", "jpg url")
_ARTIST_COLUMNS = ("artist", "period")


class Collection(NamedTuple):
    """What was found.

    Attributes:
        works: works that have a picture and a period.
        missing: IDs of works without a picture.
    """

    works: list[Work]
    missing: list[str]

    def of_period(self, period: str) -> list[Work]:
        """The works of a period, its name in any case.

        Raises:
            UserError: there is no such period; the message lists those that there are.
        """
        works = [w for w in self.works if w.period.casefold() == period.casefold()]
        if not works:
            counts = Counter(w.period for w in self.works)
            known = ", ".join(f"{name} ({n})" for name, n in counts.most_common())
            raise UserError(f"unknown period {period!r}; this collection has: {known}")
        return works


def read_collection(source: str | Path) -> Collection:
    """Reads the tables and finds the pictures; no picture is decoded.

    The tables are joined on the artist. An artist who is listed twice counts once, with the first period given.

    Args:
        source: the unpacked collection or its zip; the tables may lie in a folder within.

    Raises:
        UserError: nothing there, a table or a column is missing, or the zip is damaged.
    """
    files = _list_files(Path(source))
    artworks = _read_table(files, ARTWORKS, _ARTWORK_COLUMNS, source)
    periods: dict[str, str] = {}
    for row in _read_table(files, ARTISTS, _ARTIST_COLUMNS, source):
        if row["period"]:
            periods.setdefault(row["artist"], row["period"])
    pictures = {PurePosixPath(name).stem: name for name in files if name.lower().endswith((".jpg", ".jpeg", ".png"))}
    works, missing = [], []
    for row in artworks:
        name = pictures.get(row["ID"])
        if name is None:
            missing.append(row["ID"])
        elif row["artist"] in periods:
            about = {"artist": row["artist"], "title": row["title"], "url": row["jpg url"]}
            works.append(Work(row["ID"], files[name], "historic-art", period=periods[row["artist"]], **about))
    if not works:
        raise UserError(f"{source}: no work with a picture and a period in it")
    return Collection(works, missing)


def _list_files(source: Path) -> dict[str, Callable[[], IO[bytes]]]:
    """Every file of the source by its path within: how to open it."""
    if source.is_dir():
        files = sorted(p for p in source.rglob("*") if p.is_file())
        return {p.relative_to(source).as_posix(): partial(open_file, p) for p in files}
    if not source.exists():
        raise UserError(f"{source}: no such folder or zip file")
    try:
        # Members are only ever read by name, nothing is unpacked: a name like ../x leads nowhere.
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError) as error:
        raise UserError(f"{source}: neither a folder nor a readable zip file ({error})") from error
    return {name: partial(archive.open, name) for name in archive.namelist() if not name.endswith("/")}


def _read_table(files, name: str, columns: tuple[str, ...], source) -> list[dict[str, str]]:
    paths = [path for path in files if PurePosixPath(path).name == name]
    if not paths:
        raise UserError(f"{source}: {name} is missing; expected the layout of the Kaggle data set historic-art")
    try:
        with files[min(paths, key=len)]() as file:
            data = file.read()
    except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(f"{source}: {name} cannot be read ({error}); download the collection again") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    absent = [c for c in columns if c not in (reader.fieldnames or ())]
    if absent:
        raise UserError(f"{source}: {name} lacks the column {absent[0]!r}; it has {reader.fieldnames}")
    try:
        return [{c: (row[c] or "").strip() for c in columns} for row in reader]
    except csv.Error as error:
        raise UserError(f"{source}: {name} is damaged at line {reader.line_num} ({error})") from error
