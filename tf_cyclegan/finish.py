"""After the network: how much of the painting shows, and in whose colours."""

from PIL import Image


def blend(photo: Image.Image, painting: Image.Image, strength: float) -> Image.Image:
    """The painting laid over the photograph.

    Args:
        photo: RGB.
        painting: RGB, as large.
        strength: 0 is the photograph, 100 the painting.
    """
    return Image.blend(photo, painting, strength / 100)


def keep_colours(photo: Image.Image, painting: Image.Image) -> Image.Image:
    """The painting's brightness with the photograph's colours (Y of YCbCr from one, Cb and Cr from the other)."""
    _, cb, cr = photo.convert("YCbCr").split()
    y = painting.convert("YCbCr").getchannel("Y")
    return Image.merge("YCbCr", (y, cb, cr)).convert("RGB")
