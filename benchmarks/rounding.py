"""Measures what carrying errors over brings when weights are rounded to the same number of bytes.

    python benchmarks/rounding.py runs/baroque-full --megabytes 3 4.5 6

Prints PSNR and SSIM on 16 held-out pictures of 256 px for each size, `export.rounding` with every error carried over to
the weights that follow (GPTQ), and with the nearest multiple for each weight by itself.
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WAYS = {"nearest": False, "carried over": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of a run whose data is there")
    parser.add_argument("--megabytes", type=float, nargs="+", default=[4.5])
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from export.gate import measure
    from export.quantize import round_weights
    from export.reference import paint
    from export.rounding import references
    from export.source import open_source

    source = open_source(options.run, "photo-to-painting")
    if source.held_out is None or source.training is None:
        parser.error(f"{options.run}: its data is not there")
    seen, pairs = references(source.generator, source.training, source.held_out)
    print(f"{'megabytes':>9}  {'rounded':<12}  {'PSNR':>8}  {'SSIM':>6}  {'seconds':>7}")
    for megabytes in options.megabytes:
        for way, carry_over in WAYS.items():
            began = time.perf_counter()
            network = round_weights(source.generator, seen, int(megabytes * 1e6), carry_over)
            seconds = time.perf_counter() - began
            found = measure("generator", "rounded", lambda picture, network=network: paint(network, picture), pairs)
            row = f"{megabytes:9.1f}  {way:<12}  {found.psnr:5.1f} dB  {found.ssim:6.4f}  {seconds:7.0f}"
            print(row, flush=True)


if __name__ == "__main__":
    main()
