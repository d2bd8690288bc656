"""What holds for every notebook: it installs the project, and its badge opens it."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_there_are_notebooks():
    assert [path.name for path in NOTEBOOKS] == ["1_prepare_data.ipynb", "2_train.ipynb", "3_evaluate_and_export.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_installed_from_the_address_of_the_project(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    (line,) = re.findall(r"(?m)^%.*$", code)
    assert line == f'%pip install --quiet "{PROJECT["name"]}[train] @ git+{PROJECT["urls"]["Repository"]}"'


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_badge_opens_this_notebook(path):
    place = PROJECT["urls"]["Repository"].removeprefix("https://github.com/")
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")))
    assert f"https://colab.research.google.com/github/{place}/blob/main/notebooks/{path.name})" in text
