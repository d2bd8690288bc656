"""One visitor in a real browser: seconds from the start of the process and to the first painting, memory at every step.

    python benchmarks/page_memory.py

The server is a process of its own, as the page ships. The visitor uploads a photo of 12 megapixels, looks at every
period, at a mixture and at all of them side by side, takes home what there is, and uploads one of 50 megapixels.
Printed for each step: seconds that the visitor waited, resident memory when it is done (VmRSS) and its peak meanwhile
(VmHWM), both in MB. Linux, Chromium and playwright; the browser runs on the same machine and takes its share.
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

from page_load import PAGE, SERVE, wait_for
from page_speed import STATE

PORT = 8598
PERIODS = ("Renaissance", "Baroque", "Rococo", "Romanticism and Realism", "Impressionism", "Post-Impressionism")


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

    def step(self, name: str, act: Callable[[], Any], reached: str = "true") -> None:
        """Does something, waits until `reached` holds and the page is at rest, and prints what it took."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", encoding="utf-8")
        start = time.perf_counter()
        act()
        self.page.wait_for_function(f"() => {{ const now = ({STATE})(); return {reached} }}", timeout=120_000)
        waited = time.perf_counter() - start
        self.page.wait_for_timeout(500)
        self.page.wait_for_function("!document.querySelector('[data-test-script-state=running]')", timeout=120_000)
        time.sleep(1)
        print(f"{name:40} {waited:8.1f} {self.memory('VmRSS'):6} {self.memory('VmHWM'):6}", flush=True)

    def memory(self, field: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) // 1024

    def upload(self, name: str, data: bytes) -> Callable[[], None]:
        picked = [{"name": name, "mimeType": "image/jpeg", "buffer": data}]
        return lambda: self.page.locator(".st-key-uploads input[type=file]").set_input_files(picked)

    def click(self, role: Any, name: str) -> Callable[[], None]:
        return self.page.get_by_role(role, name=name).first.click

    def fetch(self, name: str) -> Callable[[], None]:
        def act() -> None:
            with self.page.expect_download(timeout=120_000) as waiting:
                self.page.get_by_role("button", name=name).click()
            waiting.value.path()

        return act


def look_around(visit: Visit) -> None:
    large, huge = photo(4000, 3000), photo(8160, 6120)
    print(f"{'':40} {'waited':>8} {'MB':>6} {'peak':>6}")
    visit.step("page open, example painted", lambda: None, "now.side > 0")
    shown = "now.title.startsWith('{}') && now.side == 1024"
    visit.step("12 megapixels, in the frame", visit.upload("twelve.jpg", large), shown.format("twelve"))
    for name in PERIODS:
        visit.step(name, visit.click("button", name), f"now.period.startsWith('{name}') && now.side == 1024")
    slider = visit.page.get_by_role("slider", name="From period to period")
    visit.step("a mixture", lambda: slider.press("ArrowLeft"), "now.period.includes('%') && now.side == 1024")
    together = visit.page.get_by_text("All periods side by side")
    visit.step("all periods", together.click, "!now")
    visit.step("back to one", together.click, "now")
    for name in ("Before and after", "Film (GIF)", "Film (MP4)", "Framed, A4", "Framed, A3"):
        visit.step(name, visit.fetch(name))
    visit.step("print chosen", visit.click("radio", "Print"))
    visit.step("print of 12 megapixels", visit.fetch("Download the painting"))
    visit.step("50 megapixels, in the frame", visit.upload("fifty.jpg", huge), shown.format("fifty"))
    visit.step("print of 50 megapixels", visit.fetch("Download the painting"))


def start(folder: Path) -> subprocess.Popen:
    command = [str(part) for part in (sys.executable, SERVE, PAGE, PORT, folder / "counts")]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


def time_start(page: Page, folder: Path) -> subprocess.Popen:
    """Starts the server, and prints when a browser that was waiting shows what."""
    begin = time.perf_counter()
    server = start(folder)
    wait_for(PORT, every=0.02)
    up = time.perf_counter() - begin
    page.goto(f"http://127.0.0.1:{PORT}", wait_until="commit")
    page.locator("h1").wait_for()
    heading = time.perf_counter() - begin
    page.locator(".stage").wait_for()
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
