"""The page as a visitor drives it, without a browser; test_browser.py has one."""

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest
from styles import copy_styles
from texts import TEXTS, pick_language

from tests.conftest import make_picture
from tests.picture_trees import CONTENTS
from tf_cyclegan.stylize import style
from tf_cyclegan.stylize.style import MODEL, find_styles
from tf_cyclegan.stylize.stylizer import Stylizer

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "streamlit_app" / "streamlit_app.py"


def open_page() -> AppTest:
    return AppTest.from_file(str(PAGE), default_timeout=60).run()


def png(width: int = 96, height: int = 64, seed: int = 0) -> bytes:
    file = io.BytesIO()
    make_picture(seed, width, height).save(file, "PNG")
    return file.getvalue()


def paintings(page: AppTest) -> list:
    return [job.future.result() for job in page.session_state["jobs"].values()]


@pytest.fixture
def opened() -> AppTest:
    return open_page()


@pytest.fixture
def runs(monkeypatch) -> list:
    """Every run of a network, as the shape of its picture."""
    found, run = [], Stylizer.run
    monkeypatch.setattr(Stylizer, "run", lambda self, pixels: found.append(pixels.shape) or run(self, pixels))
    return found


@pytest.fixture
def two_styles(tmp_path, monkeypatch) -> Path:
    """The style of the repository under two names."""
    monkeypatch.setattr(style, "STYLE_FOLDERS", (copy_styles(tmp_path, ("one", "two")),))
    return tmp_path


def test_page_opens_with_a_painted_example(opened):
    assert not opened.exception
    assert not opened.error
    assert not opened.warning
    assert [painting.size for painting in paintings(opened)] == [(512, 512)]


def test_sliders_do_not_run_the_network_again_and_sizes_do(runs):
    page = open_page()
    before = len(runs)
    page.slider(key="strength").set_value(40).run()
    page.toggle(key="colours").set_value(True).run()
    page.button_group(key="format").set_value("PNG").run()
    assert len(runs) == before
    page.button_group(key="side").set_value(512).run()
    assert len(runs) > before
    page.button_group(key="brush").set_value("fine").run()
    after = len(runs)
    assert runs[-1][:2] == (512, 512)
    page.button_group(key="brush").set_value("medium").run()
    page.button_group(key="side").set_value(768).run()
    assert len(runs) == after, "what was painted once is kept"
    assert not page.exception


def test_the_brush_begins_as_the_styles_and_stays_as_chosen(tmp_path, monkeypatch, runs):
    copy_styles(tmp_path, ("one", "two"), brush="broad")
    monkeypatch.setattr(style, "STYLE_FOLDERS", (tmp_path,))
    page = open_page()
    assert page.button_group(key="brush").value == "broad"
    assert (256, 256, 3) in runs
    assert (384, 384, 3) not in runs
    page.button_group(key="brush").set_value("medium").run()
    assert (384, 384, 3) in runs
    page.button(key="choose-all").click().run()
    assert page.button_group(key="brush").value == "medium"
    page.button(key="large-two").click().run()
    assert page.button_group(key="brush").value == "medium"
    assert not page.exception


def test_result_has_the_pictures_own_shape():
    page = open_page()
    page.file_uploader(key="uploads").set_value([("tall.png", png(300, 1000), "image/png")]).run()
    page.button_group(key="side").set_value(512).run()
    assert paintings(page)[-1].size == (154, 512)
    page.button_group(key="side").set_value(None).run()
    assert paintings(page)[-1].size == (300, 1000)


def test_a_damaged_upload_gets_a_message_and_the_others_a_painting():
    page = open_page()
    files = [("holiday.jpg", b"not a picture", "image/jpeg"), ("good.png", png(), "image/png")]
    page.file_uploader(key="uploads").set_value(files).run()
    assert not page.exception
    assert "holiday.jpg" in page.error[0].value
    page.session_state["shown"] = next(
        key[1]
        for key, job in page.session_state["jobs"].items()
        if not job.future.exception() and "example" not in key[1]
    )
    assert not page.run().exception
    assert any("96 × 64" in caption.value for caption in page.caption)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("photo.jfif", "JPEG"),
        ("web.avif", "AVIF"),
        ("IMG_0001.HEIC", "HEIC"),
        ("PXL.MP.jpg", "motion"),
        ("no ending", "motion"),
        ("beach.jpg", "HEIC"),
        ("beach.heic", "JPEG"),
        ("beach.txt", "AVIF"),
    ],
)
def test_the_bytes_decide_what_is_painted(name, kind):
    page = open_page()
    page.file_uploader(key="uploads").set_value([(name, CONTENTS[kind], "application/octet-stream")]).run()
    assert not page.exception
    assert not page.error
    assert paintings(page)[-1].size == (40, 30)


