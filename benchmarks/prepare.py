"""Measures how many pictures are prepared per second, compared with a plain loop with Pillow.

    python -m benchmarks.prepare --pictures 96 --rounds 3

Both make JPEGs with a short side of 288 pixels of the same made-up photographs of 3,000 × 2,000 pixels. The plain loop
decodes, converts and resizes one after the other; `prepare` decodes at a fraction of the size, in processes, and
cleans, finds duplicates and writes manifest and report besides. They take turns, and the ratio of each turn counts.
"""

import argparse
import itertools
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from tf_cyclegan.pictures.pixels import resize_short_side
from tf_cyclegan.prepare.dataset import prepare
from tf_cyclegan.prepare.gather.folder import read_folder

_WIDTH, _HEIGHT, _SIZE = 3000, 2000, 288


def make_photographs(folder: Path, count: int, seed: int) -> None:
    """JPEGs of two megabytes, like those of a camera; turned and in other colours, one drawing serves 24 times."""
    folder.mkdir()
    for i in range(count):
        if i % 24 == 0:
            drawn = draw(seed + i)
        flip, colours = divmod(i % 24, 6)
        turned = drawn[:: 1 - 2 * (flip % 2), :: 1 - 2 * (flip // 2), list(itertools.permutations(range(3)))[colours]]
        Image.fromarray(np.ascontiguousarray(turned)).save(folder / f"{i:03d}.jpg", quality=92)


def draw(seed: int) -> np.ndarray:
    """Shapes of several sizes, and grain."""
    random = np.random.default_rng(seed)
    picture = random.normal(0, 6, (_HEIGHT, _WIDTH, 1)).astype(np.float32)
    for cells, share in ((4, 0.5), (24, 0.3), (160, 0.2)):
        layer = Image.fromarray(random.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        picture = picture + share * np.asarray(layer.resize((_WIDTH, _HEIGHT), Image.Resampling.BICUBIC), np.float32)
    return np.clip(picture, 0, 255).astype(np.uint8)


def plain_loop(sources: list[Path], out: Path) -> None:
    for i, path in enumerate(p for folder in sources for p in sorted(folder.iterdir())):
        with Image.open(path) as image:
            resize_short_side(image.convert("RGB"), _SIZE).save(out / f"{i}.jpg", quality=90)


def seconds(function, *arguments) -> float:
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = [folder / "photos", folder / "paintings"]
        for i, source in enumerate(sources):
            make_photographs(source, options.pictures // 2, 10_000 * i)
        for turn in range(options.rounds):
            out = folder / f"plain{turn}"
            out.mkdir()
            plain = seconds(plain_loop, sources, out)
            ours = seconds(
                lambda out=folder / f"prepared{turn}": prepare(
                    *map(read_folder, sources), out, processes=os.cpu_count()
                )
            )
            ratios.append(plain / ours)
            rates = [options.pictures / t for t in (plain, ours)]
            print(
                f"turn {turn + 1}: plain loop {rates[0]:.1f} a second, prepare {rates[1]:.1f}, {ratios[-1]:.2f} times"
            )
    print(f"{os.cpu_count()} cores, {options.pictures} pictures: {statistics.median(ratios):.2f} times (median)")


if __name__ == "__main__":
    main()
