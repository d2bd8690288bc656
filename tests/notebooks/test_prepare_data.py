"""The cells of 1_prepare_data.ipynb, as "Run all" runs them: in order, in one namespace, in a folder of their own."""

import csv
import io
import re

import pytest

from tests.conftest import make_picture, make_pictures
from tests.notebooks.cells import Notebook
from tf_cyclegan.disk.archive import unpack
from tf_cyclegan.pictures.files import list_pictures

NOTEBOOK = Notebook("1_prepare_data")


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
    settings |= {"PHOTOS": "photos", "PHOTOS_TFDS": None}
    names, shown = NOTEBOOK.run_all(settings)
    printed = capsys.readouterr().out
    assert re.search(r"(?m)^Impressionism +10 +10", printed)
    assert "9 photographs, 10 paintings" in printed
    assert sum(names["result"].counts.values()) == 19
    (page,) = [value for value in shown.values() if hasattr(value, "_repr_html_")]
    assert "Impressionism" in page._repr_html_()
    archive = tmp_path / "drive" / "data" / "made_up.tar"
    data = unpack(archive, tmp_path / "elsewhere")
    assert len(list_pictures(data)) == 19
    assert (data / "report.html").is_file()
    before = archive.read_bytes()
    again, _ = NOTEBOOK.run_all(settings)
    assert not again["result"].new
    assert archive.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "drive", "elsewhere"]
