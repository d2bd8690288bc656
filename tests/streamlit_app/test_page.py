"""The page as a visitor drives it, without a browser."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tf_cyclegan import bundle
from tf_cyclegan.bundle import find_styles

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "streamlit_app" / "streamlit_app.py"
# AppTest hides that under `streamlit run` only the page's own folder is on the path, so the path is set here.
sys.path.insert(0, str(PAGE.parent))

from texts import TEXTS, pick_language  # noqa: E402


@pytest.fixture(scope="module")
def opened() -> AppTest:
    return AppTest.from_file(str(PAGE), default_timeout=60).run()


def test_page_opens_with_a_painted_example(opened):
    assert not opened.exception
    assert not opened.error
    assert len(opened.get("image")) == 2
    assert opened.radio[0].options


def test_download_is_a_jpeg_as_large_as_asked(opened):
    result = opened.session_state["result"]
    with Image.open(io.BytesIO(result["jpeg"])) as picture:
        assert picture.format == "JPEG"
        assert picture.size == result["photo"].size
        assert max(picture.size) <= 768


def test_the_same_picture_is_not_painted_twice(opened):
    before = opened.session_state["result"]
    assert opened.run().session_state["result"] is before


def test_a_damaged_upload_gets_a_message_and_no_traceback():
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    page.file_uploader[0].set_value(("holiday.jpg", b"not a picture", "image/jpeg")).run()
    assert not page.exception
    assert "holiday.jpg" in page.error[0].value


def test_a_text_exists_in_every_language():
    assert len({frozenset(texts) for texts in TEXTS.values()}) == 1


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


def test_a_changed_style_is_seen_and_a_damaged_one_left_out(tmp_path, monkeypatch):
    shutil.copytree(next(iter(find_styles().values())), tmp_path / "style")
    monkeypatch.setattr(bundle, "STYLE_FOLDERS", (tmp_path,))
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    about = tmp_path / "style" / "style.json"
    facts = json.loads(about.read_text(encoding="utf-8"))
    about.write_text(json.dumps({**facts, "name": {"en": "Renamed"}}), encoding="utf-8")
    assert page.run().radio[0].options == ["Renamed"]
    about.write_text("{", encoding="utf-8")
    assert "damaged" in page.run().warning[0].value
    assert not page.exception
