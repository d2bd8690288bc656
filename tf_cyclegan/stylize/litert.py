"""Opens a TFLite file with LiteRT."""

import itertools
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tf_cyclegan.errors import UserError
from tf_cyclegan.quiet import quiet_start

_allocations = itertools.count()


def load_interpreter(path: Path, threads: int | None = None) -> Any:
    """An `ai_edge_litert` interpreter of a file.

    Args:
        path: of the .tflite file.
        threads: number of threads; default: all cores.

    Raises:
        UserError: the file is missing, or no model that LiteRT can run; or LiteRT is missing.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
        remedy = f"pip install ai-edge-litert; not every machine has a wheel of it, and this is {machine}"
        raise UserError(f"LiteRT is missing ({error.name}): {remedy}") from error
    try:
        return Interpreter(model_path=str(path), num_threads=threads or os.cpu_count() or 1)
    except (ValueError, RuntimeError) as error:
        raise UserError(f"{path}: LiteRT cannot load it ({str(error)[:80]})") from error


@contextmanager
def allocating() -> Iterator[None]:
    """For what lays out the memory of a network.

    The first time in a process, LiteRT says on standard error that it made its delegate for processors, which no
    setting prevents and tells a user nothing.
    """
    if next(_allocations):
        yield
        return
    with quiet_start():
        yield


class Signature:
    """One signature of a TFLite file, in an interpreter of its own: called with inputs by name, it gives its outputs.

    Args:
        path: of the .tflite file.
        key: of the signature.
        threads: as in `load_interpreter`.
        always: inputs that are the same in every call.

    Raises:
        UserError: the file cannot be loaded, or, when it is called, LiteRT cannot run it.
    """

    def __init__(
        self, path: Path, key: str, threads: int | None = None, always: Mapping[str, Any] = MappingProxyType({})
    ):
        self._path, self._always = path, always
        self._runner = load_interpreter(path, threads).get_signature_runner(key)

    def __call__(self, **inputs: Any) -> dict[str, Any]:
        try:
            with allocating():
                return self._runner(**inputs, **self._always)
        except (ValueError, RuntimeError, MemoryError) as error:
            raise UserError(f"{self._path}: LiteRT cannot run it ({str(error)[:80]})") from error

    def shape_of(self, name: str) -> tuple[int, ...]:
        """Shape of an input, as the file has it."""
        return tuple(self._runner.get_input_details()[name]["shape"])
