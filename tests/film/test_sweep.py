import itertools
import re
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.errors import UserError
from tf_cyclegan.film import sweep
from tf_cyclegan.film.sweep import mixtures, sweep_file
from tf_cyclegan.stylize.look import Look
from tf_cyclegan.stylize.style import open_bundle


@pytest.fixture(scope="module")
def periods():
    return open_bundle("periods")


@pytest.fixture
def photo(tmp_path):
    make_picture().save(tmp_path / "photo.jpg")
    return tmp_path / "photo.jpg"


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(sweep, "STEPS", 2)


def test_it_goes_from_each_period_to_the_next_along_the_years(periods):
    found = mixtures(periods)
    alone = [next(iter(shares)) for shares in found if len(shares) == 1]
    assert alone == ["renaissance", "baroque", "rococo", "realism", "impressionism", "post-impressionism"]
    assert len(found) == 5 * sweep.STEPS + 1
    assert all(sum(shares.values()) == pytest.approx(1) and len(shares) <= 2 for shares in found)
    for one, two in itertools.pairwise(found):
        change = sum(abs(one.get(key, 0) - two.get(key, 0)) for key in {*one, *two})
        assert change == pytest.approx(2 / sweep.STEPS)


def test_a_folder_has_a_picture_of_each_mixture(periods, photo, short, tmp_path):
    bars = []
    count, size = sweep_file(periods, photo, tmp_path / "out", Look(32), bar=lambda all: bars.append(all) or all)
    found = sorted((tmp_path / "out").iterdir())
    assert len(found) == count == len(bars[0]) == 11
    assert [path.name for path in found[:3]] == [
        "000-renaissance100.jpg",
        "001-renaissance50-baroque50.jpg",
        "002-baroque100.jpg",
    ]
    assert {Image.open(path).size for path in found} == {size} == {(32, 24)}
    first, last = (Image.open(path).tobytes() for path in (found[0], found[-1]))
    assert first != last


def test_a_gif_rests_at_every_period(periods, photo, short, tmp_path):
    count, size = sweep_file(periods, photo, tmp_path / "x.gif", Look(32))
    gif, pauses = Image.open(tmp_path / "x.gif"), []
    assert (gif.n_frames, gif.size) == (count, size)
    for i in range(count):
        gif.seek(i)
        pauses.append(gif.info["duration"])
    assert pauses == [1000, 80] * 5 + [1000]


def test_a_film_has_even_sides_and_rests_too(periods, photo, short, tmp_path):
    import av

    count, size = sweep_file(periods, photo, tmp_path / "x.mp4", Look(33))
    with av.open(str(tmp_path / "x.mp4")) as film:
        frames = list(film.decode(video=0))
    assert {(frame.width, frame.height) for frame in frames} == {size}
    assert not [side for side in size if side % 2]
    assert len(frames) == 6 * sweep._REST + (count - 6)


def test_an_interrupted_one_leaves_nothing(periods, photo, short, tmp_path, monkeypatch):
    before = Path(photo).read_bytes()
    painted = []

    def paint(*_):
        if len(painted) == 3:
            raise KeyboardInterrupt
        painted.append(make_picture())
        return painted[-1]

    monkeypatch.setattr(sweep, "paint", paint)
    for name in ("x.gif", "x.mp4", "out"):
        painted.clear()
        with pytest.raises(KeyboardInterrupt):
            sweep_file(periods, photo, tmp_path / name, Look(32))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"photo.jpg": before}


def test_a_film_without_the_package_is_one_line(periods, photo, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UserError, match="films need PyAV: pip install av"):
        sweep_file(periods, photo, tmp_path / "x.mp4", Look(32))


def test_the_photograph_is_not_overwritten(periods, photo, tmp_path):
    link = tmp_path / "link.gif"
    link.symlink_to(photo)
    with pytest.raises(UserError, match=re.escape(f"--style-sweep {link} is the same as the picture")):
        sweep_file(periods, photo, link, Look(32))
