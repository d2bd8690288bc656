"""The page as a visitor drives it, in a real browser."""

import base64
import contextlib
import io
import json
import re
import shutil
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from PIL import Image

from tests.conftest import make_picture, make_truncated_jpeg
from tests.picture_trees import CONTENTS
from tests.web.conftest import served
from tf_cyclegan.pictures.pixels import fit_long_side
from tf_cyclegan.settings.choices import BRUSHES
from tf_cyclegan.stylize.brush import paint_with, painted_sizes
from tf_cyclegan.stylize.finish import finish
from tf_cyclegan.stylize.style import find_bundles, open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer
from tf_cyclegan.stylize.tiled import TiledPainter
from web.assemble import PACKAGES, in_order

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "streamlit_app" / "examples").glob("*.jpg"))
STYLES = in_order({name: open_bundle(folder) for name, folder in find_bundles().items()})
STYLE = next(iter(STYLES))  # The page begins with it.
EXAMPLE = Path(json.loads((EXAMPLES[0].parent / "examples.json").read_text(encoding="utf-8"))[0]["file"]).stem
SHOWN = "() => document.querySelector('#painting').toDataURL()"
AXE = PACKAGES / "axe-core" / "axe.min.js"


def png(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def upload(page, name: str, data: bytes) -> None:
    page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": data})


def wait_until_painted(page, title: str = "") -> None:
    page.wait_for_selector("#save:enabled")
    page.wait_for_function(
        "title => document.querySelector('#label-title').textContent.toLowerCase().includes(title)", arg=title.lower()
    )
    page.wait_for_selector("#compare:not([data-busy])")


def wait_until_painted_anew(page) -> None:
    """After a choice: the whole picture is painted, not only the small one."""
    page.wait_for_selector("#status:has-text('Painted')")
    page.wait_for_selector("#compare:not([data-busy])")


def paint_in_python(pixels: np.ndarray) -> np.ndarray:
    """What LiteRT in Python makes of a picture."""
    return Stylizer(STYLES[STYLE], threads=1).run(pixels)


def largest_difference(one: np.ndarray, other: np.ndarray) -> int:
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other.astype(int)).max())


@pytest.fixture(scope="module")
def visitor(visit):
    """The page after its first painting."""
    page = visit(accept_downloads=True)
    wait_until_painted(page)
    return page


@pytest.fixture(scope="module")
def functions(visit, address):
    """A page with nothing on it but the page's own functions."""
    page = visit(f"{address}index.json")
    page.evaluate(
        """async (address) => {
        window.picture = await import(`${address}paint/pixels.js`);
        window.brushes = await import(`${address}paint/brush.js`);
        window.finishing = await import(`${address}paint/finish.js`);
        window.addresses = await import(`${address}address.js`);
        const { Painter } = await import(`${address}paint/painter.js`);
        window.painter = new Painter(`${address}paint/worker.js`);
        window.site = await (await fetch(`${address}index.json`)).json();
        window.toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
        window.toBlob = async (text) => (await fetch(`data:image/png;base64,${text}`)).blob();
        window.fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    }""",
        address,
    )
    return page


def paint_in_browser(page, picture: Image.Image, side: int, brush: str = "fine") -> np.ndarray:
    painted = page.evaluate(
        """async ({ data, side, brush }) => {
            const blob = new Blob([fromBase64(data)], { type: "image/png" });
            const { pixels } = await picture.openPicture(blob, "a.png");
            const { model, mix } = site.styles[0];
            const painted = await painter.paint(pixels, { model, mix, side, brush });
            return { ...painted, photo: null, painting: toBase64(painted.painting) };
        }""",
        {"data": base64.b64encode(png(picture)).decode(), "side": side, "brush": brush},
    )
    rgba = np.frombuffer(base64.b64decode(painted["painting"]), np.uint8)
    rgba = rgba.reshape(painted["height"], painted["width"], 4)
    assert (rgba[..., 3] == 255).all()
    return rgba[..., :3]


