"""How steady painted films are, how fast, and in how much memory.

    python benchmarks/film.py steady --photos FOLDER
    python benchmarks/film.py speed

`steady` moves a window over photographs, so that the motion is known, and adds a sensor's noise. Of each painted film
it prints the warping error: the mean difference in levels between a frame and the one before, moved by the known
motion. Each row gives it for frames that are painted alone and for `SteadyPainter`, their ratio, and how strong the
three finest bands of detail are in relation to frames that are painted alone. `--keep` writes the last frame of each
pan both ways, for a measurement of KID.

`speed` paints a film of 16:9 as `stylize` does, one process each, and prints frames per second, the processor's seconds
for a frame, their ratio to those of frames that are painted alone, and the peak of resident memory (VmHWM, Linux), for
a short film and one of four times its length. With `--rival` it also times another program's command.
"""

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

EXAMPLES = ROOT / "streamlit_app" / "examples"
# Frames of a film, and their size in `steady`.
FRAMES, WIDTH, HEIGHT = 16, 512, 384
# At the beginning nothing is older than a few frames.
SETTLED = 6
SIZES = {"256": (256, 144), "512": (512, 288), "720p": (1280, 720)}


class Scene(NamedTuple):
    """A window that moves over a photograph: pixels to the right and down with each frame, and noise in levels."""

    x: float
    y: float
    noise: float


SCENES = {
    "still": Scene(0, 0, 0),
    "still, noise 2": Scene(0, 0, 2),
    "still, noise 5": Scene(0, 0, 5),
    "pan 1, 0": Scene(1, 0, 0),
    "pan 3, 1, noise 2": Scene(3, 1, 2),
    "pan 1.37, 0.6, noise 2": Scene(1.37, 0.6, 2),
    "pan 0.25, 0, noise 2": Scene(0.25, 0, 2),
}


def film_of(photo: Image.Image, scene: Scene) -> list[Image.Image]:
    """The frames of a scene."""
    random = np.random.default_rng(0)
    frames = []
    for number in range(FRAMES):
        left, top = 4 + scene.x * number, 4 + scene.y * number
        box = (left, top, left + WIDTH, top + HEIGHT)
        pixels = np.asarray(photo.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS, box=box), np.float32)
        noisy = pixels + random.normal(0, scene.noise, pixels.shape) if scene.noise else pixels
        frames.append(Image.fromarray(np.rint(np.clip(noisy, 0, 255)).astype(np.uint8)))
    return frames


def warping_error(frames: list[Image.Image], scene: Scene) -> float:
    """Mean difference in levels between frames and those before, moved by the known motion."""
    width, height = WIDTH - int(np.ceil(scene.x)), HEIGHT - int(np.ceil(scene.y))
    box, errors = (scene.x, scene.y, scene.x + width, scene.y + height), []
    for before, after in itertools.pairwise(frames):
        moved = before.resize((width, height), Image.Resampling.LANCZOS, box=box)
        difference = np.asarray(moved, np.float32) - np.asarray(after.crop((0, 0, width, height)), np.float32)
        errors.append(np.abs(difference[4:-4, 4:-4]).mean())
    return float(np.mean(errors))


def detail(frames: list[Image.Image]) -> np.ndarray:
    """Standard deviations of the three finest bands of luma, an octave apart; the mean of the frames."""
    found = []
    for frame in frames:
        level, bands = frame.convert("L").convert("F"), []
        for _ in range(3):
            smaller = level.reduce(2)
            rest = np.asarray(level) - np.asarray(smaller.resize(level.size, Image.Resampling.BICUBIC))
            bands.append(rest.std())
            level = smaller
        found.append(bands)
    return np.mean(found, axis=0)


def measure_steadiness(options: argparse.Namespace) -> None:
    from tf_cyclegan.film.steady import SteadyPainter
    from tf_cyclegan.stylize.files import paint
    from tf_cyclegan.stylize.look import Look

    stylizer = open_stylizer(options.style)
    photos = [photo for photo in photos_in(options.photos) if photo][:: options.every]
    print(f"{len(photos)} photographs of {WIDTH}×{HEIGHT} pixels, {FRAMES} frames, {options.style}, {options.brush}")
    print(f"{'scene':24} {'alone':>7} {'steady':>7} {'ratio':>6} {'worst':>6}   detail")
    for name, scene in SCENES.items():
        rows = []
        for number, photo in enumerate(photos):
            frames = film_of(photo, scene)
            look = Look(None, options.brush)
            alone = [paint(stylizer, frame, look) for frame in frames]
            steady = run_steady(SteadyPainter, frames, alone)
            errors = warping_error(alone, scene), warping_error(steady, scene)
            rows.append([*errors, *(detail(steady[SETTLED:]) / detail(alone[SETTLED:]))])
            if options.keep and scene.x > 1:
                keep(Path(options.keep), f"{number:03d}-{scene.x:g}", alone[-1], steady[-1])
        table = np.array(rows)
        alone_error, steady_error = table[:, :2].mean(0)
        worst = (table[:, 1] / np.maximum(table[:, 0], 0.01)).max()
        ratio = steady_error / max(alone_error, 0.01)
        bands = " ".join(f"{value:.2f}" for value in table[:, 2:].mean(0))
        print(f"{name:24} {alone_error:7.2f} {steady_error:7.2f} {ratio:6.2f} {worst:6.2f}   {bands}", flush=True)


