import io
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import make_pictures
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.source import open_file
from tf_cyclegan.prepare import processes
from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.prepare.picture import as_portable
from tf_cyclegan.prepare.processes import count_processes, in_order

ROOT = Path(__file__).parents[2]


def test_one_process_takes_tasks_one_by_one():
    taken = []
    results = in_order(abs, (taken.append(i) or i for i in range(-9, 0)), 1)
    assert next(results) == 9
    assert taken == [-9]
    assert [*results] == [8, 7, 6, 5, 4, 3, 2, 1]


def test_several_processes_give_results_in_order_and_take_tasks_only_a_few_ahead():
    taken = []
    results = in_order(time.sleep, (taken.append(i) or 0.001 for i in range(100)), 2)
    next(results)
    assert len(taken) < 20
    assert [*results] == [None] * 99


def test_errors_of_users_come_through():
    with pytest.raises(UserError, match="no such file"):
        [*in_order(_fail, ["no such file"], 2)]


def _fail(message):
    raise UserError(message)


def test_a_process_that_is_ended_from_outside_is_reported():
    with pytest.raises(UserError, match="ended from outside"):
        [*in_order(os._exit, [1, 1], 2)]


def test_processes_are_started_where_they_are_worth_it(monkeypatch):
    monkeypatch.setattr(processes, "_cores", lambda: 8)
    assert [count_processes(n) for n in (0, 10, 47, 48, 1000)] == [1, 1, 1, 2, 8]
    assert count_processes(10, 3) == 3
    with pytest.raises(UserError, match="processes must be a whole number from 1"):
        count_processes(10, 0)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_the_processes_end_with_their_parent_even_if_it_is_killed():
    code = """
from itertools import chain, repeat
from tf_cyclegan.prepare.processes import in_order
if __name__ == "__main__":
    for pid in in_order(eval, chain(["__import__('os').getpid()"] * 4, repeat("1")), 2):
        print(pid, flush=True)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    workers = {int(child.stdout.readline()) for _ in range(4)} - {child.pid}
    child.kill()
    child.wait()
    child.stdout.close()
    assert workers
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() and "Z" not in _state(pid) for pid in workers):
        assert time.monotonic() < deadline, "a process outlived its parent"
        time.sleep(0.05)


SCRIPT = """
import pathlib, sys
from tf_cyclegan.prepare.dataset import prepare
from tf_cyclegan.prepare.gather.folder import read_folder
with pathlib.Path("started").open("a") as file:
    print("started", file=file)
works = read_folder("photos"), read_folder("paintings")
found = prepare(*works, "out", processes=2, size=40)
print(sorted(found.counts.items()))
"""


def test_a_script_without_a_guard_prepares_and_is_run_once(tmp_path):
    """Its processes would import it, were they told of it, and prepare the same folder anew."""
    make_pictures(tmp_path / "photos", 8)
    make_pictures(tmp_path / "paintings", 8, seed=500)
    (tmp_path / "script.py").write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "script.py"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == "[('testA', 2), ('testB', 2), ('trainA', 6), ('trainB', 6)]\n"
    assert (tmp_path / "started").read_text() == "started\n"


def test_what_a_script_defines_is_read_here_and_not_by_the_processes(monkeypatch):
    def of_a_script():
        return io.BytesIO(b"picture")

    of_a_script.__module__, of_a_script.__qualname__ = "__main__", "of_a_script"
    monkeypatch.setattr(sys.modules["__main__"], "of_a_script", of_a_script, raising=False)
    portable = as_portable(Work("a", of_a_script, "photos"))
    assert portable.open is not of_a_script
    assert portable.open().read() == b"picture"
    there = Work("a", partial(open_file, Path("a.jpg")), "photos")
    assert as_portable(there) is there


def _state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "Z"
