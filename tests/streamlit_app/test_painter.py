import io
import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from painter import PAINTED_SIDE, UNTILED_SIDE, Painter, open_network
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.errors import UserError
from tf_cyclegan.settings.choices import BRUSH
from tf_cyclegan.stylize.style import MODEL, Bundle, find_styles, open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "streamlit_app" / "examples"


class Negative:
    """Stands in for an interpreter: inverts, and notices when two use it at once or too many are alive."""

    lock = threading.Lock()
    alive = most = opened = 0
    clashes: list[str]

    def __init__(self, bundle, threads):
        self.busy = False
        with Negative.lock:
            Negative.opened += 1
            Negative.alive += 1
            Negative.most = max(Negative.most, Negative.alive)

    def __del__(self):
        with Negative.lock:
            Negative.alive -= 1

    def __call__(self, picture):
        if self.busy:
            Negative.clashes.append("two at once")
        self.busy = True
        time.sleep(0.002)
        self.busy = False
        return Image.fromarray(255 - np.asarray(picture))


@pytest.fixture(autouse=True)
def reset():
    Negative.alive = Negative.most = Negative.opened = 0
    Negative.clashes = []


def bundle(number: int) -> Bundle:
    return Bundle(None, {"files": {MODEL: {"sha256": str(number)}}})


def png(seed: int, width: int = 40, height: int = 30) -> bytes:
    file = io.BytesIO()
    make_picture(seed, width, height).save(file, "PNG")
    return file.getvalue()


def mean(data: bytes) -> float:
    with Image.open(io.BytesIO(data)) as picture:
        return float(np.asarray(picture).mean())


def test_every_visitor_gets_the_own_picture_and_interpreters_are_bounded():
    painter = Painter(workers=3, make=Negative)
    jobs = [(seed, painter.submit(bundle(seed % 5), "x.png", png(seed), 32, BRUSH)) for seed in range(60)]
    for seed, job in jobs:
        painting = job.future.result(30)
        assert painting.size == (32, 24)
        assert abs(mean(painting.painting) - (255 - mean(png(seed)))) < 4
    assert Negative.most <= 3
    assert not Negative.clashes
    assert Negative.opened == 60


def test_no_interpreter_outlives_its_picture():
    """As with LiteRT's, whose interpreter and signatures hold one another."""

    class Circle(Negative):
        def __init__(self, bundle, threads):
            super().__init__(bundle, threads)
            self.me = self

    Painter(make=Circle).submit(bundle(0), "x.png", png(0, 800, 600), None, BRUSH).future.result(30)
    assert (Negative.opened, Negative.alive) == (1, 0)


def test_a_bad_picture_or_a_broken_model_leaves_the_queue_working():
    def broken(bundle, threads):
        raise UserError("no model")

    painter = Painter(workers=1, make=Negative)
    with pytest.raises(UserError, match=r"x.png"):
        painter.submit(bundle(0), "x.png", b"nothing", 32, BRUSH).future.result(30)
    assert painter.submit(bundle(0), "x.png", png(1), 32, BRUSH).future.result(30).size == (32, 24)
    painter = Painter(workers=1, make=broken)
    for _ in range(3):
        with pytest.raises(UserError, match="no model"):
            painter.submit(bundle(0), "x.png", png(1), 32, BRUSH).future.result(30)


def test_who_waits_is_told_how_many_come_before():
    hold = threading.Event()

    class Slow(Negative):
        def __call__(self, picture):
            hold.wait(30)
            return picture

    painter = Painter(workers=1, make=Slow)
    jobs = [painter.submit(bundle(0), "x.png", png(0), 32, BRUSH) for _ in range(3)]
    while jobs[0].started is None:
        time.sleep(0.01)
    assert [painter.ahead(job) for job in jobs] == [0, 0, 1]
    shares = [jobs[0].share()]
    for _ in range(3):
        time.sleep(0.05)
        shares.append(jobs[0].share())
    assert shares == sorted(set(shares)), "the bar moves"
    assert shares[-1] < 1
    hold.set()
    jobs[2].future.result(30)
    assert jobs[0].share() == 1


