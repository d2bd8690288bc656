"""Draws the pictures of the documents from the files in the repository; `make gallery` runs it.

docs/loop.webp       a photograph that turns into a painting of each period in turn, over and over
docs/periods.jpg     one photograph in all periods and in a mixture of two
docs/gallery.jpg     all example photographs in all periods
docs/styles/NAME.jpg one style, for its model card
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.stylize.brush import paint_with
from tf_cyclegan.stylize.style import Bundle, find_styles, open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer

HEIGHT, WIDTH, CAPTION, GAP = 300, 400, 40, 6
DOCS, EXAMPLES = ROOT / "docs", ROOT / "streamlit_app" / "examples"
CARDS = DOCS / "styles"
LOOP_WIDTH, WIPE_FRAMES, WIPE_MS, HOLD_MS = 720, 12, 50, 1600
# Both photographs are of the examples: the one that turns, and the one of the sheet of periods.
OF_THE_LOOP, OF_THE_PERIODS = "meadow.jpg", "brook.jpg"
MIXTURE, MIXTURE_LABEL = {"impressionism": 0.5, "baroque": 0.5}, "Impressionism + Baroque"

# Pictures by the name of what painted them, in the order in which they are shown.
Named = Sequence[tuple[str, Image.Image]]


def centre(picture: Image.Image) -> Image.Image:
    """The picture's centre at the size of a cell."""
    scale = max(WIDTH / picture.width, HEIGHT / picture.height)
    size = (round(picture.width * scale), round(picture.height * scale))
    left, top = (size[0] - WIDTH) // 2, (size[1] - HEIGHT) // 3
    return picture.resize(size, Image.Resampling.LANCZOS).crop((left, top, left + WIDTH, top + HEIGHT))


def draw_sheet(rows: Sequence[Named], path: Path) -> None:
    """Rows of pictures, each with its label above, as a JPEG."""
    columns = max(len(row) for row in rows)
    sheet = Image.new("RGB", (columns * (WIDTH + GAP) - GAP, len(rows) * (HEIGHT + CAPTION)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, row in enumerate(rows):
        for j, (label, picture) in enumerate(row):
            left, top = j * (WIDTH + GAP), i * (HEIGHT + CAPTION)
            draw.text((left + 4, top + 3), label, fill="black", font=ImageFont.load_default(28))
            sheet.paste(centre(picture), (left, top + CAPTION))
    sheet.save(path, quality=85)


def labelled_once(label: str, pictures: Sequence[Image.Image]) -> Named:
    """A row whose label stands above its first picture only."""
    return [("" if i else label, picture) for i, picture in enumerate(pictures)]


def put_label(label: str, picture: Image.Image) -> Image.Image:
    """The picture at the loop's size, with its label on a dark ground in the lower left corner."""
    size = (LOOP_WIDTH, round(picture.height * LOOP_WIDTH / picture.width))
    frame = picture.resize(size, Image.Resampling.LANCZOS)
    font, corner = ImageFont.load_default(24), (16, size[1] - 46)
    draw = ImageDraw.Draw(frame)
    left, top, right, bottom = draw.textbbox(corner, label, font=font)
    draw.rounded_rectangle((left - 8, top - 7, right + 8, bottom + 7), 6, fill=(32, 28, 24))
    draw.text(corner, label, fill="white", font=font)
    return frame


def wipe(before: Image.Image, after: Image.Image) -> Iterator[Image.Image]:
    """The frames between two pictures: a bright line moves from left to right and leaves the second one behind."""
    for i in range(1, WIPE_FRAMES + 1):
        x = before.width * i // (WIPE_FRAMES + 1)
        frame = before.copy()
        frame.paste(after.crop((0, 0, x, after.height)), (0, 0))
        ImageDraw.Draw(frame).rectangle((x - 1, 0, x + 1, frame.height), fill="white")
        yield frame


def draw_loop(pictures: Named, path: Path) -> None:
    """An endless WebP that shows the pictures one after the other."""
    stills = [put_label(label, picture) for label, picture in pictures]
    frames, durations = [], []
    for i, still in enumerate(stills):
        between = list(wipe(still, stills[(i + 1) % len(stills)]))
        frames += [still, *between]
        durations += [HOLD_MS, *[WIPE_MS] * len(between)]
    first, *others = frames
    first.save(path, save_all=True, append_images=others, duration=durations, loop=0, quality=80, method=6)


def label_of(bundle: Bundle) -> str:
    return bundle.name() + (" (preview)" if bundle.preview else "")


def main() -> None:
    files = [example["file"] for example in json.loads((EXAMPLES / "examples.json").read_text(encoding="utf-8"))]
    photos = [open_picture(EXAMPLES / file) for file in files]
    photos += [open_picture(path) for path in sorted((CARDS / "photos").glob("*.jpg"))]
    rows = [("Photograph", photos)]
    for name in find_styles():
        bundle = open_bundle(name)
        stylizer = Stylizer(bundle)
        rows.append((label_of(bundle), [paint_with(bundle.brush, stylizer, photo) for photo in photos]))
        draw_sheet([labelled_once(*rows[0]), labelled_once(*rows[-1])], CARDS / f"{name}.jpg")
    draw_sheet([labelled_once(label, pictures[: len(files)]) for label, pictures in rows], DOCS / "gallery.jpg")

    def of(file: str) -> Named:
        return [(label, pictures[files.index(file)]) for label, pictures in rows]

    draw_loop(of(OF_THE_LOOP), DOCS / "loop.webp")
    mixture = open_bundle("periods").of(MIXTURE)
    photo = photos[files.index(OF_THE_PERIODS)]
    painted = [*of(OF_THE_PERIODS), (MIXTURE_LABEL, paint_with(mixture.brush, Stylizer(mixture), photo))]
    draw_sheet([painted[:4], painted[4:]], DOCS / "periods.jpg")


main()
