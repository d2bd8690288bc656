"""The page as a person meets it: a real Chromium against the really running server. `make test-browser` runs these."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest
from hostile_files import nastiest
from PIL import Image
from styles import copy_styles

from tests.conftest import free_port, without_browser
from tf_cyclegan.stylize.style import find_styles

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "streamlit_app" / "streamlit_app.py"
EXAMPLES = ROOT / "streamlit_app" / "examples"

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAKE = re.compile("Download the painting|Gemälde herunterladen")

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Server:
    """A running page, its output and its temporary files.

    Args:
        folder: for these.
        styles: a folder of styles instead of the page's own.
    """

    def __init__(self, folder: Path, styles: Path | None = None):
        self.folder = folder
        self.log, self.counts, self.tmp = folder / "log", folder / "counts.json", folder / "tmp"
        self.tmp.mkdir()
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, Path(__file__).with_name("serve.py"), PAGE, str(self.port), self.counts]
        environment = os.environ | {"TMPDIR": str(self.tmp), "PYTHONUNBUFFERED": "1", "TEST_STYLES": str(styles or "")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*map(str, command), "server.disconnectedSessionTTL=1"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _wait(self):
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2)  # noqa: S310
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.2)
            else:
                return
        raise AssertionError(self.log.read_text())

    def count(self) -> dict[str, int]:
        """What the server holds of its visitors."""
        self.counts.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        for _ in range(100):
            if self.counts.exists():
                return json.loads(self.counts.read_text(encoding="utf-8"))
            time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def memory(self, field: str) -> int:
        """VmRSS or VmHWM of the server, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) // 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A page with one style."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copytree(find_styles()["impressionism"], folder / "styles" / "impressionism")
    server = Server(folder, folder / "styles")
    yield server
    server.process.terminate()
    server.process.wait(20)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    """A page with three styles."""
    folder = tmp_path_factory.mktemp("gallery")
    server = Server(folder, copy_styles(folder / "styles", ("one", "two", "three")))
    yield server
    server.process.terminate()
    server.process.wait(20)


@pytest.fixture(scope="module")
def periods(tmp_path_factory):
    """A page as it ships, with a network of several periods."""
    server = Server(tmp_path_factory.mktemp("periods"))
    yield server
    server.process.terminate()
    server.process.wait(20)


@pytest.fixture
def visit(browser, server):
    """Opens a page as another visitor each time; every request that leaves this machine fails the test."""
    contexts, strangers = [], []

    def open_page(width=1280, height=900, place=server, **settings):
        context = browser.new_context(viewport={"width": width, "height": height}, **{"locale": "en-GB", **settings})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda r: strangers.append(r.url) if not local(r.url, place) else None)
        page.set_default_timeout(120_000)
        page.goto(place.address)
        page.get_by_role("button", name=TAKE).first.wait_for()
        return page

    def local(url, place):
        return url.startswith((place.address, "data:", "blob:", f"ws://127.0.0.1:{place.port}"))

    yield open_page
    for context in contexts:
        context.close()
    assert not strangers


def upload(page, *files):
    """Puts files, as (name, bytes), into the uploader once the page is at rest.

    Streamlit asks its server where to upload to, and drops the answer when a run of the script begins in the very
    moment in which it lies in the queue (`ForwardMsgQueue.clear`): nobody picks a file that fast, but this would.
    """
    settle(page)
    picked = [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files]
    page.locator(".st-key-uploads input[type=file]").set_input_files(picked)


def picture(width=300, height=200, kind="PNG", colour=(200, 60, 30), **settings):
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind, **settings)
    return file.getvalue()


def settle(page):
    page.wait_for_timeout(400)
    page.wait_for_function("!document.querySelector('[data-test-script-state=running]')")
    page.wait_for_timeout(200)


def downloaded(page, name):
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).click()
    download = waiting.value
    return download.suggested_filename, Path(download.path()).read_bytes()


def downloaded_as(page, name, expected):
    """The download once it is called as expected: a busy machine can seem idle before the page has run again."""
    for _ in range(20):
        found, data = downloaded(page, name)
        if found == expected:
            break
        page.wait_for_timeout(500)
    return found, data