def test_the_uploader_hides_no_file_and_the_page_says_what_it_cannot_take(opened):
    """A list of endings would make the browser pass over files without a word."""
    assert list(opened.get("file_uploader")[0].proto.type) == []
    opened.button_group(key="lang").set_value("de").run()
    opened.file_uploader(key="uploads").set_value([("notizen.txt", b"text", "text/plain")]).run()
    assert "notizen.txt: kein JPEG, PNG, WebP, HEIC, AVIF oder TIFF" in opened.error[0].value


def test_an_unforeseen_fault_is_reported_in_words_too(monkeypatch):
    def fail(self, picture, max_side=None):
        raise ZeroDivisionError("inside")

    page = open_page()
    monkeypatch.setattr(Stylizer, "__call__", fail)
    page.file_uploader(key="uploads").set_value([("x.png", png(seed=5), "image/png")]).run()
    assert not page.exception
    assert page.error[0].value == TEXTS["en"]["failed"]


def test_more_than_twelve_are_too_many():
    page = open_page()
    files = [(f"{i}.png", png(20, 16, i), "image/png") for i in range(13)]
    page.file_uploader(key="uploads").set_value(files).run()
    assert "13" in page.warning[0].value
    assert sum(key[1].startswith("example") for key in page.session_state["jobs"]) == 1
    assert len(page.session_state["jobs"]) == 13


def test_every_period_at_once(two_styles):
    page = open_page()
    page.button_group(key="side").set_value(1024).run()
    page.button(key="choose-all").click().run()
    assert not page.exception
    grid = [element.proto.body for element in page.get("html") if 'class="cell"' in element.proto.body]
    assert len(grid) == 2
    page.button(key="large-two").click().run()
    assert page.button_group(key="side").value == 1024, "the size is still the chosen one"
    assert page.button(key="choose-two").label == TEXTS["en"]["chosen"].format("Two")


def test_language_is_switched(opened):
    opened.button_group(key="lang").set_value("de").run()
    assert opened.title[0].value == TEXTS["de"]["title"]
    assert not opened.exception


def note_and_badge(page: AppTest) -> tuple[str, bool, str]:
    """The note above the painting, whether the style's card has its badge, and all that is said of its training."""
    badge = any('class="badge"' in element.proto.body for element in page.get("html"))
    return (page.info[0].value if page.info else ""), badge, " ".join(m.value for m in page.markdown)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_style_that_is_no_better_than_colour_transfer_says_so(tmp_path, monkeypatch, language):
    about = json.loads((find_styles()["impressionism"] / "style.json").read_text(encoding="utf-8"))
    kid = about["training"]["metrics"]["directions"]["photo-to-painting"]["kid"]
    kid["result"]["value"] = 0.198
    kid["colour_transfer"] = {"value": 0.184}
    copy_styles(tmp_path, ("one",), preview=False, training=about["training"])
    monkeypatch.setattr(style, "STYLE_FOLDERS", (tmp_path,))
    page = open_page()
    page.button_group(key="lang").set_value(language).run()
    note, badge, printed = note_and_badge(page)
    assert note == TEXTS[language]["preview_colour_transfer"]
    assert badge
    assert note in printed, "with the training data, too"
    assert TEXTS[language]["scores_colour_transfer"].format({"en": "0.184", "de": "0,184"}[language]) in printed
    assert about["note"][language] in printed, "in the visitor's language"


def test_a_style_that_is_better_is_no_preview(tmp_path, monkeypatch):
    about = json.loads((find_styles()["impressionism"] / "style.json").read_text(encoding="utf-8"))
    about["training"]["metrics"]["directions"]["photo-to-painting"]["kid"]["result"]["value"] = 0.1
    copy_styles(tmp_path, ("one",), preview=False, note="", training=about["training"])
    monkeypatch.setattr(style, "STYLE_FOLDERS", (tmp_path,))
    note, badge, printed = note_and_badge(open_page())
    assert (note, badge) == ("", False)
    assert "0.100" in printed


def test_a_text_exists_in_every_language_with_the_same_places():
    assert len({frozenset(texts) for texts in TEXTS.values()}) == 1
    for name, text in TEXTS["en"].items():
        assert sorted(re.findall(r"{.*?}", text)) == sorted(re.findall(r"{.*?}", TEXTS["de"][name])), name


def test_how_it_works_has_five_sentences():
    for texts in TEXTS.values():
        assert len(re.findall(r"\.(?: |$)", texts["how_text"])) == 5


