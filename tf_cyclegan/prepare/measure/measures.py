"""What is measured on each picture, from which drawings, plates, blur and duplicates are recognised.

Everything is measured at one scale, inside the margins, so that limits mean the same for every size of scan.
"""

import base64
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tf_cyclegan.pictures.pixels import resize_short_side

# Short side in pixels.
SCALE = 256
_LUMA = np.array([299, 587, 114])


@dataclass(frozen=True)
class Measures:
    """Numbers about one picture.

    Attributes:
        sharpness: variance of the Laplacian of the luma (levels of 0 to 255) at a short side of 256 pixels (Pech-
            Pacheco et al., 2000); None for smaller pictures, which cannot be judged.
        colour: standard deviation of what luma does not explain of the colours, over that of the luma: 0 for grey and
            for sepia.
        tone: the most frequent luma, 0 to 255.
        tone_share: share of the pixels within 12 levels of it, in [0, 1]; paper is one large tone.
        strokes: variance of the Laplacian, as `sharpness`, for pictures of any size.
        dhash: 128 bits as hexadecimal digits, is each cell of an 8 × 8 grid darker than the next one right, and below.
        thumbnail: luma of a 16 × 16 grid as base64.
    """

    sharpness: float | None
    colour: float
    tone: int
    tone_share: float
    strokes: float
    dhash: str
    thumbnail: str


def measure(picture: Image.Image) -> Measures:
    """Measures an RGB picture of any size; more than `SCALE` pixels on the shorter side add nothing."""
    pixels = np.asarray(resize_short_side(picture, SCALE)).astype(np.int32)
    luma = pixels @ _LUMA // 1000
    tone, share = _tone(luma)
    strokes = round(float(_laplacian(luma).var()), 1)
    grey = Image.fromarray(luma.astype(np.uint8))
    return Measures(
        sharpness=strokes if min(picture.size) >= SCALE else None,
        colour=round(_colour_beside_luma(pixels, luma), 4),
        tone=tone,
        tone_share=round(share, 4),
        strokes=strokes,
        dhash=_dhash(grey),
        thumbnail=base64.b64encode(grey.resize((16, 16), Image.Resampling.BOX).tobytes()).decode(),
    )


def _laplacian(luma: np.ndarray) -> np.ndarray:
    middle = luma[1:-1, 1:-1]
    return 4 * middle - luma[:-2, 1:-1] - luma[2:, 1:-1] - luma[1:-1, :-2] - luma[1:-1, 2:]


def _tone(luma: np.ndarray) -> tuple[int, float]:
    """The most frequent luma, and the share of pixels within 12 levels of it."""
    shares = np.bincount(luma.ravel(), minlength=256) / luma.size
    near = np.convolve(shares, np.ones(25), "same")
    tone = int(near.argmax())
    return tone, float(near[tone])


def _colour_beside_luma(pixels: np.ndarray, luma: np.ndarray) -> float:
    """Real colour: the part that a quadratic in the luma does not explain; sepia has the same colour at each luma."""
    values = np.bincount(luma.ravel(), minlength=256).astype(np.float64)
    x = np.arange(256) / 255
    basis = np.stack([np.ones(256), x, x**2], axis=1)
    left = 0.0
    red_green = pixels[..., 0] - pixels[..., 1]
    yellow_blue = (pixels[..., 0] + pixels[..., 1]) / 2 - pixels[..., 2]
    # Least squares over all pixels, from sums for each luma: 256 rows instead of 100,000.
    normal = basis.T @ (basis * values[:, None])
    for chroma in (red_green, yellow_blue):
        sums = np.bincount(luma.ravel(), weights=chroma.ravel(), minlength=256)
        fit = np.linalg.lstsq(normal, basis.T @ sums, rcond=None)[0]
        left += max(0.0, float(np.mean(chroma.astype(np.float64) ** 2)) - float(fit @ basis.T @ sums) / luma.size)
    return left**0.5 / max(1.0, float(luma.std()))


def _dhash(grey: Image.Image) -> str:
    """Difference hash, across and down; comparisons of whole numbers, the same on every machine."""
    across = np.asarray(grey.resize((9, 8), Image.Resampling.BOX)).astype(np.int16)
    down = np.asarray(grey.resize((8, 9), Image.Resampling.BOX)).astype(np.int16)
    bits = np.concatenate([(np.diff(across, axis=1) > 0).ravel(), (np.diff(down, axis=0) > 0).ravel()])
    return np.packbits(bits).tobytes().hex()
