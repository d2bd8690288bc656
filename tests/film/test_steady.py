import numpy as np
import pytest
from PIL import Image

from tests.film.conftest import levels
from tf_cyclegan.film.moved import Movable
from tf_cyclegan.film.steady import SteadyPainter

RNG = np.random.default_rng(1)
GROUND = np.asarray(
    Image.fromarray(RNG.integers(0, 256, (30, 40, 3), dtype=np.uint8)).resize((480, 360), Image.Resampling.BICUBIC)
)


class Restless:
    """A painter whose strokes are others each time, as a network's are on a film; their mean is the frame."""

    def __init__(self):
        self.calls = 0

    def __call__(self, picture):
        self.calls += 1
        few = (picture.width // 2, picture.height // 2)
        coarse = Image.fromarray(np.random.default_rng(self.calls).normal(0, 20, few[::-1]).astype(np.float32))
        strokes = np.asarray(coarse.resize(picture.size, Image.Resampling.BICUBIC))[..., None]
        return Image.fromarray(np.clip(np.asarray(picture) + strokes, 0, 255).astype(np.uint8))


def view(x=0, y=0, noise=0.0, ground=GROUND):
    pixels = ground[100 + y : 220 + y, 100 + x : 260 + x] + RNG.normal(0, noise, (120, 160, 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def test_a_still_scene_stands_still_and_is_painted_once():
    paint = Restless()
    steady = SteadyPainter(paint)
    first, *others = (steady(view(noise=3)) for _ in range(6))
    assert paint.calls == 1
    assert all(np.array_equal(levels(first), levels(other)) for other in others)


def test_strokes_go_with_what_they_paint():
    steady = SteadyPainter(Restless())
    before, after = steady(view()), steady(view(5, 2))
    moved = np.abs(levels(before)[2:, 5:] - levels(after)[:-2, :-5])[8:-8, 8:-8]
    fresh = np.abs(levels(Restless()(view())) - levels(view()))
    assert moved.mean() < fresh.mean() / 4


def test_what_comes_into_view_is_painted():
    steady = SteadyPainter(Restless())
    steady(view())
    after = steady(view(40))
    assert np.abs(levels(after)[:, -30:] - levels(view(40))[:, -30:]).mean() < 30


def test_a_cut_is_a_new_painting():
    steady, paint = SteadyPainter(Restless()), Restless()
    steady(view())
    paint(view())
    other = view(ground=GROUND[::-1, ::-1, ::-1])
    assert np.array_equal(levels(steady(other)), levels(paint(other)))


def test_a_thing_that_goes_leaves_no_trace():
    steady = SteadyPainter(lambda picture: picture)
    with_thing = view()
    with_thing.paste((255, 0, 0), (60, 40, 90, 80))
    steady(with_thing)
    assert np.abs(levels(steady(view())) - levels(view())).max() < 16


def test_a_style_that_changes_is_followed():
    offsets = iter(range(100))
    steady = SteadyPainter(
        lambda picture: picture.point([min(255, level + more) for more in [next(offsets)] for level in range(256)] * 3)
    )
    steady(view())
    for _ in range(40):
        painting = steady(view(), changing=True)
    assert np.abs(levels(painting) - np.minimum(255, levels(view()) + 40)).mean() < 4


def test_another_size_is_painted_anew():
    steady = SteadyPainter(lambda picture: picture)
    steady(view())
    assert steady(view().resize((80, 60))).size == (80, 60)


@pytest.mark.parametrize("shift", [0.0, 0.5, 3.0, 7.25])
def test_a_moved_painting_keeps_its_detail(shift):
    strokes = RNG.normal(128, 40, (97, 131, 3))
    painting = Image.fromarray(np.clip(strokes, 0, 255).astype(np.uint8)).resize((131, 97), Image.Resampling.BOX)
    soft = painting.resize((196, 145), Image.Resampling.LANCZOS).resize((131, 97), Image.Resampling.BICUBIC)
    flow = np.zeros((2, 24, 32), np.float32)
    flow[0] = shift
    moved = Movable(soft).moved(flow)
    inner = (slice(12, -12), slice(12, -12))
    assert levels(moved)[inner].std() == pytest.approx(levels(soft)[inner].std(), rel=0.08)
    if shift in (0.0, 3.0):
        whole = int(shift)
        expected = levels(soft)[:, whole:]
        found = levels(moved)[:, : expected.shape[1]]
        assert np.abs(found - expected)[inner].mean() < 8
