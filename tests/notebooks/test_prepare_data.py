"""The cells of 1_prepare_data.ipynb, as "Run all" runs them: in order, in one namespace, in a folder of their own."""

import ast
import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.conftest import make_picture, make_pictures
from tf_cyclegan.archive import unpack
from tf_cyclegan.pictures import list_pictures

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "notebooks" / "1_prepare_data.ipynb"
NOTEBOOK = json.loads(FILE.read_text(encoding="utf-8"))


def code_cells():
    return [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def is_parameters(cell):
    return "parameters" in cell["metadata"].get("tags", [])


def source_of(cell):
    """Without `%pip`, which only a notebook understands."""
    return re.sub(r"(?m)^%pip .*$", "", "".join(cell["source"]))


def run_all(parameters):
    """Runs every code cell, with other values after the cell of parameters. Returns the names, and what cells show."""
    names, shown = {"__name__": "__main__"}, []
    for cell in code_cells():
        *body, last = ast.parse(source_of(cell) or "pass").body
        where = f"{FILE.name}, cell {cell['id']}"
        if not isinstance(last, ast.Expr):
            body.append(last)
        exec(compile(ast.Module(body, []), where, "exec"), names)  # noqa: S102 - our own notebook
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), where, "eval"), names))  # noqa: S307
        if is_parameters(cell):
            assert parameters.keys() <= names.keys()
            names |= parameters
    return names, shown


def table(columns, rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue()


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """Ten works of one period and one of another, in the layout of the original."""
    folder = tmp_path_factory.mktemp("historic-art")
    (folder / "artwork").mkdir()
    works = [
        (str(i), "MONET, Claude" if i else "HALS, Frans", "poppies", "oil on canvas", "64*48", "") for i in range(11)
    ]
    for i in range(11):
        make_picture(500 + i).save(folder / "artwork" / f"{i}.jpg", quality=95)
    columns = ("ID", "artist", "title", "picture data", "file info", "jpg url")
    (folder / "artwork_dataset.csv").write_text(table(columns, works), encoding="utf-8")
    artists = table(("artist", "period"), [("MONET, Claude", "Impressionism"), ("HALS, Frans", "Baroque")])
    (folder / "info_dataset.csv").write_text(artists, encoding="utf-8")
    return folder


def test_run_all_and_run_all_again(collection, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make_pictures(tmp_path / "drive" / "photos", 9)
    settings = {"STYLE": "made_up", "SIZE": 40, "FOLDER": "drive", "KAGGLE": None, "HISTORIC_ART": str(collection)}
    names, shown = run_all(settings)
    told = capsys.readouterr().out
    assert re.search(r"(?m)^Impressionism +10 +10", told)
    assert "9 photographs, 10 paintings" in told
    assert sum(names["result"].counts.values()) == 19
    (page,) = [value for value in shown if hasattr(value, "_repr_html_")]
    assert "Impressionism" in page._repr_html_()
    archive = tmp_path / "drive" / "data" / "made_up.tar"
    data = unpack(archive, tmp_path / "elsewhere")
    assert len(list_pictures(data)) == 19
    assert (data / "report.html").is_file()
    before = archive.read_bytes()
    again, _ = run_all(settings)
    assert not again["result"].new
    assert archive.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "drive", "elsewhere"]


def test_cells_hold_no_logic():
    for cell in code_cells():
        for node in ast.parse(source_of(cell)).body:
            assert isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.Expr)
            assert not any(isinstance(n, ast.Lambda | ast.IfExp | ast.ListComp | ast.BoolOp) for n in ast.walk(node))


def test_every_setting_is_explained():
    (cell,) = filter(is_parameters, code_cells())
    names = {target.id for node in ast.parse(source_of(cell)).body for target in node.targets}
    explained = "".join(next(c for c in NOTEBOOK["cells"] if c["id"] == "settings")["source"])
    assert names == set(re.findall(r"(?m)^\| `(\w+)` \|", explained))


def test_no_outputs_are_kept():
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code_cells())
