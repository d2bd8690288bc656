"""The cells of 2_train.ipynb, as "Run all" runs them: in order, in one namespace, in a folder of their own."""

import json
import re
import shutil
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from tf_cyclegan import networks
from tf_cyclegan.archive import pack
from tf_cyclegan.loss_curves import read_losses
from tf_cyclegan.train import Sitting

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "notebooks" / "2_train.ipynb"
NOTEBOOK = json.loads(FILE.read_text(encoding="utf-8"))
# So short a time that a sitting is one step.
SMOKE = {"STYLE": "made_up", "RUN": "first", "FOLDER": "drive", "PRESET": "smoke", "STEPS": 4, "MINUTES": 1e-6}


def code_cells():
    return [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def is_parameters(cell):
    return "parameters" in cell["metadata"].get("tags", [])


def run_all(parameters):
    """Runs every code cell; other values come after the cell of parameters, `%pip` is left out. Returns the names."""
    names = {"__name__": "__main__"}
    for cell in code_cells():
        source = re.sub(r"(?m)^%pip .*$", "", "".join(cell["source"]))
        exec(compile(source, f"{FILE.name}, cell {cell['id']}", "exec"), names)  # noqa: S102 - our own notebook
        if is_parameters(cell):
            assert parameters.keys() == names.keys() - {"__name__", "__builtins__"}
            names |= parameters
    return names


@pytest.mark.slow
def test_run_all_and_run_all_again_after_a_disconnect(prepared, tmp_path, monkeypatch, capsys, notebook):
    """The machine of the first sitting is gone, with its run and its data; what is on the drive goes on."""
    # One residual block in place of nine: TensorFlow traces the step in a fraction of the time.
    monkeypatch.setitem(networks.GENERATORS, "mobile", partial(networks.mobile_generator, blocks=1))
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0"])
    monkeypatch.chdir(tmp_path)
    pack(prepared, tmp_path / "drive" / "data" / "made_up.tar")

    assert run_all(SMOKE)["sitting"] == Sitting(0, 1, 4)
    assert "step 1 of 4; saved in drive/runs/first. Run all cells again to go on from here." in capsys.readouterr().out
    assert notebook.counts() == [0, 0]
    first = read_losses("runs/first/losses.csv")
    shutil.rmtree("runs")
    shutil.rmtree("data")

    assert run_all({**SMOKE, "MINUTES": 160})["sitting"] == Sitting(1, 4, 4)
    told = capsys.readouterr()
    assert "step 4 of 4; saved in drive/runs/first. The run is finished." in told.out
    assert told.err.count("T4 GPU") == 1
    # The places of the second run: curves and samples were shown when it had ended.
    assert notebook.counts() == [0, 0, 1, 1]
    losses = read_losses("runs/first/losses.csv")
    assert losses["step"].tolist() == [1, 2, 3, 4]
    assert all(np.array_equal(losses[name][:1], values) for name, values in first.items())
    assert sorted(p.name for p in Path("runs/first/samples").iterdir()) == ["step_0000002.png", "step_0000004.png"]
    assert Path("runs/first/generator.keras").is_file()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "drive", "runs"]


def test_cells_hold_no_logic():
    """Settings, imports and single calls: what a reader of a notebook should have to look at."""
    import ast

    for cell in code_cells():
        source = re.sub(r"(?m)^%pip .*$", "", "".join(cell["source"]))
        for node in ast.parse(source).body:
            assert isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.Expr)
            assert is_parameters(cell) or sum(isinstance(n, ast.Call) for n in ast.walk(node)) <= 1


def test_the_settings_fit_the_command():
    from tf_cyclegan.train import config_for

    (cell,) = filter(is_parameters, code_cells())
    names = {}
    exec("".join(cell["source"]), names)  # noqa: S102
    config = config_for("d", "r", names["PRESET"], steps=names["STEPS"], max_minutes=names["MINUTES"])
    assert (config.generator, config.max_minutes, config.steps) == ("mobile", 160, 200_000)


def test_no_outputs_are_kept():
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code_cells())
