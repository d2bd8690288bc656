"""The page as a visitor drives it, without a browser; test_browser.py has one."""

import base64
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import visit
from hypothesis import given
from hypothesis import strategies as st
from periods import STEPS, place_of, text_of
from PIL import Image
from streamlit.testing.v1 import AppTest
from styles import copy_styles
from texts import TEXTS, pick_language
from visit import example_jobs

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


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """The visitor's own files, which no test before has painted."""
    return page.file_uploader(key="uploads").set_value([(*file, "application/octet-stream") for file in files]).run()


def choose(page: AppTest, style: str) -> AppTest:
    """As a touch of a thumbnail does; AppTest cannot reach into components."""
    page.session_state["style"] = style
    return page.run()


def paintings(page: AppTest) -> list:
    """Those of the visitor's own pictures."""
    jobs = page.session_state["visit"].jobs.items()
    return [job.future.result() for key, job in jobs if key[0] == "painting" and not job.future.exception()]


def component(page: AppTest, name: str) -> dict:
    """What a component of the page was given."""
    (found,) = (e.proto for e in page.get("bidi_component") if e.proto.component_name == name)
    return json.loads(found.json)


def thumbs(page: AppTest, label: str) -> list[dict]:
    """The pictures of the group of thumbnails with this label."""
    groups = [json.loads(e.proto.json) for e in page.get("bidi_component") if e.proto.component_name == "thumbs"]
    return next((json.loads(group["items"]) for group in groups if group["label"] == label), [])


@pytest.fixture
def opened() -> AppTest:
    return open_page()


@pytest.fixture
def runs(monkeypatch) -> list:
    """Every run of a network, as the shape of its picture."""
    found, run = [], Stylizer.run
    monkeypatch.setattr(
        Stylizer, "run", lambda self, pixels, mix=None: found.append(pixels.shape) or run(self, pixels, mix)
    )
    return found


@pytest.fixture
def two_styles(tmp_path, monkeypatch) -> Path:
    """The style of the repository under two names."""
    monkeypatch.setattr(style, "STYLE_FOLDERS", (copy_styles(tmp_path, ("one", "two")),))
    return tmp_path


def test_page_opens_with_the_meadow_painted_in_impressionism(opened):
    assert not opened.exception
    assert not opened.error
    assert not opened.warning
    frame = component(opened, "frame")
    assert frame["title"] == "a mountain meadow, after a photograph"
    assert frame["period"] == "Impressionism, 1865–1890"
    assert frame["before"] != frame["after"]


def test_every_period_once_in_the_order_of_years_as_the_visitors_photo():
    page = upload(open_page(), ("mine.png", png(400, 300)))
    periods = thumbs(page, TEXTS["en"]["step_period"])
    assert [p["key"] for p in periods] == [
        *("renaissance", "baroque", "rococo", "realism", "impressionism", "post-impressionism"),
    ]
    assert [p["key"] for p in periods if p["chosen"]] == ["impressionism"]
    assert len({p["src"] for p in periods}) == 6
    before = {p["src"] for p in periods}
    page = upload(page, ("other.png", png(400, 300, 9)))
    assert not before & {p["src"] for p in thumbs(page, TEXTS["en"]["step_period"])}


def test_a_mixture_by_the_slider_and_by_the_address():
    page = open_page()
    years = component(page, "years")
    middles = [period["year"] for period in json.loads(years["periods"])]
    assert middles == sorted(middles)
    assert years["at"] == 4 * STEPS
    page = choose(page, "baroque:0.3,rococo:0.7")
    assert component(page, "frame")["period"] == "70 % Rococo, 30 % Baroque"
    assert component(page, "years")["at"] == round(1.7 * STEPS)
    asked = AppTest.from_file(str(PAGE), default_timeout=60)
    asked.query_params["style"] = "renaissance:0.5,baroque:0.5"
    asked.query_params["brush"] = "broad"
    asked.run()
    assert component(asked, "frame")["period"] == "50 % Renaissance, 50 % Baroque"
    assert asked.button_group(key="brush").value == "broad"


