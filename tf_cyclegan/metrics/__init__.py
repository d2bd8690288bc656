"""Distances between sets of features: arrays in, numbers out. These names are public."""

from tf_cyclegan.metrics.distances import (
    bootstrap_interval,
    extrapolated_distance,
    frechet_distance,
    frechet_distance_of,
    inception_score,
    kernel_distance,
)

__all__ = [
    "bootstrap_interval",
    "extrapolated_distance",
    "frechet_distance",
    "frechet_distance_of",
    "inception_score",
    "kernel_distance",
]
