import io
import threading
import time

import numpy as np
import pytest
from painter import MAX_SIDE, Painter, paint_at_own_size
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.bundle import MODEL, Bundle
from tf_cyclegan.errors import UserError


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

    def __call__(self, picture, max_side=None):
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
    jobs = [(seed, painter.submit(bundle(seed % 5), "x.png", png(seed), 32)) for seed in range(60)]
    for seed, job in jobs:
        painting = job.future.result(30)
        assert painting.size == (32, 24)
        assert abs(mean(painting.painting) - (255 - mean(png(seed)))) < 4
    assert Negative.most <= 3
    assert painter.alive <= 3
    assert not Negative.clashes
    assert painter.runs == 60


def test_a_style_that_was_just_used_is_not_opened_again():
    painter = Painter(workers=1, make=Negative)
    for number, opened in ((1, 1), (1, 1), (2, 2), (2, 2), (1, 3)):
        with painter.lease(bundle(number)) as network:
            network(make_picture())
        assert Negative.opened == opened


def test_one_that_was_given_back_is_not_kept_alive_by_who_had_it():
    painter = Painter(workers=1, make=Negative)
    with painter.lease(bundle(1)) as network:
        network(make_picture())
    with painter.lease(bundle(2)):
        assert Negative.alive == 1


def test_an_interpreter_that_saw_a_large_picture_is_closed():
    painter = Painter(workers=1, make=Negative)
    painter.submit(bundle(0), "x.png", png(0, 800, 600), None).future.result(30)
    assert painter.alive == 0
    assert Negative.alive == 0


def test_a_bad_picture_or_a_broken_model_leaves_the_queue_working():
    def broken(bundle, threads):
        raise UserError("no model")

    painter = Painter(workers=1, make=Negative)
    with pytest.raises(UserError, match=r"x.png"):
        painter.submit(bundle(0), "x.png", b"nothing", 32).future.result(30)
    assert painter.submit(bundle(0), "x.png", png(1), 32).future.result(30).size == (32, 24)
    painter = Painter(workers=1, make=broken)
    for _ in range(3):
        with pytest.raises(UserError, match="no model"):
            painter.submit(bundle(0), "x.png", png(1), 32).future.result(30)
    assert painter.alive == 0


def test_who_waits_is_told_how_many_come_before():
    hold = threading.Event()

    class Slow(Negative):
        def __call__(self, picture, max_side=None):
            hold.wait(30)
            return picture

    painter = Painter(workers=1, make=Slow)
    jobs = [painter.submit(bundle(0), "x.png", png(0), 32) for _ in range(3)]
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


def test_larger_pictures_keep_size_and_detail():
    photo = make_picture(3, 1500, 1000)
    seen = []

    def half(small):
        seen.append(small.size)
        return small.point(lambda v: v // 2)

    painting = paint_at_own_size(half, photo)
    assert painting.size == photo.size
    assert seen == [(MAX_SIDE, 683)]
    assert np.abs(np.asarray(painting).astype(int) - np.asarray(photo) // 2).mean() < 2
