"""The cells of 2_train.ipynb, as "Run all" runs them: in order, in one namespace, in a folder of their own."""

import shutil
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.notebooks.cells import Notebook, source_of
from tf_cyclegan.disk.archive import pack
from tf_cyclegan.networks import build
from tf_cyclegan.networks.painter import painter_generator
from tf_cyclegan.run.losses import read_losses
from tf_cyclegan.train.training import Training

NOTEBOOK = Notebook("2_train")
# So short a time that a session is one step.
SMOKE = {"STYLE": "made_up", "RUN": "first", "FOLDER": "drive", "PRESET": "smoke", "STEPS": 4, "MINUTES": 1e-6}


@pytest.mark.slow
def test_run_all_and_run_all_again_after_a_disconnect(prepared, tmp_path, monkeypatch, capsys, notebook):
    """The machine of the first session is gone, with its run and its data; the run continues from the drive."""
    # One residual block instead of nine: TensorFlow traces the step in a fraction of the time.
    monkeypatch.setitem(build.GENERATORS, "painter", partial(painter_generator, blocks=1))
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0"])
    monkeypatch.chdir(tmp_path)
    pack(prepared, tmp_path / "drive" / "data" / "made_up.tar")

    assert NOTEBOOK.run_all(SMOKE)[0]["sitting"] == Training(0, 1, 4)
    assert (
        "step 1 of 4; saved in drive/runs/first. Run all cells again to continue from here." in capsys.readouterr().out
    )
    assert notebook.counts() == [0, 0]
    first = read_losses("runs/first/losses.csv")
    shutil.rmtree("runs")
    shutil.rmtree("data")

    assert NOTEBOOK.run_all({**SMOKE, "MINUTES": 160})[0]["sitting"] == Training(1, 4, 4)
    printed = capsys.readouterr()
    assert "step 4 of 4; saved in drive/runs/first. The run is finished." in printed.out
    assert printed.err.count("T4 GPU") == 1
    # The places of the second run: curves and samples were shown when it had ended.
    assert notebook.counts() == [0, 0, 1, 1]
    losses = read_losses("runs/first/losses.csv")
    assert losses["step"].tolist() == [1, 2, 3, 4]
    assert all(np.array_equal(losses[name][:1], values) for name, values in first.items())
    assert sorted(p.name for p in Path("runs/first/samples").iterdir()) == ["step_0000002.png", "step_0000004.png"]
    assert Path("runs/first/generator.keras").is_file()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "drive", "runs"]


def test_the_settings_fit_the_command():
    from tf_cyclegan.run.presets import PRESETS, config_for

    names = {}
    exec(source_of(NOTEBOOK.parameters), names)  # noqa: S102
    config = config_for("d", "r", names["PRESET"], steps=names["STEPS"], max_minutes=names["MINUTES"])
    assert (config.generator, config.max_minutes, config.steps) == ("painter", 160, PRESETS["style"]["steps"])
