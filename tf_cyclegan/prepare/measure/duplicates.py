"""Groups of pictures that show the same: other scans, other sizes, other compressions of one work.

Two pictures are near duplicates where at most 20 of the 128 bits of their difference hashes differ, and their 16 × 16
thumbnails correlate with at least 0.95. The hash alone takes one sunset for another, the thumbnail alone one portrait.
"""

import base64
from collections.abc import Sequence

import numpy as np

from tf_cyclegan.prepare.measure.measures import Measures

_MOST_BITS = 20
_LEAST_CORRELATION = 0.95
_BLOCK = 1024


def group_duplicates(pictures: Sequence[Measures]) -> list[int]:
    """For each picture the first one of its group; a picture without a duplicate is its own group.

    Groups are connected: where a resembles b and b resembles c, all three are one group.
    """
    group = list(range(len(pictures)))
    for one, other in near_duplicates(pictures):
        first, second = sorted((find(group, one), find(group, other)))
        group[second] = first
    return [find(group, i) for i in range(len(group))]


def find(group: list[int], item: int) -> int:
    """The root of an item's tree (union-find); paths are halved on the way."""
    while group[item] != item:
        group[item] = group[group[item]]
        item = group[item]
    return item


def near_duplicates(pictures: Sequence[Measures]) -> list[tuple[int, int]]:
    """All pairs of near duplicates, each as (earlier, later)."""
    if not pictures:
        return []
    bits, thumbnails = _signs(pictures), _thumbnails(pictures)
    pairs = []
    for start in range(0, len(pictures), _BLOCK):
        rows = slice(start, start + _BLOCK)
        # Signs of equal bits multiply to 1, of different ones to -1.
        different = (bits.shape[1] - bits[rows] @ bits.T) / 2
        alike = (different <= _MOST_BITS) & (thumbnails[rows] @ thumbnails.T >= _LEAST_CORRELATION)
        pairs += [(start + int(i), int(j)) for i, j in np.argwhere(alike) if start + i < j]
    return pairs


def _signs(pictures: Sequence[Measures]) -> np.ndarray:
    data = np.frombuffer(b"".join(bytes.fromhex(p.dhash) for p in pictures), np.uint8)
    return np.unpackbits(data).reshape(len(pictures), -1).astype(np.float32) * 2 - 1


def _thumbnails(pictures: Sequence[Measures]) -> np.ndarray:
    """Of mean 0 and length 1, so that their products are correlations; those of one flat colour are 0."""
    data = np.frombuffer(b"".join(base64.b64decode(p.thumbnail) for p in pictures), np.uint8)
    values = data.reshape(len(pictures), -1).astype(np.float32)
    values = values - values.mean(axis=1, keepdims=True)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-6)
