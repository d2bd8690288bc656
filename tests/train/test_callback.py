import csv
import os
import signal
from types import SimpleNamespace

import keras
import pytest
import tensorflow as tf
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.train import average as average_module
from tf_cyclegan.train import progress, saver
from tf_cyclegan.train.average import EVERY, Average, MovingAverage
from tf_cyclegan.train.progress import LossLog, Progress, TensorBoard
from tf_cyclegan.train.samples import Samples
from tf_cyclegan.train.saver import Saver, stop_on_signals


class Clock:
    """Stands in for the module `time`."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    monkeypatch.setattr(saver, "time", clock)
    return clock


def take_steps(callback, count, logs=None):
    for batch in range(count):
        callback.on_train_batch_end(batch, logs)


def write_losses(path, steps):
    path.write_text("step,a,b\n" + "".join(f"{i},{i}.5,0.25\n" for i in range(1, steps + 1)), encoding="utf-8")
    return path


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_losses_of_every_step_are_written_exactly(tmp_path):
    log = LossLog(tmp_path / "losses.csv", ["a", "b"], 0)
    take_steps(log, 2, {"a": 0.1, "b": 1e-9, "loss": 3.0})
    log.close()
    assert read(tmp_path / "losses.csv") == [["step", "a", "b"], ["1", "0.1", "1e-09"], ["2", "0.1", "1e-09"]]


def test_losses_are_cut_back_to_the_restored_step(tmp_path):
    path = write_losses(tmp_path / "losses.csv", 9)
    log = LossLog(path, ["a", "b"], 6)
    take_steps(log, 1, {"a": 0.0, "b": 0.0})
    log.close()
    assert [row[0] for row in read(path)] == ["step", "1", "2", "3", "4", "5", "6", "7"]
    assert read(path)[3] == ["3", "3.5", "0.25"]
    assert [p.name for p in tmp_path.iterdir()] == ["losses.csv"]


def test_a_line_that_was_cut_off_does_not_stay(tmp_path):
    path = write_losses(tmp_path / "losses.csv", 3)
    path.write_text(path.read_text()[:-6])
    LossLog(path, ["a", "b"], 2).close()
    assert [row[0] for row in read(path)] == ["step", "1", "2"]


def test_losses_of_earlier_sessions_are_on_the_disk_from_the_start(tmp_path):
    """A machine that is taken away at once must not cost them."""
    path = write_losses(tmp_path / "losses.csv", 5)
    log = LossLog(path, ["a", "b"], 5)
    assert len(read(path)) == 6
    log.close()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_a_loss_that_is_not_finite_ends_the_run(tmp_path, bad):
    log = LossLog(tmp_path / "losses.csv", ["a", "b"], 10)
    with pytest.raises(UserError, match="step 11: b is not finite; the last checkpoint is still good"):
        take_steps(log, 1, {"a": 1.0, "b": bad})
    log.close()
    assert len(read(tmp_path / "losses.csv")) == 1


def test_a_loss_that_is_not_finite_leaves_fit_as_a_user_error(tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse", run_eagerly=True)
    log = LossLog(tmp_path / "losses.csv", ["loss"], 0)
    data = tf.data.Dataset.from_tensors((tf.ones((1, 1)), tf.fill((1, 1), float("nan"))))
    with pytest.raises(UserError, match="not finite"):
        model.fit(data, callbacks=[log], shuffle=False, verbose=0)
    log.close()


def test_progress_counts_over_the_whole_run(capsys):
    bar = Progress(4, 10)
    take_steps(bar, 3, {"adversarial_g": 0.5, "adversarial_f": 0.25, "cycle_x": 1.0, "discriminator_x": 2.0})
    bar._bar.refresh()
    bar.close()
    shown = capsys.readouterr().err
    assert "7/10" in shown
    assert "G 0.75" in shown
    assert "D 2.00" in shown
    assert "same" not in shown, "a term without weight"


def test_every_term_of_the_loss_is_on_the_progress_line(capsys):
    kinds = ("adversarial", "discriminator", "cycle", "identity", "edges", "new_term")
    logs = dict.fromkeys(("loss", *(f"{kind}_{domain}" for kind in kinds for domain in "xy")), 0.25)
    bar = Progress(0, 10)
    take_steps(bar, 1, logs)
    bar._bar.refresh()
    bar.close()
    shown = capsys.readouterr().err
    for kind in kinds:
        terms = sum(name.startswith(kind) for name in logs)
        assert f"{progress._SHORT.get(kind, kind)} {terms * 0.25:.2f}" in shown
    assert "loss" not in shown, "the sum of all"


def test_a_terminal_that_was_closed_does_not_end_the_run():
    bar = Progress(0, 10)

    def gone(*_, **__):
        raise OSError(5, "Input/output error")

    bar._bar.update = gone
    take_steps(bar, 2, {"cycle_x": 1.0})
    assert bar._bar.disable


def test_progress_says_how_many_sessions_are_to_come(clock, capsys):
    bar = Progress(0, 1000, max_minutes=10)
    for _ in range(100):
        clock.now += 3.0
        take_steps(bar, 1, {"cycle_x": 1.0})
    bar._bar.refresh()
    bar.close()
    # 1,000 steps of 3 s are 50 minutes, of which 10 are this session's.
    assert "4 more sessions of 10 min" in capsys.readouterr().err


def test_trouble_with_the_backup_stands_on_the_progress_line(capsys):
    bar = Progress(0, 10, trouble=lambda: "backup to drive failed")
    take_steps(bar, 1, {"cycle_x": 1.0})
    bar._bar.refresh()
    bar.close()
    assert "backup to drive failed" in capsys.readouterr().err


def test_the_average_is_updated_every_so_many_steps_of_the_whole_run_from_weights_that_are_synced(monkeypatch):
    happened = []
    monkeypatch.setattr(average_module, "sync", lambda model: happened.append("synced"))
    average = MovingAverage({}, 0.9)
    average._update = lambda decay: happened.append("updated")
    callback = Average(EVERY - 3, average)
    callback.set_model(None)
    take_steps(callback, EVERY + 3)
    assert happened == ["synced", "updated"] * 2
    callback.after_step(EVERY + 1, {})
    assert len(happened) == 4


def test_samples_are_drawn_every_so_many_steps_and_after_the_last(tmp_path):
    grid = SimpleNamespace(draw=lambda *generators: Image.new("RGB", (8, 8)))
    samples = Samples(3, tmp_path / "samples", grid, [None, None], every=5, stop=12)
    take_steps(samples, 9)
    names = sorted(p.name for p in (tmp_path / "samples").iterdir())
    assert names == [f"step_{step:07d}.png" for step in (5, 10, 12)]


def test_tensorboard_counts_over_the_whole_run(tmp_path):
    board = TensorBoard(39, tmp_path, every=20)
    board.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.5)))
    take_steps(board, 2, {"cycle_x": 1.5})
    board.close()
    (file,) = tmp_path.iterdir()
    found = {
        (event.step, value.tag): float(tf.make_ndarray(value.tensor))
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
    }
    assert found == {(40, "cycle_x"): 1.5, (40, "learning_rate"): 0.5}


def new_saver(saved, *, start=0, save_minutes=10.0, max_minutes=0.0, asked=lambda: False, every=0, check=lambda: None):
    clock = saver.Clock(save_minutes, max_minutes)
    found = Saver(start, saved.append, clock, lambda _: clock.is_over() or asked(), every=every, check=check)
    found.set_model(SimpleNamespace(stop_training=False))
    return found


def test_a_checkpoint_is_written_by_count_too():
    saved = []
    take_steps(new_saver(saved, start=4, every=3), 8)
    assert saved == [6, 9, 12]


def test_a_save_that_went_wrong_ends_the_run():
    def check():
        raise UserError("no space")

    with pytest.raises(UserError, match="no space"):
        take_steps(new_saver([], check=check), 1)


def test_a_checkpoint_is_written_by_the_clock(clock):
    saved = []
    saver = new_saver(saved, save_minutes=2)
    for step in range(1, 11):
        clock.now = 50.0 * step
        take_steps(saver, 1)
    assert saved == [3, 6, 9]
    assert not saver.model.stop_training


def test_the_interval_counts_from_the_end_of_a_slow_save(clock):
    saved = []

    def save_slowly(step):
        saved.append(step)
        clock.now += 100

    saver = new_saver(saved, save_minutes=1)
    saver._save = save_slowly
    for _ in range(4):
        clock.now += 40
        take_steps(saver, 1)
    assert saved == [2, 4]


def test_the_time_of_a_session_ends_it_after_the_step(clock):
    saver = new_saver([], max_minutes=1)
    clock.now = 59.0
    take_steps(saver, 1)
    assert not saver.model.stop_training
    clock.now = 60.0
    take_steps(saver, 1)
    assert saver.model.stop_training
    assert saver.step == 2


def test_a_tiny_time_still_does_one_step():
    saver = new_saver([], start=5, max_minutes=1e-9)
    take_steps(saver, 1)
    assert saver.model.stop_training
    assert saver.step == 6


def test_no_limit_means_no_end(clock):
    saver = new_saver([], save_minutes=1e9)
    clock.now = 1e9
    take_steps(saver, 1)
    assert not saver.model.stop_training


def test_somebody_who_asks_ends_the_session(clock):
    saver = new_saver([], asked=lambda: True)
    take_steps(saver, 1)
    assert saver.model.stop_training


@pytest.mark.parametrize("number", saver._SIGNALS)
def test_a_signal_is_remembered_and_the_handlers_come_back(number):
    before = [signal.getsignal(n) for n in saver._SIGNALS]
    with stop_on_signals() as asked:
        assert not asked()
        os.kill(os.getpid(), number)
        assert asked()
    assert [signal.getsignal(n) for n in saver._SIGNALS] == before


def test_what_the_process_was_started_to_ignore_stays_ignored():
    """As by nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_on_signals() as asked:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not asked()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_asked_twice_by_keyboard_it_stops_now():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), stop_on_signals():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_run_keeps_the_order_of_its_columns(tmp_path):
    path = tmp_path / "losses.csv"
    path.write_text("step,a,b\n1,0.5,0.25\n")
    log = LossLog(path, ["b", "a"], 1)
    take_steps(log, 1, {"a": 1.0, "b": 2.0})
    log.close()
    assert path.read_text().splitlines() == ["step,a,b", "1,0.5,0.25", "2,1.0,2.0"]
