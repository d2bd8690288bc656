"""One work, and one artist, in two sources, as far as names show it: each source writes them in its own way."""

import re
from collections.abc import Sequence
from itertools import combinations

from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.prepare.measure.duplicates import connect
from tf_cyclegan.prepare.measure.genre import NO_TITLE, plain
from tf_cyclegan.prepare.split import has_artist


def may_be_versions(one: Work, other: Work) -> bool:
    """Whether both are of different sources, by one known artist, and their titles, where both have one, agree.

    Names and titles agree where the words of one are all in the other: "RENOIR, Auguste" and "Pierre-Auguste Renoir",
    "the hay-wain" and "John Constable: The Hay Wain". So the pictures have to be compared, too.
    """
    if one.source == other.source or not has_artist(one) or not has_artist(other):
        return False
    artists, titles = [_words(work.artist) for work in (one, other)], [_title(work) for work in (one, other)]
    return all(artists) and _agree(*artists) and (not all(titles) or _agree(*titles))


def group_artists(works: Sequence[Work]) -> list[int]:
    """For each work a number, the same for the works of one artist, however two sources write the name."""
    names = sorted({(work.source, work.artist) for work in works if has_artist(work)})
    words = [_words(artist) for _, artist in names]
    pairs = [
        (i, j)
        for i, j in combinations(range(len(names)), 2)
        if names[i][0] != names[j][0] and words[i] and words[j] and _agree(words[i], words[j])
    ]
    numbers = dict(zip(names, connect(len(names), pairs), strict=True))
    return [numbers.get((work.source, work.artist), len(names) + i) for i, work in enumerate(works)]


def _title(work: Work) -> set[str]:
    """The words of a title without those of the artist; none where it says nothing, such as "untitled"."""
    return set() if NO_TITLE.fullmatch(plain(work.title)) else _words(work.title) - _words(work.artist)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", plain(text)))


def _agree(one: set[str], other: set[str]) -> bool:
    return one <= other or other <= one