@pytest.mark.parametrize(
    "asked", ["", "nothing", "baroque:2", "baroque:0.5", "<script>", "baroque,rococo", ":", "a" * 5000]
)
def test_a_bad_address_is_ignored(asked):
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.query_params["style"] = page.query_params["brush"] = asked
    page.run()
    assert not page.exception
    assert component(page, "frame")["period"] == "Impressionism, 1865–1890"
    assert page.button_group(key="brush").value == "medium"


@given(st.lists(st.integers(1, 9), min_size=2, max_size=9), st.integers(-50, 500))
def test_every_place_of_the_slider_is_a_mixture_of_two_neighbours(numbers, place):
    keys = [f"p{i}" for i in range(len(numbers))]
    shares = {}
    for part in text_of(place, keys).split(","):
        key, _, share = part.partition(":")
        shares[key] = float(share or 1)
    assert abs(sum(shares.values()) - 1) < 1e-9
    at = sorted(keys.index(key) for key in shares)
    assert at[-1] - at[0] <= 1
    assert place_of(shares, keys) == min(max(place, 0), STEPS * (len(keys) - 1))


def test_strength_and_format_do_not_run_the_network_again_and_a_brush_does(runs):
    page = upload(open_page(), ("mine.png", png(400, 300, 3)))
    before = len(runs)
    page.slider(key="strength").set_value(40).run()
    page.toggle(key="colours").set_value(True).run()
    page.button_group(key="format").set_value("PNG").run()
    page.button_group(key="purpose").set_value("print").run()
    assert page.button_group(key="side").value is None
    page.button_group(key="side").set_value(512).run()
    assert page.button_group(key="purpose").value is None
    assert len(runs) == before, "what is downloaded is painted when it is asked for"
    page.button_group(key="brush").set_value("fine").run()
    after = len(runs)
    assert after > before
    page.button_group(key="brush").set_value("medium").run()
    assert len(runs) == after, "what was painted once is kept"
    assert not page.exception


def test_the_brush_begins_as_the_styles_and_stays_as_chosen(tmp_path, monkeypatch):
    copy_styles(tmp_path, ("one", "two"), brush="broad")
    monkeypatch.setattr(style, "STYLE_FOLDERS", (tmp_path,))
    page = open_page()
    assert page.button_group(key="brush").value == "broad"
    page.button_group(key="brush").set_value("medium").run()
    page.toggle(key="all").set_value(True).run()
    choose(page, "two")
    assert page.button_group(key="brush").value == "medium"
    assert not page.exception


def test_the_frame_has_the_pictures_own_shape_first_small_and_then_larger():
    page = upload(open_page(), ("tall.png", png(500, 1600)))
    assert [painting.size for painting in paintings(page)] == [(160, 512), (320, 1024)]
    frame = component(page, "frame")
    assert (frame["width"], frame["height"], frame["busy"]) == (320, 1024, False)


def test_a_damaged_upload_gets_a_message_at_the_wall_and_the_others_a_painting():
    page = upload(open_page(), ("holiday.jpg", b"not a picture"), ("good.png", png()))
    assert not page.exception
    assert [error.value for error in page.error] == [
        TEXTS["en"]["bad_picture"].format(
            "holiday.jpg: not a JPEG, PNG, WebP, HEIC, AVIF or TIFF; save it as one of these and try again"
        )
    ]
    assert component(page, "frame")["title"] == "good, after a photograph"


def test_with_a_damaged_upload_alone_an_example_hangs_on_the_wall():
    page = upload(open_page(), ("holiday.jpg", b"not a picture"))
    assert len(page.error) == 1
    assert "meadow" in component(page, "frame")["title"]


def test_several_photos_are_thumbnails_and_a_touched_one_is_shown():
    page = upload(open_page(), ("one.png", png(210, 130, 1)), ("two.png", png(220, 140, 2)))
    wall = thumbs(page, TEXTS["en"]["wall"])
    assert [thumb["chosen"] for thumb in wall] == [True, False]
    page.session_state["shown"] = wall[1]["key"]
    page.run()
    assert component(page, "frame")["title"] == "two, after a photograph"
    assert any(button.label == "Download all 2 (zip)" for button in page.get("download_button"))


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
    def fail(self, pixels, mix=None):
        raise ZeroDivisionError("inside")

    page = open_page()
    monkeypatch.setattr(Stylizer, "run", fail)
    upload(page, ("x.png", png(seed=5)))
    assert not page.exception
    assert page.error[0].value == TEXTS["en"]["failed"]
    assert "inside" not in page.error[0].value


