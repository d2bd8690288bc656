"""Many visitors at once, each over a websocket as a browser would be: waits, errors, right results, memory.

python benchmarks/page_load.py --visitors 20 --pictures 3 --minutes 10

Every visitor uploads pictures of one flat colour and of a size that nobody else has, waits for the painting, and checks
that the photo next to it and its size are the visitor's own.
"""

import argparse
import asyncio
import base64
import io
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from PIL import Image
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

ROOT = Path(__file__).resolve().parents[1]
SERVE = ROOT / "tests" / "streamlit_app" / "serve.py"
PAGE = ROOT / "streamlit_app" / "streamlit_app.py"

_AGAIN = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN


class Visitor:
    """One visit after another: open the page, upload, wait, check, leave.

    Args:
        port: of the server.
        number: distinguishes this visitor's pictures from all others.
    """

    def __init__(self, port: int, number: int):
        self.port, self.number = port, number
        self.waits: list[float] = []
        self.errors: list[str] = []

    async def visit(self, pictures: int, end: float) -> None:
        """One visit that uploads `pictures` pictures; none is uploaded after the moment `end`."""
        address = f"ws://127.0.0.1:{self.port}/_stcore/stream"
        async with connect(address, subprotocols=["streamlit"], max_size=None, ping_timeout=None) as socket:
            session, uploader = await self._open(socket)
            for index in range(pictures):
                if time.perf_counter() >= end:
                    return
                photo = self._photo(index)
                start = time.perf_counter()
                shown = await self._paint(socket, session, uploader, photo)
                self.waits.append(time.perf_counter() - start)
                self._check(photo, shown)

    def _photo(self, index: int) -> Image.Image:
        """Of a colour and a size that belong to this visitor and this picture."""
        colour = (40 + self.number * 37 % 160, 40 + self.number * 101 % 160, 40 + index * 67 % 160)
        return Image.new("RGB", (640 + self.number, 480 + index), colour)

    async def _open(self, socket: Any) -> tuple[str, str]:
        await self._rerun(socket, None)
        session = uploader = ""
        async for message in self._run(socket):
            session = message.new_session.initialize.session_id or session
            uploader = message.delta.new_element.file_uploader.id or uploader
        return session, uploader

    async def _paint(self, socket: Any, session: str, uploader: str, photo: Image.Image) -> dict[str, Any]:
        file = io.BytesIO()
        photo.save(file, "PNG")
        name = f"{self.number}-{photo.height}.png"
        ask = BackMsg()
        ask.file_urls_request.request_id = "1"
        ask.file_urls_request.file_names.append(name)
        ask.file_urls_request.session_id = session
        await socket.send(ask.SerializeToString())
        urls = None
        while urls is None:
            message = ForwardMsg.FromString(await socket.recv())
            if message.WhichOneof("type") == "file_urls_response":
                urls = message.file_urls_response.file_urls[0]
        await asyncio.to_thread(put, f"http://127.0.0.1:{self.port}{urls.upload_url}", name, file.getvalue())
        await self._rerun(socket, (uploader, name, file.tell(), urls))
        shown: dict[str, Any] = {}
        async for message in self._run(socket):
            element = message.delta.new_element
            if element.bidi_component.component_name == "frame":
                shown = json.loads(element.bidi_component.json)
            if element.WhichOneof("type") == "exception":
                self.errors.append(element.exception.message)
        return shown

    async def _rerun(self, socket: Any, upload: tuple | None) -> None:
        message = BackMsg()
        message.rerun_script.query_string = ""
        if upload:
            uploader, name, size, urls = upload
            state = message.rerun_script.widget_states.widgets.add(id=uploader)
            info = state.file_uploader_state_value.uploaded_file_info.add(name=name, size=size, file_id=urls.file_id)
            info.file_urls.CopyFrom(urls)
        await socket.send(message.SerializeToString())

    async def _run(self, socket: Any):
        """The messages until the page is at rest: it runs again whenever a better painting is there."""
        while True:
            message = ForwardMsg.FromString(await asyncio.wait_for(socket.recv(), 120))
            yield message
            if message.WhichOneof("type") == "script_finished" and message.script_finished != _AGAIN:
                return

    def _check(self, photo: Image.Image, shown: dict[str, Any]) -> None:
        if (shown.get("width"), shown.get("height")) != photo.size:
            self.errors.append(f"expected {photo.size}, was shown {shown.get('width')}×{shown.get('height')}")
            return
        with Image.open(io.BytesIO(base64.b64decode(shown["before"].partition(",")[2]))) as before:
            found = before.getpixel((10, 10))
        if any(abs(a - b) > 6 for a, b in zip(found, photo.getpixel((0, 0)), strict=True)):
            self.errors.append(f"a photo of another colour: {found}")


