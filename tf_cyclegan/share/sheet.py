"""The framed painting on a sheet of paper, ready to be printed: A4 or A3 with 300 dots an inch."""

import io

from PIL import Image

from tf_cyclegan.share.frame import framed, picture_within, shadow
from tf_cyclegan.share.label import label

DPI = 300
# Millimetres, upright.
PAPERS = {"A4": (210, 297), "A3": (297, 420)}
# Margins of the paper, and the height of the place for the label, as shares of its shorter side.
_MARGIN, _LABEL = 0.05, 0.11


def sheet_size(paper: str, shape: tuple[int, int]) -> tuple[int, int]:
    """Width and height of a sheet in pixels: it lies where the picture of this shape does, and else stands."""
    width, height = (round(side / 25.4 * DPI) for side in PAPERS[paper])
    return (height, width) if shape[0] > shape[1] else (width, height)


def picture_size(paper: str, shape: tuple[int, int]) -> tuple[int, int]:
    """How large the picture within the frame is on such a sheet, in pixels."""
    width, height = sheet_size(paper, shape)
    short = min(width, height)
    place = (width - round(2 * _MARGIN * short), height - round((2 * _MARGIN + _LABEL) * short))
    return picture_within(place, shape)


def sheet(painting: Image.Image, paper: str, title: str, lines: list[str]) -> bytes:
    """A JPEG of the sheet, which says how large it is to be printed.

    Args:
        painting: RGB; best of `picture_size`, other sizes are resampled.
        paper: one of `PAPERS`.
        title: of the picture, on the label.
        lines: below the title.
    """
    whole = Image.new("RGB", sheet_size(paper, painting.size), "white")
    short = min(whole.size)
    size = picture_size(paper, painting.size)
    hung = framed(painting if painting.size == size else painting.resize(size, Image.Resampling.BICUBIC))
    unit = round(0.014 * short)
    text = label(title, lines, round(0.6 * short), unit)
    gap = round(0.03 * short)
    left, top = (whole.width - hung.width) // 2, (whole.height - hung.height - gap - text.height) // 2
    shadow(whole, (left, top, left + hung.width, top + hung.height), round(0.01 * short))
    whole.paste(hung, (left, top))
    whole.paste(text, ((whole.width - text.width) // 2, top + hung.height + gap))
    file = io.BytesIO()
    whole.save(file, "JPEG", quality=93, dpi=(DPI, DPI))
    return file.getvalue()
