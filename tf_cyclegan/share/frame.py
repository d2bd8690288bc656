"""A painting as it hangs: mat, wooden frame and shadow, in the colours of the pages (`web/page/style.css`)."""

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WALL, MAT, CARD = "#ece4d4", "#f7f2e7", "#fbf7ee"
INK, MUTED = "#2b211a", "#5d5045"
_LIGHT, _WOOD, _DARK = "#b98b4e", "#8a5f30", "#573a1b"
# Shares of the picture's mean side; the pages have the same on a desk.
_MAT_SHARE, _WOOD_SHARE = 0.07, 0.035


def rim(size: tuple[int, int]) -> tuple[int, int]:
    """Widths of the mat and of the wood, in pixels, around a picture of this width and height."""
    mean = sum(size) / 2
    return max(2, round(_MAT_SHARE * mean)), max(2, round(_WOOD_SHARE * mean))


def picture_within(size: tuple[int, int], shape: tuple[int, int]) -> tuple[int, int]:
    """The largest size of a picture of a shape that fits, framed, into a place.

    Args:
        size: width and height of the place.
        shape: width and height of the picture, of which only the ratio counts.
    """
    mean = sum(shape) / 2
    more = 2 * (_MAT_SHARE + _WOOD_SHARE) * mean
    scale = min(place / (side + more) for place, side in zip(size, shape, strict=True))
    width, height = (max(1, int(side * scale)) for side in shape)
    return width, height


def framed(picture: Image.Image) -> Image.Image:
    """The picture with mat and frame, RGB, larger by twice the two widths of `rim`.

    Args:
        picture: RGB.
    """
    mat, wood = rim(picture.size)
    width, height = (side + 2 * (mat + wood) for side in picture.size)
    whole = Image.new("RGB", (width, height), _WOOD)
    draw = ImageDraw.Draw(whole)
    # Light falls from above: four bars that meet at 45 degrees, as borders of a page do.
    draw.polygon([(0, 0), (width, 0), (width - wood, wood), (wood, wood)], fill=_LIGHT)
    draw.polygon([(0, height), (width, height), (width - wood, height - wood), (wood, height - wood)], fill=_DARK)
    draw.rectangle((0, 0, width - 1, height - 1), outline=_DARK, width=max(1, wood // 12))
    inner = (wood, wood, width - wood - 1, height - wood - 1)
    draw.rectangle(inner, fill=MAT)
    _shade_mat(whole, inner, max(2, mat // 3))
    place = (wood + mat, wood + mat)
    line = max(1, mat // 40)
    edge = (place[0] - line, place[1] - line, place[0] + picture.width + line - 1, place[1] + picture.height + line - 1)
    draw.rectangle(edge, outline="#b3a48c", width=line)
    whole.paste(picture, place)
    return whole


def _shade_mat(whole: Image.Image, inner: tuple[int, int, int, int], depth: int) -> None:
    """The shadow that the frame's upper bar throws on the mat: a strip of `depth` pixels that fades downwards."""
    left, top, right, _ = inner
    fading = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((right - left + 1, depth))
    mask = fading.point(lambda value: round(0.3 * value))
    whole.paste("#3c2814", (left, top), mask)


def shadow(wall: Image.Image, box: tuple[int, int, int, int], depth: int) -> None:
    """Darkens a wall, in place, below and around what will hang there.

    Args:
        wall: RGB.
        box: left, top, right and bottom of what hangs, in pixels.
        depth: how far it stands out from the wall, in pixels.
    """
    left, top, right, bottom = box
    reach = 3 * depth
    around = (
        max(0, left - reach),
        max(0, top - reach),
        min(wall.width, right + reach),
        min(wall.height, bottom + reach),
    )
    # A soft shadow has no detail: it is drawn at an eighth of the size, which a print of 17 megapixels notices.
    small = max(1, depth // 8)
    mask = Image.new("L", ((around[2] - around[0]) // small + 1, (around[3] - around[1]) // small + 1))
    offset = ((left - around[0]) // small, (top - around[1] + depth) // small)
    size = ((right - left) // small, (bottom - top) // small)
    ImageDraw.Draw(mask).rectangle((*offset, offset[0] + size[0], offset[1] + size[1]), fill=110)
    mask = mask.filter(ImageFilter.GaussianBlur(depth / small)).resize((around[2] - around[0], around[3] - around[1]))
    wall.paste(INK, around[:2], mask)


def wall(size: tuple[int, int]) -> Image.Image:
    """A wall that is lit from above, RGB."""
    light = Image.radial_gradient("L").resize((size[0] * 2, size[1] * 2))
    left, top = size[0] // 2, size[1] * 3 // 4
    light = ImageChops.invert(light.crop((left, top, left + size[0], top + size[1])))
    return Image.composite(Image.new("RGB", size, "#f6f0e4"), Image.new("RGB", size, WALL), light)
