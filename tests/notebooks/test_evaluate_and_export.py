"""The cells of 3_evaluate_and_export.ipynb, as "Run all" runs them: in order, in one namespace, in a new folder."""

import pytest
from PIL import Image

from tests.notebooks.cells import Notebook
from tf_cyclegan.disk.archive import pack
from tf_cyclegan.errors import UserError
from tf_cyclegan.run.backup import back_up, sizes
from tf_cyclegan.stylize.style import open_bundle

NOTEBOOK = Notebook("3_evaluate_and_export")


@pytest.fixture
def drive(trained, prepared, tmp_path, monkeypatch):
    """What the other notebooks left on Drive: the data, and a copy of the run's last checkpoint."""
    import export.bundle

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(export.bundle, "MODELS", {"model.tflite": None})
    monkeypatch.setattr(export.bundle, "overlap_of", lambda _: None)
    pack(prepared, tmp_path / "drive" / "data" / "made_up.tar")
    back_up(trained, tmp_path / "drive" / "runs" / "first", 4, sizes(trained))
    return tmp_path / "drive"


@pytest.mark.slow
def test_run_all_on_a_new_machine(drive, feature_weights, compared, tmp_path, capsys):
    settings = {"STYLE": "made_up", "RUN": "first", "FOLDER": "drive", "WEIGHTS": feature_weights, "LANGUAGE": "de"}
    settings["PICTURES"] = compared
    names, shown = NOTEBOOK.run_all(settings)
    printed = capsys.readouterr().out
    assert "photo-to-painting (source 4, target 4" in printed
    page = shown["report"]._repr_html_()
    assert "first: Auswertung" in page
    # The figures are in the page itself: photographs and paintings, curves, a map.
    assert page.count("data:image/jpeg;base64") == 24
    assert page.count("&lt;svg") >= 5
    assert (drive / "runs" / "first" / "report.html").read_bytes() == (tmp_path / "runs/first/report.html").read_bytes()
    bundle = open_bundle(drive / "styles" / "made_up")
    assert bundle.about["preview"]
    assert bundle.about["training"]["metrics"]["schema"] == names["metrics"]["schema"]
    assert "style.json" in printed
    assert shown["painting"].size == shown["photograph"].size
    assert isinstance(shown["painting"], Image.Image)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "drive", "runs"]


def test_a_run_that_is_nowhere_is_reported(tmp_path):
    from tf_cyclegan.train.opened import fetch_run

    with pytest.raises(UserError, match=r"run: neither here nor in .*backup; train it first"):
        fetch_run(tmp_path / "run", tmp_path / "backup")
