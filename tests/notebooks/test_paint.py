"""The cells of 0_paint.ipynb, as "Run all" runs them: in order, in one namespace, in a folder of their own."""

import re
import sys
from types import ModuleType, SimpleNamespace

import pytest
from PIL import Image

from tests.conftest import make_picture
from tests.notebooks.cells import Notebook, source_of
from tf_cyclegan.errors import UserError
from tf_cyclegan.notebook.gallery import Sheet, Slider
from tf_cyclegan.notebook.paintings import keep, paint_mixtures
from tf_cyclegan.notebook.photo import find_examples, find_photo
from tf_cyclegan.stylize.style import find_styles

NOTEBOOK = Notebook("0_paint")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def titles(page):
    return re.findall(r'alt="(.*?)"', page._repr_html_())


def test_run_all(folder, capsys):
    names, shown = NOTEBOOK.run_all({"SIZE": 64})
    assert shown["painting"].size == (64, 43)
    assert titles(shown["periods"]) == ["The photograph", *names["paintings"]]
    assert len(names["paintings"]) == len(find_styles()) == 6
    painted = [picture.tobytes() for picture in names["paintings"].values()]
    assert len(set(painted)) == 6
    assert shown["painting"].tobytes() in painted
    assert titles(shown["mixture"]) == [
        "Impressionism",
        "Impressionism 75 % and Baroque 25 %",
        "Impressionism 50 % and Baroque 50 %",
        "Impressionism 25 % and Baroque 75 %",
        "Baroque",
    ]
    assert sorted(path.stem for path in (folder / "paintings").iterdir()) == sorted(names["paintings"])
    assert f"6 paintings are in {folder / 'paintings'}" in capsys.readouterr().out


def test_a_photograph_of_ones_own_is_painted(folder):
    make_picture(1, 90, 60).save(folder / "mine.png")
    assert NOTEBOOK.run_all({"PHOTO": "mine.png", "SIZE": 48})[1]["painting"].size == (48, 32)


def test_the_settings_name_every_example_and_every_period():
    explained = "".join(source_of(cell) for cell in NOTEBOOK.cells if cell["id"] == "settings")
    assert [name for name in find_examples() if f'`"{name}"`' not in explained] == []
    assert [name for name in find_styles() if f'`"{name}"`' not in explained] == []


def test_a_photograph_that_is_nowhere_is_reported_with_those_that_there_are(folder):
    make_picture().save(folder / "mine.png")
    with pytest.raises(UserError, match=r"PHOTO: 'yours.jpg' is not there; .* folder: mine.png; examples: meadow, "):
        find_photo("yours.jpg")


def test_a_file_comes_before_an_example_of_its_name(folder):
    assert find_photo("cat") == find_examples()["cat"]
    make_picture().save(folder / "cat", "PNG")
    assert str(find_photo("cat")) == "cat"


@pytest.mark.parametrize("place", ["photos", "datasets/me/photos"])
def test_on_kaggle_a_photograph_is_found_in_an_attached_data_set(kaggle_machine, place):
    (kaggle_machine / "input" / place).mkdir(parents=True)
    make_picture().save(kaggle_machine / "input" / place / "mine.png")
    assert find_photo("mine.png") == kaggle_machine / "input" / place / "mine.png"


def test_colab_asks_for_a_photograph(folder, monkeypatch):
    with pytest.raises(UserError, match="only Colab can ask for a photograph"):
        find_photo("upload")
    colab, chosen = ModuleType("google.colab"), {"mine.jpg": b""}
    colab.files = SimpleNamespace(upload=lambda: chosen)
    monkeypatch.setitem(sys.modules, "google", ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    assert str(find_photo("upload")) == "mine.jpg"
    chosen.clear()
    with pytest.raises(UserError, match="no photograph was chosen"):
        find_photo("upload")


@pytest.mark.parametrize("periods", [("impressionism", "cubism"), ("baroque", "baroque")])
def test_what_cannot_be_mixed_is_reported(periods):
    with pytest.raises(UserError, match=r"MIXTURE: .* cannot be mixed; two of impressionism, .*rococo"):
        paint_mixtures(find_photo("cat"), periods, 32)


def test_a_folder_that_cannot_be_written_is_reported(folder):
    (folder / "paintings").write_text("a file")
    with pytest.raises(UserError, match="paintings: cannot be written"):
        keep({"Baroque": make_picture()}, "paintings")


def test_titles_are_text_and_no_markup():
    page = Sheet({'<b>"x"</b>': make_picture()})._repr_html_()
    assert "<b>" not in page and 'alt="&lt;b&gt;&quot;x&quot;&lt;/b&gt;"' in page


@pytest.mark.browser
def test_the_slider_fades_from_one_picture_to_the_next(browser):
    colours = {"red": (200, 0, 0), "green": (0, 200, 0), "blue": (0, 0, 200)}
    slider = Slider({name: Image.new("RGB", (60, 40), colour) for name, colour in colours.items()})
    page = browser.new_page()
    page.set_content(slider._repr_html_())

    def opacities(place):
        page.locator("input").evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input')) }", place)
        return [float(image.evaluate("e => getComputedStyle(e).opacity")) for image in page.locator("img").all()]

    assert [float(image.evaluate("e => getComputedStyle(e).opacity")) for image in page.locator("img").all()] == [
        1,
        1,
        0,
    ]
    assert page.locator("figcaption").inner_text().split() == ["red", "blue"]
    assert opacities(0) == [1, 0, 0]
    assert opacities(0.25) == [1, 0.25, 0]
    assert opacities(1.5) == [1, 1, 0.5]
    assert opacities(2) == [1, 1, 1]
    boxes = [image.bounding_box() for image in page.locator("img").all()]
    assert boxes[0] == boxes[1] == boxes[2]
    page.close()