@pytest.mark.parametrize("path", EXAMPLES[:3], ids=lambda path: path.stem)
def test_the_painting_is_pythons_to_two_levels(functions, path):
    with Image.open(path) as picture:
        small = fit_long_side(picture.convert("RGB"), 300)
    painted = paint_in_browser(functions, small, 512)
    assert largest_difference(painted, paint_in_python(np.asarray(small))) <= 2
    assert largest_difference(painted, np.asarray(small)) > 20


@pytest.mark.parametrize("size", [(100, 61), (40, 256), (300, 20), (17, 16)])
def test_a_picture_of_any_shape_is_padded_painted_and_cut_out(functions, size):
    picture = make_picture(3, *size)
    expected = paint_in_python(np.asarray(fit_long_side(picture, 256)))
    painted = paint_in_browser(functions, picture, 256)
    # A picture that had to be made smaller may differ by a level before the network sees it.
    assert largest_difference(painted, expected) <= (2 if max(size) <= 256 else 8)


def test_tiles_paint_the_whole_picture_as_in_python(functions):
    """With statistics of a sample that all tiles share: no tile differs from its neighbours."""
    bundle, picture = STYLES[STYLE], Image.open(EXAMPLES[0]).convert("RGB").resize((1000, 664))
    side, overlap = (bundle.about["tiling"][key] for key in ("side", "overlap"))
    tiles = TiledPainter(bundle.folder / "model.tflite", side, overlap, bundle.multiple, passes=0, sample=448 * 448)
    painted = paint_in_browser(functions, picture, 1000)
    assert largest_difference(painted, tiles.run(np.asarray(picture), bundle.mix)) <= 3


@pytest.mark.parametrize("size", [(640, 427), (257, 999), (300, 16)])
def test_large_pictures_are_made_smaller_as_in_python(functions, size):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8))
    expected = np.asarray(fit_long_side(picture, 256))
    height, width, _ = expected.shape
    rgba = np.asarray(picture.convert("RGBA"))
    small = functions.evaluate(
        """({ data, width, height }) => {
            const size = picture.fitLongSide(width, height, 256);
            return { ...size, pixels: toBase64(picture.resize(fromBase64(data), 4, { width, height }, size)) };
        }""",
        {"data": base64.b64encode(rgba.tobytes()).decode(), "width": size[0], "height": size[1]},
    )
    assert (small["width"], small["height"]) == (width, height)
    pixels = np.frombuffer(base64.b64decode(small["pixels"]), np.uint8).reshape(expected.shape)
    # Noise is the hardest case; each of the two passes rounds, and may do so to the other side.
    difference = np.abs(pixels.astype(int) - expected.astype(int))
    assert difference.max() <= 2
    assert (difference <= 1).mean() > 0.999


def test_a_print_is_enlarged_where_the_photo_is_small(functions):
    opened = functions.evaluate(
        """async (data) => {
            const blob = new Blob([fromBase64(data)]);
            const { pixels, width, height } = await picture.openPicture(blob, "a.png", { most: 351, least: 351 });
            return [pixels.width, pixels.height, width, height];
        }""",
        base64.b64encode(png(make_picture(0, 60, 40))).decode(),
    )
    assert opened == [351, 234, 60, 40]


@pytest.mark.parametrize("brush", BRUSHES)
def test_the_sizes_of_a_brush_are_pythons(functions, brush):
    sizes = [(512, 512), (512, 341), (341, 512), (385, 512), (257, 512), (16, 512), (2047, 1537)]
    found = functions.evaluate(
        "({ sizes, brush }) => sizes.map(([width, height]) => brushes.paintedSizes({ width, height }, brush))",
        {"sizes": sizes, "brush": brush},
    )
    expected = [[{"width": w, "height": h} for w, h in painted_sizes(size, brush)] for size in sizes]
    assert found == expected


