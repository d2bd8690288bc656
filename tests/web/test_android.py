"""What docs/android.md says of the models is so, and its code stays short."""

import re
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tf_cyclegan.stylize.style import find_bundles, open_bundle

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "android.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("side", [256, 512])
@pytest.mark.parametrize("folder", find_bundles().values(), ids=lambda folder: folder.name)
def test_the_models_take_and_give_bytes_of_a_square(folder, side):
    """And of several periods how much of each to paint."""
    model, periods = Interpreter(model_path=str(folder / f"model_{side}.tflite")), len(open_bundle(folder).periods)
    square = (np.uint8, [1, side, side, 3])
    shares = [(np.float32, [1, periods])] if periods else []
    for tensors, expected in ((model.get_input_details(), [*shares, square]), (model.get_output_details(), [square])):
        found = [(tensor["dtype"], tensor["shape"].tolist()) for tensor in tensors]
        assert sorted(found, key=lambda facts: len(facts[1])) == expected


def test_the_document_claims_no_run_and_its_links_lead_somewhere():
    assert "**It was not run**" in TEXT
    folder = Path(__file__).resolve().parents[2] / "docs"
    for target in re.findall(r"\]\((\.\.[^)]+)\)", TEXT):
        assert (folder / target).exists(), target


def test_the_painter_is_about_thirty_lines():
    painter = re.findall(r"```kotlin\n(.*?)```", TEXT, flags=re.DOTALL)[1]
    assert "class Painter" in painter
    assert painter.count("\n") < 40