def test_more_than_twelve_are_too_many():
    page = upload(open_page(), *((f"{i}.png", png(20, 16, i)) for i in range(13)))
    assert "13" in page.warning[0].value
    assert len(thumbs(page, TEXTS["en"]["wall"])) == 12


def test_a_visit_keeps_no_more_than_its_share(monkeypatch):
    monkeypatch.setattr(visit, "MAX_JOBS", 5)
    page = upload(open_page(), ("x.png", png(40, 30, 7)))
    for place in range(6):
        choose(page, text_of(place, ["renaissance", "baroque"]))
    assert len(page.session_state["visit"].jobs) == 5
    assert not page.exception


def test_every_period_at_once(two_styles):
    page = upload(open_page(), ("x.png", png(600, 400, 8)))
    page.toggle(key="all").set_value(True).run()
    assert not page.exception
    cells = thumbs(page, TEXTS["en"]["side_by_side"])
    assert [cell["name"] for cell in cells] == ["One", "Two"]
    with Image.open(io.BytesIO(base64.b64decode(cells[0]["src"].partition(",")[2]))) as picture:
        assert picture.size == (512, 341), "in the end they are no thumbnails any more"
    assert any(button.label == "Download all 2 (zip)" for button in page.get("download_button"))


def test_language_is_switched(opened):
    opened.button_group(key="lang").set_value("de").run()
    assert any(TEXTS["de"]["title"] in element.proto.body for element in opened.get("html"))
    assert not opened.exception


def note_and_badge(page: AppTest) -> tuple[str, bool, str]:
    """The note on the painting's label, whether the style has its badge, and all that is said of its training."""
    periods = next(found for texts in TEXTS.values() if (found := thumbs(page, texts["step_period"])))
    badge = any(thumb["badge"] for thumb in periods)
    return component(page, "frame")["note"], badge, " ".join(m.value for m in page.markdown)


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


def test_how_it_works_has_six_sentences():
    for texts in TEXTS.values():
        assert len(re.findall(r"\.(?: |$)", texts["how_text"])) == 6


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
    """What is shared between visitors is keyed by styles and examples alone; see `test_nothing_of_one_visitor…`."""
    found = []
    for path in PAGE.parent.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert "cache_data" not in source
        found += re.findall(r"@st\.cache_resource\(.*?\)\ndef (\w+)", source)
    assert sorted(found) == ["example_jobs", "example_thumb", "load_bundle", "the_painter"]


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


def test_nothing_of_one_visitor_gets_to_another():
    page = upload(open_page(), ("secret.png", png(120, 80, 11)))
    other = open_page()
    mine = {id(job) for job in page.session_state["visit"].jobs.values()}
    assert mine
    assert not mine & {id(job) for job in [*other.session_state["visit"].jobs.values(), *example_jobs().values()]}
    assert "secret" not in str(list(example_jobs()))
    assert page.session_state["visit"].number != other.session_state["visit"].number


def test_a_changed_style_is_seen_and_a_damaged_one_left_out(two_styles):
    page = open_page()
    about = two_styles / "one" / "style.json"
    facts = json.loads(about.read_text(encoding="utf-8"))
    about.write_text(json.dumps({**facts, "name": {"en": "Renamed"}}), encoding="utf-8")
    assert [t["name"] for t in thumbs(page.run(), TEXTS["en"]["step_period"])] == ["Renamed", "Two"]
    about.write_text("{", encoding="utf-8")
    assert "damaged" in page.run().warning[0].value
    assert not page.exception
    assert str(two_styles) not in page.warning[0].value, "a visitor need not know the server's folders"
    assert [t["name"] for t in thumbs(page, TEXTS["en"]["step_period"])] == ["Two"]


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
    assert [t["name"] for t in thumbs(page, TEXTS["en"]["step_period"])] == ["One"]


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