@pytest.mark.parametrize("brush", BRUSHES[1:])
@pytest.mark.parametrize("size", [(512, 512), (400, 500)])
def test_a_brush_paints_as_in_python(functions, brush, size):
    picture = Image.open(EXAMPLES[0]).convert("RGB").resize(size)
    expected = paint_with(brush, lambda p: Image.fromarray(paint_in_python(np.asarray(p))), picture)
    painted = paint_in_browser(functions, picture, 512, brush).astype(int)
    # A level that is rounded to the other side becomes some levels where the network paints over it.
    difference = np.abs(painted - np.asarray(expected))
    assert difference.mean() < 0.5
    assert np.percentile(difference, 99.9) <= 6
    fine = paint_in_browser(functions, picture, 512).astype(int)
    assert np.abs(painted - fine).mean() > 2


def test_padding_is_numpys(functions):
    for width, height in [(1, 1), (1, 7), (2, 5), (3, 8), (5, 2), (7, 7), (8, 8), (8, 1)]:
        pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)
        mirrored = 8 - width < width and 8 - height < height
        margins = ((0, 8 - height), (0, 8 - width), (0, 0))
        expected = np.pad(pixels, margins, mode="reflect" if mirrored else "edge")
        square = functions.evaluate(
            "({ pixels, width, height }) => [...picture.padTo(pixels, width, height, 8, 8)]",
            {"pixels": pixels.ravel().tolist(), "width": width, "height": height},
        )
        assert (np.reshape(square, (8, 8, 3)) == expected).all(), (width, height)


@pytest.mark.parametrize(("strength", "colours"), [(100, True), (40, False), (70, True), (0, True)])
def test_strength_and_colours_are_pythons(functions, strength, colours):
    photo, painting = (Image.fromarray(np.random.default_rng(i).integers(0, 256, (9, 11, 3), np.uint8)) for i in (0, 1))
    found = functions.evaluate(
        "({ photo, painting, ...how }) => [...finishing.finish(photo, painting, how)]",
        {
            "photo": np.asarray(photo.convert("RGBA")).ravel().tolist(),
            "painting": np.asarray(painting.convert("RGBA")).ravel().tolist(),
            "strength": strength,
            "colours": colours,
        },
    )
    expected = np.asarray(finish(photo, painting, strength, colours))
    assert largest_difference(np.reshape(found, (9, 11, 4))[..., :3], expected) <= 1


def test_a_visitor_uploads_compares_and_saves_by_keyboard(visitor, tmp_path):
    # A page in the background may not open anything.
    visitor.bring_to_front()
    with visitor.expect_file_chooser() as chooser:
        visitor.press("#choose", "Enter")
    picture = Image.open(EXAMPLES[0]).convert("RGB").resize((1000, 664))
    chooser.value.set_files({"name": "my holiday.png", "mimeType": "image/png", "buffer": png(picture)})
    wait_until_painted(visitor, "My holiday")
    assert "768 × 510 pixels, made smaller from 1000 × 664" in visitor.text_content("#facts")
    assert "on this device" in visitor.inner_text("#status")

    visitor.focus("#slider")
    visitor.keyboard.press("Home")
    assert visitor.eval_on_selector("#painting", "node => getComputedStyle(node).clipPath") == "inset(0px 0px 0px 0%)"
    visitor.keyboard.press("ArrowRight")
    assert visitor.get_attribute("#slider", "aria-valuetext") == "99 percent of the picture is the painting"

    visitor.focus("#save")
    with visitor.expect_download() as download:
        visitor.keyboard.press("Enter")
    assert download.value.suggested_filename == f"my holiday-{STYLE}.jpg"
    download.value.save_as(tmp_path / "painting.jpg")
    with Image.open(tmp_path / "painting.jpg") as saved:
        # Larger than what is shown: painted anew, in tiles.
        assert (saved.format, saved.size) == ("JPEG", (1000, 664))
    assert visitor.is_hidden("#progress-box")


