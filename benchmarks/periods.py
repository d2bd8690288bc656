"""Measures one network of several periods: how evenly it goes from one to the next, and its speed in LiteRT.

    python benchmarks/periods.py
    python benchmarks/periods.py --style periods --single impressionism --pictures DIR --sheet slider.png

*Even*: between two neighbouring periods, in the order of their years, pictures are painted in steps of 1/20. The mean
change of each is compared with the even share, a twentieth of the change from end to end: 1 would be a straight
way, and a slider that jumps or flickers has steps of many shares. *Paint* is the contrast of the finest band halfway,
relative to the mean of both ends: mud would have less.

*Speed*: both networks paint by turns in one process, and a ratio is that of two neighbouring runs, so that other load
falls on both. The median of several medians is given with their range.
"""

import argparse
import statistics
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from export.gate import measure_speed
from tf_cyclegan.pictures.files import list_pictures, open_picture
from tf_cyclegan.pictures.pixels import resize_short_side
from tf_cyclegan.stylize.style import Bundle, open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer

STEPS = 20
# Medians of which the speed is the median, and pairs of runs in each.
_MEDIANS, _PAIRS = 7, 20


def in_years(bundle: Bundle) -> list[str]:
    """The keys of the periods in the order in which they began."""
    return [found["key"] for found in sorted(bundle.about["periods"], key=lambda period: period["years"])]


def between(bundle: Bundle, one: str, other: str, share: float) -> list[float]:
    """What the network is given for the mixture of two periods."""
    weights = {one: 1 - share, other: share}
    return [weights.get(key, 0.0) for key in bundle.periods]


def squares(folder: str, count: int, side: int) -> Iterator[np.ndarray]:
    """The middle of pictures that are spread over a folder, uint8 `(side, side, 3)`."""
    paths = list_pictures(folder)
    for place in np.linspace(0, len(paths) - 1, min(count, len(paths))).round().astype(int):
        picture = resize_short_side(open_picture(paths[place]), side)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        yield np.asarray(picture.crop((left, top, left + side, top + side)))


def finest_contrast(painting: np.ndarray) -> float:
    """Standard deviation of what a blur of one pixel takes away."""
    grey = Image.fromarray(painting).convert("L")
    return float((np.asarray(grey, np.float64) - np.asarray(grey.filter(ImageFilter.GaussianBlur(1)))).std())


def measure_way(stylizer: Stylizer, one: str, other: str, photos: list[np.ndarray]) -> tuple[float, float, float]:
    """From one period to another: the change of a value from end to end in levels, the largest step in even shares, and
    the paint halfway."""
    changes, paint = np.zeros((len(photos), STEPS + 1)), []
    for row, photo in zip(changes, photos, strict=True):
        shares = np.linspace(0, 1, STEPS + 1)
        way = [stylizer.run(photo, between(stylizer.bundle, one, other, share)) for share in shares]
        row[:] = [np.abs(b.astype(np.float64) - a).mean() for a, b in (*pairwise(way), (way[0], way[-1]))]
        first, middle, last = (finest_contrast(way[place]) for place in (0, STEPS // 2, STEPS))
        paint.append(2 * middle / (first + last))
    *steps, whole = changes.mean(0)
    return float(whole), float(max(steps) / (whole / STEPS)), statistics.fmean(paint)


def draw_sheet(stylizer: Stylizer, keys: list[str], photos: list[np.ndarray]) -> Image.Image:
    """A row for each photograph: it, then every period with the halfway pictures between them."""
    bundle = stylizer.bundle
    mixes = [between(bundle, one, other, share) for one, other in pairwise(keys) for share in (0, 0.5)]
    mixes.append(between(bundle, keys[-1], keys[-1], 1))
    rows = [np.concatenate([photo, *(stylizer.run(photo, mix) for mix in mixes)], axis=1) for photo in photos]
    return Image.fromarray(np.concatenate(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--style", default="periods", help="of several periods: its name, or the folder of its bundle")
    parser.add_argument("--single", default="impressionism", help="of one period, for the speed")
    parser.add_argument("--pictures", default="streamlit_app/examples", help="folder of photographs")
    parser.add_argument("--count", type=int, default=24, help="of them for the way between two periods (%(default)s)")
    parser.add_argument("--sheet", help="also draw six photographs in all periods and between them into this file")
    options = parser.parse_args()
    several, single = (Stylizer(open_bundle(style)) for style in (options.style, options.single))
    keys, photos = in_years(several.bundle), [*squares(options.pictures, options.count, 256)]
    print(f"{len(photos)} photographs of 256 px")
    for one, other in pairwise(keys):
        whole, step, paint = measure_way(several, one, other, photos)
        print(f"{one} → {other}: {whole:.1f} levels, largest step {step:.2f} even shares, paint halfway {paint:.2f}")
    if options.sheet:
        draw_sheet(several, keys, [*squares(options.pictures, 6, 256)]).save(options.sheet)
    for side in (256, 512):
        (photo,) = squares(options.pictures, 1, side)
        ratios = [1 / measure_speed(several.run, single.run, photo, _PAIRS) for _ in range(_MEDIANS)]
        took = f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
        print(f"{side} px: {options.style} takes {took} times as long as {options.single}")


if __name__ == "__main__":
    main()
