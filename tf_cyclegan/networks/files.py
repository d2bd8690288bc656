"""Networks in files: writes, reads and converts them to float32."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import keras

from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks import layers  # noqa: F401 - whose classes are in the files

# Member of a `.keras` file, which is a zip, that says how far training was.
_ABOUT = "tf_cyclegan.json"


def as_float32(network: keras.Model) -> keras.Model:
    """The network computing in float32 throughout, also where it was trained in half precision; its weights copied."""
    if all(layer.compute_dtype == "float32" for layer in network.layers):
        return network

    return with_layers(network, lambda layer: type(layer).from_config({**layer.get_config(), "dtype": "float32"}))


def with_layers(network: keras.Model, change: Callable[[keras.Layer], keras.Layer]) -> keras.Model:
    """A copy of a network with the same weights, and `change(layer)` instead of every layer."""
    copy = keras.models.clone_model(network, clone_function=change)
    copy.set_weights(network.get_weights())
    return copy


def save_model(model: keras.Model, path: str | Path, step: int | None = None) -> None:
    """Writes a network as `.keras`; an earlier file of that name stays until the new one is complete.

    Args:
        model: the network.
        path: the file.
        step: of the run, whose weights these are. It is written into the file, so that it stays with the file.

    Raises:
        UserError: the file cannot be written.
    """
    with replacing(path) as partial:
        model.save(partial)
        if step is not None:
            with zipfile.ZipFile(partial, "a") as archive:  # Keras reads the members that it knows.
                archive.writestr(_ABOUT, json.dumps({"step": step}))


def load_network(path: str | Path) -> keras.Model:
    """Reads a network that `save_model` wrote. Code in the file, such as Lambda layers, is refused.

    Raises:
        UserError: it is missing or damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise UserError(f"{path}: not a Keras model, or damaged ({str(error)[:80]})") from error


def saved_step(path: str | Path) -> int | None:
    """The step that `save_model` wrote into a file; None where it has none, or is no such file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return int(json.loads(archive.read(_ABOUT))["step"])
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile):
        return None
