"""A generator as TFLite with weights of 8 bits, its values measured on a representative set of pictures.

Three kinds, because instance norm suffers from 8 bits: its variances differ by orders of magnitude from channel to
channel, and one scale serves all channels.

- `int8`: every operation in 8 bits.
- `int16x8`: weights of 8 bits, values of 16.
- `int8_conv`: convolutions in 8 bits, all between them in float32.
"""

import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from export.rewrite import for_litert
from export.saved_model import write_saved_model
from tf_cyclegan.networks.files import with_layers
from tf_cyclegan.networks.layers import InstanceNormalization
from tf_cyclegan.quiet import quiet_start
from tf_cyclegan.settings.choices import INTEGERS

# A representative set: the values of a layer vary from picture to picture, and values that are not seen are clipped.
MIN_REPRESENTATIVE = 16
MAX_REPRESENTATIVE = 32
# The operations, by LiteRT's names, that stay in float32 in `int8_conv`.
_FLOAT_OPERATORS = [
    *("ADD", "BATCH_MATMUL", "CAST", "CONCATENATION", "DEPTH_TO_SPACE", "LEAKY_RELU", "MAXIMUM", "MEAN", "MINIMUM"),
    *("MIRROR_PAD", "MUL", "PAD", "RELU", "RESHAPE", "RESIZE_BILINEAR", "RSQRT", "SLICE", "SQUARE"),
    *("SQUARED_DIFFERENCE", "STRIDED_SLICE", "SUB", "TANH"),
]


def convert_integer(generator: keras.Model, size: int | None, kind: str, pictures: Sequence[np.ndarray]) -> bytes:
    """A TFLite model for one uint8 picture `(1, size, size, 3)`, scaling inside.

    Args:
        generator: floats in [-1, 1] in and out.
        size: side of the picture; None leaves height and width open.
        kind: one of `INTEGERS`.
        pictures: representative ones, uint8; squares of `size` where that is given.

    Returns:
        The flatbuffer.

    Raises:
        RuntimeError: TensorFlow cannot convert this network to this kind.
    """
    if kind not in INTEGERS:
        raise ValueError(f"`kind` must be one of {INTEGERS}. Received: kind={kind!r}")

    def feed() -> Iterator[list[np.ndarray]]:
        for picture in pictures:
            yield [picture[None]]

    with tempfile.TemporaryDirectory() as folder, quiet_start(), warnings.catch_warnings():
        # QuantizationDebugger uses tf.lite.Interpreter, which warns that it will move.
        warnings.simplefilter("ignore")
        write_saved_model(_with_squares(for_litert(generator)), Path(folder), (1, size, size, 3))
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=["serving_default"])
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = feed
        try:
            return _convert(converter, kind, feed)
        except (OSError, MemoryError):
            raise
        except Exception as error:  # The converter's own kinds are not public, and it raises many others.
            raise RuntimeError(f"TensorFlow cannot convert it ({str(error).strip().splitlines()[0][:120]})") from error


def _convert(converter: tf.lite.TFLiteConverter, kind: str, feed: Callable) -> bytes:
    sets = tf.lite.OpsSet
    if kind == "int8_conv":
        options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=_FLOAT_OPERATORS)
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=feed, debug_options=options
        )
        return bytes(debugger.get_nondebug_quantized_model())
    if kind == "int8":
        converter.target_spec.supported_ops = [sets.TFLITE_BUILTINS_INT8]
    else:
        # The borders, from and to uint8, have no 16-bit form.
        wide = sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        converter.target_spec.supported_ops = [wide, sets.TFLITE_BUILTINS]
    return bytes(converter.convert())


@keras.saving.register_keras_serializable(package="tf_cyclegan")
class _SquaringNormalization(InstanceNormalization):
    """The same with x · x for x², which the converter fuses into SQUARED_DIFFERENCE: that has no 16-bit version."""

    def call(self, inputs):
        x = inputs - ops.mean(inputs, axis=(1, 2), keepdims=True)
        x = x * ops.rsqrt(ops.mean(x * x, axis=(1, 2), keepdims=True) + self.epsilon)
        return x * self.gamma + self.beta if self.affine else x


def _with_squares(generator: keras.Model) -> keras.Model:
    def clone(layer: keras.Layer) -> keras.Layer:
        kind = _SquaringNormalization if isinstance(layer, InstanceNormalization) else type(layer)
        return kind.from_config(layer.get_config())

    return with_layers(generator, clone)
