"""Pictures below a cell of a notebook: a sheet of them, and a slider from one to another.

Everything is in the cell's output, so it stays there when the notebook is saved and its machine is gone.
"""

import base64
import html
import io
from collections.abc import Mapping

from PIL import Image

# Each picture is saved with the notebook.
_QUALITY, _MAX_SIDE = 88, 720
_SHEET = """<div style="display: grid; grid-template-columns: repeat(auto-fill, minmax(min(13rem, 100%), 1fr));
gap: 1rem; max-width: 80rem">{}</div>"""
_FIGURE = '<figure style="margin: 0">{}<figcaption style="padding: .3rem 0">{}</figcaption></figure>'
_IMAGE = '<img src="data:image/jpeg;base64,{}" alt="{}" style="{}">'
_SLIDER = """<figure style="margin: 0; max-width: 45rem">
<div style="display: grid">{}</div>
<input type="range" min="0" max="{}" step="any" value="{}" aria-label="{}" style="width: 100%; margin: .7rem 0 0"
oninput="const all = this.closest('figure').querySelectorAll('img');
all.forEach((image, i) => image.style.opacity = i ? Math.min(1, Math.max(0, this.value - i + 1)) : 1)">
<figcaption style="display: flex; justify-content: space-between"><span>{}</span><span>{}</span></figcaption>
</figure>"""


class Sheet:
    """Pictures side by side with their titles, as many in a row as there is room for.

    Args:
        pictures: by their titles.
    """

    def __init__(self, pictures: Mapping[str, Image.Image]):
        self._pictures = pictures

    def _repr_html_(self) -> str:
        style = "width: 100%; border-radius: 4px"
        figures = [_FIGURE.format(_image(p, title, style), html.escape(title)) for title, p in self._pictures.items()]
        return _SHEET.format("".join(figures))


class Slider:
    """Pictures on the way from the first to the last, which a slider fades into one another.

    Args:
        pictures: by their titles, at least two of one size. The slider has the titles of the first and the last.
    """

    def __init__(self, pictures: Mapping[str, Image.Image]):
        self._pictures = pictures

    def _repr_html_(self) -> str:
        last = len(self._pictures) - 1
        middle = last // 2
        images = [
            _image(picture, title, f"grid-area: 1 / 1; width: 100%; border-radius: 4px; opacity: {int(i <= middle)}")
            for i, (title, picture) in enumerate(self._pictures.items())
        ]
        first, *_, second = map(html.escape, self._pictures)
        return _SLIDER.format("".join(images), last, middle, f"from {first} to {second}", first, second)


def _image(picture: Image.Image, title: str, style: str) -> str:
    picture = picture.convert("RGB")
    picture.thumbnail((_MAX_SIDE, _MAX_SIDE))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=_QUALITY)
    return _IMAGE.format(base64.b64encode(file.getvalue()).decode(), html.escape(title), style)
