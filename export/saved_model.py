"""A generator as a SavedModel with uint8 in and uint8 out."""

from pathlib import Path

import keras
import tensorflow as tf

from tf_cyclegan.networks.layers import FromUint8, ToUint8


def serving_model(generator: keras.Model) -> keras.Model:
    """The generator between uint8 pictures: `(batch, h, w, 3)` uint8 in [0, 255] → the same."""
    picture = keras.Input((None, None, 3), dtype="uint8", name="picture")
    return keras.Model(picture, ToUint8(name="painting")(generator(FromUint8(name="scale")(picture))))


def write_saved_model(
    generator: keras.Model, folder: str | Path, shape: tuple[int | None, ...] = (None, None, None, 3)
) -> None:
    """Writes a SavedModel whose default signature takes uint8 pictures of `shape` (None: any).

    `keras.Model.export` is the route that keeps the weights: a `tf.Module` around a Keras 3 model loses them in the
    conversion to TFLite, silently.

    Raises:
        OSError: it cannot be written.
    """
    spec = keras.InputSpec(shape=shape, dtype="uint8", name="picture")
    try:
        serving_model(generator).export(str(folder), format="tf_saved_model", input_signature=[spec], verbose=False)
    except tf.errors.OpError as error:  # TensorFlow has errors of its own where a file cannot be written.
        raise OSError(error.message.splitlines()[0]) from error
