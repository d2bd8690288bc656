"""Measures what features cost, and that memory does not grow with the number of pictures.

    python -m benchmarks.evaluate --weights mobilenet_v2_imagenet.keras --pictures 1000 4000

Makes the given number of JPEGs of 256 × 256 pixels, and computes their MobileNetV2 features in colour, as `evaluate`
does: each number of pictures in a process of its own, which reports its time (without loading the network, which is
reported separately), the most memory it held, and the time that the same takes from the cache. `--generator FILE` adds
what one evaluation of `train --evaluate-every` costs: 64 pictures painted, and their features in colour and grey.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image


def make_pictures(folder: Path, count: int) -> None:
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for i in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (32, 32, 3), dtype=np.uint8))
        coarse.resize((256, 256), Image.Resampling.BICUBIC).save(folder / f"{i:05d}.jpg", quality=90)


def measure(folder: Path, weights: str, cache: Path) -> dict[str, float]:
    from tf_cyclegan.pictures.files import list_pictures
    from tf_cyclegan.score.extractors import load_extractor
    from tf_cyclegan.score.feature_sets import FeatureCache

    paths, found = list_pictures(folder), {}
    start = time.perf_counter()
    extractor = load_extractor("mobilenet_v2", weights)
    found["loading"] = time.perf_counter() - start
    for name in ("features", "again from the cache"):
        start = time.perf_counter()
        FeatureCache(extractor, [cache]).features(paths, ["colour"])
        found[name] = time.perf_counter() - start
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def measure_training(folder: Path, weights: str, generator: str, cache: Path) -> dict[str, float]:
    from tf_cyclegan.networks.files import load_network
    from tf_cyclegan.score.extractors import load_extractor
    from tf_cyclegan.score.fixed_set import FixedSet

    fixed = FixedSet(folder, load_extractor("mobilenet_v2", weights), (cache,))
    network = load_network(generator)
    fixed.score(network)  # The first compiles.
    start = time.perf_counter()
    fixed.score(network)
    return {"one evaluation while training": time.perf_counter() - start}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--pictures", type=int, nargs="+", default=[1000, 4000])
    parser.add_argument("--generator")
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        folder = Path(options.folder)
        cache = folder.parent / "cache"
        training = (folder / "trainA").is_dir()
        found = (
            measure_training(folder, options.weights, options.generator, cache)
            if training
            else measure(folder, options.weights, cache)
        )
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as name:
        for count in options.pictures:
            folder = Path(name) / f"{count}" / "pictures"
            make_pictures(folder, count)
            tell(f"{count:,} pictures", folder, options)
        if options.generator:
            for domain in ("trainA", "trainB"):
                make_pictures(Path(name) / "training" / "data" / domain, 64)
            tell("64 pictures", Path(name) / "training" / "data", options)


def tell(label: str, folder: Path, options) -> None:
    command = [sys.executable, "-m", "benchmarks.evaluate", "--folder", str(folder), "--weights", options.weights]
    command += ["--generator", options.generator] if options.generator else []
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    found = json.loads(output.splitlines()[-1])
    memory = found.pop("memory", None)
    words = [f"{name} {seconds:.1f} s" for name, seconds in found.items()]
    print(f"{label}: {', '.join(words)}" + (f", {memory:,.0f} MB at most" if memory else ""), flush=True)


if __name__ == "__main__":
    main()