def test_no_text_of_the_page_stands_in_its_code():
    """What is shown goes through texts.py: no call of Streamlit gets a sentence."""
    for path in PAGE.parent.glob("*.py"):
        if path.name != "texts.py":
            shown = re.findall(
                r'\bst\.(?:write|caption|info|warning|error|button|toggle|title|header)\("', path.read_text()
            )
            assert not shown, path.name


def test_links_lead_into_the_repository(opened):
    links = re.findall(r"\]\((https?://[^)]+)\)", " ".join(m.value for m in opened.markdown))
    assert {urlsplit(link).netloc for link in links} == {"github.com", "colab.research.google.com"}
    for link in links:
        path = re.sub(r".*?/tf_cyclegan(?:/(?:tree|blob)/main)?", "", link).strip("/")
        assert (ROOT / path).exists(), link


def test_what_is_said_of_privacy_is_what_is_set(opened):
    text = next(m.value for m in opened.markdown if "temporary file" in m.value)
    assert "30 seconds" in text


def test_no_cache_holds_a_visitors_picture():
    """What is shared between visitors is keyed by styles and examples alone."""
    found = []
    for path in PAGE.parent.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert "cache_data" not in source
        found += re.findall(r"@st\.cache_resource\(.*?\)\ndef (\w+)", source)
    assert sorted(found) == ["card_picture", "example_picture", "load_bundle", "the_painter"]


@pytest.mark.parametrize(
    ("locale", "language"), [("de-AT", "de"), ("en-GB", "en"), ("fr", "en"), (None, "en"), ("", "en")]
)
def test_language_follows_the_browser(locale, language):
    assert pick_language(locale) == language


def test_page_runs_from_any_folder_without_tensorflow(tmp_path):
    """As under `streamlit run`: the interpreter knows the script's folder and nothing else of the project."""
    code = (
        f"import runpy, sys; sys.path[0] = {str(PAGE.parent)!r}; runpy.run_path({str(PAGE)!r}, run_name='__main__'); "
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.strip().endswith("[]")


def test_a_changed_style_is_seen_and_a_damaged_one_left_out(two_styles):
    page = open_page()
    about = two_styles / "one" / "style.json"
    facts = json.loads(about.read_text(encoding="utf-8"))
    about.write_text(json.dumps({**facts, "name": {"en": "Renamed"}}), encoding="utf-8")
    assert page.run().button(key="choose-one").label == TEXTS["en"]["chosen"].format("Renamed")
    about.write_text("{", encoding="utf-8")
    assert "damaged" in page.run().warning[0].value
    assert not page.exception
    assert str(two_styles) not in page.warning[0].value, "a visitor need not know the server's folders"
    assert page.button(key="choose-two").label == TEXTS["en"]["chosen"].format("Two")


def test_a_style_whose_network_cannot_paint_is_left_out_too(two_styles):
    """Its files are those that style.json names, and LiteRT loads the model: it takes one size only."""
    path = two_styles / "two" / "style.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    shutil.copyfile(two_styles / "two" / "model_256.tflite", two_styles / "two" / MODEL)
    about["files"][MODEL] = about["files"]["model_256.tflite"]
    path.write_text(json.dumps(about), encoding="utf-8")
    page = open_page()
    assert not page.exception
    assert page.warning[0].value.startswith("A style was left out because it is damaged: two")
    assert page.button(key="choose-one").label == TEXTS["en"]["chosen"].format("One")


def test_without_any_style_the_page_still_opens(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "STYLE_FOLDERS", (tmp_path,))
    page = open_page()
    assert page.error[0].value == TEXTS["en"]["no_styles"]
    assert not page.exception


@pytest.mark.slow
def test_exactly_the_pages_requirements_open_it(tmp_path):
    """As on a server that has nothing else. Needs a package index, and says so where there is none."""
    run = subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], capture_output=True, check=False)
    if run.returncode:
        pytest.skip("python3-venv is not installed")
    python = tmp_path / "venv" / "bin" / "python"
    requirements = PAGE.parent / "requirements.txt"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
    run = subprocess.run(install, capture_output=True, text=True, check=False)
    if run.returncode and re.search("connection|timed out|resolve", run.stderr, re.IGNORECASE):
        pytest.skip("no package index can be reached")
    assert not run.returncode, run.stderr
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        f"page = AppTest.from_file({str(PAGE)!r}, default_timeout=120).run(); "
        "assert not page.exception and not page.error, page; assert page.get('download_button'); print('opened')"
    )
    run = subprocess.run([python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "opened" in run.stdout, run.stderr
