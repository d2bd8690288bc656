"""Which candidates stay: cleaning, one of each group of duplicates, genres, and on which side of the split."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.candidate import DOMAINS, Candidate
from tf_cyclegan.prepare.cleaning import BALANCED, DUPLICATE, OTHER_GENRE, fault
from tf_cyclegan.prepare.measure.duplicates import ALIKE, connect, near_duplicates
from tf_cyclegan.prepare.measure.genre import genre_in_words, genre_of, genre_of_folder
from tf_cyclegan.prepare.measure.measures import Measures
from tf_cyclegan.prepare.settings import Settings
from tf_cyclegan.prepare.split import artist_of, hold_out, identity, join_units
from tf_cyclegan.prepare.version import group_artists, may_be_versions
from tf_cyclegan.settings.limits import MIN_HELD_OUT, MIN_PICTURES

# Photographs are not divided further.
_COARSE = ("portrait", "landscape", "other")


def leave_out_by_words(candidates: Sequence[Candidate], settings: Settings) -> None:
    """Sets the genre of the works whose words show it, and leaves out those of another genre before they are opened."""
    for candidate in candidates:
        work = candidate.work
        candidate.genre = genre_in_words(work.title, work.medium) or genre_of_folder(f"{work.source}/{work.name}") or ""
        if candidate.genre:
            _ask_genre(candidate, settings)


def select(candidates: Sequence[Candidate], settings: Settings) -> None:
    """Cleans, and sets genre, reason and group of every candidate that has a picture; their order does not matter."""
    for candidate in staying(candidates):
        _clean(candidate, settings)
    _keep_best(staying(candidates), settings.cleaning.duplicates)
    for candidate in staying(candidates):
        candidate.genre = candidate.genre or _genre_by_looks(candidate)
        _ask_genre(candidate, settings)
    if settings.balance_genres:
        _balance(staying(candidates), settings.seed)


def staying(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those with a picture that are not left out."""
    return [c for c in candidates if c.picture and not c.reason]


def _clean(candidate: Candidate, settings: Settings) -> None:
    picture = candidate.made
    medium, rules = candidate.work.medium, settings.cleaning
    reason = fault(medium, candidate.is_painting, picture.short_side, picture.measures, rules=rules, size=settings.size)
    if reason:
        candidate.leave_out(reason, f"{picture.width}×{picture.height}")


def _keep_best(candidates: list[Candidate], drop: bool) -> None:
    """Numbers the groups that are not parted; if duplicates are dropped, only the largest picture of each work stays.

    Near duplicates are one work. Paintings of several sources that are only alike may be one. Two of different sources
    are, where artist and title agree; the others stay together, too.
    """
    # By name, so that the choice among equals does not depend on the order of the works.
    ordered = sorted(candidates, key=lambda c: (-c.made.short_side, -_area(c), c.domain, identity(c.work)))
    looks = [c.made.measures for c in ordered]
    alike = _alike_paintings(ordered, looks)
    versions = [(i, j) for i, j in alike if may_be_versions(ordered[i].work, ordered[j].work)]
    same = near_duplicates(looks) + versions
    works, groups = (connect(len(ordered), pairs) for pairs in (same, same + alike))
    for candidate, work, group in zip(ordered, works, groups, strict=True):
        candidate.group = group
        best = ordered[work]
        if drop and candidate is not best:
            candidate.leave_out(DUPLICATE, f"of {identity(best.work)}")


def _alike_paintings(candidates: Sequence[Candidate], looks: Sequence[Measures]) -> list[tuple[int, int]]:
    """Pairs of paintings of one domain that look alike, where the domain has several sources.

    Photographs are not among them: many skies are alike, and would be one large group.
    """
    pairs = []
    for domain in DOMAINS:
        mine = [i for i, c in enumerate(candidates) if c.domain == domain and c.is_painting]
        if len({candidates[i].work.source for i in mine}) > 1:
            pairs += [(mine[i], mine[j]) for i, j in near_duplicates([looks[i] for i in mine], ALIKE)]
    return pairs


