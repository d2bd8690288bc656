"""The Kaggle collection `ansonnnnn/historic-art`: two tables and a folder of pictures, as a folder or as its zip."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from tf_cyclegan.disk.names import folded
from tf_cyclegan.disk.paths import is_link
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.listing import count_and_name
from tf_cyclegan.pictures.source import Listing, describe_refused, list_files
from tf_cyclegan.prepare.gather.table import read_table
from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.settings.limits import MIN_PICTURES

ARTWORKS = "artwork_dataset.csv"
ARTISTS = "info_dataset.csv"
# What the collection is called as the source of its works.
SOURCE = "historic-art"
# The endings in the collection; if two pictures have the same ID, one with such an ending is taken.
_SUFFIXES = (".jpg", ".jpeg", ".png")
_ARTWORK_COLUMNS = ("ID", "artist", "title", "picture data", "file info", "jpg url")
_ARTIST_COLUMNS = ("artist", "period")


class Collection(NamedTuple):
    """What was found.

    Attributes: works: works that have a picture and a period, one per row of the table of works. missing: works that
        have a period and no picture; `open` is `no_picture`. remarks: a line for each kind of row or file that did not
        fit, with its number and the first names; missing pictures
            are not among them, since it may be downloaded.
    """

    works: list[Work]
    missing: list[Work]
    remarks: list[str]

    def of_period(self, period: str, *, with_missing: bool = False) -> list[Work]:
        """The works of a period, or of several together, their names in any case.

        Args:
            period: one of the collection, or several joined by `+`.
            with_missing: include works without a picture, because it will be downloaded.

        Raises:
            UserError: there is no such period (the message lists those that there are), or too few works in it.
        """
        wanted = self.names_of(period)
        every = [w for w in (*self.works, *self.missing) if w.period in wanted]
        works = [w for w in every if with_missing or w.open is not no_picture]
        if len(works) < 2 * MIN_PICTURES:
            hint = "" if len(every) == len(works) else f" (of {len(every)}; --download-urls fetches the others)"
            what = "works" if with_missing else "works with a picture"
            raise UserError(f"period {period!r} has {len(works)} {what}{hint}; at least {2 * MIN_PICTURES} are needed")
        return works

    def names_of(self, period: str) -> list[str]:
        """`"romanticism+realism"` → `["Romanticism", "Realism"]`, the periods as the collection writes them.

        Raises:
            UserError: there is no such period.
        """
        counts = Counter(w.period for w in (*self.works, *self.missing))
        found = {name.casefold(): name for name in counts}
        wanted = [part.strip() for part in period.split("+")]
        unknown = [part for part in wanted if part.casefold() not in found]
        if unknown:
            known = ", ".join(f"{name} ({n})" for name, n in counts.most_common())
            raise UserError(f"unknown period {unknown[0]!r}; this collection has: {known}")
        return [found[part.casefold()] for part in wanted]

    def describe_missing(self) -> list[str]:
        """The remark on works without a picture, where there are any."""
        several = len({w.source for w in (*self.works, *self.missing)}) > 1
        names = [f"{w.source}/{w.name}" if several else w.name for w in self.missing]
        return [count_and_name("works without a picture", names)] if names else []


def no_picture() -> IO[bytes]:
    """`open` of a work whose picture the collection does not have."""
    raise FileNotFoundError("the collection has no picture of it")


def join_collections(collections: Sequence[Collection]) -> Collection:
    """Several collections as one; periods that differ only in case are written as most of their works have them.

    A work that is in two of them is there twice, since no picture is opened.
    """
    if len(collections) == 1:
        return collections[0]
    spelled = Counter(work.period for each in collections for work in (*each.works, *each.missing))
    # The most frequent spelling comes last, so that it is the one that stays.
    names = {name.casefold(): name for name, _ in sorted(spelled.items(), key=lambda item: (item[1], item[0]))}

    def join(parts: Iterable[list[Work]]) -> list[Work]:
        return [replace(work, period=names[work.period.casefold()]) for part in parts for work in part]

    remarks = [f"{(c.works or c.missing)[0].source}: {remark}" for c in collections for remark in c.remarks]
    return Collection(join(c.works for c in collections), join(c.missing for c in collections), remarks)


def read_collection(source: str | Path, label: str = SOURCE) -> Collection:
    """Reads the tables and finds the pictures; no picture is opened.

    The tables are joined on the artist. An artist who is listed twice counts once, with the first period given, and an
    ID that occurs twice with its first row.

    Args:
        source: the unpacked collection or its zip; the tables may lie in a folder within.
        label: the works' `source`.

    Raises:
        UserError: nothing there, a table or a column is missing, the zip is damaged, or no work has a period.
    """
    listing = list_files(source)
    artworks, remarks = _read_rows(listing, ARTWORKS, _ARTWORK_COLUMNS, source)
    artists, more = _read_rows(listing, ARTISTS, _ARTIST_COLUMNS, source)
    periods, unclear = _periods(artists)
    pictures, spare = _pictures(listing.pictures())
    ids = list(dict.fromkeys(row["ID"] for row in artworks if row["ID"]))
    by_number = _match_numbers(ids, pictures)
    pictures_of = {name: pictures[by_number.get(name, name)] for name in ids if by_number.get(name, name) in pictures}
    known = [row for row in artworks if row["artist"] in periods and row["ID"]]
    works = [_work(row, periods[row["artist"]], Path(source), label) for row in known]
    unique = {work.name: work for work in reversed(works)}
    found = [_with_picture(w, listing, pictures_of) for w in works if unique[w.name] is w]
    if not found:
        raise UserError(f"{source}: no work has a period; are the artists of {ARTWORKS} in {ARTISTS}?")
    collection = Collection(*_part(found), [*remarks, *more, *describe_refused(listing.refused)])
    strangers = Counter(row["artist"] for row in artworks if row["artist"] not in periods)
    orphans = sorted(set(pictures.values()) - set(pictures_of.values()))
    for what, names in (
        (f"pictures without a row in {ARTWORKS}", orphans),
        ("pictures with the ID of another, left out", spare),
        ("IDs that are not quite the name of their picture, as 1.0 is not 001", [*by_number]),
        ("IDs that occur more than once, the first row counts", _repeated(row["ID"] for row in artworks)),
        (f"artists without a period in {ARTISTS}, whose {strangers.total()} works are left out", [*strangers]),
        ("artists with several periods, the first counts", unclear),
    ):
        if names:
            collection.remarks.append(count_and_name(what, names))
    return collection


def _read_rows(listing: Listing, name: str, columns: tuple[str, ...], source) -> tuple[list[dict[str, str]], list[str]]:
    paths = [path for path in listing.files if PurePosixPath(path).name.lower() == name]
    if not paths:
        for path, reason in listing.refused.items():
            if path.endswith(name):
                raise UserError(f"{source}: {path} is among the files that {reason}; download the collection again")
        raise UserError(f"{source}: {name} is missing; expected the layout of the Kaggle data set historic-art")
    path = min(paths, key=lambda p: (p.count("/"), p))
    return read_table(listing.files[path], f"{source}: {name}", columns)


def _periods(artists: list[dict[str, str]]) -> tuple[dict[str, str], list[str]]:
    """The period of each artist, and the artists for whom several are given."""
    given: dict[str, list[str]] = defaultdict(list)
    for row in artists:
        if row["artist"] and row["period"]:
            given[row["artist"]].append(row["period"])
    return {a: p[0] for a, p in given.items()}, [a for a, p in given.items() if len(set(p)) > 1]


def _pictures(paths: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """The path of the picture for each ID, the one highest up where there are several, and the paths of the others."""
    pictures: dict[str, str] = {}
    spare = []
    for path in sorted(paths, key=lambda p: (not p.lower().endswith(_SUFFIXES), p.count("/"), p)):
        if pictures.setdefault(PurePosixPath(path).stem, path) != path:
            spare.append(path)
    return pictures, spare


def _match_numbers(ids: Iterable[str], pictures: Iterable[str]) -> dict[str, str]:
    """IDs without a picture of exactly that name → the only picture name that is the same number.

    A spreadsheet that saves a table makes `1` of `001`, and `1.0` or `1,0` of both.
    """
    exact = set(ids) & set(pictures)
    lost, spare = (_by_number(set(names) - exact) for names in (ids, pictures))
    return {of[0]: spare[n][0] for n, of in lost.items() if len(of) == 1 and len(spare.get(n, ())) == 1}


def _by_number(names: Iterable[str]) -> dict[str, list[str]]:
    """Names as a spreadsheet would leave them: without picture ending, leading zeros, and a final ".0"."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        stem = next((name[: -len(end)] for end in _SUFFIXES if name.lower().endswith(end)), name)
        number = re.fullmatch(r"0*(\d+?)(?:[.,]00?)?", stem)
        found[folded(number[1] if number else stem)].append(name)
    return found


def _work(row: dict[str, str], period: str, source: Path, label: str) -> Work:
    size = re.match(r"(\d+) ?[*x×] ?(\d+)", row["file info"])
    width, height = (int(size[1]), int(size[2])) if size else (None, None)
    return Work(
        name=row["ID"],
        open=no_picture,
        source=label,
        artist=row["artist"],
        title=row["title"],
        period=period,
        medium=row["picture data"],
        url=row["jpg url"],
        width=width,
        height=height,
        origins=(source,),
    )


def _with_picture(work: Work, listing: Listing, pictures: dict[str, str]) -> Work:
    path = pictures.get(work.name)
    if not path:
        return work
    file = work.origins[0] / path
    origins = (*work.origins, file) if is_link(file) else work.origins
    return replace(work, open=listing.files[path], origins=origins)


def _part(works: list[Work]) -> tuple[list[Work], list[Work]]:
    return [w for w in works if w.open is not no_picture], [w for w in works if w.open is no_picture]


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if name and count > 1]
