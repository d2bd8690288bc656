"""Thousands of hostile files through the page's own decoding function: time, memory, and what became of them.

python benchmarks/hostile_uploads.py --files 5000
"""

import argparse
import collections
import resource
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "streamlit_app"), str(ROOT / "tests" / "streamlit_app")]

from hostile_files import hostile
from uploads import decode

from tf_cyclegan.errors import UserError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--side", type=int, default=1024)
    args = parser.parse_args()
    became: collections.Counter[str] = collections.Counter()
    longest, slowest, faults = 0.0, "", []
    for name, data in hostile(args.files, args.seed):
        start = time.perf_counter()
        try:
            decode(name, data, args.side)
            became["picture"] += 1
        except UserError:
            became["message"] += 1
        except Exception as error:  # noqa: BLE001  Anything else is what this program looks for.
            became["FAULT"] += 1
            faults.append(f"{name}: {type(error).__name__}: {error}")
        seconds = time.perf_counter() - start
        longest, slowest = max((longest, slowest), (seconds, name))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{args.files} files: {dict(became)}; longest {longest:.2f} s ({slowest}); peak memory {peak:.0f} MB")
    print("\n".join(faults[:20]))
    return int(bool(faults) or longest > 10 or peak > 1024)


if __name__ == "__main__":
    sys.exit(main())
