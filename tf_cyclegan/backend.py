"""Sets Keras up as this program needs it: on a backend that it knows, channels last, in float32."""

import json
import os
import sys
from pathlib import Path

from tf_cyclegan.errors import UserError
from tf_cyclegan.quiet import quiet_start

BACKENDS = ("tensorflow", "jax")


def start_keras() -> None:
    """Imports Keras and its backend, without the backend's start-up messages.

    Raises:
        UserError: the backend that KERAS_BACKEND names is another, or a package is missing.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow uses oneDNN where the processor has AVX-512, and not with AVX2, where it is faster, too.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    _choose_backend()
    try:
        with quiet_start():
            import keras  # noqa: F401
    except ImportError as error:
        raise UserError(f"this command needs more packages ({error.name} is missing): {_remedy()}") from error
    except ValueError as error:
        raise UserError(f"Keras does not start ({error}); correct {_file()}, or delete it") from error
    keep_conventions()


def _remedy() -> str:
    if os.environ.get("KERAS_BACKEND") == "jax":
        return 'pip install "tf-cyclegan[jax]"'
    if sys.version_info >= (3, 14):
        return "TensorFlow has none for Python 3.14 yet; take Python 3.11 to 3.13, or JAX: KERAS_BACKEND=jax"
    return 'pip install "tf-cyclegan[train]"'


def keep_conventions() -> None:
    """Undoes what a `keras.json` of another program sets: every network here is channels last and float32.

    Half precision, which a run may ask for, is set later, and only for that run.
    """
    import keras

    keras.config.set_image_data_format("channels_last")
    if keras.config.floatx() != "float32":
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


def check_backend(name: str) -> None:
    """Raises a UserError where this program does not know the backend."""
    if name not in BACKENDS:
        known = " or ".join(f"KERAS_BACKEND={known}" for known in BACKENDS)
        raise UserError(f"Keras' backend {name!r} is none of this program's; set {known}")


def _choose_backend() -> None:
    chosen = os.environ.get("KERAS_BACKEND")
    if chosen:
        check_backend(chosen)
    elif _named_in_file() not in BACKENDS:
        os.environ["KERAS_BACKEND"] = BACKENDS[0]  # The file is of another program, which is not asked here.


def _file() -> Path:
    """Where Keras looks for its settings."""
    home = os.environ.get("KERAS_HOME")
    return Path(home or Path(os.path.expanduser("~")) / ".keras") / "keras.json"  # noqa: PTH111 (as Keras: ~ may stay)


def _named_in_file() -> str:
    try:
        return str(json.loads(_file().read_text(encoding="utf-8")).get("backend", BACKENDS[0]))
    except (OSError, ValueError, AttributeError):
        return BACKENDS[0]
