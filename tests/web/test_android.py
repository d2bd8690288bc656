"""What docs/android.md says of the models is so, and its code stays short."""

import re
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tf_cyclegan.stylize.style import find_styles

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "android.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("side", [256, 512])
@pytest.mark.parametrize("style", find_styles().values(), ids=lambda folder: folder.name)
def test_the_models_take_and_give_bytes_of_a_square(style, side):
    model = Interpreter(model_path=str(style / f"model_{side}.tflite"))
    for tensors in (model.get_input_details(), model.get_output_details()):
        assert len(tensors) == 1
        assert tensors[0]["dtype"] is np.uint8
        assert tensors[0]["shape"].tolist() == [1, side, side, 3]


def test_the_document_claims_no_run_and_its_links_lead_somewhere():
    assert "**It was not run**" in TEXT
    folder = Path(__file__).resolve().parents[2] / "docs"
    for target in re.findall(r"\]\((\.\.[^)]+)\)", TEXT):
        assert (folder / target).exists(), target


def test_the_painter_is_about_thirty_lines():
    painter = re.findall(r"```kotlin\n(.*?)```", TEXT, flags=re.DOTALL)[1]
    assert "class Painter" in painter
    assert painter.count("\n") < 40
