"""Draws docs/gallery.jpg, the README's picture, and docs/styles/NAME.jpg, one for each model card.

The first has the example photographs in every style of the page, the others one style each.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.stylize.brush import paint_with
from tf_cyclegan.stylize.style import Bundle, find_styles, open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer

HEIGHT, WIDTH, CAPTION, GAP = 300, 400, 26, 6
EXAMPLES, CARDS = ROOT / "streamlit_app" / "examples", ROOT / "docs" / "styles"


def centre(picture: Image.Image) -> Image.Image:
    """The picture's centre at the size of a cell."""
    scale = max(WIDTH / picture.width, HEIGHT / picture.height)
    size = (round(picture.width * scale), round(picture.height * scale))
    left, top = (size[0] - WIDTH) // 2, (size[1] - HEIGHT) // 3
    return picture.resize(size, Image.Resampling.LANCZOS).crop((left, top, left + WIDTH, top + HEIGHT))


def draw_sheet(rows: Sequence[tuple[str, Sequence[Image.Image]]], path: Path) -> None:
    """Rows of pictures, each under its label, as a JPEG."""
    columns = max(len(pictures) for _, pictures in rows)
    sheet = Image.new("RGB", (columns * (WIDTH + GAP) - GAP, len(rows) * (HEIGHT + CAPTION)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, (label, pictures) in enumerate(rows):
        top = i * (HEIGHT + CAPTION)
        draw.text((4, top + 4), label, fill="black", font=ImageFont.load_default(16))
        for j, picture in enumerate(pictures):
            sheet.paste(centre(picture), (j * (WIDTH + GAP), top + CAPTION))
    sheet.save(path, quality=88)


def label(bundle: Bundle) -> str:
    return bundle.name() + (" (preview)" if bundle.preview else "")


def draw_card(name: str, bundle: Bundle, photos: Sequence[Image.Image]) -> list[Image.Image]:
    """The card of a style; returns what it painted."""
    stylizer = Stylizer(bundle)
    painted = [paint_with(bundle.brush, stylizer, photo) for photo in photos]
    draw_sheet([("Photograph", photos), (label(bundle), painted)], CARDS / f"{name}.jpg")
    return painted


def main() -> None:
    examples = [open_picture(EXAMPLES / e["file"]) for e in json.loads((EXAMPLES / "examples.json").read_text())]
    photos = examples + [open_picture(p) for p in sorted((CARDS / "photos").glob("*.jpg"))]
    rows = [("Photograph", examples)]
    for name in find_styles():
        bundle = open_bundle(name)
        rows.append((label(bundle), draw_card(name, bundle, photos)[: len(examples)]))
    draw_sheet(rows, ROOT / "docs" / "gallery.jpg")


main()
