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
from painter import PAINTED_SIDE, SKETCH_SIDE, UNTILED_SIDE, Job, Painter, open_network
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

    def __call__(self, picture, mix=None):
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


def paint(
    painter: Painter, style: Bundle, data: bytes, side: int | None, brush: str = BRUSH, *, who: str = "me"
) -> Job:
    return painter.paint(who, style, "x.png", data, side=side, brush=brush)


def mean(data: bytes) -> float:
    with Image.open(io.BytesIO(data)) as picture:
        return float(np.asarray(picture).mean())


def test_every_visitor_gets_the_own_picture_and_interpreters_are_bounded():
    painter = Painter(workers=3, make=Negative)
    jobs = [(seed, paint(painter, bundle(seed % 5), png(seed), 32)) for seed in range(60)]
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

    paint(Painter(make=Circle), bundle(0), png(0, 800, 600), None, BRUSH).future.result(30)
    assert (Negative.opened, Negative.alive) == (1, 0)


def test_a_bad_picture_or_a_broken_model_leaves_the_queue_working():
    def broken(bundle, threads):
        raise UserError("no model")

    painter = Painter(workers=1, make=Negative)
    with pytest.raises(UserError, match=r"x.png"):
        paint(painter, bundle(0), b"nothing", 32).future.result(30)
    assert paint(painter, bundle(0), png(1), 32).future.result(30).size == (32, 24)
    painter = Painter(workers=1, make=broken)
    for _ in range(3):
        with pytest.raises(UserError, match="no model"):
            paint(painter, bundle(0), png(1), 32).future.result(30)


def test_who_waits_is_told_how_many_come_before():
    hold = threading.Event()

    class Slow(Negative):
        def __call__(self, picture, mix=None):
            hold.wait(30)
            return picture

    painter = Painter(workers=1, make=Slow)
    jobs = [paint(painter, bundle(0), png(0), 32) for _ in range(3)]
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


class Held(Negative):
    """Waits before each picture until it may go on."""

    go = threading.Event()

    def __call__(self, picture, mix=None):
        assert Held.go.wait(30)
        return picture


def finished_in_order(jobs: dict[str, Job]) -> list[str]:
    """Names of the jobs in the order in which they were done."""
    done: list[str] = []
    for name, job in jobs.items():
        job.future.add_done_callback(lambda _, name=name: done.append(name))
    Held.go.set()
    for job in jobs.values():
        job.future.result(30)
    return done


def test_who_asks_for_much_does_not_keep_waiting_who_asks_for_little():
    Held.go.clear()
    painter = Painter(make=Held)
    jobs = {f"many {i}": paint(painter, bundle(0), png(0, 300, 200), 300, who="many") for i in range(6)}
    jobs |= {f"few {i}": paint(painter, bundle(0), png(0, 300, 200), 300, who="few") for i in range(2)}
    assert painter.ahead(jobs["few 0"]) <= 1
    order = finished_in_order(jobs)
    assert order.index("few 0") < order.index("many 2")
    assert order.index("few 1") < order.index("many 3")
    assert [name for name in order if name.startswith("many")] == [f"many {i}" for i in range(6)]


def test_nobody_waits_for_ever_while_others_keep_coming():
    Held.go.clear()
    painter = Painter(make=Held)
    jobs = {
        "first": paint(painter, bundle(0), png(0), 32, who="held"),
        "large": paint(painter, bundle(0), png(0, 400, 300), 400, who="one"),
    }
    jobs |= {f"{i}": paint(painter, bundle(0), png(0), 32, who=f"visitor {i}") for i in range(30)}
    assert finished_in_order(jobs).index("large") <= 2


def test_what_was_taken_back_is_not_painted():
    Held.go.clear()
    painter = Painter(make=Held)
    jobs = [paint(painter, bundle(0), png(0), 32) for _ in range(3)]
    while jobs[0].started is None:
        time.sleep(0.01)
    assert jobs[1].future.cancel()
    Held.go.set()
    jobs[2].future.result(30)
    assert jobs[1].started is None
    assert Held.opened == 2


def test_thumbnails_of_all_periods_share_one_network():
    found = open_bundle(find_styles()["baroque"])
    periods = {key: found.of({key: 1.0}) for key in found.periods}
    opened = []

    def open_it(bundle, threads):
        opened.append(bundle.folder)
        return open_network(bundle, threads)

    data = (EXAMPLES / "meadow.jpg").read_bytes()
    sketches = Painter(make=open_it).sketch("me", periods, "x.jpg", data).future.result(60)
    assert opened == [found.folder]
    assert list(sketches) == found.periods
    assert len(set(sketches.values())) == len(found.periods), "each period paints otherwise"
    for jpeg in sketches.values():
        with Image.open(io.BytesIO(jpeg)) as picture:
            assert max(picture.size) == SKETCH_SIDE


def test_a_mixture_is_painted_between_its_periods():
    found = open_bundle(find_styles()["baroque"])
    data = (EXAMPLES / "meadow.jpg").read_bytes()
    shares = [{"baroque": 1.0}, {"baroque": 0.5, "rococo": 0.5}, {"rococo": 1.0}]
    bundles = {str(number): found.of(share) for number, share in enumerate(shares)}
    sketches = Painter().sketch("me", bundles, "x.jpg", data).future.result(60)
    one, between, other = (np.asarray(Image.open(io.BytesIO(jpeg)), np.float32) for jpeg in sketches.values())
    apart = np.abs(one - other).mean()
    assert 0 < np.abs(one - between).mean() < apart
    assert 0 < np.abs(other - between).mean() < apart


def test_a_painting_is_painted_over_at_the_size_of_a_print():
    seen = []

    def identity(bundle, threads):
        return lambda photo, mix: seen.append(photo.size) or photo

    painter = Painter(make=identity)
    small = make_picture(0, 300, 200)
    assert painter.enlarge("me", bundle(0), small, (1050, 700)).future.result(30).size == (1050, 700)
    assert seen == [(525, 350), (1050, 700)]
    assert painter.enlarge("me", bundle(0), small, (150, 100)).future.result(30).size == (150, 100)
    assert len(seen) == 2, "nothing is painted where it gets smaller"


def test_larger_pictures_keep_their_size_and_get_none_of_the_photographs_detail():
    seen = []

    def flatten(bundle, threads):
        return lambda photo, mix: seen.append(photo.size) or Image.new("RGB", photo.size, "grey")

    size = (PAINTED_SIDE + 500, 1500)
    painting = paint(Painter(make=flatten), bundle(0), png(3, *size), None, "fine").future.result(60)
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
        return lambda photo, mix: seen.append(photo.size) or photo

    painting = paint(Painter(make=identity), bundle(0), png(3, 900, 600), None, brush).future.result(60)
    assert (seen[0], seen[-1], painting.size) == (first, (900, 600), (900, 600))


@pytest.fixture
def photo():
    """Of 1024 × 683 pixels, with texture everywhere."""
    with Image.open(EXAMPLES / "meadow.jpg") as picture:
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
    monkeypatch.setattr(
        Stylizer, "run", lambda self, pixels, mix=None: seen.append(pixels.shape) or run(self, pixels, mix)
    )
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
        painter.paint("me", open_bundle(style), "x.jpg", data, side=side, brush="medium").future.result()
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
