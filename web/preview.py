"""Paints `page/preview.jpg`, which a visitor sees until the painter is there, and a sent link shows.

`python -m web.preview`, when the first style or the first example has changed; a test compares the three.
"""

import json

from PIL import Image

from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.stylize.brush import paint_with
from tf_cyclegan.stylize.style import find_bundles, open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer
from web.assemble import EXAMPLES, PREVIEW, in_order


def paint_preview() -> Image.Image:
    """The first example in the first style, as the page paints it."""
    first, *_ = json.loads((EXAMPLES / "examples.json").read_text(encoding="utf-8"))
    style, *_ = in_order({name: open_bundle(folder) for name, folder in find_bundles().items()}).values()
    with Image.open(EXAMPLES / first["file"]) as picture:
        return paint_with(style.brush, Stylizer(style), picture.convert("RGB"))


if __name__ == "__main__":
    with replacing(PREVIEW) as path:
        paint_preview().save(path, "JPEG", quality=88)