def compare(page):
    return page.get_by_role("slider", name=re.compile("Compare photo|Foto und Gemälde"))


def line_at(page):
    return page.locator(".stage").evaluate("e => e.style.getPropertyValue('--at')")


def wait_for_size(page, width, height):
    """Until the picture in the frame is of this size: photo and painting."""
    page.wait_for_function(
        """([width, height]) => {
            const deep = (root) => [...root.querySelectorAll("*")].flatMap((e) =>
                [...(e.matches(".stage img") ? [e] : []), ...(e.shadowRoot ? deep(e.shadowRoot) : [])]);
            const images = deep(document);
            return images.length === 2 && images.every((e) => e.naturalWidth === width && e.naturalHeight === height);
        }""",
        arg=[width, height],
    )
    settle(page)


def test_a_painting_is_in_the_first_view(visit):
    for width, height in ((1440, 900), (390, 844)):
        page = visit(width, height)
        box = page.locator(".stage").bounding_box()
        assert box["y"] > 0
        assert box["y"] + box["height"] < height
        assert box["width"] > 0.4 * min(width, 800)
        page.get_by_role("img", name=re.compile("meadow.jpg as a painting")).wait_for()


def test_a_picture_that_comes_later_is_shown_and_an_earlier_one_by_its_thumbnail(visit):
    page = visit()
    upload(page, ("one.png", picture(210, 130)))
    wait_for_size(page, 210, 130)
    upload(page, ("two.png", picture(220, 140)))
    wait_for_size(page, 220, 140)
    page.get_by_role("button", name="one.png as a painting").click()
    wait_for_size(page, 210, 130)


def test_upload_slide_by_keyboard_strength_and_download(visit, server):
    page = visit()
    upload(page, ("my holiday.png", picture(320, 200)))
    wait_for_size(page, 320, 200)
    before = server.count()["runs"]
    slider = compare(page)
    slider.focus()
    page.keyboard.press("Home")
    assert line_at(page) == "0%"
    page.keyboard.press("ArrowRight")
    assert line_at(page) == "1%"
    name, full = downloaded(page, "Download the painting")
    assert name == "my-holiday-impressionism.jpg"
    page.get_by_role("slider", name="Strength").focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    settle(page)
    assert line_at(page) == "1%", "the line stays where it was left"
    page.get_by_text("More: size and format").click()
    settle(page)
    page.get_by_role("radio", name="PNG").click()
    settle(page)
    name, none = downloaded_as(page, "Download the painting", "my-holiday-impressionism.png")
    assert name == "my-holiday-impressionism.png"
    with Image.open(io.BytesIO(none)) as photo, Image.open(io.BytesIO(full)) as painting:
        assert (photo.format, photo.size) == ("PNG", (320, 200))
        assert painting.size == (320, 200)
        assert all(abs(a - b) <= 4 for a, b in zip(photo.getpixel((160, 100)), (200, 60, 30), strict=True))
        assert photo.convert("RGB").getpixel((160, 100)) != painting.getpixel((160, 100))
    assert server.count()["runs"] == before, "no slider runs the network"


def test_what_can_be_taken_home(visit):
    page = visit()
    upload(page, ("my holiday.png", picture(320, 200)))
    wait_for_size(page, 320, 200)
    found = {}
    for button in ("Before and after", "Film (GIF)", "Film (MP4)", "Framed, A4"):
        name, data = downloaded(page, button)
        found[name] = data
    assert list(found) == [f"my-holiday-impressionism-{end}" for end in ("card.jpg", "film.gif", "film.mp4", "A4.jpg")]
    card, gif, mp4, a4 = found.values()
    with Image.open(io.BytesIO(card)) as one, Image.open(io.BytesIO(gif)) as film, Image.open(io.BytesIO(a4)) as sheet:
        assert one.size == (1080, 1350)
        assert film.n_frames > 20
        assert sheet.size == (3508, 2480)
    assert mp4[4:8] == b"ftyp"