def test_the_saved_png_is_the_painting(visitor, tmp_path):
    picture = make_picture(8, 200, 150)
    upload(visitor, "small.png", png(picture))
    wait_until_painted(visitor, "Small")
    visitor.click("summary:has-text('More')")
    visitor.select_option("#format", "image/png")
    with visitor.expect_download() as download:
        visitor.click("#save")
    download.value.save_as(tmp_path / download.value.suggested_filename)
    with Image.open(tmp_path / f"small-{STYLE}.png") as saved:
        assert largest_difference(np.asarray(saved.convert("RGB")), paint_in_python(np.asarray(picture))) <= 2
    visitor.select_option("#format", "image/jpeg")


def test_a_print_can_be_stopped(visitor):
    upload(visitor, "print.png", png(make_picture(8, 200, 150)))
    wait_until_painted(visitor, "Print")
    visitor.check("input[name=form][value=print]")
    visitor.click("#save")
    visitor.click("#cancel")
    visitor.wait_for_selector("#progress-box", state="hidden")
    assert visitor.is_hidden("#error")
    visitor.check("input[name=form][value=screen]")


def test_before_and_after_is_a_card(visitor, tmp_path):
    upload(visitor, "a very long name of a photograph that hardly fits.png", png(make_picture(8, 200, 150)))
    wait_until_painted(visitor, "A very long")
    visitor.check("input[name=form][value=card]")
    with visitor.expect_download() as download:
        visitor.click("#save")
    download.value.save_as(tmp_path / "card.jpg")
    with Image.open(tmp_path / "card.jpg") as saved:
        assert (saved.format, saved.size) == ("JPEG", (1080, 1350))
    visitor.check("input[name=form][value=screen]")


