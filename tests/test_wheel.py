"""What is installed has every room: the wheel alone prepares, trains, exports and paints."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import make_pictures

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
# What is built of it; everything else that lies in a checkout would only be copied.
SOURCES = (
    "tf_cyclegan",
    "export",
    "streamlit_app/examples",
    "streamlit_app/styles",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with what `pip install .` would install, and nothing else of the project."""
    place = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        source, target = ROOT / name, place / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    (place / "dist").mkdir()
    subprocess.run([sys.executable, "-c", BUILD, place / "dist"], cwd=place / "source", check=True, capture_output=True)
    (wheel,) = (place / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "installed")
    return place / "installed"


def test_the_wheel_prepares_trains_exports_and_paints(installed, tmp_path):
    def run(*words):
        environment = {**os.environ, "PYTHONPATH": str(installed), "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [sys.executable, "-m", "tf_cyclegan", *map(str, words)]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    make_pictures(tmp_path / "photos", 24)
    make_pictures(tmp_path / "paintings", 24, seed=500)
    run("prepare", "--photos", "photos", "--paintings", "paintings", "--out", "data", "--size", 40)
    assert "step 3 of 3" in run("train", "data", "--run", "run", "--preset", "smoke", "--steps", 3)
    run("export", "run", "--out", "style", "--pictures", "photos", "--period", "Made up")
    run("stylize", "photos/000.jpg", "--style", "style", "--out", "painting.jpg")
    assert (tmp_path / "painting.jpg").stat().st_size > 0
    run("stylize", "photos/000.jpg", "--style", "impressionism", "--out", "shipped.jpg")
    assert (tmp_path / "shipped.jpg").stat().st_size > 0
    assert sorted(path.name for path in (installed / "tf_cyclegan" / "examples").glob("c*.jpg")) == ["cat.jpg"]
