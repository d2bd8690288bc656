"""What holds for every notebook: its badges open it, its cells are plain, and the first one installs the package."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.notebooks.cells import Notebook, is_parameters, source_of

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_there_are_notebooks():
    assert [path.name for path in NOTEBOOKS] == [
        "0_paint.ipynb",
        "1_prepare_data.ipynb",
        "2_train.ipynb",
        "3_evaluate_and_export.ipynb",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_badges_open_this_notebook(path):
    place = PROJECT["urls"]["Repository"].removeprefix("https://github.com/")
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")))
    assert f"https://colab.research.google.com/github/{place}/blob/main/notebooks/{path.name})" in text
    assert f"https://kaggle.com/kernels/welcome?src=https://github.com/{place}/blob/main/notebooks/{path.name})" in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_hold_no_logic(path):
    """Settings, imports and plain calls: what a reader of a notebook should have to look at."""
    install, *cells = Notebook(path.stem).code
    assert install["id"] == "install"
    for cell in cells:
        for node in ast.parse(source_of(cell)).body:
            assert isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.Expr)
            assert not any(isinstance(n, ast.Lambda | ast.IfExp | ast.ListComp | ast.BoolOp) for n in ast.walk(node))
            assert is_parameters(cell) or sum(isinstance(n, ast.Call) for n in ast.walk(node)) <= 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_setting_is_explained(path):
    notebook = Notebook(path.stem)
    names = {target.id for node in ast.parse(source_of(notebook.parameters)).body for target in node.targets}
    explained = "".join("".join(cell["source"]) for cell in notebook.cells if cell["cell_type"] == "markdown")
    assert names <= set(re.findall(r"(?m)^\| `(\w+)` \|", explained))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_outputs_are_kept(path):
    assert not any(cell["outputs"] or cell["execution_count"] for cell in Notebook(path.stem).code)
