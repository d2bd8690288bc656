"""Kills a training run again and again, and compares its end with a run that was never interrupted, bit for bit.

    python benchmarks/resume.py data/impressionism --kills 30
    KERAS_BACKEND=jax python benchmarks/resume.py data/impressionism --kills 30

Half of the kills (SIGKILL) come after a random step, half while a checkpoint is being written. Losses and the whole
state (weights, optimizer, image pools, random state, moving average) must be equal to the last bit. Runs on any
prepared folder, with the smoke preset and deterministic operations; exit status 1 where anything differs.
"""

import argparse
import contextlib
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STEPS_PER_KILL = 8


def start(data: Path, run: Path, steps: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "tf_cyclegan", "train", str(data), "--run", str(run), "--preset", "smoke"]
    command += f"--steps {steps} --save-steps 3 --sample-steps 1000000 --ema 0.9 --deterministic".split()
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)


def steps_shown(child: subprocess.Popen, steps: int):
    """The step numbers that the child's progress bar shows, until it ends."""
    text = b""
    while chunk := child.stderr.read1(4096):
        text = (text + chunk)[-4096:]
        found = re.findall(rb"(\d+)/%d \[" % steps, text)
        if found:
            yield int(found[-1])


def unfinished(run: Path) -> set[tuple[str, int]]:
    """Names and times of the checkpoint files that have no manifest: being written, or left by an earlier kill."""
    folder, found = run / "checkpoints", set()
    for path in folder.glob("*ckpt-*"):
        name = path.name.removeprefix(".partial-")
        with contextlib.suppress(FileNotFoundError):  # Finished or removed in this moment.
            if not (folder / f"{name.split('.')[0]}.json").exists():
                found.add((name, path.stat().st_mtime_ns))
    return found


def kill_after_step(child: subprocess.Popen, run: Path, steps: int, wait: int) -> str:
    first = None
    for shown in steps_shown(child, steps):
        first = shown if first is None else first
        if shown >= first + wait:
            child.kill()
            return f"after step {shown}"
    return "not killed: it had ended"


def kill_while_writing(child: subprocess.Popen, run: Path, steps: int, wait: int) -> str:
    left = unfinished(run)
    seen: set[str] = set()
    while child.poll() is None:
        new = unfinished(run) - left
        seen |= {name.split(".")[0] for name, _ in new}
        if new and len(seen) > wait // 3:
            child.kill()
            return "while a checkpoint was written"
        time.sleep(0.001)
    return "not killed: it had ended"


def finish(child: subprocess.Popen) -> None:
    _, messages = child.communicate()
    if child.returncode:
        raise SystemExit(f"training failed: {messages.decode(errors='replace')[-2000:]}")


def differences(one: Path, other: Path, steps: int) -> list[str]:
    states = [p for p in (one / "checkpoints").glob(f"ckpt-{steps}.*") if p.suffix not in (".json", ".index")]
    names = ["losses.csv", *(f"checkpoints/{path.name}" for path in states)]
    assert len(names) == 2
    return [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="prepared folder")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    steps = STEPS_PER_KILL * (options.kills + 1)
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "whole", Path(folder) / "killed"
        finish(start(options.data.resolve(), whole, steps))
        for i in range(options.kills):
            child = start(options.data.resolve(), killed, steps)
            kill = (kill_after_step, kill_while_writing)[i % 2]
            print(f"kill {i + 1}: {kill(child, killed, steps, chance.randint(1, STEPS_PER_KILL - 2))}", flush=True)
            child.communicate()
        finish(start(options.data.resolve(), killed, steps))
        different = differences(whole, killed, steps)
    print(
        f"{options.kills} kills, {steps} steps: " + (f"DIFFERENT: {different}" if different else "equal, bit for bit")
    )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
