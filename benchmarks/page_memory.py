"""One visitor in a real browser: seconds from the start of the process and to the first painting, memory at every step.

    python benchmarks/page_memory.py

The server is a process of its own with three styles of one network. The visitor uploads a photo of 12 megapixels, asks
for every size, every style and all of them together, then one of 50 megapixels. Printed for each step: seconds that the
server says the painting took, seconds that the visitor waited, resident memory when it is shown (VmRSS) and its peak in
that step (VmHWM), both in MB. Linux, Chromium and playwright; the browser runs on the same machine and takes its share.
"""

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "streamlit_app")]

from page_load import PAGE, SERVE, wait_for
from styles import copy_styles

PORT = 8598
STYLES = ("first", "second", "third")


def photo(width: int, height: int) -> bytes:
    """A JPEG with texture at its own size: an example, repeated."""
    with Image.open(ROOT / "streamlit_app" / "examples" / "fig.jpg") as source:
        picture = Image.new("RGB", (width, height))
        for top in range(0, height, source.height):
            for left in range(0, width, source.width):
                picture.paste(source, (left, top))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()


class Visit:
    """A visitor's page and the server's memory."""

    def __init__(self, page: Page, pid: int):
        self.page, self.pid = page, pid

    def step(self, name: str, act: Callable[[], Any], shown: str) -> None:
        """Does something, waits for a text that matches `shown`, and prints what it took."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", encoding="utf-8")
        start = time.perf_counter()
        act()
        text = self.page.get_by_text(re.compile(shown)).last
        text.wait_for(timeout=60_000)
        waited = time.perf_counter() - start
        self.page.wait_for_function("!document.querySelector('[data-test-script-state=running]')")
        time.sleep(1)
        took = re.search(r"in ([\d.]+) seconds", text.inner_text())
        server = took[1] if took else "–"
        print(f"{name:34} {server:>7} {waited:8.1f} {self.memory('VmRSS'):6} {self.memory('VmHWM'):6}", flush=True)

    def memory(self, field: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) // 1024

    def upload(self, data: bytes) -> None:
        picked = [{"name": f"{len(data)}.jpg", "mimeType": "image/jpeg", "buffer": data}]
        self.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(picked)

    def click(self, role: Any, name: str) -> Callable[[], None]:
        return self.page.get_by_role(role, name=name, exact=True).click


def look_around(visit: Visit) -> None:
    large, huge = photo(4000, 3000), photo(8160, 6120)
    print(f"{'':34} {'server':>7} {'waited':>8} {'MB':>6} {'peak':>6}")
    visit.step("page open, example at 512", lambda: None, "512 × 512 pixels")
    visit.step("12 megapixels at 768", lambda: visit.upload(large), "768 × 576 pixels")
    for side, shown in (("1024", "1024 × 768"), ("512", "512 × 384"), ("Original", "4000 × 3000")):
        visit.step(f"12 megapixels at {side}", visit.click("radio", side), f"{shown} pixels")
    visit.click("radio", "1024")()
    for name in STYLES[1:]:
        card = visit.page.get_by_role("button", name=f"Paint in {name.title()}")
        chosen = f"{name.title()}: chosen"
        visit.step(f"{name} style at 1024", card.click, chosen)
        visit.page.get_by_text("1024 × 768 pixels").wait_for()
    visit.step("all periods", visit.click("button", "All periods"), "Show Third large")
    visit.step("back to one", visit.click("button", "Show First large"), "1024 × 768 pixels")
    visit.click("radio", "Original")()
    visit.step("50 megapixels, original", lambda: visit.upload(huge), "8160 × 6120 pixels")
    visit.step("50 megapixels at 1024", visit.click("radio", "1024"), "1024 × 768 pixels")


def start(folder: Path) -> subprocess.Popen:
    command = [sys.executable, SERVE, PAGE, str(PORT), folder / "counts"]
    environment = os.environ | {"TEST_STYLES": str(copy_styles(folder / "styles", STYLES))}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen([*map(str, command)], cwd=ROOT, env=environment, stdout=log, stderr=log)


def time_start(page: Page, folder: Path) -> subprocess.Popen:
    """Starts the server, and prints when a browser that was waiting shows what."""
    begin = time.perf_counter()
    server = start(folder)
    wait_for(PORT, every=0.02)
    up = time.perf_counter() - begin
    page.goto(f"http://127.0.0.1:{PORT}", wait_until="commit")
    page.locator("h1").wait_for()
    heading = time.perf_counter() - begin
    page.get_by_test_id("stDownloadButton").first.wait_for()
    whole = time.perf_counter() - begin
    print(f"from process start: answers {up:.1f} s, heading {heading:.1f} s, example painted {whole:.1f} s", flush=True)
    return server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=3, help="how often the start is timed")
    options = parser.parse_args()
    arguments = ["--disable-gpu"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        for number in range(options.starts):
            page = browser.new_context(locale="en-GB").new_page()
            page.set_default_timeout(60_000)
            with tempfile.TemporaryDirectory() as folder:
                server = time_start(page, Path(folder))
                try:
                    if number == options.starts - 1:
                        look_around(Visit(page, server.pid))
                finally:
                    server.terminate()
                    server.wait(20)
            page.close()


if __name__ == "__main__":
    main()
