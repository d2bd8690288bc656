"""Which pictures train and which are held out."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.work import Work

# Not one painter but many, each of whom counts for himself.
_UNKNOWN = re.compile(
    r"\b(?:unknown|unidentified|anonymous|anonimo|anonyme|anoniem|unbekannt|inconnu|ignoto|onbekend|desconocido)\b"
)


def split_works(works: Sequence[Work], seed: int, test_share: float) -> tuple[list[Work], list[Work]]:
    """Splits at random, by a hash of the seed and the work's name: the same on every machine.

    Args:
        works: at least two.
        seed: another one gives another split.
        test_share: share of the works that are held out, in (0, 1); at least one work is on each side.

    Returns:
        (train, test), each in the order of `works`.
    """
    held_out = hold_out([identity(work) for work in works], seed, test_share)
    sides: tuple[list[Work], list[Work]] = [], []
    for work in works:
        sides[identity(work) in held_out].append(work)
    return sides


def identity(work: Work) -> str:
    """Source and name: the same wherever the source lies."""
    return f"{work.source}/{work.name}"


def artist_of(work: Work) -> str:
    """What stays together in a split by artist: the artist's name, or for an unknown one the work alone."""
    name = " ".join(work.artist.casefold().split())
    return f"artist {name}" if name and not _UNKNOWN.search(name) else identity(work)


def hold_out(
    units: Sequence[str], seed: int, test_share: float, *, placed: Mapping[str, bool] | None = None
) -> set[str]:
    """Chooses the units that are held out; pictures of one unit never part.

    Units come in the order of a hash of the seed and their name. Each is held out that brings the number nearer to the
    share, as long as half of the pictures stay for training; so with large units the share is met only about. Where
    none does, the smallest is held out.

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
