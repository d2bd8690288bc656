"""A card to post: the framed painting, the photograph that it was made from, and a label."""

from PIL import Image

from tf_cyclegan.share.frame import framed, picture_within, shadow, wall
from tf_cyclegan.share.label import label

SIZE = (1080, 1350)
_MARGIN = 56
# The photograph and the label share the lower part.
_LOWER = 330
_UNIT = 27


def card(photo: Image.Image, painting: Image.Image, title: str, lines: list[str]) -> Image.Image:
    """RGB of 1080 × 1350 pixels.

    Args:
        photo: RGB.
        painting: RGB, of the same shape.
        title: of the picture, on the label.
        lines: below the title.
    """
    whole = wall(SIZE)
    place = (SIZE[0] - 2 * _MARGIN, SIZE[1] - 2 * _MARGIN - _LOWER)
    hung = framed(painting.resize(picture_within(place, painting.size), Image.Resampling.LANCZOS))
    print_of = _print(photo)
    free = SIZE[1] - hung.height - print_of.height - 2 * _MARGIN
    top = _MARGIN + max(0, free) // 3
    left = (SIZE[0] - hung.width) // 2
    shadow(whole, (left, top, left + hung.width, top + hung.height), 16)
    whole.paste(hung, (left, top))
    below = top + hung.height + max(28, free // 3)
    _lay(whole, print_of, below)
    text = label(title, lines, SIZE[0] - 3 * _MARGIN - print_of.width, _UNIT)
    at = (SIZE[0] - _MARGIN - text.width, below + max(0, print_of.height - text.height) // 2)
    shadow(whole, (*at, at[0] + text.width, at[1] + text.height), 6)
    whole.paste(text, at)
    return whole


def _print(photo: Image.Image) -> Image.Image:
    """The photograph as a small print with a white edge."""
    edge, place = 12, (440, _LOWER - 40)
    scale = min(place[0] / photo.width, place[1] / photo.height)
    width, height = (max(1, round(side * scale)) for side in photo.size)
    whole = Image.new("RGB", (width + 2 * edge, height + 2 * edge), "white")
    whole.paste(photo.resize((width, height), Image.Resampling.LANCZOS), (edge, edge))
    return whole


def _lay(whole: Image.Image, print_of: Image.Image, top: int) -> None:
    shadow(whole, (_MARGIN, top, _MARGIN + print_of.width, top + print_of.height), 8)
    whole.paste(print_of, (_MARGIN, top))
