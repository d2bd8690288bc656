"""One photograph in several styles on a sheet, each painting above its name."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from tf_cyclegan.stylize.files import paint
from tf_cyclegan.stylize.look import Look
from tf_cyclegan.stylize.style import MODEL, Bundle
from tf_cyclegan.stylize.stylizer import Stylizer

# Longer side of each painting where none is asked for: four next to one another are 2560 pixels.
SHEET_SIDE = 640
COLUMNS = 4
_PAPER, _INK, _MUTED = "white", "#222222", "#6b6b6b"


class Sheet:
    """Paints a photograph in every style and puts the paintings next to one another.

    Only one network is open at a time, so memory does not depend on the number of styles.

    Args:
        bundles: the styles, in their order on the sheet.
        look: how each is painted; without a brush with that of the style.
        brush: None for that of each style.
        model: which file of each style paints.
    """

    def __init__(self, bundles: Sequence[Bundle], look: Look, brush: str | None, model: str = MODEL):
        self._bundles, self._look, self._brush, self._model = bundles, look, brush, model

    def __call__(self, photo: Image.Image) -> Image.Image:
        """The sheet, RGB, with the photograph first.

        Args:
            photo: RGB.

        Raises:
            UserError: as `paint`.
        """
        cells = [with_caption(photo, "Photograph")]
        for bundle in self._bundles:
            stylizer = Stylizer(bundle, model=self._model)
            look = Look(None, self._brush or stylizer.brush, self._look.strength, self._look.keep_colours)
            cells.append(with_caption(paint(stylizer, photo, look), bundle.name(), str(bundle.about.get("years", ""))))
        return _in_rows(cells)


def with_caption(picture: Image.Image, title: str, more: str = "") -> Image.Image:
    """The picture with a line of text below it, RGB.

    Args:
        picture: RGB.
        title: dark.
        more: pale, behind it.
    """
    size = max(9, round(sum(picture.size) / 48))
    title_font = more_font = ImageFont.load_default(size)
    whole = Image.new("RGB", (picture.width, picture.height + 2 * size), _PAPER)
    whole.paste(picture, (0, 0))
    draw, baseline = ImageDraw.Draw(whole), picture.height + round(1.35 * size)
    draw.text((size // 3, baseline), title, _INK, title_font, anchor="ls")
    left = size // 3 + draw.textlength(f"{title}  ", title_font)
    # The typeface that Pillow brings along has no dash between years.
    draw.text((left, baseline), more.replace("–", "-"), _MUTED, more_font, anchor="ls")
    return whole


def _in_rows(cells: Sequence[Image.Image]) -> Image.Image:
    width, height = cells[0].size
    columns, gap = min(COLUMNS, len(cells)), max(2, width // 50)
    rows = -(-len(cells) // columns)
    size = (columns * (width + gap) + gap, rows * (height + gap) + gap)
    whole = Image.new("RGB", size, _PAPER)
    for i, cell in enumerate(cells):
        whole.paste(cell, (gap + i % columns * (width + gap), gap + i // columns * (height + gap)))
    return whole
