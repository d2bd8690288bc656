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
SMOKE = {"STYLE": "made_up", "RUN": "first", "FOLDER": "art", "PRESET": "smoke", "STEPS": 4, "MINUTES": 1e-6}


@pytest.mark.slow
def test_run_all_on_kaggle_and_run_all_again_on_another_machine(
    prepared, kaggle_machine, monkeypatch, capsys, notebook
):
    """The data comes from another notebook's output, the run from that of this notebook's earlier version."""
    # One residual block instead of nine: TensorFlow traces the step in a fraction of the time.
    monkeypatch.setitem(build.GENERATORS, "painter", partial(painter_generator, blocks=1))
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0"])
    attached, output = kaggle_machine / "input" / "notebooks" / "me", kaggle_machine / "working"
    pack(prepared, attached / "prepare" / "art" / "data" / "made_up.tar")

    assert NOTEBOOK.run_all(SMOKE)[0]["sitting"] == Training(0, 1, 4)
    own = output / "art" / "runs" / "first"
    assert f"step 1 of 4; saved in {own}. Run all cells again to continue from here." in capsys.readouterr().out
    assert notebook.counts() == [0, 0]
    first = read_losses("runs/first/losses.csv")
    # Nothing but the checkpoints is in the output, and it is what the next version gets.
    assert [path.relative_to(output).as_posix() for path in output.rglob("ckpt-*") if path.is_dir()] == [
        "art/runs/first/ckpt-1"
    ]
    monkeypatch.chdir(kaggle_machine)
    shutil.rmtree(kaggle_machine / "temp")
    output.rename(attached / "train")
    output.mkdir()

    assert NOTEBOOK.run_all({**SMOKE, "MINUTES": 160})[0]["sitting"] == Training(1, 4, 4)
    printed = capsys.readouterr()
    assert f"The run continues from {attached / 'train' / 'art' / 'runs' / 'first'}." in printed.out
    assert f"step 4 of 4; saved in {own}. The run is finished." in printed.out
    assert printed.err.count("No GPU here") == 1
    # The places of the second run: curves and samples were shown when it had ended, on a slow machine before that too.
    assert [bool(count) for count in notebook.counts()] == [False, False, True, True]
    assert Path.cwd() == kaggle_machine / "temp"
    losses = read_losses("runs/first/losses.csv")
    assert losses["step"].tolist() == [1, 2, 3, 4]
    assert all(np.array_equal(losses[name][:1], values) for name, values in first.items())
    assert sorted(p.name for p in Path("runs/first/samples").iterdir()) == ["step_0000002.png", "step_0000004.png"]
    assert Path("runs/first/generator.keras").is_file()
    assert sorted(p.name for p in Path().iterdir()) == ["data", "runs"]
    assert sorted(p.name for p in (output / "art").iterdir()) == ["runs"]


def test_the_settings_fit_the_command():
    from tf_cyclegan.run.presets import PRESETS, config_for

    names = {}
    exec(source_of(NOTEBOOK.parameters), names)  # noqa: S102
    config = config_for("d", "r", names["PRESET"], steps=names["STEPS"], max_minutes=names["MINUTES"])
    assert (config.generator, config.max_minutes, config.steps) == ("painter", 160, PRESETS["style"]["steps"])
