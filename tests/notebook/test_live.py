import io
import sys
from types import SimpleNamespace

import pytest
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.notebook import live
from tf_cyclegan.notebook.live import LiveView, train_live
from tf_cyclegan.train.training import Training


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(live, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def run(tmp_path):
    (tmp_path / "samples").mkdir()
    write_losses(tmp_path, 3)
    add_sample(tmp_path, 500)
    return tmp_path


def write_losses(run, steps):
    rows = "".join(f"{i},{1 / i},0.25\n" for i in range(1, steps + 1))
    (run / "losses.csv").write_text("step,cycle_x,cycle_y\n" + rows, encoding="utf-8")


def add_sample(run, step):
    make_picture(step, 64, 96).save(run / "samples" / f"step_{step:07d}.png")


def test_curves_and_the_newest_samples_are_shown(run, notebook):
    add_sample(run, 1500)
    add_sample(run, 1000)
    LiveView(run).refresh()
    (curves,), (samples,) = notebook.places
    assert Image.open(io.BytesIO(curves)).size == (1000, 280)
    shown = Image.open(io.BytesIO(samples))
    assert (shown.format, shown.size) == ("JPEG", (64, 96))
    expected = Image.open(run / "samples" / "step_0001500.png")
    pair = (picture.resize((1, 1)).getpixel((0, 0)) for picture in (shown, expected))
    close = [abs(a - b) for a, b in zip(*pair, strict=True)]
    assert max(close) < 4


def test_what_is_new_takes_the_place_of_what_was_there(run, notebook):
    view = LiveView(run)
    view.refresh()
    view.refresh()
    assert notebook.counts() == [2, 1]
    add_sample(run, 1000)
    view.refresh()
    assert notebook.counts() == [3, 2]


def test_a_run_that_has_nothing_yet_keeps_its_places(tmp_path, notebook):
    view = LiveView(tmp_path)
    view.refresh()
    write_losses(tmp_path, 1)
    view.refresh()
    assert notebook.counts() == [0, 0]


def test_it_looks_every_so_many_seconds(run, notebook, clock):
    view = LiveView(run, seconds=30)
    for _ in range(10):
        view.on_train_batch_end(0)
        clock.now += 10
    assert notebook.counts()[0] == 4


def test_drawing_takes_a_fiftieth_of_the_time_at_most(run, notebook, clock, monkeypatch):
    def draw_slowly(losses):
        clock.now += 4
        return b"picture"

    monkeypatch.setattr(live, "draw_losses", draw_slowly)
    view = LiveView(run, seconds=1)
    for _ in range(1000):
        view.on_train_batch_end(0)
        clock.now += 1
    assert 4 * notebook.counts()[0] <= 0.021 * clock.now + 4


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: (run / "losses.csv").write_text("step\nthree\n"),
        lambda run: (run / "samples" / "step_0000900.png").write_text("no picture"),
    ],
    ids=["losses", "samples"],
)
def test_what_cannot_be_shown_is_one_warning_and_no_error(run, notebook, spoil):
    spoil(run)
    view = LiveView(run)
    with pytest.warns(UserWarning, match="nothing is shown from here on, but training continues") as warned:
        view.refresh()
        view.refresh()
    assert len(warned) == 1


def test_a_browser_that_is_gone_ends_nothing(run, notebook, monkeypatch):
    def gone(*_, **__):
        raise ConnectionError("no browser")

    view = LiveView(run)
    view._display = gone
    with pytest.warns(UserWarning, match="no browser"):
        view.on_train_batch_end(0)


@pytest.mark.parametrize("shell", [None, SimpleNamespace()], ids=["plain Python", "IPython in a terminal"])
def test_outside_a_notebook_it_does_nothing(run, notebook, shell, monkeypatch):
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: shell)
    LiveView(run).refresh()
    assert notebook.places == []


def test_without_ipython_it_does_nothing(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    monkeypatch.setattr(live, "draw_losses", lambda losses: pytest.fail("drawn for nobody"))
    LiveView(run).refresh()


@pytest.mark.parametrize(("copied", "said"), [(4, "saved in {}. Run all"), (3, "alone, since the copy to {} failed")])
def test_it_says_where_the_last_step_is_saved(copied, said, tmp_path, monkeypatch, capsys):
    """Also where the drive vanished while it trained: then the backup has an earlier step."""
    drive = tmp_path / "drive"

    def train(*_, **__):
        (drive / f"ckpt-{copied}").mkdir(parents=True)
        return Training(3, 4, 9)

    monkeypatch.setattr(live, "train", train)
    train_live(tmp_path / "data", tmp_path / "run", "smoke", backup=drive)
    assert said.format(drive) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("gpus", "batch", "devices"), [(0, 4, 1), (1, 4, 1), (2, 4, 2), (2, 1, 1), (3, 4, 2), (8, 4, 4)]
)
def test_a_new_run_is_shared_by_all_gpus_that_can_share_its_batch(tmp_path, monkeypatch, gpus, batch, devices):
    """Kaggle's two T4s share the four pictures of the preset `style`; a run that has begun keeps what it had."""
    configs = []
    found = ["cpu:0", *(f"gpu:{number}" for number in range(gpus))]
    monkeypatch.setattr(live.keras.distribution, "list_devices", lambda: found)
    monkeypatch.setattr(live, "train", lambda config, observers: configs.append(config) or Training(0, 4, 9))
    places = {"data": tmp_path / "data", "run": tmp_path / "run", "preset": "smoke", "backup": tmp_path / "drive"}
    train_live(**places, batch=batch)
    train_live(**places, batch=4, devices=4)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text(configs[0].to_json())
    train_live(**places, batch=batch)
    assert [config.devices for config in configs] == [devices, 4, devices]
