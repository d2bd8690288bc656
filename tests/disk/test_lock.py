import errno
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tf_cyclegan.disk import lock
from tf_cyclegan.disk.lock import locked
from tf_cyclegan.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
HOLD = "import sys, time; from pathlib import Path; from tf_cyclegan.disk.lock import locked\n"
HOLD += "with locked(Path(sys.argv[1]), 'held'): print('in', flush=True); time.sleep(60)"


@pytest.fixture
def no_locks(monkeypatch):
    """A file system that has none, as some network drives."""
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(lock, "LEASE_SECONDS", 0.3)


def test_one_holds_it_at_a_time_and_it_leaves_nothing(tmp_path):
    with locked(tmp_path / "lock", "held by another"):
        with pytest.raises(UserError, match=r"^held by another$"), locked(tmp_path / "lock", "held by another"):
            pass
        assert (tmp_path / "lock").exists(), "the one who was refused does not remove it"
    assert not list(tmp_path.iterdir())
    with pytest.raises(KeyError), locked(tmp_path / "lock", ""):
        raise KeyError
    assert not list(tmp_path.iterdir())


def test_a_process_that_is_killed_lets_go_of_it(tmp_path):
    words = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"in\n"
        with pytest.raises(UserError, match="held"), locked(tmp_path / "lock", "held"):
            pass
        child.kill()
    assert (tmp_path / "lock").exists(), "nobody could remove it"
    with locked(tmp_path / "lock", "held"):
        pass


def test_a_file_system_without_locks_gets_a_lease(tmp_path, no_locks):
    with locked(tmp_path / "lock", "held"):
        time.sleep(0.5)  # Longer than the lease: it is renewed.
        with pytest.raises(UserError, match="held"), locked(tmp_path / "lock", "held"):
            pass
    assert not list(tmp_path.iterdir())


def test_a_lease_of_a_machine_that_is_gone_does_not_block_for_ever(tmp_path, no_locks):
    facts = {"mode": "lease", "pid": 77, "host": "a machine that is gone", "token": "abc", "duration": 0.3, "start": 5}
    text = "filelock/2\n" + "".join(f"{name}={value}\n" for name, value in facts.items())
    (tmp_path / "lock.lease").write_text(text)
    with locked(tmp_path / "lock", "held"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_reported(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot be written"), locked(tmp_path / "file" / "lock", "held"):
        pass
