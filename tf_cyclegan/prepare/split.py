"""Which pictures train and which are held out."""

import hashlib
from collections.abc import Sequence

from tf_cyclegan.prepare.work import Work


def split_works(works: Sequence[Work], seed: int, test_share: float) -> tuple[list[Work], list[Work]]:
    """Splits at random, by a hash of the seed and the work's name: the same on every machine.

    Args:
        works: at least two.
        seed: another one gives another split.
        test_share: share of the works that are held out, in (0, 1); at least one work is on each side.

    Returns:
        (train, test), each in the order of `works`.
    """
    order = sorted(works, key=lambda w: hashlib.sha256(f"{seed}/{w.source}/{w.name}".encode()).digest())
    count = min(len(works) - 1, max(1, round(len(works) * test_share)))
    held_out = {(w.source, w.name) for w in order[:count]}
    sides: tuple[list[Work], list[Work]] = [], []
    for work in works:
        sides[(work.source, work.name) in held_out].append(work)
    return sides
