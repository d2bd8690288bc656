"""How a large picture is cut into tiles: the parts that a network sees overlap, the parts that are kept do not."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """A rectangle of a picture that a network sees, and the one within it that is kept.

    Attributes (rows and columns of the picture):
        seen: top, bottom, left, right of what the network sees.
        kept: top, bottom, left, right of what is taken from its result.
    """

    seen: tuple[int, int, int, int]
    kept: tuple[int, int, int, int]

    @property
    def inner(self) -> tuple[int, int, int, int]:
        """`kept`, counted from the corner of `seen`."""
        top, _, left, _ = self.seen
        return (self.kept[0] - top, self.kept[1] - top, self.kept[2] - left, self.kept[3] - left)


def plan_tiles(height: int, width: int, side: int, overlap: int) -> Iterator[Tile]:
    """Tiles whose kept parts cover every pixel exactly once, row by row.

    Between what is kept and an edge of what is seen lie at least `overlap` pixels, except at the picture's own edges,
    where the network pads as it does in the whole picture. All tiles have one size, so that memory is laid out once.

    Args:
        height: of the picture.
        width: of the picture.
        side: of what the network sees; less only where the picture is smaller.
        overlap: how far the network sees around a pixel. With `height`, `width` and `side` multiples of a number that
            divides `overlap`, so is every coordinate.
    """
    if side <= 2 * overlap:
        raise ValueError(f"`side` must be more than twice `overlap`. Received: side={side}, overlap={overlap}")
    columns = list(_cut(width, side, overlap))
    for first, last, top, bottom in _cut(height, side, overlap):
        for start, stop, left, right in columns:
            yield Tile((first, last, start, stop), (top, bottom, left, right))


def _cut(length: int, side: int, overlap: int) -> Iterator[tuple[int, int, int, int]]:
    """One dimension: first and last of what is seen, first and last of what is kept (the last ones excluded)."""
    step = side - 2 * overlap
    count = max(1, -(-(length - 2 * overlap) // step)) if length > side else 1
    for i in range(count):
        start = max(0, min(i * step, length - side))
        first = i * step + overlap if i else 0
        last = (i + 1) * step + overlap if i + 1 < count else length
        yield start, min(start + side, length), first, last
