"""A backup holds one run: whatever is trained, lost, fetched and copied, no run gets another's rows."""

import json
import shutil
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.conftest import make_pictures
from tf_cyclegan.errors import UserError
from tf_cyclegan.run import checkpoint
from tf_cyclegan.run.backup import back_up, check_owner, fetch_backup, sizes
from tf_cyclegan.run.checkpoint import Checkpoints
from tf_cyclegan.run.held import held
from tf_cyclegan.run.presets import config_for
from tf_cyclegan.run.steps_table import read_rows
from tf_cyclegan.run.storage import NumpyStorage
from tf_cyclegan.train.devices import Devices
from tf_cyclegan.train.opened import fetch_run
from tf_cyclegan.train.progress import LossLog
from tf_cyclegan.train.settled import settle

DRIVE_NAMES = ("{} (1)", "Copy of {}", "{}.tmp", ".{}", "{} (2).json", "{}.json.tmp")


def train_little(data, run, backup, steps, *, origin, **chosen):
    """What `train` does, with a state of two numbers: steps done, and a number of the run's own, from its first step.

    The losses of every step are that number too.
    """
    config = config_for(str(data), str(run), "smoke", backup=str(backup) if backup else None, **chosen)
    with held(run):
        settled = settle(config, Devices())
        state = [keras.Variable(0, dtype="int32"), keras.Variable(origin, dtype="int32")]
        checkpoints = Checkpoints(run, state, backup)
        try:
            if backup:
                fetch_backup(run, backup)
            start = checkpoints.restore()
            settled.write(start)
            assert int(state[0]) == start
            log = LossLog(run / "losses.csv", ["own"], start)
            for step in range(start + 1, start + steps + 1):
                log.after_step(step, {"own": float(state[1])})
                state[0].assign(step)
            log.before_save()
            checkpoints.save(start + steps)
            log.after_step(start + steps + 1, {"own": float(state[1])})  # Not saved: as of a run that is killed now.
            log.close()
        finally:
            checkpoints.close()


def own_numbers(folder):
    rows = read_rows(folder / "losses.csv")
    assert [int(row["step"]) for row in rows] == list(range(1, len(rows) + 1))
    return {float(row["own"]) for row in rows}


def without_identity(folder):
    """As a run of an older version, which had none."""
    path = folder / "config.json"
    facts = json.loads(path.read_text())
    facts.pop("identity", None)
    path.write_text(json.dumps(facts))


class Runs(RuleBasedStateMachine):
    """Three runs, two of them with the same settings, and two backup folders."""

    runs = st.sampled_from(["a", "b", "twin of a"])
    backups = st.sampled_from([None, "first drive", "second drive"])

    @initialize()
    def begin(self):
        self.place = Path(tempfile.mkdtemp())
        self.data = self.place / "data"
        for seed, name in enumerate(("trainA", "trainB")):
            make_pictures(self.data / name, 4, seed=10 * seed)
        self.owners = {}  # Folder of a run -> the number of whom it was last.
        self.started = 0
        self.before = checkpoint.open_storage
        checkpoint.open_storage = NumpyStorage

    def teardown(self):
        checkpoint.open_storage = self.before
        shutil.rmtree(self.place)

    @rule(name=runs, backup=backups, steps=st.integers(1, 3))
    def train(self, name, backup, steps):
        run, folder = self.place / name, self.place / backup if backup else None
        self.started += 1
        try:
            chosen = {"origin": self.started, "seed": 7 if name == "b" else 0}
            train_little(self.data, run, folder, steps, **chosen)
        except UserError as error:
            assert "is the backup of another run" in str(error)
            assert run.exists() is (name in self.owners), "what is refused leaves no folder"
            return
        (owner,) = own_numbers(run)
        assert owner == self.owners.setdefault(name, owner), "a run became another"

    @rule(name=runs, backup=backups)
    def fetch(self, name, backup):
        if not backup or name not in self.owners:  # A folder that is not there becomes whatever it is asked to.
            return
        run = self.place / name
        try:
            fetched = fetch_backup(run, self.place / backup)
        except UserError as error:
            assert "is the backup of another run" in str(error)
            return
        if fetched:
            (owner,) = own_numbers(run)
            assert owner == self.owners.setdefault(name, owner), "a run became another"

    @rule(name=runs)
    def lose_the_folder(self, name):
        shutil.rmtree(self.place / name, ignore_errors=True)
        self.owners.pop(name, None)

    @rule(name=runs)
    def forget_identity(self, name):
        if (self.place / name).exists():
            without_identity(self.place / name)

    @rule(chance=st.randoms(use_true_random=False), form=st.sampled_from(DRIVE_NAMES))
    def copy_as_drive_does(self, chance, form):
        every = [p for p in sorted(self.place.rglob("*")) if "ckpt-" in p.name and self.data not in p.parents]
        if every:
            path = chance.choice(every)
            copy = path.with_name(form.format(path.name))
            if not copy.exists():
                (shutil.copytree if path.is_dir() else shutil.copy)(path, copy)

    @invariant()
    def every_table_is_of_one_run(self):
        for path in self.place.rglob("losses.csv"):
            assert len(own_numbers(path.parent)) <= 1, path


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=60, stateful_step_count=14, deadline=None)