def test_the_painting_is_copied(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    upload(page, ("my holiday.png", picture(320, 200)))
    wait_for_size(page, 320, 200)
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied.").wait_for()
    kinds = page.evaluate("async () => (await navigator.clipboard.read()).flatMap((item) => item.types)")
    assert kinds == ["image/png"]


def test_line_follows_mouse_and_finger(visit):
    page = visit(390, 844, has_touch=True, is_mobile=True)
    stage = page.locator(".stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20)
    page.mouse.up()
    assert 23 <= float(line_at(page).rstrip("%")) <= 27
    page.touchscreen.tap(box["x"] + box["width"] * 0.8, box["y"] + 40)
    assert 77 <= float(line_at(page).rstrip("%")) <= 83


def test_several_photos_a_damaged_one_among_them_and_a_zip(visit):
    page = visit()
    upload(page, ("red.png", picture()), ("broken.jpg", b"\xff\xd8\xff nothing"), ("blue.webp", picture(kind="WEBP")))
    page.get_by_text("broken.jpg: ").wait_for()
    page.get_by_role("button", name="Download all 2").wait_for()
    name, data = downloaded(page, "Download all 2")
    assert name.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["red-impressionism.jpg", "blue-impressionism.jpg"]
        for member in archive.namelist():
            with Image.open(archive.open(member)) as painting:
                assert painting.size == (300, 200)


def test_an_error_is_where_the_eye_is(visit):
    page = visit(locale="de-DE")
    upload(page, ("brief.txt", b"no picture"))
    place = page.get_by_text("brief.txt: kein JPEG, PNG").bounding_box()
    assert 0 < place["y"] < 400
    assert page.locator(".stage").count() == 1


def test_all_periods_side_by_side_and_one_of_them_large(visit, gallery):
    page = visit(place=gallery)
    upload(page, ("tower.png", picture(200, 320)))
    wait_for_size(page, 200, 320)
    page.get_by_text("All periods side by side").click()
    cells = page.locator(".hung button")
    page.wait_for_function("document.querySelector('.st-key-side_by_side')")
    settle(page)
    assert [cells.nth(i).inner_text() for i in range(3)] == ["One\n1865–1890", "Three\n1865–1890", "Two\n1865–1890"]
    assert cells.first.locator("img").evaluate("e => [e.naturalWidth, e.naturalHeight]") == [200, 320]
    before = gallery.count()["runs"]
    page.get_by_role("slider", name="Strength").focus()
    page.keyboard.press("ArrowLeft")
    settle(page)
    assert gallery.count()["runs"] == before, "a slider runs no network"
    _, data = downloaded(page, "Download all 3")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["tower-one.jpg", "tower-three.jpg", "tower-two.jpg"]
    page.locator(".hung").get_by_role("button", name="Two").click()
    page.get_by_role("img", name="tower.png as a painting: Two").wait_for()
    assert "style=two" in page.url
    assert page.get_by_role("button", name="Two", pressed=True).count() == 1


def test_the_slider_paints_between_periods_and_the_painting_stays_in_view(visit, periods):
    page = visit(place=periods)
    slider = page.get_by_role("slider", name=re.compile("From period to period"))
    slider.focus()
    page.keyboard.press("ArrowLeft")
    settle(page)
    page.get_by_role("img", name="meadow.jpg as a painting: 95 % Impressionism, 5 % Romanticism and Realism").wait_for()
    assert "style=realism%3A0.05%2Cimpressionism%3A0.95" in page.url
    assert slider.get_attribute("aria-valuetext") == "around 1876: 95 % Impressionism, 5 % Romanticism and Realism"
    box = page.locator(".stage").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 900
    again = page.context.new_page()
    again.goto(page.url)
    again.get_by_role("img", name="95 % Impressionism").wait_for()


def test_on_a_phone_a_small_painting_stays_while_one_chooses(visit):
    page = visit(390, 844, has_touch=True, is_mobile=True)
    small = page.locator(".mini")
    assert not small.is_visible()
    page.get_by_text("Keep the original colours").scroll_into_view_if_needed()
    page.wait_for_function("!document.querySelector('[data-test-script-state=running]')")
    small.wait_for()
    box = small.bounding_box()
    assert (box["x"], round(box["y"])) == (0, 0)
    assert box["height"] < 844 / 4
    page.touchscreen.tap(100, 60)
    small.wait_for(state="hidden")


@pytest.mark.parametrize(("locale", "switch"), [("en-GB", "Use the camera"), ("de-DE", "Kamera verwenden")])
def test_a_picture_is_taken_with_the_camera(visit, locale, switch):
    page = visit(permissions=["camera"], locale=locale)
    assert page.get_by_test_id("stCameraInput").count() == 0, "nobody is asked for a camera who wants none"
    page.get_by_text(switch).click()
    page.wait_for_function("document.querySelector('[data-testid=stCameraInput] video')?.videoWidth > 0")
    page.get_by_test_id("stCameraInputButton").click()
    page.get_by_role("img", name=re.compile("camera|Kamera", re.IGNORECASE)).first.wait_for()
    settle(page)
    assert compare(page).count() == 1


def test_a_pasted_picture_is_painted(visit):
    page = visit()
    page.evaluate(
        """async () => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 123, height: 77 });
            const blob = await new Promise((done) => canvas.toBlob(done));
            const transfer = new DataTransfer();
            transfer.items.add(new File([blob], "image.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, cancelable: true }));
        }"""
    )
    wait_for_size(page, 123, 77)


def test_language_follows_the_browser_and_the_switch(visit):
    page = visit(locale="de-AT")
    page.get_by_role("heading", name="Dein Foto als Gemälde").wait_for()
    page.wait_for_function("document.documentElement.lang === 'de'")
    page.get_by_role("radio", name="English").click()
    page.get_by_role("heading", name="Your photo as a painting").wait_for()
    page.wait_for_function("document.documentElement.lang === 'en'")
    assert "lang=" in page.url, "a link keeps the language"


def test_two_visitors_side_by_side(visit):
    pages = [visit(), visit()]
    sizes = [(211, 130), (140, 222)]
    for page, size in zip(pages, sizes, strict=True):
        upload(page, (f"{size[0]}.png", picture(*size)))
    for page, (width, height) in zip(pages, sizes, strict=True):
        wait_for_size(page, width, height)
        name, data = downloaded(page, "Download the painting")
        assert name == f"{width}-impressionism.jpg"
        with Image.open(io.BytesIO(data)) as painting:
            assert painting.size == (width, height)


def test_everything_is_reached_by_keyboard(visit):
    page = visit()
    page.locator(".st-key-uploads button").first.focus()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        deep = "e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;"
        reached.add(page.evaluate(f"() => {{ let {deep} return e.ariaLabel || e.innerText || e.type }}"))
    words = " | ".join(str(word) for word in reached)
    for wanted in (
        "an astronaut",
        "a fig in a bowl",
        "Impressionism",
        "Strength",
        "Download the painting",
    ):
        assert wanted in words, words
    page.get_by_role("button", name="a fig in a bowl").focus()
    page.keyboard.press("Enter")
    page.get_by_role("img", name=re.compile("fig.jpg")).first.wait_for()


def test_every_picture_and_control_has_a_name(visit):
    page = visit()
    nameless = page.evaluate(
        """() => {
            const deep = (root) => [...root.querySelectorAll("*")].flatMap((e) =>
                [e, ...(e.shadowRoot ? deep(e.shadowRoot) : [])]);
            const named = (e) => e.ariaLabel || e.getAttribute("aria-labelledby") || e.title || e.innerText?.trim()
                || e.labels?.[0]?.innerText || e.closest("label")?.innerText || e.closest("[aria-label]");
            return deep(document.querySelector(".stMain")).filter((e) => e.checkVisibility?.() && (
                (e.matches("img") && !e.hasAttribute("alt")) ||
                (e.matches("button, a, input, [role=slider]") && !named(e)))).map((e) => e.outerHTML.slice(0, 200));
        }"""
    )
    assert nameless == []


@pytest.mark.parametrize(
    ("scheme", "locale", "closed"),
    [
        ("light", "en-GB", ("More: size", "What Impressionism was", "All periods side")),
        ("dark", "de-DE", ("Mehr: Größe", "Womit Impressionismus", "Alle Epochen neben")),
    ],
)
def test_axe_finds_no_violation(visit, periods, scheme, locale, closed):
    """In the first view, and with everything open that can be opened."""
    if not AXE.exists():
        without_browser("axe-core is not installed: npm ci --prefix web")
    page = visit(place=periods, color_scheme=scheme, locale=locale, reduced_motion="reduce")
    page.add_script_tag(path=AXE)
    found = page.evaluate("async () => (await axe.run()).violations")
    upload(page, ("one.png", picture()), ("two.png", picture(colour=(20, 80, 90))), ("broken.jpg", b"nothing"))
    page.get_by_text("broken.jpg: ").wait_for()
    for text in closed:
        page.get_by_text(text).click()
        settle(page)
    # What a run of the page has not sent again yet is faded.
    page.wait_for_function("!document.querySelector('[data-testid=stProgress], [data-stale=true]')")
    settle(page)
    page.wait_for_timeout(1000)
    found += page.evaluate("async () => (await axe.run()).violations")
    assert [(rule["id"], [node["html"] for node in rule["nodes"]][:3]) for rule in found] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_of_every_visible_text_is_aa(visit, scheme):
    """Of text on the ground that lies under it, as the browser computed both; large text 3, other text 4.5."""
    page = visit(color_scheme=scheme)
    page.get_by_role("heading", name="What happens").scroll_into_view_if_needed()
    script = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
    texts = page.evaluate(script)
    assert len(texts) > 30
    low = [text for text in texts if text["ratio"] < text["wanted"]]
    assert not low, low[:5]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
def test_looks(visit, tmp_path, locale, scheme):
    """Nothing sticks out at the side at any width. The pictures lie in $ARTIFACTS, for eyes."""
    page = visit(locale=locale, color_scheme=scheme)
    folder = Path(os.environ.get("ARTIFACTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    main = page.get_by_test_id("stMain")
    for width in (390, 820, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)
        assert main.evaluate("e => e.scrollWidth <= e.clientWidth"), width
        page.set_viewport_size({"width": width, "height": main.evaluate("e => e.scrollHeight")})
        page.wait_for_timeout(200)
        page.screenshot(path=folder / f"page_{width}_{scheme}_{locale[:2]}.png")


def test_the_nastiest_thirty_get_a_message_or_a_picture(visit, server):
    files = nastiest(30)
    assert len(files) == 30
    page = visit()
    for start in range(0, 30, 10):
        batch = files[start : start + 10]
        upload(page, *batch)
        page.wait_for_timeout(500)
        settle(page)
        printed = page.get_by_test_id("stAlertContentError").all_inner_texts()
        assert page.get_by_test_id("stException").count() == 0
        assert not [text for text in printed if "Traceback" in text or "went wrong" in text]
        assert server.memory("VmHWM") < 1024
        page.reload()
        page.get_by_role("button", name=TAKE).first.wait_for()
    assert visit().locator(".stage").count() == 1, "the next visitor is served"


def after_other_visits(visit, server):
    """What the server holds when visits have ended after the one before."""
    for _ in range(2):
        visit().context.close()
        time.sleep(2.5)
    visit().context.close()
    time.sleep(1)
    return server.count()


def test_nothing_of_a_visitor_is_kept_or_logged(visit, server):
    """After the visit the server holds no upload and no painting; no file and no line of its output tells of it."""
    before = after_other_visits(visit, server)
    page = visit()
    upload(page, ("secret-birthday.png", picture(1400, 1100, compress_level=0)))
    wait_for_size(page, 1024, 805)
    during = server.count()
    assert during["uploads"] == 1
    assert during["paintings"] >= before["paintings"] + 2
    page.context.close()
    time.sleep(2.5)
    held = after_other_visits(visit, server)
    assert held["uploads"] == 0
    assert held["paintings"] <= before["paintings"], "none but those of the examples"
    assert "secret-birthday" not in server.log.read_text()
    left = [path for path in server.tmp.rglob("*") if path.is_file()]
    assert left == []
