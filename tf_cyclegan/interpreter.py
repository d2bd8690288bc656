"""Opens a TFLite file with LiteRT."""

import os
from pathlib import Path
from typing import Any

from tf_cyclegan.errors import UserError


def load_interpreter(path: Path, threads: int | None = None) -> Any:
    """An `ai_edge_litert` interpreter of a file.

    Args:
        path: of the .tflite file.
        threads: that it computes with; default: all cores.

    Raises:
        UserError: the file is missing, or no model that LiteRT can run.
    """
    from ai_edge_litert.interpreter import Interpreter

    try:
        return Interpreter(model_path=str(path), num_threads=threads or os.cpu_count() or 1)
    except (ValueError, RuntimeError) as error:
        raise UserError(f"{path}: LiteRT cannot load it ({str(error)[:80]})") from error