def test_the_painting_is_copied_and_shared(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    # Headless browsers share nothing.
    page.context.add_init_script("""
        navigator.canShare = () => true;
        navigator.share = async ({ files }) => { window.shared = [files[0].name, files[0].type, files[0].size > 999]; };
    """)
    page.reload()
    wait_until_painted(page)
    page.bring_to_front()
    page.click("#share")
    page.wait_for_function("() => window.shared")
    assert page.evaluate("shared") == [f"{EXAMPLE}-{STYLE}.jpg", "image/jpeg", True]
    page.click("#copy")
    page.wait_for_selector("#taken:has-text('Copied')")
    kinds = "async () => (await navigator.clipboard.read()).flatMap(({ types }) => types)"
    assert page.evaluate(kinds) == ["image/png"]
    assert page.faults == []


def test_the_brush_paints_anew_and_only_brushes_that_differ_are_shown(visitor):
    upload(visitor, "square.png", png(make_picture(9, 600, 600)))
    wait_until_painted(visitor, "Square")
    names = "() => [...document.querySelectorAll('input[name=brush]')].map(({ value }) => value)"
    assert visitor.evaluate(names) == list(BRUSHES)
    assert visitor.is_checked(f"input[name=brush][value={STYLES[STYLE].brush}]")
    before = visitor.evaluate(SHOWN)
    visitor.check("input[name=brush][value=broad]")
    wait_until_painted_anew(visitor)
    assert "brush=broad" in visitor.url
    assert visitor.evaluate(SHOWN) != before
    upload(visitor, "wide.png", png(make_picture(9, 600, 300)))
    wait_until_painted(visitor, "Wide")
    assert visitor.evaluate(names) == ["medium", "broad"], "the short side is smaller than the medium brush's"
    assert visitor.is_checked("input[name=brush][value=broad]")
    upload(visitor, "small.png", png(make_picture(9, 200, 150)))
    visitor.wait_for_selector("#step-brush", state="hidden")
    wait_until_painted(visitor, "Small")


def test_strength_and_colours_change_what_is_shown_without_painting(visitor):
    before = visitor.evaluate(SHOWN)
    visitor.fill("#strength", "0")
    photo = visitor.evaluate("document.querySelector('#photo').toDataURL()")
    assert visitor.evaluate(SHOWN) == photo
    assert visitor.inner_text("#strength-value") == "0%"
    visitor.fill("#strength", "100")
    assert visitor.evaluate(SHOWN) == before
    visitor.check("#colours")
    assert visitor.evaluate(SHOWN) not in (before, photo)
    visitor.uncheck("#colours")


def test_every_period_is_shown_once_with_the_visitors_photo(visitor):
    upload(visitor, "thumbnails.png", png(make_picture(5, 320, 240)))
    wait_until_painted(visitor, "Thumbnails")
    names = visitor.evaluate("[...document.querySelectorAll('input[name=period]')].map(({ value }) => value)")
    assert names == list(STYLES)
    assert len(names) == len(set(names))
    visitor.wait_for_function(
        "() => [...document.querySelectorAll('.card-picture')].every(({ width }) => width === 256)"
    )
    painted = visitor.evaluate("[...document.querySelectorAll('.card-picture')].map((card) => card.toDataURL())")
    assert len(set(painted)) == len(names)


def test_the_slider_goes_from_period_to_period_in_time(visitor):
    line = sorted(STYLES.values(), key=lambda style: style.about["years"])
    visitor.focus("#between")
    visitor.keyboard.press("Home")
    assert visitor.inner_text("#between-caption") == f"{line[0].name()}, {line[0].about['years']}"
    wait_until_painted_anew(visitor)
    before = visitor.evaluate(SHOWN)
    for _ in range(5):
        visitor.keyboard.press("ArrowRight")
    mixture = f"75% {line[0].name()} + 25% {line[1].name()}"
    assert visitor.inner_text("#between-caption") == mixture
    assert visitor.get_attribute("#between", "aria-valuetext") == mixture
    assert visitor.inner_text("#label-period") == mixture
    assert "Leonardo" in visitor.inner_text("#between-painters")
    assert visitor.evaluate("document.querySelectorAll('input[name=period]:checked').length") == 0
    wait_until_painted_anew(visitor)
    assert visitor.evaluate(SHOWN) != before
    visitor.keyboard.press("End")
    assert visitor.evaluate("document.querySelector('input[name=period]:checked').value") == "post-impressionism"
    visitor.check(f"input[name=period][value={STYLE}]")
    wait_until_painted_anew(visitor)
    assert f"style={STYLE}" in visitor.url


def test_a_sent_address_is_what_it_was_and_a_bad_file_at_once_does_not_keep_it_away(visit, address):
    page = visit(f"{address}?style=baroque&brush=broad")
    page.wait_for_selector("#examples button")
    upload(page, "bad.png", b"not a picture")
    wait_until_painted(page)
    assert page.is_checked("input[name=period][value=baroque]")
    assert page.is_checked("input[name=brush][value=broad]")


@pytest.mark.parametrize(
    ("search", "shares", "brush"),
    [
        ("", None, None),
        ("?style=baroque&brush=broad", {"baroque": 1}, "broad"),
        ("?mix=baroque:0.4,rococo:0.6", {"baroque": 0.4, "rococo": 0.6}, None),
        ("?style=__proto__&brush=constructor", None, None),
        ("?style=<b>&mix=baroque", None, None),
        ("?mix=baroque:0.4,rococo:0.4", None, None),
        ("?mix=baroque:-1,rococo:2", None, None),
        ("?mix=baroque:0.5,baroque:0.5", None, None),
        ("?mix=baroque:NaN,rococo:1", None, None),
        ("?mix=,,:", None, None),
    ],
)
def test_what_an_address_asks_for_and_nothing_else(functions, search, shares, brush):
    read = "(search) => { const { shares, brush } = addresses.readAddress(search, site.styles);"
    asked = functions.evaluate(f"{read} return {{ shares: shares ?? null, brush: brush ?? null }}; }}", search)
    assert asked == {"shares": shares, "brush": brush}
    if shares:
        written = functions.evaluate("(asked) => addresses.writeAddress(asked)", asked)
        assert functions.evaluate(f"{read} return shares; }}", written) == shares


def test_on_a_phone_a_small_painting_stays_in_view(visit):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True)
    wait_until_painted(page)
    assert page.is_hidden("#mini")
    card = page.locator(".card", has_text="Rococo")
    card.scroll_into_view_if_needed()
    card.tap()
    page.wait_for_selector("#mini:visible:has-text('Rococo')")
    (small, chosen) = (page.locator(place).bounding_box() for place in ("#mini canvas", ".card:has(:checked)"))
    assert small["y"] >= 0
    assert small["y"] + small["height"] <= chosen["y"]
    page.tap("#mini")
    page.wait_for_selector("#mini", state="hidden")


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_pictures_can_be_dropped_and_pasted(visitor, event):
    visitor.evaluate(
        """async ({ event, data }) => {
            const transfer = new DataTransfer();
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            transfer.items.add(new File([bytes], `${event}.png`, { type: "image/png" }));
            const init = { bubbles: true, cancelable: true };
            document.body.dispatchEvent(event === "drop"
                ? new DragEvent("drop", { ...init, dataTransfer: transfer })
                : new ClipboardEvent("paste", { ...init, clipboardData: transfer }));
        }""",
        {"event": event, "data": base64.b64encode(png(make_picture(1, 64, 64))).decode()},
    )
    wait_until_painted(visitor, f"{event.capitalize()}, after")


