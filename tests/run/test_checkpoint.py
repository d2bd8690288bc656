import json
import shutil
import threading
import time

import keras
import numpy as np
import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.run import checkpoint, storage
from tf_cyclegan.run.backup import KEPT, fetch_backup
from tf_cyclegan.run.checkpoint import Checkpoints


def variables(value: float, size: int = 50) -> list[keras.Variable]:
    return [
        keras.Variable(np.full((size,), value, np.float32), name="weight"),
        keras.Variable(int(value), name="count"),
    ]


def values(state) -> list[float]:
    return [float(np.max(np.asarray(v))) for v in state]


@pytest.fixture(params=["tensorflow", "numpy"])
def run(tmp_path, request, monkeypatch):
    """A run with checkpoints of steps 3 and 7, whose variables hold 3 and 7, in both formats."""
    if request.param == "numpy":
        monkeypatch.setattr(checkpoint, "open_storage", storage.NumpyStorage)
    folder = tmp_path / "run"
    save_steps(folder, [3, 7])
    return folder


def save_steps(run, steps, backup=None):
    """Checkpoints of `steps`, whose variables hold the step's number; each is backed up before the next is written."""
    run.mkdir(exist_ok=True)
    state = variables(steps[0])
    checkpoints = Checkpoints(run, state, backup)
    for step in steps:
        state[0].assign(np.full(state[0].shape, step, np.float32))
        state[1].assign(step)
        (run / "losses.csv").write_text(f"step\n{step}\n")
        (run / "config.json").write_text("{}")
        checkpoints.save(step)
        wait_for_backup(checkpoints)
    checkpoints.close()


def wait_for_backup(checkpoints):
    checkpoints.check(wait=True)
    if checkpoints._copied:
        checkpoints._copied.result()


def restored(run):
    """Step and values that a continued run would get."""
    state = variables(0)
    step = Checkpoints(run, state).restore()
    return step, values(state)


def newest_data(run, step=7):
    """The file that holds the arrays of a checkpoint."""
    return next(p for p in (run / "checkpoints").glob(f"ckpt-{step}.*") if p.suffix not in (".json", ".index"))


def damage(path, share=0.5):
    """Cuts a file off, as a full disk or a vanished mount leaves it."""
    data = path.read_bytes()
    path.write_bytes(data[: int(share * (len(data) - 1))])


def test_a_new_run_starts_at_step_0(tmp_path):
    assert Checkpoints(tmp_path / "none", variables(1)).restore() == 0


def test_the_newest_checkpoint_is_restored(run):
    assert restored(run) == (7, [7, 7])


def test_only_the_last_ones_are_kept(tmp_path):
    save_steps(tmp_path / "run", [1, 2, 3, 4, 5])
    manifests = sorted(p.name for p in (tmp_path / "run" / "checkpoints").glob("*.json"))
    assert manifests == ["ckpt-4.json", "ckpt-5.json"]
    assert KEPT == 2
    assert not list((tmp_path / "run" / "checkpoints").glob("ckpt-3.*"))


def test_the_folder_may_move(run, tmp_path):
    shutil.move(run, tmp_path / "elsewhere")
    assert restored(tmp_path / "elsewhere") == (7, [7, 7])


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_damaged_one_is_named_and_set_aside_and_the_one_before_is_used(run, share):
    damage(newest_data(run), share)
    with pytest.warns(UserWarning, match=r"ckpt-7: ckpt-7\..* is damaged; set aside"):
        assert restored(run) == (3, [3, 3])
    assert not list((run / "checkpoints").glob("ckpt-7.*"))
    assert list((run / "checkpoints").glob("damaged-ckpt-7.*"))


def test_a_missing_file_is_damage_too(run):
    newest_data(run).unlink()
    with pytest.warns(UserWarning, match="is missing"):
        assert restored(run) == (3, [3, 3])


def test_a_changed_byte_is_damage_too(run):
    file = newest_data(run)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.warns(UserWarning, match="is damaged"):
        assert restored(run) == (3, [3, 3])


@pytest.mark.parametrize("content", ["", "[]", '{"../x": "0"}', '{"ckpt-7.json": 1}'])
def test_a_damaged_manifest_is_damage_too(run, content):
    (run / "checkpoints" / "ckpt-7.json").write_text(content)
    with pytest.warns(UserWarning, match="set aside"):
        assert restored(run) == (3, [3, 3])


def test_a_save_that_was_cut_off_does_not_count(run):
    """The manifest comes last: without it, the files next to it are of a save that was killed."""
    (run / "checkpoints" / "ckpt-7.json").unlink()
    assert restored(run) == (3, [3, 3])


def test_what_a_cut_off_save_left_is_removed_by_the_next(run):
    (run / "checkpoints" / "ckpt-7.json").unlink()
    temporary = run / "checkpoints" / "ckpt-8_temp"  # TensorFlow's own.
    temporary.mkdir()
    (temporary / "part-00000-of-00001").write_bytes(b"half")
    state = variables(9)
    checkpoints = Checkpoints(run, state)
    checkpoints.save(9)
    checkpoints.close()
    assert not list((run / "checkpoints").glob("ckpt-7.*"))
    assert not temporary.exists()
    assert restored(run) == (9, [9, 9])