@pytest.fixture
def place(tmp_path, prepared, monkeypatch):
    """Two runs of three steps, `a` with a backup and `b` without."""
    monkeypatch.setattr(checkpoint, "open_storage", NumpyStorage)
    train_little(prepared, tmp_path / "a", tmp_path / "drive", 3, origin=1)
    train_little(prepared, tmp_path / "b", None, 3, origin=2)
    return tmp_path


def test_a_run_is_found_again_in_its_backup(place, prepared):
    shutil.rmtree(place / "a")
    train_little(prepared, place / "a", place / "drive", 2, origin=3)
    assert own_numbers(place / "a") == {1}
    assert len(read_rows(place / "a" / "losses.csv")) == 6


def test_older_runs_with_the_same_settings_are_told_apart_by_their_losses(place):
    for folder in (place / "a", place / "b", place / "drive" / "ckpt-3"):
        without_identity(folder)
    check_owner(place / "drive", place / "a")
    with pytest.raises(UserError, match=r"another run .its losses are others from step 1 on"):
        check_owner(place / "drive", place / "b")


def test_a_run_that_started_at_the_same_time_does_not_overwrite_the_copies(place, prepared, monkeypatch):
    """Both found the backup empty when they started."""
    monkeypatch.setattr("tf_cyclegan.train.settled.check_owner", lambda *_: None)
    monkeypatch.setattr("tests.run.test_backup.fetch_backup", lambda *_: 0)
    with pytest.raises(UserError, match="drive: is the backup of another run"):
        train_little(prepared, place / "b", place / "drive", 4, origin=2)
    assert [path.name for path in (place / "drive").iterdir()] == ["ckpt-3"]
    assert own_numbers(place / "drive" / "ckpt-3") == {1}


def test_another_run_s_backup_is_refused_when_a_run_is_fetched_for_evaluation(place):
    before = {p: p.read_bytes() for p in place.rglob("*") if p.is_file()}
    with pytest.raises(UserError, match="is the backup of another run"):
        fetch_run(place / "b", place / "drive")
    assert {p: p.read_bytes() for p in place.rglob("*") if p.is_file()} == before


def test_a_copy_brings_nothing_but_what_belongs_to_it(place):
    copy = place / "drive" / "ckpt-3"
    (copy / "losses (1).csv").write_text("another's")
    (copy / "notes.txt").write_text("mine")
    fetch_backup(place / "new", place / "drive")
    names = {path.name for path in (place / "new").iterdir()}
    assert names == {"config.json", "trained_on.txt", "losses.csv", "checkpoints"}


def test_a_damaged_newest_checkpoint_is_fetched_again(place):
    data = place / "a" / "checkpoints" / "ckpt-3.npz"
    whole = data.read_bytes()
    data.write_bytes(whole[:-9])
    assert fetch_backup(place / "a", place / "drive") == 3
    assert data.read_bytes() == whole


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("something else")])
def test_whatever_goes_wrong_with_a_backup_is_reported(place, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(checkpoint, "back_up", fail)
    checkpoints = Checkpoints(place / "a", [keras.Variable(np.zeros(3))], place / "drive")
    checkpoints.save(9)
    checkpoints.check(wait=True)
    checkpoints._copied.result()
    assert checkpoints.trouble.startswith(f"backup to {place / 'drive'} failed (")
    with pytest.warns(UserWarning, match=r"failed \(.*\); the newest checkpoint is only in .*a$"):
        checkpoints.close()


def test_a_backup_that_is_back_at_the_end_gets_the_last_checkpoint(place, monkeypatch):
    work, calls = back_up, []

    def fail_once(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise OSError("the drive is gone")
        work(*arguments)

    monkeypatch.setattr(checkpoint, "back_up", fail_once)
    checkpoints = Checkpoints(place / "a", [keras.Variable(np.zeros(3))], place / "drive")
    checkpoints.save(9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checkpoints.close()
    assert (place / "drive" / "ckpt-9" / "ckpt-9.json").exists()


def test_what_a_copy_needs_is_measured_when_the_checkpoint_is_taken(place):
    found = sizes(place / "a")
    with (place / "a" / "losses.csv").open("a") as file:
        file.write("5,1.0\r\n")
    back_up(place / "a", place / "other drive", 3, found)
    assert (place / "other drive" / "ckpt-3" / "losses.csv").stat().st_size == found["losses.csv"]