@pytest.mark.parametrize("kind", ["text", "truncated", "tiny", "empty"])
def test_a_bad_file_gets_a_message_and_what_was_painted_stays(visitor, tmp_path, kind):
    data = {
        "text": lambda: b"not a picture",
        "truncated": lambda: make_truncated_jpeg(tmp_path / "cut.jpg").read_bytes()[:200],
        "tiny": lambda: png(make_picture(0, 15, 40)),
        "empty": lambda: b"",
    }[kind]()
    before = visitor.inner_text("#label-title")
    upload(visitor, f"{kind}.jpg", data)
    visitor.wait_for_selector("#error:visible")
    assert f"{kind}.jpg" in visitor.inner_text("#error")
    assert visitor.inner_text("#label-title") == before
    assert visitor.is_enabled("#save")
    upload(visitor, "good.png", png(make_picture(0, 64, 64)))
    visitor.wait_for_selector("#error", state="hidden")
    wait_until_painted(visitor, "Good")


@pytest.mark.parametrize("kind", ["JPEG", "AVIF", "motion"])
def test_the_bytes_decide_whatever_a_file_is_called(visitor, kind):
    for name in ("photo.jfif", "beach.heic", "no ending"):
        file = {"name": f"{kind} {name}", "mimeType": "application/octet-stream", "buffer": CONTENTS[kind]}
        visitor.set_input_files("#file", file)
        wait_until_painted(visitor, f"{kind} {name.partition('.')[0]}")
        assert "40 × 30 pixels" in visitor.text_content("#facts")


def test_a_heic_gets_a_sentence_of_its_own_in_both_languages(visitor):
    """Chromium opens none; a film begins alike."""
    for language, heic in (("de", "ist ein HEIC-Bild"), ("en", "is a HEIC picture")):
        visitor.click(f"[data-language={language}]")
        upload(visitor, "film.jpg", CONTENTS["film"])
        visitor.wait_for_selector("#error:has-text('film.jpg')")
        assert "HEIC" not in visitor.inner_text("#error")
        upload(visitor, "IMG_0001.jpg", CONTENTS["HEIC"])
        visitor.wait_for_selector("#error:has-text('HEIC')")
        assert heic in visitor.inner_text("#error")
    upload(visitor, "good.png", png(make_picture(0, 64, 64)))
    wait_until_painted(visitor, "Good")


