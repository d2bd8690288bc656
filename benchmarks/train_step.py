"""Times one training step, and that of the published PyTorch program if a path to it is given.

    python benchmarks/train_step.py --reference torch_cyclegan.py --reference-python torch-venv/bin/python
    python benchmarks/train_step.py --sizes 128 --presets style --xla
    python benchmarks/train_step.py --pipeline data/impressionism

The reference is called as `REFERENCE train --size N --runs K` and prints one line of JSON with `median_s`, seconds.
Ours and the reference run in processes of their own, one after the other, in several rounds; the ratio of each round
is taken within it, since a machine changes its pace. Both train the full CycleGAN with identity loss and without image
pool on made-up pictures; the preset paper is the reference's networks, style is compared with the same full reference.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def time_steps(options) -> dict[str, float]:
    """In this process: seconds of a step, of the first (tracing, compiling), and peak memory in MB."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import resource

    import keras
    import numpy as np

    from tf_cyclegan.run.config import TrainConfig
    from tf_cyclegan.run.presets import PRESETS
    from tf_cyclegan.train.opened import build_cyclegan

    size, batch = options.sizes[0], options.batch
    more = {"crop": size, "load": size, "batch": batch, "pool_size": 0, "xla": options.xla}
    backend = keras.backend.backend()
    keras.config.set_dtype_policy(options.precision)
    model = build_cyclegan(TrainConfig(**{**PRESETS[options.presets[0]], **more, "backend": backend}))
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, batch, size, size, 3)).astype("float32")
    pair, seconds = {"x": pictures[0], "y": pictures[1]}, []
    for _ in range(options.runs + 2):
        began = time.perf_counter()
        model.train_on_batch(pair, return_dict=True)
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"median_s": statistics.median(seconds[2:]), "first_s": seconds[0], "peak_mb": peak}


def run(command: list[str]) -> dict[str, float]:
    """What a process prints in its last line, and its peak memory in MB."""
    with tempfile.TemporaryFile("w+") as messages:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=messages, text=True)
        out = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            messages.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{messages.read()[-2000:]}")
    return {"peak_mb": usage.ru_maxrss / 1024, **json.loads(out.strip().splitlines()[-1])}


def ours(preset: str, size: int, options) -> dict[str, float]:
    words = [sys.executable, __file__, "--child", "--presets", preset, "--sizes", str(size)]
    words += ["--batch", str(options.batch), "--runs", str(options.runs), "--precision", options.precision]
    return run(words + (["--xla"] if options.xla else []))


def reference(size: int, options) -> dict[str, float]:
    words = [options.reference_python, options.reference, "train", "--size", str(size), "--batch", str(options.batch)]
    return run([*words, "--runs", str(options.runs), *options.reference_options.split()])


def compare(preset: str, size: int, options) -> None:
    """Prints a row: medians over the rounds, and the ratio's median and range."""
    rounds = []
    for i in range(options.rounds):
        # Whoever comes second finds a warmer machine: they take turns.
        calls = [lambda: ours(preset, size, options)]
        if options.reference:
            calls.append(lambda: reference(size, options))
        results = [call() for call in (calls if i % 2 == 0 else calls[::-1])]
        rounds.append(results if i % 2 == 0 else results[::-1])
    mine = [r[0] for r in rounds]
    seconds, first = _median(mine, "median_s"), _median(mine, "first_s")
    row = f"| {preset} | {size} | {seconds:.3f} | {first:.1f} | {_peak(mine)} |"
    if options.reference:
        theirs = [r[1] for r in rounds]
        ratios = sorted(b["median_s"] / a["median_s"] for a, b in rounds)
        spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        row += f" {_median(theirs, 'median_s'):.3f} | {_peak(theirs)} | {spread} |"
    print(row, flush=True)


def _median(results, name: str) -> float:
    return statistics.median(r[name] for r in results)


def _peak(results) -> str:
    return f"{max(r['peak_mb'] for r in results):.0f}"


def time_pipeline(data: str, crop: int, steps: int) -> None:
    """Prints how many steps a second the input pipeline alone delivers, in the first round and from memory."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from tf_cyclegan.train.data import PairSource, open_dataset

    source = PairSource([data], load=max(286, crop), crop=crop, batch=1, seed=0)
    first = max(len(domain) for domain in source.domains[0])
    for name, start, stop in (("decoding", 0, first), ("from memory", first, first + steps)):
        began = time.perf_counter()
        count = sum(1 for _ in open_dataset(source, start, stop))
        rate = count / (time.perf_counter() - began)
        print(f"pipeline, crop {crop}, {name}: {rate:.0f} steps a second, {1000 / rate:.2f} ms a step")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--presets", nargs="+", default=["paper", "style"])
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3, help="steps timed in each process")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--xla", action="store_true")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--reference", help="the published program")
    parser.add_argument("--reference-python", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--reference-options", default="", help='e.g. "--device cuda --amp"')
    parser.add_argument("--pipeline", metavar="DATA", help="time the input pipeline on a prepared folder instead")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(time_steps(options)))
    elif options.pipeline:
        time_pipeline(options.pipeline, 256, 2000)
    else:
        head = ["preset", "px", "s a step", "s the first", "peak MB"]
        head += ["reference s", "peak MB", "times as fast (range)"] if options.reference else []
        print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
        for size in options.sizes:
            for preset in options.presets:
                compare(preset, size, options)


if __name__ == "__main__":
    main()
