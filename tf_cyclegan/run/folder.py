"""The folder of a run: its files by name, and the two directions in which it paints."""

from typing import NamedTuple

CONFIG = "config.json"
CHECKPOINTS = "checkpoints"
TRAINED_ON = "trained_on.txt"
# For each photograph the paintings that it meets, where they are chosen.
PARTNERS = "partners.npy"
# The style to which a run adds a period, as it was when the run began.
BASE = "base.tar"
SAMPLES, TENSORBOARD = "samples", "tensorboard"
# Tables with a row for each step; of the first a picture, where there is no TensorBoard.
LOSSES, EVALUATIONS, CURVES = "losses.csv", "evaluations.csv", "losses.png"
# What `evaluate` writes: all numbers, a row for each picture, features to compare runs by, and the page.
METRICS, SCORES, FEATURES, REPORT = "metrics.json", "scores.csv", "features.npz", "report.html"
# Features of real pictures, which may be deleted; where a data folder cannot be written.
FEATURE_CACHE = "features"


class Direction(NamedTuple):
    """One of the two directions of a run.

    Attributes:
        generator: its network.
        file: of the generator that is shared.
        best: of the generator that `train --evaluate-every` found best.
        source: letter of the domain that goes in.
        target: letter of the domain that comes out.
    """

    generator: str
    file: str
    best: str
    source: str
    target: str


DIRECTIONS = {
    "photo-to-painting": Direction("generator_g", "generator.keras", "generator_best.keras", "A", "B"),
    "painting-to-photo": Direction("generator_f", "generator_f.keras", "generator_f_best.keras", "B", "A"),
}
THERE, BACK = DIRECTIONS.values()