def test_where_all_are_damaged_it_is_reported_every_time(run):
    damage(newest_data(run, 3))
    damage(newest_data(run, 7))
    with pytest.warns(UserWarning, match="set aside"), pytest.raises(UserError, match="no checkpoint can be used"):
        restored(run)
    with pytest.raises(UserError, match="no checkpoint can be used; remove the folder to start the run anew"):
        restored(run)


def test_what_changes_while_it_is_written_is_not_in_it(run, monkeypatch):
    state = variables(20)
    checkpoints = Checkpoints(run, state)
    go = threading.Event()
    write = checkpoints._storage.write
    monkeypatch.setattr(checkpoints._storage, "write", lambda *args: go.wait(10) and write(*args))
    checkpoints.save(20)
    state[0].assign(state[0] + 5)
    go.set()
    checkpoints.close()
    assert restored(run) == (20, [20, 20])


def test_a_place_that_cannot_be_written_is_reported(run):
    checkpoints = Checkpoints(run, variables(0))
    shutil.rmtree(run / "checkpoints")
    (run / "checkpoints").write_text("a file where the folder was")
    checkpoints.save(9)
    with pytest.raises(UserError, match="could not be written"):
        checkpoints.check(wait=True)


def test_a_second_optimizer_of_the_same_process_restores_what_the_first_saved(tmp_path):
    """As in a notebook: Keras counts names up (adam, adam_1), but the variables are the same."""

    def state():
        weight = keras.Variable(np.zeros(3, np.float32), name="weight")
        optimizer = keras.optimizers.Adam()
        optimizer.build([weight])
        return [weight, *optimizer.variables]

    first, second = state(), state()
    first[0].assign([1, 2, 3])
    checkpoints = Checkpoints(tmp_path, first)
    checkpoints.save(5)
    checkpoints.close()
    assert Checkpoints(tmp_path, second).restore() == 5
    np.testing.assert_array_equal(np.asarray(second[0]), [1, 2, 3])


def test_the_last_ones_are_backed_up_with_config_and_losses(tmp_path):
    save_steps(tmp_path / "run", [3, 7, 9], backup=tmp_path / "drive")
    assert sorted(p.name for p in (tmp_path / "drive").iterdir()) == ["ckpt-7", "ckpt-9"]
    copy = tmp_path / "drive" / "ckpt-9"
    assert (copy / "losses.csv").read_text() == "step\n9\n"
    assert (copy / "config.json").exists()
    assert set(json.loads((copy / "ckpt-9.json").read_text())) < {p.name for p in copy.iterdir()}


def test_a_new_machine_finds_everything_in_the_backup(tmp_path):
    save_steps(tmp_path / "run", [3, 7], backup=tmp_path / "drive")
    assert fetch_backup(tmp_path / "new", tmp_path / "drive") == 7
    assert restored(tmp_path / "new") == (7, [7, 7])
    assert (tmp_path / "new" / "losses.csv").read_text() == "step\n7\n"


def test_a_damaged_backup_is_named_and_the_one_before_is_used(tmp_path):
    save_steps(tmp_path / "run", [3, 7], backup=tmp_path / "drive")
    damage(tmp_path / "drive" / "ckpt-7" / "ckpt-7.index")
    with pytest.warns(UserWarning, match=r"drive/ckpt-7: ckpt-7\.index is damaged"):
        assert fetch_backup(tmp_path / "new", tmp_path / "drive") == 3
    assert restored(tmp_path / "new") == (3, [3, 3])


def test_a_backup_that_is_no_newer_is_left_alone(tmp_path):
    save_steps(tmp_path / "run", [3, 7], backup=tmp_path / "drive")
    assert fetch_backup(tmp_path / "run", tmp_path / "drive") == 0
    assert fetch_backup(tmp_path / "run", tmp_path / "nothing") == 0


def test_a_half_copied_backup_does_not_count(tmp_path):
    save_steps(tmp_path / "run", [3], backup=tmp_path / "drive")
    (tmp_path / "drive" / ".partial-9").mkdir()
    assert fetch_backup(tmp_path / "new", tmp_path / "drive") == 3


def test_a_backup_folder_that_vanishes_is_trouble_and_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "RETRY_SECONDS", 0.0)
    drive = tmp_path / "drive"
    drive.write_text("a file where the mount was")
    run = tmp_path / "run"
    run.mkdir()
    checkpoints = Checkpoints(run, variables(5), drive)
    checkpoints.save(5)
    wait_for_backup(checkpoints)
    assert "backup to" in checkpoints.trouble
    drive.unlink()
    time.sleep(0.01)
    checkpoints.check()
    wait_for_backup(checkpoints)
    assert checkpoints.trouble == ""
    checkpoints.close()
    assert (drive / "ckpt-5" / "ckpt-5.json").exists()


@pytest.mark.parametrize("back", [True, False])
def test_at_the_end_a_failed_backup_is_tried_again_and_else_it_says_where_the_newest_is(back, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "RETRY_SECONDS", 0.0)
    run, drive = tmp_path / "run", tmp_path / "drive"
    run.mkdir()
    drive.write_text("a file where the mount was")
    checkpoints = Checkpoints(run, variables(5), drive)
    checkpoints.save(5)
    wait_for_backup(checkpoints)
    if back:
        drive.unlink()
        checkpoints.close()
        assert (drive / "ckpt-5" / "ckpt-5.json").exists()
        return
    with pytest.warns(UserWarning, match=rf"backup to {drive} failed \(.*\); the newest checkpoint is only in"):
        checkpoints.close()
