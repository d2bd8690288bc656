"""No artefact leaves unless it computes what Keras computes, on real pictures."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from export.reference import Pair
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.similarity import ssim

# float32: at least this share of the values may differ by one level at most.
MIN_EQUAL_SHARE = 0.999
# float16: at least this PSNR, in decibels.
MIN_PSNR_FLOAT16 = 45.0
# Integers: at least this PSNR, and either this many times as fast as the float model or this share of its size.
MIN_PSNR_INTEGER = 35.0
MIN_SPEED = 1.2
MAX_SIZE = 0.5

# A picture, and for a network of several periods their weights → the painting.
Run = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Verdict:
    """How an artefact compares with Keras, in levels of 0 to 255.

    Attributes:
        artefact: its name.
        precision: "float32", "float16", or a kind of integers.
        pictures: compared.
        max_difference: largest difference.
        within_one_level: share of the values that differ by at most one level.
        psnr: peak signal-to-noise ratio over all values in decibels; 99 where nothing differs.
        ssim: structural similarity, mean over the pictures.
        bytes: of its file; 0 where it has none.
        speed: of integers, how many times as fast as the float model of the same size.
        size: of integers, its share of that model's bytes.
        refused: why it was left out; empty where it was not.
    """

    artefact: str
    precision: str
    pictures: int = 0
    max_difference: int | None = None
    within_one_level: float | None = None
    psnr: float | None = None
    ssim: float | None = None
    bytes: int = 0
    speed: float | None = None
    size: float | None = None
    refused: str = ""

    def as_dict(self) -> dict:
        return asdict(self)

    def __str__(self) -> str:
        parts = [f"{self.artefact} ({self.precision}):"]
        if self.pictures:
            parts.append(f"{self.within_one_level:.4%} within one level on {self.pictures} pictures,")
            parts.append(f"largest difference {self.max_difference}, PSNR {self.psnr:.1f} dB, SSIM {self.ssim:.4f}")
        if self.speed is not None:
            parts.append(f"({self.speed:.2f} times as fast, {self.size:.2f} times the size)")
        return " ".join(parts) + (f" - left out: {self.refused}" if self.refused else "")


def measure(artefact: str, precision: str, run: Run, pairs: Sequence[Pair]) -> Verdict:
    """Runs an artefact on pictures for which Keras' results are known.

    Args:
        artefact: its name.
        precision: see `Verdict`.
        run: uint8 `(h, w, 3)`, and the weights of periods where the pair has some → uint8 `(h, w, 3)`.
        pairs: pictures, and Keras' results for them.
    """
    differences, alike = [], []
    for picture, expected, mix in pairs:
        found = run(picture) if mix is None else run(picture, mix)
        differences.append(np.abs(expected.astype(np.int16) - found).ravel())
        alike.append(ssim(expected, found))
    difference = np.concatenate(differences)
    error = float(np.mean(difference.astype(np.float64) ** 2))
    psnr = min(99.0, 10 * np.log10(255.0**2 / error)) if error else 99.0
    return Verdict(
        artefact,
        precision,
        len(pairs),
        int(difference.max()),
        round(float(np.mean(difference <= 1)), 6),
        round(float(psnr), 2),
        round(float(np.mean(alike)), 5),
    )


def compare(artefact: str, precision: str, run: Run, pairs: Sequence[Pair]) -> Verdict:
    """Measures a float artefact and checks it with the gate.

    Raises:
        UserError: float32: fewer than `MIN_EQUAL_SHARE` of the values are within one level; float16: less than
            `MIN_PSNR_FLOAT16`.
    """
    verdict = measure(artefact, precision, run, pairs)
    assert verdict.within_one_level is not None  # noqa: S101 - for type checkers
    assert verdict.psnr is not None  # noqa: S101
    fault = ""
    if precision == "float32" and verdict.within_one_level < MIN_EQUAL_SHARE:
        fault = f"only {verdict.within_one_level:.2%} of the values are within one level"
    if precision != "float32" and verdict.psnr < MIN_PSNR_FLOAT16:
        fault = f"PSNR {verdict.psnr:.1f} dB, at least {MIN_PSNR_FLOAT16:.0f} are wanted"
    if fault:
        largest = f"largest difference {verdict.max_difference}"
        raise UserError(f"{artefact} is not what Keras computes: {fault}, {largest}; nothing was written")
    return verdict


def judge(verdict: Verdict, own_bytes: int, float_bytes: int, speed: float) -> Verdict:
    """Checks an integer artefact with the gate: whether it is accurate enough, and brings a gain.

    Args:
        verdict: as measured.
        own_bytes: of its file.
        float_bytes: of the float model of the same size.
        speed: how many times as fast it is as that one.

    Returns:
        The verdict with these figures, and `refused` where it does not pass.
    """
    assert verdict.psnr is not None  # noqa: S101 - for type checkers
    size, faults = own_bytes / float_bytes, []
    if verdict.psnr < MIN_PSNR_INTEGER:
        faults.append(f"PSNR {verdict.psnr:.1f} dB, at least {MIN_PSNR_INTEGER:.0f} are wanted")
    if speed < MIN_SPEED and size > MAX_SIZE:
        faults.append(
            f"{speed:.2f} times as fast and {size:.2f} times the size of the float model, "
            f"wanted is {MIN_SPEED} or {MAX_SIZE}"
        )
    speed, size = round(speed, 3), round(size, 3)
    return replace(verdict, bytes=own_bytes, speed=speed, size=size, refused="; ".join(faults))


def measure_speed(run: Run, other: Run, picture: np.ndarray, rounds: int = 7) -> float:
    """How many times as fast `run` is as `other`: median of the ratios of alternating runs, after one to warm up."""
    ratios = []
    for i in range(rounds + 1):
        mine, theirs = _seconds(run, picture), _seconds(other, picture)
        if i:
            ratios.append(theirs / mine)
    return statistics.median(ratios)


def _seconds(run: Run, picture: np.ndarray) -> float:
    start = time.perf_counter()
    run(picture)
    return time.perf_counter() - start
