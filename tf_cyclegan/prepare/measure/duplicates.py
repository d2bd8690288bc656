"""Pairs of pictures that show the same: other scans, other sizes, other compressions of one work.

Two pictures are near duplicates where at most 20 of the 128 bits of their difference hashes differ, and their 16 × 16
thumbnails correlate with at least 0.95. The hash alone takes one sunset for another, the thumbnail alone one portrait.
Two scans of which one is cropped, or faded, are only alike, and so are some pairs of different works.
"""

import base64
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from tf_cyclegan.prepare.measure.measures import Measures


class Limits(NamedTuple):
    """How much two pictures may differ: in how many bits, and how little their thumbnails may correlate."""

    bits: int
    correlation: float


NEAR = Limits(20, 0.95)
ALIKE = Limits(30, 0.75)
_BLOCK = 1024


def connect(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """For each of `count` items the first one of its group; an item without a pair is its own group.

    Groups are connected: where a is paired with b and b with c, all three are one group.
    """
    group = list(range(count))
    for one, other in pairs:
        first, second = sorted((find(group, one), find(group, other)))
        group[second] = first
    return [find(group, i) for i in range(count)]


def find(group: list[int], item: int) -> int:
    """The root of an item's tree (union-find); paths are halved on the way."""
    while group[item] != item:
        group[item] = group[group[item]]
        item = group[item]
    return item


def near_duplicates(pictures: Sequence[Measures], limits: Limits = NEAR) -> list[tuple[int, int]]:
    """All pairs of pictures that differ no more than the limits allow, each as (earlier, later)."""
    if not pictures:
        return []
    bits, thumbnails = _signs(pictures), _thumbnails(pictures)
    pairs = []
    for start in range(0, len(pictures), _BLOCK):
        rows = slice(start, start + _BLOCK)
        # Signs of equal bits multiply to 1, of different ones to -1.
        different = (bits.shape[1] - bits[rows] @ bits.T) / 2
        alike = (different <= limits.bits) & (thumbnails[rows] @ thumbnails.T >= limits.correlation)
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
