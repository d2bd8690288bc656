"""The page in the browser: how long a visitor waits, and what the mirror paints a second.

    python -m benchmarks.browser_page

Each visit is a new one: nothing is cached, and the page comes from loopback. Printed are the median, the least and the
most of several visits. The camera is Chromium's test picture; the frames that the browser shows of it are counted while
the page paints, since the mirror must not wait for the painting. The browser and the page share this machine.
"""

import argparse
import io
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from web.assemble import EXAMPLES, assemble
from web.serve import make_server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
PAINTED = "#compare:not([data-busy])"
SHOWN = "() => document.querySelector('#painting').width > 1"
# Frames a second of the video and of the page while the mirror paints, and the longest time without a frame.
MIRROR = """async () => {
    const video = document.querySelector("#video");
    const before = video.getVideoPlaybackQuality().totalVideoFrames;
    const start = performance.now();
    let [frames, last, longest] = [0, start, 0];
    while (last < start + 5000) {
        const now = await new Promise(requestAnimationFrame).then(() => performance.now());
        longest = Math.max(longest, now - last);
        [frames, last] = [frames + 1, now];
    }
    const seconds = (last - start) / 1000;
    return {
        "mirror: paintings a second": Number.parseInt(document.querySelector("#rate").textContent, 10),
        "mirror: camera's frames shown a second": (video.getVideoPlaybackQuality().totalVideoFrames - before) / seconds,
        "mirror: the page's frames a second": frames / seconds,
        "mirror: longest time without one, s": longest / 1000,
    };
}"""


def photo(width: int = 4000, height: int = 3000) -> bytes:
    """A JPEG of 12 megapixels, as a phone takes it."""
    file = io.BytesIO()
    with Image.open(EXAMPLES / "meadow.jpg") as source:
        source.resize((width, height)).save(file, "JPEG", quality=85)
    return file.getvalue()


def visit(browser: Browser, address: str, upload: bytes) -> dict[str, float]:
    """What one visit measures, by its name; seconds where nothing else is said."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB").new_page()
    start, found = time.perf_counter(), {}

    def passed(name: str) -> None:
        found[name] = time.perf_counter() - start

    page.goto(address)
    page.wait_for_function(SHOWN)
    passed("opened: a painting is shown")
    page.wait_for_selector("#save:enabled")
    passed("opened: painted on this device")
    wait_for_thumbnails(page)
    start = time.perf_counter()
    page.set_input_files("#file", {"name": "harbour.jpg", "mimeType": "image/jpeg", "buffer": upload})
    page.wait_for_selector("#label-title:has-text('Harbour')")
    page.wait_for_function(SHOWN)
    passed("12 megapixels: small painting")
    wait_for_thumbnails(page)
    passed("12 megapixels: all thumbnails")
    page.wait_for_selector(PAINTED)
    passed("12 megapixels: whole painting")
    page.click("#camera")
    page.wait_for_selector("#rate:not(:empty)")
    page.wait_for_timeout(2000)
    found.update(page.evaluate(MIRROR))
    page.context.close()
    return found


def wait_for_thumbnails(page: Page) -> None:
    page.wait_for_function("() => [...document.querySelectorAll('.card-picture')].every(({ width }) => width === 256)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=5, help="default: %(default)s")
    options = parser.parse_args()
    upload, found = photo(), defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = make_server(assemble(Path(folder) / "site"))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = next(filter(None, map(shutil.which, BROWSERS)))
        arguments = ["--disable-gpu", *CAMERA, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        for _ in range(options.visits):
            for name, value in visit(browser, f"http://127.0.0.1:{server.server_port}/", upload).items():
                found[name].append(value)
        browser.close()
        server.shutdown()
    for name, values in found.items():
        print(f"{name:42} {statistics.median(values):7.2f}  ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()
