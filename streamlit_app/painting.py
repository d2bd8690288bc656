"""A painted picture as a visit keeps it, and the changes that the visitor wants."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Painting:
    """One picture, painted, as a visit keeps it: encoded, since twenty visitors' pixels would fill a small server.

    Attributes:
        photo: at the size of the painting, JPEG.
        painting: JPEG.
        size: width and height of both.
        seconds: from the moment that its turn came: decoding, painting, encoding.
    """

    photo: bytes
    painting: bytes
    size: tuple[int, int]
    seconds: float


@dataclass(frozen=True)
class Finish:
    """The changes to a painting after the network.

    Attributes:
        strength: percentage of the painting; the rest is the photograph.
        colours: whether to keep the photograph's.
        kind: of file to download, "JPEG" or "PNG".
    """

    strength: int = 100
    colours: bool = False
    kind: str = "JPEG"

    @property
    def changes(self) -> bool:
        """Whether the picture differs from the network's result."""
        return self.strength != 100 or self.colours
