"""Exact resume: a run that was killed ends bit for bit like one that was not. Thirty kills are in benchmarks/."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_a_killed_run_ends_like_one_that_was_never_interrupted(prepared):
    command = [sys.executable, "benchmarks/resume.py", str(prepared), "--kills", "2"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "kill 1: after step" in run.stdout
    assert "kill 2: while a checkpoint was written" in run.stdout
    assert "2 kills, 24 steps: equal, bit for bit" in run.stdout
