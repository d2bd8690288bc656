"""How large the strokes are: the sizes at which a picture is painted, from that of its first strokes to its own.

A network paints strokes of a fixed number of pixels. The smaller the picture that it paints, the larger they are in it.
"""

from collections.abc import Callable

from PIL import Image

from tf_cyclegan.pictures.pixels import short_side_size
from tf_cyclegan.stylize.finish import keep_tones

# The shorter side, in pixels, of the picture in which the strokes are laid. The fine brush lays them in the picture as
# it is.
SIDES = {"medium": 384, "broad": 256}


def painted_sizes(size: tuple[int, int], brush: str) -> list[tuple[int, int]]:
    """The sizes at which a picture is painted, one after the other; the last is its own.

    The first depends on the shape of the picture alone, so the strokes have the same size in relation to the picture
    however large it is. Each further size is at most twice the one before.

    Args:
        size: width and height.
        brush: one of `choices.BRUSHES`.
    """
    short, sizes = SIDES.get(brush, min(size)), []
    while short < min(size):
        sizes.append(short_side_size(size, short))
        short *= 2
    return [*sizes, size]


def paint_with(brush: str, network: Callable[[Image.Image], Image.Image], photo: Image.Image) -> Image.Image:
    """A painting of a photograph, of the same size.

    The network lays the strokes in a smaller picture. The painting is then enlarged in steps, and at each step the
    network paints over it, which gives the strokes edges and a surface of that size. Nothing of the photograph is used
    beyond the first size.

    Args:
        brush: one of `choices.BRUSHES`.
        network: a picture → its painting, of the same size.
        photo: RGB.
    """
    first, *larger = painted_sizes(photo.size, brush)
    painting = network(photo if first == photo.size else photo.resize(first, Image.Resampling.LANCZOS))
    for size in larger:
        painting = keep_tones(painting, network(painting.resize(size, Image.Resampling.LANCZOS)))
    return painting
