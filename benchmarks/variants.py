"""Times changes of the generators in LiteRT: what number of filters, resizing, norm, padding, threads bring.

    python benchmarks/variants.py --preset style
    python benchmarks/variants.py --preset paper --rounds 5
    python benchmarks/variants.py --plain

Each variant is the preset's generator with one change, initial weights, float16, a uint8 picture of fixed size. All lie
in one process and paint by turns, in an order that is turned round every round; ratios are taken within a round. The
last column is the time a multiply-add takes, the preset's being 1: what a change brings apart from having less to
compute.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from keras import layers

import export.tflite
from tf_cyclegan.networks import generators, painter
from tf_cyclegan.networks.build import build_generator
from tf_cyclegan.networks.cost import count
from tf_cyclegan.run.presets import PRESETS


class Variant(NamedTuple):
    """A generator that paints in LiteRT, with the number of multiply-adds that it takes."""

    name: str
    macs: int
    paint: Callable[[], None]


def nothing_but_zeros(preset: str):
    """Zeros instead of mirrored margins."""
    module = painter if preset == "style" else generators
    return patch.multiple(module, ReflectionPadding2D=layers.ZeroPadding2D)


def build(preset: str, **changes) -> keras.Model:
    settings = {"filters": PRESETS[preset].get("filters", 64), "norm": "instance", **changes}
    return build_generator(PRESETS[preset].get("generator", "resnet_9blocks"), **settings)


def open_variant(name: str, generator: keras.Model, size: int, threads: int) -> Variant:
    content = export.tflite.convert(generator, size)
    interpreter = Interpreter(model_content=content, num_threads=threads)
    interpreter.allocate_tensors()
    picture = np.random.default_rng(0).integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture)
    interpreter.invoke()
    return Variant(name, count(generator, size, size).macs, interpreter.invoke)


def variants(preset: str, size: int, threads: int) -> list[Variant]:
    """The preset's generator as it is, and with one change each."""
    filters = PRESETS[preset].get("filters", 64)
    found = [open_variant("as it is", build(preset), size, threads)]
    for many in (filters * 3 // 4, filters - 2, filters - 1, filters + 1, filters * 5 // 4, filters * 3 // 2):
        found.append(open_variant(f"{many} filters", build(preset, filters=many), size, threads))
    found.append(open_variant("no norms", build(preset, norm="none"), size, threads))
    found.append(open_variant("batch norm", build(preset, norm="batch"), size, threads))
    with nothing_but_zeros(preset):
        generator = build(preset)
    found.append(open_variant("padded with zeros", generator, size, threads))
    for other in (1, 2 * threads):
        found.append(open_variant(f"{other} threads", build(preset), size, other))
    return found


def time_by_turns(found: list[Variant], rounds: int, each: int) -> list[list[float]]:
    """Seconds of each variant in each round: the median of `each` pictures. A round before these warms up."""
    seconds: list[list[float]] = [[] for _ in found]
    for i in range(rounds + 1):
        order = range(len(found)) if i % 2 == 0 else reversed(range(len(found)))
        for place in order:
            times = []
            for _ in range(each):
                began = time.perf_counter()
                found[place].paint()
                times.append(time.perf_counter() - began)
            seconds[place].append(statistics.median(times))
    return [of[1:] for of in seconds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="style")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--plain", action="store_true", help="without the rewriting that export does for LiteRT")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    keras.utils.set_random_seed(0)
    with patch.object(export.tflite, "for_litert", lambda same: same) if options.plain else nullcontext():
        found = variants(options.preset, options.size, options.threads)
    seconds = time_by_turns(found, options.rounds, 5 if options.preset == "style" else 1)
    print(f"{options.preset}, {options.size} px, {options.threads} threads")
    print("| variant | GMAC | ms | times as fast | a multiply-add |\n|" + "---|" * 5)
    for variant, times in zip(found, seconds, strict=True):
        ratios = sorted(base / s for base, s in zip(seconds[0], times, strict=True))
        ratio = statistics.median(ratios)
        print(
            f"| {variant.name} | {variant.macs / 1e9:.2f} | {1000 * statistics.median(times):.1f} "
            f"| {ratio:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) | {found[0].macs / variant.macs / ratio:.2f} |"
        )


if __name__ == "__main__":
    main()
