"""A generator as a SavedModel with uint8 in and uint8 out."""

from pathlib import Path

import keras
import tensorflow as tf

from tf_cyclegan.networks.layers import FromUint8, ToUint8


def serving_model(generator: keras.Model) -> keras.Model:
    """The generator between uint8 pictures: `(batch, h, w, 3)` uint8 in [0, 255] → the same.

    One of several periods takes a list of the pictures and the periods' weights, `(batch, periods)` float32.
    """
    picture = keras.Input((None, None, 3), dtype="uint8", name="picture")
    scaled = FromUint8(name="scale")(picture)
    mixes = [keras.Input(given.shape[1:], name=given.name) for given in generator.inputs[1:]]
    painted = generator([scaled, *mixes] if mixes else scaled)
    return keras.Model([picture, *mixes] if mixes else picture, ToUint8(name="painting")(painted))


def write_saved_model(
    generator: keras.Model, folder: str | Path, shape: tuple[int | None, ...] = (None, None, None, 3)
) -> None:
    """Writes a SavedModel whose default signature takes uint8 pictures of `shape` (None: any), and weights of periods.

    `keras.Model.export` is the route that keeps the weights: a `tf.Module` around a Keras 3 model loses them in the
    conversion to TFLite, silently.

    Raises:
        OSError: it cannot be written.
    """
    specs = [keras.InputSpec(shape=shape, dtype="uint8", name="picture")]
    for mix in generator.inputs[1:]:
        specs.append(keras.InputSpec(shape=(shape[0], mix.shape[-1]), dtype="float32", name=mix.name))
    signature = specs if len(specs) == 1 else [specs]
    try:
        serving_model(generator).export(str(folder), format="tf_saved_model", input_signature=signature, verbose=False)
    except tf.errors.OpError as error:  # TensorFlow has errors of its own where a file cannot be written.
        raise OSError(error.message.splitlines()[0]) from error
