"""The label next to a painting, as in a museum."""

from PIL import Image, ImageDraw, ImageFont

from tf_cyclegan.share.frame import CARD, INK, MUTED

# Pillow brings one typeface along, without serifs; a machine with one of these gets the serifs of the pages.
_SERIF = ("Palatino Linotype.ttf", "pala.ttf", "Georgia.ttf", "DejaVuSerif.ttf", "LiberationSerif-Regular.ttf")
_ITALIC = ("palai.ttf", "Georgia Italic.ttf", "DejaVuSerif-Italic.ttf", "LiberationSerif-Italic.ttf")


def label(title: str, lines: list[str], width: int, unit: int) -> Image.Image:
    """A card with a title and lines of text, RGB; as high as its text needs, and at most `width` pixels wide.

    Args:
        title: large; what does not fit into two lines ends in an ellipsis.
        lines: below it, smaller; empty ones are left out.
        width: the most, in pixels.
        unit: height of the small text, in pixels.
    """
    large, small = _font(_ITALIC, round(1.3 * unit)), _font(_SERIF, unit)
    margin = round(1.1 * unit)
    room = width - 2 * margin
    texts = [(line, large, INK) for line in _wrapped(title, large, room, most=2)]
    texts += [(part, small, MUTED) for line in lines if line for part in _wrapped(line, small, room, most=3)]
    widest = max(font.getlength(text) for text, font, _ in texts)
    heights = [round(1.45 * font.size) for _, font, _ in texts]
    card = Image.new("RGB", (min(width, round(widest) + 2 * margin), sum(heights) + round(1.7 * margin)), CARD)
    draw, top = ImageDraw.Draw(card), round(0.8 * margin)
    for (text, font, colour), height in zip(texts, heights, strict=True):
        draw.text((margin, top), text, font=font, fill=colour)
        top += height
    draw.rectangle((0, 0, card.width - 1, card.height - 1), outline="#ddd0ba")
    return card


def _font(names: tuple[str, ...], size: int) -> ImageFont.FreeTypeFont:
    for name in names:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)  # noqa: S101 - for type checkers: it is one wherever a size is given
    return found


def _wrapped(text: str, font: ImageFont.FreeTypeFont, room: int, most: int) -> list[str]:
    """The text in at most `most` lines that are no wider than `room` pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    cut = len(lines) > most
    lines = [_shortened(line, font, room) for line in lines[:most]]
    return [*lines[:-1], _shortened(f"{lines[-1]}…", font, room)] if cut else lines


def _shortened(line: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    if font.getlength(line) <= room:
        return line
    while line and font.getlength(f"{line}…") > room:
        line = line[:-1]
    return f"{line}…"
