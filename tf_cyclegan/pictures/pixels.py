"""Pixels of an open picture: other sizes, and between [0, 255] and [-1, 1]."""

import numpy as np
from PIL import Image


def resize_short_side(image: Image.Image, size: int) -> Image.Image:
    """The picture with its shorter side at `size` pixels, aspect kept (bicubic, with antialiasing)."""
    return resize(image, short_side_size(image.size, size))


def short_side_size(size: tuple[int, int], short: int) -> tuple[int, int]:
    """Width and height with the shorter one at `short` pixels, aspect kept."""
    width, height = (max(short, round(side * short / min(size))) for side in size)
    return width, height


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at this width and height (bicubic, with antialiasing)."""
    return image if size == image.size else image.resize(size, Image.Resampling.BICUBIC)


def central_square(pixels: np.ndarray) -> np.ndarray:
    """The largest square around the middle, `(h, w, …)` → `(side, side, …)`."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]


def fit_long_side(image: Image.Image, size: int) -> Image.Image:
    """The picture, made smaller where its longer side is over `size` pixels, aspect kept."""
    scale = size / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def normalize(pixels: np.ndarray) -> np.ndarray:
    """uint8 in [0, 255] → float32 in [-1, 1]; any shape."""
    return np.asarray(pixels).astype(np.float32) / 127.5 - 1.0


def to_uint8(pictures: np.ndarray) -> np.ndarray:
    """Floats in [-1, 1] → uint8 in [0, 255], rounded; any shape."""
    return np.rint(np.clip((np.asarray(pictures, np.float32) + 1.0) * 127.5, 0, 255)).astype(np.uint8)