def test_the_camera_takes_a_picture_or_says_why_not(visitor):
    visitor.click("#camera")
    visitor.wait_for_selector("#error:visible")
    assert "camera was refused" in visitor.inner_text("#error")
    visitor.context.grant_permissions(["camera"])
    visitor.click("#camera")
    visitor.wait_for_selector("#booth[open]")
    assert visitor.is_hidden("#error")
    visitor.wait_for_selector("#rate:has-text('paintings a second')")
    frame = "() => document.querySelector('#booth canvas').toDataURL()"
    before = visitor.evaluate(frame)
    visitor.wait_for_function(f"(before) => ({frame})() !== before", arg=before)
    visitor.focus("#shutter")
    visitor.keyboard.press("Enter")  # The shutter has the focus.
    wait_until_painted(visitor, "Photo, after")
    assert visitor.is_hidden("#booth")
    assert visitor.evaluate("document.querySelector('#video').srcObject") is None


def test_nothing_leaves_the_visitors_machine(visitor, address):
    """No request went elsewhere, and none can: the page's policy forbids it, to its worker too."""
    hits = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self):
            hits.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        def log_message(self, *args):
            pass

    assert len(visitor.requests) > 10
    assert all(url.startswith((address, "blob:", "data:")) for url in visitor.requests)
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        elsewhere = f"http://127.0.0.1:{server.server_port}/"
        reach = "address => fetch(address, { mode: 'no-cors' }).then(() => 'reached', () => 'refused')"
        assert visitor.evaluate(reach, elsewhere) == "refused"
        assert visitor.workers[0].evaluate(reach, elsewhere) == "refused"
        visitor.evaluate(
            "(src) => new Promise((onerror) => Object.assign(new Image(), { onerror: () => onerror(), src }))",
            elsewhere,
        )
        server.shutdown()
    assert hits == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_everyone_can_use_it(visitor, width, height, scheme):
    """axe-core finds no violation, with everything open that can be opened, and in the camera's window."""
    visitor.set_viewport_size({"width": width, "height": height})
    visitor.emulate_media(color_scheme=scheme)
    visitor.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    visitor.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert violations(visitor) == []
    visitor.context.grant_permissions(["camera"])
    visitor.click("#camera")
    visitor.wait_for_selector("#booth[open]")
    assert violations(visitor) == []
    visitor.click("#camera-close")
    visitor.set_viewport_size({"width": 1280, "height": 720})


