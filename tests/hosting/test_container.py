"""The steps of the Dockerfile, taken in a folder: what it copies is all that the page needs, and nothing is written."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()


# A visitor who uploads a photograph and has it painted.
VISIT = """
from pathlib import Path
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("streamlit_app/streamlit_app.py", default_timeout=120).run()
photo = ("photo.jpg", Path("streamlit_app/examples/cat.jpg").read_bytes(), "image/jpeg")
page.file_uploader(key="uploads").set_value([photo]).run()
assert not page.exception, page.exception
assert not page.error, page.error
painted = [job.future.result() for key, job in page.session_state["visit"].jobs.items() if key[0] == "painting"]
assert painted
assert all(found.painting != found.photo for found in painted)
"""


def arguments_of(instruction: str) -> list[str]:
    return [line.removeprefix(f"{instruction} ").strip() for line in LINES if line.startswith(f"{instruction} ")]


def copies() -> list[tuple[str, str]]:
    lines = [line.split() for line in arguments_of("COPY")]
    return [(source, target) for *sources, target in lines for source in sources]


@pytest.fixture
def image(tmp_path) -> Path:
    """The folder /app of the image."""
    for source, target in copies():
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            unwanted = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, tmp_path / target, ignore=unwanted, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / source, tmp_path / target)
    return tmp_path


def test_what_is_copied_is_not_ignored():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    assert {source.split("/")[0] for source, _ in copies()} == kept


def test_it_does_not_run_as_root_and_knows_no_tensorflow(image):
    assert arguments_of("USER") == ["1000"]
    assert (
        "tensorflow" not in (image / "streamlit_app" / "requirements.txt").read_text(encoding="utf-8").split("\n", 1)[1]
    )


@pytest.mark.slow
def test_the_page_starts_is_healthy_and_writes_nothing(image, tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    settings = dict(pair.split("=") for pair in " ".join(arguments_of("ENV")).split())
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    elsewhere = str(tmp_path_factory.mktemp("tmp"))
    environment = {**settings, "PATH": path, "PORT": port, "HOME": elsewhere, "TMPDIR": elsewhere}
    check = json.loads(re.search(r"CMD (\[.*\])", arguments_of("HEALTHCHECK")[0])[1])
    before = sorted(image.rglob("*"))
    page = subprocess.Popen(
        json.loads(arguments_of("CMD")[0]), cwd=image, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        for _ in range(120):
            health = subprocess.run(check, env=environment, capture_output=True, check=False)
            if health.returncode == 0 or page.poll() is not None:
                break
            time.sleep(0.5)
        assert health.returncode == 0, health.stderr[-500:]
        visit = subprocess.run(
            [sys.executable, "-c", VISIT], cwd=image, env=environment, capture_output=True, check=False
        )
        assert visit.returncode == 0, visit.stderr[-2000:]
    finally:
        page.terminate()
        output = page.communicate(timeout=20)[0]
    assert sorted(image.rglob("*")) == before, output