def put(address: str, name: str, data: bytes) -> None:
    """The upload itself, as a browser's form."""
    border = "----border"
    head = f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'.encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={border}"}
    body = head + data + f"\r\n--{border}--\r\n".encode()
    request = urllib.request.Request(address, body, headers, method="PUT")  # noqa: S310
    urllib.request.urlopen(request, timeout=60).close()  # noqa: S310


def memory(pid: int) -> int:
    """Resident memory in MB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))[1]) // 1024


async def load(port: int, pid: int, visitors: int, pictures: int, seconds: float) -> dict[str, Any]:
    """Lets `visitors` come again and again for `seconds` seconds.

    Returns:
        How many paintings, the median and the 95th percentile of the seconds that one was waited for, every error, and
        resident memory in MB, median and maximum: in the second minute and in the last, or in quarters of less.
    """
    people = [Visitor(port, number) for number in range(visitors)]
    levels: list[tuple[float, int]] = []
    start = time.perf_counter()

    async def live(person: Visitor) -> None:
        while time.perf_counter() - start < seconds:
            try:
                await person.visit(pictures, start + seconds)
            except Exception as error:  # noqa: BLE001  Counted and reported at the end.
                person.errors.append(f"{type(error).__name__}: {error}")

    async def watch() -> None:
        while True:
            levels.append((time.perf_counter() - start, memory(pid)))
            await asyncio.sleep(1)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*map(live, people))
    watching.cancel()
    waits = sorted(wait for person in people for wait in person.waits)
    window = min(60, seconds / 4)
    after = [level for at, level in levels if window <= at <= 2 * window]
    end = [level for at, level in levels if seconds - window <= at <= seconds]
    return {
        "paintings": len(waits),
        "median": statistics.median(waits) if waits else None,
        "p95": waits[int(0.95 * (len(waits) - 1))] if waits else None,
        "errors": [error for person in people for error in person.errors],
        "memory_after_first_minute": (statistics.median(after), max(after)),
        "memory_at_end": (statistics.median(end), max(end)),
    }


def measure(visitors: int, pictures: int, seconds: float, port: int = 8599) -> dict[str, Any]:
    """Starts a server of its own, and loads it."""
    with tempfile.TemporaryDirectory() as folder:
        # A browser gets the token against forged requests in a cookie; these visitors keep none.
        command = [sys.executable, SERVE, PAGE, str(port), f"{folder}/counts", "server.enableXsrfProtection=0"]
        with Path(folder, "log").open("wb") as log:
            server = subprocess.Popen([str(part) for part in command], cwd=ROOT, stdout=log, stderr=log)
        try:
            wait_for(port)
            return asyncio.run(load(port, server.pid, visitors, pictures, seconds))
        finally:
            server.terminate()
            server.wait(20)


def wait_for(port: int, every: float = 0.2) -> None:
    """Asks until the server answers, at most half a minute."""
    for _ in range(round(30 / every)):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
        except OSError:
            time.sleep(every)
        else:
            return
    raise TimeoutError("the page did not start")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--pictures", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=10)
    args = parser.parse_args()
    found = measure(args.visitors, args.pictures, 60 * args.minutes)
    errors = found.pop("errors")
    print(f"{args.visitors} visitors, {args.minutes} minutes: {found}, {len(errors)} errors", *errors[:10], sep="\n")
    return int(bool(errors))


if __name__ == "__main__":
    sys.exit(main())
