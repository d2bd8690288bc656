"""How long a visitor waits, in a real browser: for the first painting, after an upload, for the thumbnails.

    python benchmarks/page_speed.py --visits 5

A server of its own, as the page ships. Printed is the median over the visits, in seconds: from opening the page to its
painting, the first visit apart, since that loads the libraries; from choosing a photo of 12 megapixels, which nobody
has chosen before, to its first painting, to all its thumbnails and to the large painting; from touching a period to
its painting; from letting go of the slider to the mixture. Chromium runs on the same machine and takes its share.
"""

import argparse
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from PIL import Image, ImageEnhance
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]

from page_load import PAGE, SERVE, wait_for

PORT = 8597
# What is in the frame, and the thumbnails of the periods, as the visitor sees them: they lie in shadow trees.
STATE = """() => {
    const deep = (root, name) => [...root.querySelectorAll("*")].flatMap((e) =>
        [...(e.matches(name) ? [e] : []), ...(e.shadowRoot ? deep(e.shadowRoot, name) : [])]);
    const after = deep(document, ".stage .after")[0];
    const cards = deep(document, ".thumbs.cards button .name").map((e) => e.closest("button"));
    return after && { title: deep(document, ".label .title")[0].textContent, side: Math.max(after.naturalWidth,
        after.naturalHeight), period: deep(document, ".label .period")[0].textContent, after: after.src.length,
        thumbs: cards.filter((e) => e.querySelector("img")).map((e) => e.querySelector("img").src.length) };
}"""


def photo(number: int) -> bytes:
    """A JPEG of 12 megapixels, another one for each number."""
    with Image.open(ROOT / "streamlit_app" / "examples" / "brook.jpg") as source:
        picture = ImageEnhance.Brightness(source.convert("RGB").resize((4000, 3000))).enhance(0.8 + 0.02 * number)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=88)
    return file.getvalue()


class Visit:
    """One visitor's page, and what the waits were."""

    def __init__(self, page: Page, waits: dict[str, list[float]]):
        self.page, self.waits, self.start = page, waits, time.perf_counter()

    def begin(self) -> None:
        self.start = time.perf_counter()

    def until(self, name: str, reached: str, old: Any = None) -> None:
        """Waits until `reached`, JavaScript over the state `now` and `old`, holds; notes the seconds since `begin`."""
        self.page.wait_for_function(f"(old) => {{ const now = ({STATE})(); return now && ({reached}) }}", arg=old)
        self.waits[name].append(time.perf_counter() - self.start)

    def state(self) -> Any:
        return self.page.evaluate(STATE)

    def rest(self) -> None:
        self.page.wait_for_timeout(500)
        self.page.wait_for_function("!document.querySelector('[data-test-script-state=running]')")


def look_around(visit: Visit, number: int) -> None:
    visit.begin()
    visit.page.goto(f"http://127.0.0.1:{PORT}", wait_until="commit")
    visit.until("page open → painting" + (" (first visit)" if not number else ""), "now.side > 0")
    visit.rest()
    old, data = visit.state(), photo(number)
    visit.begin()
    picked = [{"name": "holiday.jpg", "mimeType": "image/jpeg", "buffer": data}]
    visit.page.locator(".st-key-uploads input[type=file]").set_input_files(picked)
    visit.until("photo chosen → first painting", "now.title.startsWith('holiday')", old)
    visit.until("photo chosen → six thumbnails", "now.thumbs.length == 6 && now.thumbs[0] != old.thumbs[0]", old)
    visit.until("photo chosen → large painting", "now.side == 1024")
    visit.rest()
    visit.begin()
    visit.page.get_by_role("button", name="Baroque").click()
    visit.until("period touched → its painting", "now.period.startsWith('Baroque')")
    visit.rest()
    visit.begin()
    visit.page.get_by_role("slider", name="From period to period").press("ArrowRight")
    visit.until("slider let go → mixture", "now.period.includes('%')")
    visit.rest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=5)
    options = parser.parse_args()
    waits: dict[str, list[float]] = defaultdict(list)
    arguments = ["--disable-gpu"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        with Path(folder, "log").open("wb") as log:
            command = [str(part) for part in (sys.executable, SERVE, PAGE, PORT, f"{folder}/counts")]
            server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            wait_for(PORT)
            for number in range(options.visits):
                context = browser.new_context(locale="en-GB", reduced_motion="reduce")
                look_around(Visit(context.new_page(), waits), number)
                context.close()
        finally:
            server.terminate()
            server.wait(20)
    for name, seconds in waits.items():
        print(f"{name:40} {statistics.median(seconds):6.2f} s  (of {len(seconds)}, most {max(seconds):.2f})")


if __name__ == "__main__":
    main()
