import sys
from pathlib import Path

import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.litert import load_interpreter


def test_a_machine_without_litert_is_named(monkeypatch):
    """LiteRT 2 has no wheel for Macs with Intel processors, among others."""
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    with pytest.raises(
        UserError, match=r"^LiteRT is missing .*: pip install ai-edge-litert; .* this is Darwin x86_64, "
    ):
        load_interpreter(Path("model.tflite"))
