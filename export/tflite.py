"""A generator as TFLite."""

import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from export.saved_model import write_saved_model

PRECISIONS = ("float32", "float16")


def convert(generator: keras.Model, size: int | None, precision: str = "float16") -> bytes:
    """A TFLite model for one uint8 picture `(1, size, size, 3)`, scaling inside.

    Args:
        generator: floats in [-1, 1] in and out.
        size: side of the picture; None leaves height and width open (for CPUs: GPU delegates and browsers want them
            fixed).
        precision: of the weights, one of `PRECISIONS`.

    Returns:
        The flatbuffer.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"`precision` must be one of {PRECISIONS}. Received: precision={precision!r}")
    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(generator, Path(folder), (1, size, size, 3))
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if precision == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        return converter.convert()