def test_larger_pictures_keep_their_size_and_get_none_of_the_photographs_detail():
    seen = []

    def flatten(bundle, threads):
        return lambda photo: seen.append(photo.size) or Image.new("RGB", photo.size, "grey")

    size = (PAINTED_SIDE + 500, 1500)
    painting = Painter(make=flatten).submit(bundle(0), "x.png", png(3, *size), None, "fine").future.result(60)
    assert seen == [(PAINTED_SIDE, round(1500 * PAINTED_SIDE / size[0]))]
    assert painting.size == size
    photo, painted = (Image.open(io.BytesIO(jpeg)) for jpeg in (painting.photo, painting.painting))
    assert photo.size == painted.size == size
    assert np.abs(np.asarray(photo).astype(int) - np.asarray(make_picture(3, *size))).mean() < 2
    assert np.ptp(np.asarray(painted)) <= 2


@pytest.mark.parametrize(("brush", "first"), [("fine", (900, 600)), ("medium", (576, 384)), ("broad", (384, 256))])
def test_the_brush_is_the_chosen_one(brush, first):
    seen = []

    def identity(bundle, threads):
        return lambda photo: seen.append(photo.size) or photo

    painting = Painter(make=identity).submit(bundle(0), "x.png", png(3, 900, 600), None, brush).future.result(60)
    assert (seen[0], seen[-1], painting.size) == (first, (900, 600), (900, 600))


@pytest.fixture
def photo():
    """Of 1024 × 683 pixels, with texture everywhere."""
    with Image.open(EXAMPLES / "fig.jpg") as picture:
        return picture.convert("RGB").resize((1024, 683), Image.Resampling.LANCZOS)


def test_a_picture_in_tiles_looks_as_in_one_piece(photo):
    whole = np.asarray(Stylizer(open_bundle("impressionism"))(photo)).astype(int)
    tiles = np.asarray(open_network(open_bundle("impressionism"), 2)(photo)).astype(int)
    difference = tiles - whole
    assert 0 < np.abs(difference).mean() < 4, "strokes differ, since statistics come from a sample"
    tone = difference[:672, :1008].reshape(42, 16, 63, 16, 3).mean((1, 3))
    assert np.abs(tone).mean() < 2, "and tone hardly"
    assert np.abs(tone).max() < 16, "nor in any place by more than the network exaggerates a sample's statistics"


def test_a_style_without_tiles_paints_small_and_its_painting_is_enlarged(photo, monkeypatch):
    seen, run = [], Stylizer.run
    monkeypatch.setattr(Stylizer, "run", lambda self, pixels: seen.append(pixels.shape) or run(self, pixels))
    shipped = open_bundle("impressionism")
    painting = open_network(Bundle(shipped.folder, {**shipped.about, "tiling": None}), 1)(photo)
    assert painting.size == photo.size
    assert [max(shape) for shape in seen] == [UNTILED_SIDE]


CHILD = """
import io, json, sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from PIL import Image
from memory import give_back_large_blocks
from painter import Painter
from tf_cyclegan.stylize.style import open_bundle

def megabytes(field):
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(dict(line.split(":", 1) for line in lines)[field].split()[0]) / 1024

def photo(width, height):
    file = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(file, "JPEG", quality=80)
    return file.getvalue()

give_back_large_blocks()
files = [photo(4000, 3000), photo(768, 1024), photo(512, 512)]
Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
before, painter = megabytes("VmRSS"), Painter(threads=2)
for style in sys.argv[3:]:
    for side, data in zip((1024, 768, 512), files):
        painter.submit(open_bundle(style), "x.jpg", data, side, "medium").future.result()
    files = files[:1]
print(json.dumps({"more": megabytes("VmHWM") - before, "left": megabytes("VmRSS") - before}))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells of memory")
def test_memory_is_that_of_a_tile_at_every_size_and_with_several_styles(tmp_path):
    """The server without pictures takes about 120 MB, and is to stay below 450: see benchmarks/page_memory.py."""
    styles = [shutil.copytree(find_styles()["impressionism"], tmp_path / name) for name in ("one", "two", "three")]
    command = [sys.executable, "-c", CHILD, str(ROOT), str(ROOT / "streamlit_app"), *map(str, styles)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["more"] < 270
    assert found["left"] < 60, "what was taken is given back"
