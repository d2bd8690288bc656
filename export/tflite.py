"""A generator as TFLite."""

import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from export.rewrite import for_litert
from export.saved_model import serving_model, write_saved_model
from export.tile_signatures import tiling_signatures

# Precision of the weights → bytes of each.
WEIGHT_BYTES = {"float32": 4, "float16": 2}


def convert(generator: keras.Model, size: int | None, precision: str = "float16", *, tiling: bool = False) -> bytes:
    """A TFLite model for one uint8 picture `(1, size, size, 3)`, scaling inside; of several periods with their weights.

    Args:
        generator: floats in [-1, 1] in and out.
        size: side of the picture; None leaves height and width open (for CPUs: GPU delegates and browsers want them
            fixed).
        precision: of the weights, a key of `WEIGHT_BYTES`.
        tiling: with the signatures of `export.tile_signatures` as well, for painting large pictures in tiles.

    Returns:
        The flatbuffer.
    """
    generator = for_litert(generator)
    with tempfile.TemporaryDirectory() as folder:
        if not tiling:
            write_saved_model(generator, Path(folder), (1, size, size, 3))
            return _convert(folder, ["serving_default"], precision)
        return _convert(folder, _save_with_tiling(generator, folder, (1, size, size, 3)), precision)


def _save_with_tiling(generator: keras.Model, folder: str, shape: tuple[int | None, ...]) -> list[str]:
    """Writes a SavedModel with the default signature and those of `export.tile_signatures`; all their keys."""
    serving = serving_model(generator)
    whole = [tf.TensorSpec(shape, tf.uint8, name="picture")]
    whole += [tf.TensorSpec((1, given.shape[-1]), tf.float32, name="mix") for given in generator.inputs[1:]]

    def paint(picture, mix=None):
        return {"painting": serving(picture if mix is None else [picture, mix])}

    signatures = {"serving_default": (paint, whole)}
    signatures |= tiling_signatures(generator)
    archive = keras.export.ExportArchive()
    archive.track(serving)
    for key, (function, takes) in signatures.items():
        archive.add_endpoint(key, function, takes)
    archive.write_out(folder, verbose=False)
    return list(signatures)


def _convert(folder: str, signatures: list[str], precision: str) -> bytes:
    if precision not in WEIGHT_BYTES:
        raise ValueError(f"`precision` must be one of {tuple(WEIGHT_BYTES)}. Received: precision={precision!r}")
    converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=signatures)
    if precision == "float16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    return converter.convert()