def run_steady(painter: Callable, frames: list[Image.Image], alone: list[Image.Image]) -> list[Image.Image]:
    """The steady paintings of frames whose own paintings are known."""
    known = {id(frame): painting for frame, painting in zip(frames, alone, strict=True)}
    steady = painter(lambda frame: known[id(frame)])
    return [steady(frame) for frame in frames]


def keep(folder: Path, name: str, alone: Image.Image, steady: Image.Image) -> None:
    for kind, picture in (("alone", alone), ("steady", steady)):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        picture.save(folder / kind / f"{name}.png")


def photos_in(folder: str) -> Iterator[Image.Image]:
    """Photographs that are large enough for every scene, at a size at which they have detail in every pixel."""
    for path in sorted(Path(folder).iterdir()):
        if path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
            continue
        photo = Image.open(path).convert("RGB")
        least = (WIDTH + 5 * FRAMES, HEIGHT + 3 * FRAMES)
        scale = max(least[0] / photo.width, least[1] / photo.height)
        if scale < 1:
            yield photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.Resampling.LANCZOS)


def open_stylizer(style: str):
    from tf_cyclegan.stylize.style import open_bundle
    from tf_cyclegan.stylize.stylizer import Stylizer

    return Stylizer(open_bundle(style))


CHILD = """
import sys, time, pathlib
sys.path.insert(0, {root!r})
import tf_cyclegan.film.painting as painting
if sys.argv[5] == "alone":
    painting.SteadyPainter = lambda paint: lambda frame, changing: paint(frame)
from tf_cyclegan.stylize.look import Look
from tf_cyclegan.stylize.style import open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer
source, out, style, brush = sys.argv[1:5]
stylizer = Stylizer(open_bundle(style))
start, began = time.perf_counter(), time.process_time()
done = painting.paint_film(stylizer, source, out, Look(None, brush))
seconds = time.perf_counter() - start
fields = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
processor = time.process_time() - began
print(done.frames / seconds, processor / done.frames, int(fields["VmHWM"].split()[0]) / 1024)
"""


def measure_speed(options: argparse.Namespace) -> None:
    print(f"{'film':8} {'frames':>6} {'painted':>8} {'frames/s':>9} {'CPU s':>6} {'ratio':>6} {'peak MB':>8}")
    for name, size in SIZES.items():
        for count in (options.frames, 4 * options.frames):
            with tempfile.TemporaryDirectory() as folder:
                source = Path(folder) / "film.mp4"
                write_film(source, size, count)
                first = 0.0
                for how in ("alone", "steady") if count == options.frames else ("steady",):
                    words = [str(source), str(Path(folder) / "out.mp4"), options.style, options.brush, how]
                    rate, processor, peak = child(words)
                    first = first or processor
                    row = (
                        f"{name:8} {count:6} {how:>8} {rate:9.2f} {processor:6.2f} {processor / first:6.2f} {peak:8.0f}"
                    )
                    print(row, flush=True)
                if options.rival and count == options.frames:
                    rate = rival(options.rival, source, Path(folder) / "rival.mp4", count)
                    print(f"{name:8} {count:6} {'rival':>8} {rate:9.2f}", flush=True)


def child(words: list[str]) -> tuple[float, float, float]:
    command = [sys.executable, "-c", CHILD.format(root=str(ROOT)), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rate, processor, peak = done.stdout.split()[-3:]
    return float(rate), float(processor), float(peak)


def rival(command: str, source: Path, out: Path, count: int) -> float:
    """Frames per second of another program; `{source}` and `{out}` in its command are replaced."""
    start = time.perf_counter()
    words = [word.format(source=source, out=out) for word in command.split()]
    subprocess.run(words, capture_output=True, check=True)
    return count / (time.perf_counter() - start)


def write_film(path: Path, size: tuple[int, int], count: int) -> None:
    """A hand-held pan over an example photograph, with noise, and a cut in the middle."""
    import av

    random = np.random.default_rng(0)
    photos = [Image.open(each).convert("RGB") for each in sorted(EXAMPLES.glob("*.jpg"))[:2]]
    with av.open(path, "w") as file:
        video = file.add_stream("libx264", rate=25, options={"crf": "18"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        for number in range(count):
            photo = photos[2 * number // count]
            step = number % max(1, count // 2)
            scale = 0.8 * min(photo.width / size[0], photo.height / size[1])
            left, top = (0.1 + 0.05 * np.sin(step / 9)) * photo.width, (0.05 + 0.03 * np.cos(step / 7)) * photo.height
            box = (left, top, left + scale * size[0], top + scale * size[1])
            pixels = np.asarray(photo.resize(size, Image.Resampling.LANCZOS, box=box), np.float32)
            pixels = np.clip(pixels + random.normal(0, 2, pixels.shape), 0, 255).astype(np.uint8)
            file.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        file.mux(video.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("steady", "speed"))
    parser.add_argument("--style", default="impressionism", help="name of a style, or folder of a bundle")
    parser.add_argument("--brush", default="medium")
    parser.add_argument("--photos", default=str(EXAMPLES), help="folder of photographs for `steady`")
    parser.add_argument("--every", type=int, default=1, help="take each so-many-th photograph")
    parser.add_argument("--keep", metavar="FOLDER", help="write the last frames of pans there")
    parser.add_argument("--frames", type=int, default=40, help="length of the films for `speed`")
    parser.add_argument("--rival", metavar="COMMAND", help="another program's command, with {source} and {out}")
    options = parser.parse_args()
    (measure_steadiness if options.what == "steady" else measure_speed)(options)


if __name__ == "__main__":
    main()
