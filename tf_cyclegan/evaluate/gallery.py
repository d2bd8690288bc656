"""Which results to show, chosen by score and never by hand: the best, the median and the worst."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from tf_cyclegan.score.feature_sets import central_crop
from tf_cyclegan.score.translation import paint

RANKS = ("best", "median", "worst")
# The rank of the pictures with the most new edges, whatever their score.
MOST = "most_new_edges"


class Shown(NamedTuple):
    """A picture of the gallery.

    Attributes:
        rank: one of `RANKS`, or `MOST`.
        row: of `scores.csv`.
        pictures: the source, its translation, and that translated back: uint8 `(h, w, 3)` each.
    """

    rank: str
    row: dict[str, Any]
    pictures: tuple[np.ndarray, ...]


def choose(scores: Sequence[float], each: int) -> list[tuple[str, int]]:
    """The places of the best, the median and the worst scores, `each` of them, fewer where pictures are few.

    Args:
        scores: the higher the better.
        each: pictures of a rank.

    Returns:
        (rank, place), from the best to the worst; no place twice.
    """
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    each = min(each, max(1, len(order) // 3))
    middle = max(each, (len(order) - each) // 2)
    last = max(middle + each, len(order) - each)
    chosen = {"best": order[:each], "median": order[middle : middle + each], "worst": order[last:]}
    return [(rank, place) for rank in RANKS for place in chosen[rank]]


def choose_most(amounts: Sequence[float], each: int, but: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """The places of the largest amounts as rank `MOST`, at most `each`, without those that are chosen already.

    Args:
        amounts: of each picture.
        each: how many.
        but: from `choose`.
    """
    taken = {place for _, place in but}
    order = sorted((i for i in range(len(amounts)) if i not in taken), key=lambda i: (-amounts[i], i))
    return [(MOST, place) for place in order[:each]]


def show(
    chosen: Sequence[tuple[str, int]],
    rows: Sequence[dict[str, Any]],
    paths: Sequence[Path],
    there: keras.Model,
    back: keras.Model,
) -> list[Shown]:
    """Paints the chosen pictures and back.

    Args:
        chosen: from `choose` and `choose_most`.
        rows: of `scores.csv`, of all pictures.
        paths: their files.
        there, back: the generators.
    """
    if not chosen:
        return []
    sources = np.stack([central_crop(paths[place]) for _, place in chosen])
    results = paint(there, sources)
    triples = zip(sources, results, paint(back, results), strict=True)
    return [Shown(rank, rows[place], triple) for (rank, place), triple in zip(chosen, triples, strict=True)]
