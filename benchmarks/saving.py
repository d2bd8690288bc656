"""What saving costs: the same steps with and without checkpoints, alternating, in one process.

    python benchmarks/saving.py data/impressionism --preset paper --size 64

Prints the seconds that one save adds to training (copying the state, writing the generators, and what the writer takes
from the neighbouring steps) and its share of ten minutes, the default interval.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def seconds_of(data: str, preset: str, size: int, steps: int, save_steps: int) -> float:
    """Of the steps after the first, which traces and compiles, until everything is written."""
    from keras.callbacks import Callback

    from tf_cyclegan.run.presets import config_for
    from tf_cyclegan.train.training import train

    class Stamp(Callback):
        began = 0.0

        def on_train_batch_end(self, batch, logs=None):
            if batch == 0:
                Stamp.began = time.perf_counter()

    more = {"crop": size, "load": size, "steps": steps, "save_steps": save_steps, "sample_steps": 10**6}
    with tempfile.TemporaryDirectory() as folder:
        train(config_for(data, f"{folder}/run", preset, **more), observers=[Stamp()])
    return time.perf_counter() - Stamp.began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="prepared folder")
    parser.add_argument("--preset", default="paper")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--every", type=int, default=5, help="steps between two saves")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    saves, costs = (options.steps - 1) // options.every, []
    for i in range(options.rounds):
        pair = {}
        for every in (0, options.every) if i % 2 == 0 else (options.every, 0):
            pair[every] = seconds_of(options.data, options.preset, options.size, options.steps, every)
        costs.append((pair[options.every] - pair[0]) / saves)
        print(f"round {i + 1}: {pair[0]:.1f} s without, {pair[options.every]:.1f} s with {saves} saves", flush=True)
    cost = statistics.median(costs)
    print(
        f"{options.preset}: a save adds {cost:.2f} s ({min(costs):.2f} to {max(costs):.2f}): {cost / 6:.2f} % of 10 min"
    )


if __name__ == "__main__":
    main()
