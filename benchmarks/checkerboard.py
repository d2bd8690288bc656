"""Looks for checkerboards in what generators paint: lines in the spectrum at the grid of their two doublings.

    python benchmarks/checkerboard.py
    python benchmarks/checkerboard.py --style impressionism --pictures streamlit_app/examples

A transposed convolution whose kernel is no multiple of its stride reaches some pixels more often than others (Odena et
al., "Deconvolution and Checkerboard Artifacts", https://distill.pub/2016/deconv-checkerboard). Two doublings make a
pattern with a period of two and four pixels: in the spectrum of the picture, lines at the frequencies (i/4, j/4).

The *peak* is the power at such a frequency over that of its neighbours in the same row or the same column of the
spectrum, whichever have more; the largest of the fifteen frequencies counts. 1 means no line. The *amplitude* is what
the lines hold beyond their neighbours, as a share of the picture's contrast (standard deviation).

With random weights the pattern is there from the first step or never has a cause of its own, so networks are measured
untrained, over several seeds, before the last addition and `tanh`: the light and colour that the painter carries past
itself would hide a pattern. Trained styles are measured on their paintings, next to the photographs.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

SIZE = 128
_MARGIN = 16  # Borders are no part of it: padding makes patterns of its own there.
# Bins: a line under a Hann window is three wide; its neighbours begin where it has fallen to nothing.
_LINE = np.arange(-1, 2)
_NEIGHBOURS = np.r_[-8:-3, 4:9]
_GRID = [(i, j) for i in range(4) for j in range(4) if i or j]


def spectrum(pictures: np.ndarray) -> np.ndarray:
    """Power spectrum of pictures `(n, SIZE, SIZE, channels)` of any range, each with the same weight: `(SIZE, SIZE)`.

    The sum of a spectrum is 1, so that of several can be averaged.
    """
    window = np.hanning(SIZE + 1)[:-1]
    x = pictures.astype(np.float64)
    x = (x - x.mean((1, 2), keepdims=True)) * np.outer(window, window)[None, :, :, None]
    power = (np.abs(np.fft.fft2(x, axes=(1, 2))) ** 2).sum(-1)
    return (power / power.sum((1, 2), keepdims=True)).mean(0)


def _around(power: np.ndarray, frequency: tuple[int, int], rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    i, j = (SIZE * k // 4 for k in frequency)
    return power[np.ix_((i + rows) % SIZE, (j + columns) % SIZE)]


def _line_and_floor(power: np.ndarray, frequency: tuple[int, int]) -> tuple[float, float]:
    """Mean power of the bins of a line, and of its neighbours in the row or the column, whichever have more.

    Straight edges fill a whole row or column of the spectrum; compared with all bins around it, that would look like a
    line.
    """
    line = _around(power, frequency, _LINE, _LINE).mean()
    row, column = _around(power, frequency, _LINE, _NEIGHBOURS), _around(power, frequency, _NEIGHBOURS, _LINE)
    return float(line), float(max(row.mean(), column.mean()))


def peak(power: np.ndarray) -> float:
    """The largest ratio of a line on the grid (i/4, j/4) to its neighbours; 1 where there is none."""
    return max(line / floor for line, floor in (_line_and_floor(power, frequency) for frequency in _GRID))


def amplitude(power: np.ndarray) -> float:
    """What the lines of the grid hold beyond their neighbours, as a share of the standard deviation."""
    pairs = [_line_and_floor(power, frequency) for frequency in _GRID]
    return float(np.sqrt(_LINE.size**2 * sum(max(0.0, line - floor) for line, floor in pairs) / power.sum()))


def natural_noise(count: int, size: int, seed: int) -> np.ndarray:
    """Noise with the spectrum of photographs, 1/f, in [-1, 1]: `(count, size, size, 3)`."""
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None])
    frequency[0, 0] = 1 / size
    white = np.random.default_rng(seed).standard_normal((count, size, size, 3))
    noise = np.fft.ifft2(np.fft.fft2(white, axes=(1, 2)) / frequency[None, :, :, None], axes=(1, 2)).real
    return np.clip(noise / noise.std((1, 2), keepdims=True) / 2.5, -1, 1).astype(np.float32)


def untrained_spectrum(kind: str, filters: int, seeds: int) -> np.ndarray:
    """Mean spectrum of what a generator of `networks.GENERATORS` paints with random weights."""
    import keras

    from tf_cyclegan.networks.build import build_generator

    powers = []
    for seed in range(seeds):
        keras.utils.set_random_seed(seed)
        model = build_generator(kind, filters)
        painter = keras.Model(model.input, model.get_layer("head_conv").output)
        painted = np.asarray(painter(natural_noise(2, SIZE + 2 * _MARGIN, seed), training=False))
        powers.append(spectrum(painted[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]))
    return np.mean(powers, axis=0)


def _tiles(picture: np.ndarray) -> np.ndarray:
    """Squares of a picture `(height, width, 3)`, side by side, that start on multiples of 4."""
    height, width = (side // SIZE * SIZE for side in picture.shape[:2])
    rows = picture[:height, :width].reshape(height // SIZE, SIZE, width // SIZE, SIZE, 3)
    return rows.swapaxes(1, 2).reshape(-1, SIZE, SIZE, 3)


def style_spectra(style: str, folder: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean spectra of the photographs in a folder and of what a style makes of them."""
    from tf_cyclegan.pictures.files import list_pictures, open_picture
    from tf_cyclegan.pictures.pixels import fit_long_side
    from tf_cyclegan.stylize.style import open_bundle
    from tf_cyclegan.stylize.stylizer import Stylizer

    stylizer = Stylizer(open_bundle(style))
    # Made smaller by an odd factor: the blocks of JPEG have lines of their own at the same frequencies.
    photos = [fit_long_side(image, round(max(image.size) / 1.3)) for image in map(open_picture, list_pictures(folder))]
    paintings = [stylizer(photo) for photo in photos]
    photo, painting = (
        spectrum(np.concatenate([_tiles(np.asarray(picture)) for picture in pictures]))
        for pictures in (photos, paintings)
    )
    return photo, painting


def _report(name: str, power: np.ndarray) -> None:
    print(f"{name:44} peak {peak(power):7.2f}   amplitude {amplitude(power):8.4%}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--style", help="a trained style as well: its name, or the folder of its bundle")
    parser.add_argument("--pictures", default="streamlit_app/examples", help="folder of photographs for --style")
    options = parser.parse_args()
    _report("noise like photographs", spectrum(natural_noise(2 * options.seeds, SIZE, 0)))
    for kind, filters in (("painter", 16), ("resnet_6blocks", 16), ("resnet_9blocks", 64)):
        _report(f"{kind}, {filters} filters, untrained", untrained_spectrum(kind, filters, options.seeds))
    if options.style:
        photo, painting = style_spectra(options.style, options.pictures)
        _report("photographs", photo)
        _report(f"the same as {options.style}", painting)
    return 0


if __name__ == "__main__":
    sys.exit(main())