def violations(page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{fault['id']}: {node['html'][:120]}" for fault in found for node in fault["nodes"]]


def test_the_note_can_be_read_and_a_preview_is_called_one(visitor):
    bundle = STYLES[STYLE]
    assert visitor.text_content("#note") == bundle.note()
    assert visitor.is_visible("#label-note") == bundle.preview
    assert str(bundle.about["training"]["data"]["counts"]["trainB"]) in visitor.text_content("#trained")


def test_no_fault_was_met_on_the_way(visitor):
    assert visitor.faults == []


def test_it_works_without_a_connection_once_loaded(visit, site, tmp_path):
    with served(site) as address:
        page = visit(address)
        wait_until_painted(page)
        page.wait_for_selector("#offline:not(:empty)")
    page.reload()
    wait_until_painted(page)
    upload(page, "offline.png", png(make_picture(2, 64, 64)))
    wait_until_painted(page, "Offline")
    assert page.evaluate("crossOriginIsolated")


def test_another_version_of_the_page_takes_the_place_of_the_old_one(visit, site, tmp_path):
    from playwright.sync_api import TimeoutError as NoAnswer

    place = shutil.copytree(site, tmp_path / "site")
    with served(place) as address:
        page = visit(address)
        # Before it has taken over, no page would hold the old version back.
        page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        publish_another_version(place)
        page.evaluate("""async () => {
            const registration = await navigator.serviceWorker.ready;
            await registration.update();
            const next = registration.installing ?? registration.waiting;
            while (next.state === "installing") await new Promise((done) => next.onstatechange = done);
        }""")
        page.reload()
        # A version does not change under a page that is open.
        assert page.inner_text("h1") == "Your photo as a painting"
        context = page.context
        page.close()
        for seconds in range(1, 11):
            time.sleep(seconds)
            page = context.new_page()
            page.set_default_timeout(90_000)
            with contextlib.suppress(NoAnswer):  # While one worker takes the other's place, a visit can hang.
                page.goto(address, timeout=20_000)
                if page.inner_text("h1") == "Changed":
                    break
            # The closed page was not gone yet, so the old version still answered.
            page.close()
        assert page.inner_text("h1") == "Changed"
        page.wait_for_function("async () => String(await caches.keys()) === 'tf-cyclegan-another'")


def publish_another_version(place):
    """In place: a browser would go on talking to an old server over an open connection."""
    texts = (place / "texts.js").read_text(encoding="utf-8")
    (place / "texts-changed.js").write_text(texts.replace("Your photo as a painting", "Changed"), "utf-8")
    (place / "texts.js").write_text('export { TEXTS, fill, pickLanguage } from "./texts-changed.js";', "utf-8")
    listed = (place / "files.js").read_text(encoding="utf-8")
    (place / "files.js").write_text(re.sub(r'"version": "\w+"', '"version": "another"', listed), "utf-8")


def test_german_on_a_phone(visit):
    page = visit(locale="de-AT", viewport={"width": 390, "height": 800}, color_scheme="dark", has_touch=True)
    wait_until_painted(page)
    assert page.inner_text("h1") == "Dein Foto als Gemälde"
    assert page.get_attribute("html", "lang") == "de"
    assert STYLES[STYLE].name("de") in page.inner_text("#label-period")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator("#compare").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
    assert abs(int(page.input_value("#slider")) - 25) <= 3
    page.click("[data-language=en]")
    assert page.inner_text("h1") == "Your photo as a painting"
    assert f"{STYLES[STYLE].name()}," in page.inner_text("#label-period")


def test_a_damaged_style_is_not_used_and_a_page_that_cannot_be_kept_works(visit, site, tmp_path):
    damaged = shutil.copytree(site, tmp_path / "site")
    (damaged / "LICENSE").unlink()
    for model in damaged.glob("styles/*/*.tflite"):
        data = bytearray(model.read_bytes())
        data[len(data) // 2] ^= 1
        model.write_bytes(data)
    with served(damaged) as address:
        page = visit(address)
        page.wait_for_selector("#error:visible")
        assert "This style is damaged" in page.inner_text("#error")
        assert page.is_disabled("#save")
        assert page.inner_text("#offline") == ""


def test_the_texts_are_whole_in_every_language(functions, site):
    texts = functions.evaluate("async () => (await import(location.origin + '/texts.js')).TEXTS")
    (english, german) = texts.values()
    assert english.keys() == german.keys()
    assert all(german[key].count("{}") == text.count("{}") for key, text in english.items())
    sources = {
        path.name: path.read_text(encoding="utf-8")
        for path in site.rglob("*.*")
        if path.suffix in (".js", ".html") and "litert" not in path.parts
    }
    del sources["texts.js"]
    used = set(re.findall(r'data-(?:text|label)="(\w+)"', sources["index.html"]))
    assert used <= english.keys()
    everything = "\n".join(sources.values())
    unused = {key for key in english.keys() - used if f'"{key}"' not in everything}
    assert unused == set()


@pytest.mark.parametrize(
    ("locales", "language"),
    [(["de-AT"], "de"), (["fr", "de", "en"], "de"), (["en-GB", "de"], "en"), (["fr"], "en"), ([], "en")],
)
def test_the_language_is_the_browsers(functions, locales, language):
    pick = "async (locales) => (await import(location.origin + '/texts.js')).pickLanguage(locales)"
    assert functions.evaluate(pick, locales) == language
