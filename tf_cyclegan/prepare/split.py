"""Which pictures train and which are held out."""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather.work import Work

# Not one painter but many: each work counts by itself.
_UNKNOWN = re.compile(
    r"\b(?:unknown|unidentified|anonymous|anonimo|anonyme|anoniem|unbekannt|inconnu|ignoto|onbekend|desconocido)\b"
)


def identity(work: Work) -> str:
    """Source and name: the same wherever the source is."""
    return f"{work.source}/{work.name}"


def artist_of(work: Work) -> str:
    """The unit in a split by artist: the artist's name, or for an unknown one the work alone."""
    name = " ".join(unicodedata.normalize("NFC", work.artist).casefold().split())
    return f"artist {name}" if name and not _UNKNOWN.search(name) else identity(work)


def has_artist(work: Work) -> bool:
    """Whether it is known by whom a work is."""
    return artist_of(work) != identity(work)


def name_artists(paintings: Sequence[Work]) -> list[Work]:
    """The works of a split by artist: where the source names no artist, the work's sub-folder does.

    Raises:
        UserError: no artist is known, or all works are in one folder.
    """
    named = [work if work.artist else replace(work, artist=work.folder) for work in paintings]
    artists = {artist_of(work) for work in named if has_artist(work)}
    if not artists:
        raise UserError(
            "no painting has a known artist, so none can be kept on one side: give each artist a folder with the "
            "artist's name within the folder of paintings, or use --split random"
        )
    if len(artists) == 1 and all(work.folder and has_artist(work) for work in named):
        raise UserError(
            f"all paintings lie in the one folder {named[0].folder!r}, so they count as of one artist: give the folder "
            "that holds a folder for each artist, or use --split random"
        )
    return named


def hold_out(
    units: Sequence[str], seed: int, test_share: float, *, placed: Mapping[str, bool] | None = None
) -> set[str]:
    """Chooses the units that are held out; pictures of one unit stay together.

    Units come in the order of a hash of the seed and their name. Each is held out that brings the number nearer to the
    share, as long as half of the pictures stay for training; so with large units the share is met only approximately.
    Where none does, the smallest is held out.

    Args:
        units: for each picture the unit that it belongs to; at least two different ones.
        seed: another one gives another choice.
        test_share: share of the pictures to hold out, in (0, 1).
        placed: units of which it is known whether they are held out, since they have pictures in another domain.

    Raises:
        UserError: there is only one unit.
    """
    sizes: dict[str, int] = defaultdict(int)
    for unit in units:
        sizes[unit] += 1
    if len(sizes) < 2:
        raise UserError("all pictures belong together (one artist?), so none can be held out; use --split random")
    wanted = min(len(units) - 1, max(1, round(len(units) * test_share)))
    placed = placed or {}
    chosen = {unit for unit in sizes if placed.get(unit)}
    left = wanted - sum(sizes[unit] for unit in chosen)
    free = sorted((u for u in sizes if u not in placed), key=lambda u: hashlib.sha256(f"{seed}/{u}".encode()).digest())
    for unit in free:
        fits = sizes[unit] <= left
        if fits or (sizes[unit] < 2 * left and wanted - left + sizes[unit] <= len(units) // 2):
            chosen.add(unit)
            left -= sizes[unit]
    if not chosen and free:
        chosen.add(min(free, key=lambda unit: sizes[unit]))
    return chosen


def join_units(units: Sequence[str], groups: Sequence[int]) -> list[str]:
    """Joins units that share a group of near duplicates: two painters with one picture between them stay together.

    Args:
        units: for each picture its unit.
        groups: for each picture the number of its group.

    Returns:
        For each picture the name of the joined unit, which is the first of those joined in alphabetical order.
    """
    parent = {unit: unit for unit in units}

    def root(unit: str) -> str:
        while parent[unit] != unit:
            unit = parent[unit]
        return unit

    first: dict[int, str] = {}
    for unit, group in zip(units, groups, strict=True):
        one, other = sorted((root(unit), root(first.setdefault(group, unit))))
        parent[other] = one
    return [root(unit) for unit in units]
