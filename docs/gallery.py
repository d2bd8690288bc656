"""Draws docs/gallery.jpg, the README's picture: the example photographs in every style of the repository."""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tf_cyclegan.bundle import find_styles, open_bundle
from tf_cyclegan.pictures import open_picture
from tf_cyclegan.stylizer import Stylizer

HEIGHT, WIDTH, CAPTION, GAP = 300, 400, 26, 6


def centre(picture: Image.Image) -> Image.Image:
    """The picture's centre at the size of a cell."""
    scale = max(WIDTH / picture.width, HEIGHT / picture.height)
    size = (round(picture.width * scale), round(picture.height * scale))
    left, top = (size[0] - WIDTH) // 2, (size[1] - HEIGHT) // 3
    return picture.resize(size, Image.Resampling.LANCZOS).crop((left, top, left + WIDTH, top + HEIGHT))


def main() -> None:
    photos = [open_picture(p) for p in sorted((ROOT / "streamlit_app" / "examples").glob("*.jpg"))]
    rows = [("Photograph", photos)]
    for folder in find_styles().values():
        bundle = open_bundle(folder)
        preview = " (preview)" if bundle.preview else ""
        rows.append((bundle.name() + preview, [Stylizer(bundle)(photo) for photo in photos]))
    size = (len(photos) * (WIDTH + GAP) - GAP, len(rows) * (HEIGHT + CAPTION))
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for i, (label, pictures) in enumerate(rows):
        top = i * (HEIGHT + CAPTION)
        draw.text((4, top + 4), label, fill="black", font=ImageFont.load_default(16))
        for j, picture in enumerate(pictures):
            sheet.paste(centre(picture), (j * (WIDTH + GAP), top + CAPTION))
    sheet.save(ROOT / "docs" / "gallery.jpg", quality=88)


main()
