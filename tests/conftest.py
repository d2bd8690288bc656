"""Fixtures that several test files share. Tests make their own pictures, open no connection and need no GPU."""

import os
import shutil
import socket
import struct
import sys
import zlib
from pathlib import Path
from types import ModuleType, SimpleNamespace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of real pictures and reference numbers; tests that want it are skipped where it is not given."""
    folder = os.environ.get("TF_CYCLEGAN_TEST_DATA")
    if not folder:
        pytest.skip("TF_CYCLEGAN_TEST_DATA is not set")
    return Path(folder)


def negative(picture: Image.Image) -> Image.Image:
    """A painting of the picture, where a network would only cost time."""
    return Image.fromarray(255 - np.asarray(picture))


def make_picture(seed: int = 0, width: int = 64, height: int = 48) -> Image.Image:
    """A smooth made-up picture: blobs of colour, so that JPEG keeps it nearly as it is."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def make_pictures(folder: Path, count: int, seed: int = 0) -> Path:
    """A folder of made-up JPEGs 000.jpg, 001.jpg, …"""
    folder.mkdir(parents=True)
    for i in range(count):
        make_picture(seed + i).save(folder / f"{i:03d}.jpg", quality=95)
    return folder


def make_truncated_jpeg(path: Path) -> Path:
    """A JPEG of which the second half is missing."""
    make_picture().save(path, "JPEG", quality=95)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes whose header claims any size: what a decompression bomb looks like."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")


class Notebook:
    """Stands in for IPython within a notebook: two places, and what was shown there one after the other."""

    def __init__(self):
        self.places = []

    def display(self, shown, display_id):
        assert display_id is True
        assert "*" in shown.data
        place = []
        self.places.append(place)
        return SimpleNamespace(update=lambda shown: place.append(shown.data))

    def counts(self):
        return [len(place) for place in self.places]


@pytest.fixture
def notebook(monkeypatch):
    """What a LiveView shows, as if a notebook were running."""
    notebook = Notebook()
    ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
    ipython.version_info = (9, 0)  # Matplotlib asks.
    ipython.get_ipython = lambda: SimpleNamespace(kernel=object())
    display.display = notebook.display
    display.Image = display.Markdown = lambda data: SimpleNamespace(data=data)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return notebook


@pytest.fixture
def kaggle_machine(tmp_path, monkeypatch):
    """The folders `input`, `working` and `temp` of a notebook of Kaggle, and the variable by which it is known."""
    from tf_cyclegan.notebook import storage
    from tf_cyclegan.prepare.gather import kaggle

    place = tmp_path / "kaggle"
    for name in ("input", "working"):
        (place / name).mkdir(parents=True)
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Batch")
    monkeypatch.setattr(kaggle, "ATTACHED", place / "input")
    monkeypatch.setattr(storage, "_OUTPUT", place / "working")
    monkeypatch.setattr(storage, "_SCRATCH", place / "temp")
    monkeypatch.chdir(place / "working")
    return place


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Path:
    """A small prepared folder: trainA testA trainB testB of made-up JPEGs."""
    folder = tmp_path_factory.mktemp("data") / "prepared"
    for number, (name, count) in enumerate({"trainA": 7, "testA": 4, "trainB": 5, "testB": 4}.items()):
        make_pictures(folder / name, count, seed=100 * number)
    return folder


@pytest.fixture(scope="session")
def compared(tmp_path_factory) -> Path:
    """As many pictures as an export is compared on."""
    return make_pictures(tmp_path_factory.mktemp("compared") / "pictures", 16, seed=700)


@pytest.fixture(scope="session")
def trained(prepared, tmp_path_factory) -> Path:
    """The folder of a finished run of four tiny steps; not to be changed."""
    from tf_cyclegan.run.presets import config_for
    from tf_cyclegan.train.training import train

    run = tmp_path_factory.mktemp("runs") / "trained"
    train(config_for(str(prepared), str(run), "smoke", ema=0.9))
    return run


@pytest.fixture(scope="session")
def keras_file(tmp_path_factory) -> Path:
    """A tiny generator with initial weights as a `.keras` file."""
    import keras

    from tf_cyclegan.networks.build import build_generator
    from tf_cyclegan.networks.files import save_model

    keras.utils.set_random_seed(0)
    path = tmp_path_factory.mktemp("network") / "tiny.keras"
    save_model(build_generator("painter", 4), path)
    return path


@pytest.fixture(scope="session")
def feature_weights(tmp_path_factory) -> Path:
    """A tiny network instead of MobileNetV2, whose weights would have to be downloaded."""
    import keras

    keras.utils.set_random_seed(1)
    picture = keras.Input((224, 224, 3))
    features = keras.layers.Conv2D(6, 16, 16, activation="relu")(picture)
    features = keras.layers.GlobalAveragePooling2D()(features)
    path = tmp_path_factory.mktemp("features") / "features.keras"
    keras.Model(picture, keras.layers.Dense(2)(features)).save(path)
    return path


@pytest.fixture(scope="session")
def style(keras_file, compared, tmp_path_factory) -> Path:
    """A bundle of the tiny generator with only the model that takes every size; not to be changed."""
    import export.bundle

    out = tmp_path_factory.mktemp("styles") / "tiny"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export.bundle, "MODELS", {"model.tflite": None})
        patch.setattr(export.bundle, "overlap_of", lambda _: None)
        export.bundle.export_bundle(keras_file, out, pictures=compared)
    return out


BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Where the tests in a browser must not be skipped, as in .ci/run.
BROWSER_REQUIRED = os.environ.get("TF_CYCLEGAN_BROWSER") == "required"


def without_browser(reason: str) -> None:
    """Ends a test that wants a browser: skipped, or failed where that is not allowed."""
    if BROWSER_REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium with a camera that shows a moving test picture; one per process: Playwright needs that."""
    try:
        from playwright import sync_api
    except ImportError:
        without_browser("playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        without_browser(f"no browser (looked for {', '.join(BROWSERS)}); make test-browser installs one")
    arguments = ["--disable-gpu", "--use-fake-device-for-media-stream"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium has none for root.
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def policy():
    """Sets Keras' precision for one test."""
    import keras

    before = keras.config.floatx(), keras.config.dtype_policy()

    def set_policy(name):
        if name == "float64":
            keras.config.set_floatx(name)
        keras.config.set_dtype_policy(name)

    yield set_policy
    keras.config.set_floatx(before[0])
    keras.config.set_dtype_policy(before[1])


@pytest.fixture(scope="session")
def extractor():
    """Features are the contrasts of a picture, by colour."""
    import keras

    from tf_cyclegan.score.extractors import Extractor

    picture = keras.Input((8, 8, 3))
    network = keras.Model(picture, keras.layers.GlobalAveragePooling2D()(picture))

    def prepare(square):
        small = Image.fromarray(square).resize((8, 8), Image.Resampling.BOX)
        return np.abs(np.asarray(small, np.float32) / 127.5 - 1)

    return Extractor("contrasts", "to 8 px", "w1", prepare, network)
