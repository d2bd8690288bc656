"""Time and peak memory of painting pictures from 1 to 24 megapixels at full size, one process each.

    python benchmarks/large_pictures.py --style impressionism

The pictures are made of pieces of one photograph at its own size, so that all have the same texture. Each process
decodes a JPEG, paints it and encodes the result, as `stylize --full-size` does. Prints seconds, seconds a megapixel
with their ratio to the first row, and the peak of the process's resident memory (VmHWM, Linux).
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

MEGAPIXELS = (1, 3, 6, 12, 24)
CHILD = """
import pathlib, sys
from tf_cyclegan.__main__ import main
status = main(sys.argv[1:])
fields = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
print("peak", int(fields["VmHWM"].split()[0]) / 1024)
sys.exit(status)
"""


def make_photo(source: Image.Image, megapixels: float, path: Path) -> None:
    """Three to two, the source repeated and mirrored, with light that falls off to one side."""
    height = round(np.sqrt(megapixels * 1e6 / 1.5))
    width = round(1.5 * height)
    pixels = np.asarray(source)
    pixels = np.concatenate([pixels, pixels[:, ::-1]], 1)
    pixels = np.concatenate([pixels, pixels[::-1]], 0)
    times = (-(-height // pixels.shape[0]), -(-width // pixels.shape[1]), 1)
    light = np.linspace(0.4, 1.0, width, dtype=np.float32)[None, :, None]
    Image.fromarray((np.tile(pixels, times)[:height, :width] * light).astype(np.uint8)).save(path, quality=92)


def measure(photo: Path, style: str, brush: str) -> tuple[float, float]:
    """Seconds and peak megabytes of one process."""
    out = str(photo.with_name("out.jpg"))
    command = ["stylize", str(photo), "--style", style, "--out", out, "--full-size", "--brush", brush]
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", CHILD, *command], capture_output=True, text=True, cwd=ROOT, check=True)
    return time.perf_counter() - start, float(done.stdout.split()[-1])


def main() -> None:
    from tf_cyclegan.settings.choices import BRUSHES

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--style", default="impressionism", help="name of a style, or folder of a bundle")
    parser.add_argument("--brush", default="fine", choices=BRUSHES)
    parser.add_argument("--photo", default=str(ROOT / "streamlit_app" / "examples" / "fig.jpg"))
    parser.add_argument("--megapixels", type=float, nargs="+", default=MEGAPIXELS)
    parser.add_argument("--curve", metavar="PNG", help="draw seconds against megapixels")
    options = parser.parse_args()
    source, first = Image.open(options.photo).convert("RGB"), 0.0
    points = []
    print("megapixels  seconds  s/megapixel  ratio  peak MB")
    for megapixels in options.megapixels:
        with tempfile.TemporaryDirectory() as folder:
            photo = Path(folder) / "photo.jpg"
            make_photo(source, megapixels, photo)
            seconds, peak = measure(photo, options.style, options.brush)
        each = seconds / megapixels
        points.append((megapixels, seconds))
        first = first or each
        print(f"{megapixels:10g} {seconds:8.1f} {each:12.2f} {each / first:6.2f} {peak:8.0f}", flush=True)
    if options.curve:
        draw_curve(points, options.curve)


def draw_curve(points: list[tuple[float, float]], path: str) -> None:
    """Seconds against megapixels, with the line through the origin that fits what was painted in tiles."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.5), dpi=110, layout="constrained")
    axes = figure.add_subplot(xlabel="megapixels", ylabel="seconds")
    tiled = np.array(points[1:] or points)
    slope = (tiled[:, 0] @ tiled[:, 1]) / (tiled[:, 0] @ tiled[:, 0])
    axes.plot((0, points[-1][0]), (0, slope * points[-1][0]), color="0.6", label=f"{slope:.2f} s a megapixel")
    axes.plot(*zip(*points, strict=True), "o", color="tab:blue", label="measured")
    axes.set(xlim=(0, None), ylim=(0, None))
    axes.legend()
    figure.savefig(path)


if __name__ == "__main__":
    main()
