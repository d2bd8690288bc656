"""A generator as TFLite."""

import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from export.saved_model import write_saved_model
from export.tiling import tiling_signatures

# Precision of the weights → bytes of each.
WEIGHT_BYTES = {"float32": 4, "float16": 2}


def convert(generator: keras.Model, size: int | None, precision: str = "float16") -> bytes:
    """A TFLite model for one uint8 picture `(1, size, size, 3)`, scaling inside.

    Args:
        generator: floats in [-1, 1] in and out.
        size: side of the picture; None leaves height and width open (for CPUs: GPU delegates and browsers want them
            fixed).
        precision: of the weights, a key of `WEIGHT_BYTES`.

    Returns:
        The flatbuffer.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(generator, Path(folder), (1, size, size, 3))
        return _convert(folder, ["serving_default"], precision)


def convert_tiling(generator: keras.Model, precision: str = "float16") -> bytes:
    """A TFLite model with the signatures of `export.tiling`, for painting large pictures in tiles.

    Args:
        generator: floats in [-1, 1] in and out.
        precision: of the weights, a key of `WEIGHT_BYTES`.

    Returns:
        The flatbuffer.
    """
    signatures = tiling_signatures(generator)
    with tempfile.TemporaryDirectory() as folder:
        archive = keras.export.ExportArchive()
        archive.track(generator)
        for name, (function, takes) in signatures.items():
            archive.add_endpoint(name, function, takes)
        archive.write_out(folder, verbose=False)
        return _convert(folder, list(signatures), precision)


def _convert(folder: str, signatures: list[str], precision: str) -> bytes:
    if precision not in WEIGHT_BYTES:
        raise ValueError(f"`precision` must be one of {tuple(WEIGHT_BYTES)}. Received: precision={precision!r}")
    converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=signatures)
    if precision == "float16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    return converter.convert()