def _area(candidate: Candidate) -> int:
    left, top, right, bottom = candidate.made.box
    return (right - left) * (bottom - top)


def _genre_by_looks(candidate: Candidate) -> str:
    work, picture = candidate.work, candidate.made
    return picture.looks or (
        genre_of(work.title, work.medium, picture.width, picture.height) if candidate.is_painting else ""
    )


def _ask_genre(candidate: Candidate, settings: Settings) -> None:
    wanted = set(settings.genres)
    if not candidate.is_painting and wanted - set(_COARSE):
        wanted.add("other")
    if not wanted or (settings.all_photographs and not candidate.is_painting) or candidate.genre in wanted:
        return
    candidate.leave_out(OTHER_GENRE, candidate.genre)


def _balance(candidates: list[Candidate], seed: int) -> None:
    """Leaves out as few as possible so that both domains have the same shares of the coarse genres.

    Of each genre, the smaller of its two shares stays in both domains: the same part of both domains is kept.
    """
    sides = {domain: [c for c in candidates if c.domain == domain] for domain in DOMAINS}
    counts = {domain: Counter(_coarse(c) for c in side) for domain, side in sides.items()}
    if not all(sides.values()):
        return
    for genre in _COARSE:
        share = min(counts[domain][genre] / len(sides[domain]) for domain in DOMAINS)
        for side in sides.values():
            members = sorted((c for c in side if _coarse(c) == genre), key=lambda c: _chance(c, seed))
            for candidate in members[round(share * len(side)) :]:
                candidate.leave_out(BALANCED, candidate.genre)


def _coarse(candidate: Candidate) -> str:
    return candidate.genre if candidate.genre in _COARSE else "other"


def _chance(candidate: Candidate, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}/balance/{identity(candidate.work)}".encode()).digest()


def assign_sides(candidates: Sequence[Candidate], settings: Settings) -> None:
    """Sets `split` of every candidate that stays; near duplicates are on one side, over both domains.

    Raises:
        UserError: no side can be filled, or the source has no split of its own.
    """
    stay = staying(candidates)
    if settings.split == "source" and not all(c.work.split for c in stay):
        raise UserError("this source has no split of its own; use --split random or --split artist")
    units = join_units(_units(stay, by_artist=settings.split == "artist"), _groups(stay))
    if settings.split == "artist":
        units = join_units(units, group_artists([c.work for c in stay]))
    placed: dict[str, bool] = {}
    for domain in DOMAINS:
        mine = [(c, unit) for c, unit in zip(stay, units, strict=True) if c.domain == domain]
        if settings.split == "source":
            held_out = {unit for c, unit in mine if c.work.split == "test"}
        else:
            share = _possible_share(settings.test_share, len(mine))
            held_out = hold_out([unit for _, unit in mine], settings.seed, share, placed=placed)
        for candidate, unit in mine:
            candidate.split = "test" if placed.setdefault(unit, unit in held_out) else "train"


def _units(candidates: Sequence[Candidate], *, by_artist: bool) -> list[str]:
    """The unit of a work; a photograph and a painting of one name are two, though their folders are called alike."""
    photographs = {identity(c.work) for c in candidates if c.domain == "A"}
    units = []
    for candidate in candidates:
        name = identity(candidate.work)
        unit = artist_of(candidate.work) if by_artist else name
        units.append(f"{unit} (B)" if candidate.domain == "B" and unit == name and name in photographs else unit)
    return units


def _possible_share(wanted: float, count: int) -> float:
    """The share to hold out, so that enough is left on both sides for training and for evaluation."""
    return min(max(wanted, MIN_HELD_OUT / count), max(1 - MIN_PICTURES / count, 1 / count))


def _groups(candidates: list[Candidate]) -> list[int]:
    return [c.group for c in candidates]
