import builtins
import os
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from tf_cyclegan.cli.guard import describe, guarded
from tf_cyclegan.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
# Every exception of Python that can be made of a text.
EXCEPTIONS = [
    kind
    for kind in vars(builtins).values()
    if (
        isinstance(kind, type)
        and issubclass(kind, (Exception, SystemExit))
        and not issubclass(kind, (UnicodeError, BaseExceptionGroup, BrokenPipeError, Warning))
    )
    or kind is UnicodeError
]


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def raising(error):
    def command():
        raise error

    return command


def test_a_command_that_goes_well_is_status_0(capsys):
    assert guarded(lambda: print("done")) == 0
    assert capsys.readouterr() == ("done\n", "")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UserError("not\nthis"), "error: not this\n"),
        (KeyboardInterrupt(), "error: interrupted\n"),
        (BrokenPipeError(32, "Broken pipe"), "error: standard output was closed; its reader has ended\n"),
    ],
)
def test_what_is_foreseen_is_one_line_without_a_log(error, line, capsys, logs):
    assert guarded(raising(error)) == 2
    assert capsys.readouterr().err == line
    assert not list(logs.iterdir())


@pytest.mark.parametrize("kind", [*EXCEPTIONS, type("Ours", (Exception,), {})], ids=lambda kind: kind.__name__)
def test_whatever_is_raised_is_one_line_with_a_log(kind, capsys):
    assert guarded(raising(kind("some\nreason"))) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    log = Path(re.search(r"; details are in (.*\.log)$", lines[0])[1])
    text = log.read_text(encoding="utf-8")
    assert "Traceback (most recent call last)" in text
    assert kind.__name__ in text
    assert "test_guard.py" in text
    assert sys.version in text


def test_a_failure_within_a_failure_is_one_line_too(capsys):
    class OddError(Exception):
        def __str__(self):
            raise ValueError("no words")

    assert guarded(raising(OddError())) == 2
    assert capsys.readouterr().err.startswith("error: unforeseen: OddError; details are in ")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "there is not enough memory"),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 9 bytes"), "not enough memory"),
        (type("ResourceExhaustedError", (Exception,), {})("OOM when allocating"), "not enough memory"),
        (OSError(28, "No space left on device", "a/b"), "No space left on device: a/b"),
        (ModuleNotFoundError("No module", name="filelock"), 'filelock is missing): pip install "tf-cyclegan[train]"'),
        (ModuleNotFoundError("No module", name="tf_cyclegan.none"), "unforeseen: ModuleNotFoundError: No module"),
        (ZeroDivisionError("division by zero"), "unforeseen: ZeroDivisionError: division by zero"),
        (SystemExit(1), "unforeseen: SystemExit: 1"),
    ],
)
def test_the_line_says_what_it_is(error, words):
    assert words in describe(error)


def test_a_long_message_is_cut():
    assert len(describe(ValueError("long " * 1000))) < 250


def test_without_a_place_for_the_log_there_is_a_line_all_the_same(capsys, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    assert guarded(raising(ZeroDivisionError())) == 2
    line = capsys.readouterr().err
    assert line == "error: unforeseen: ZeroDivisionError; no log could be written (FileNotFoundError)\n"


def test_what_ends_a_thread_is_a_line(capsys):
    def command():
        thread = threading.Thread(target=raising(ZeroDivisionError("in a thread")))
        thread.start()
        thread.join()

    before = threading.excepthook
    assert guarded(command) == 0
    assert threading.excepthook is before
    line = capsys.readouterr().err
    assert line.startswith("warning: unforeseen: ZeroDivisionError: in a thread; details are in ")
    assert line.count("\n") == 1


def run(code, **more):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, text=True, stderr=subprocess.PIPE, **more)


def test_a_reader_that_ends_is_one_line():
    code = "import sys; from tf_cyclegan.cli.guard import guarded; sys.stdin.read();"
    code += "sys.exit(guarded(lambda: print('line\\n' * 100000)))"
    child = run(code, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.close()
    _, said = child.communicate()
    assert child.returncode == 2
    assert said == "error: standard output was closed; its reader has ended\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_behind_standard_output_is_one_line():
    with Path("/dev/full").open("w") as full:
        child = run(
            "import sys; from tf_cyclegan.cli.guard import guarded; sys.exit(guarded(lambda: print('x')))", stdout=full
        )
        _, said = child.communicate()
    assert child.returncode == 2
    assert said.startswith("error: No space left on device; ")
    assert said.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a folder that somebody is in")
def test_a_folder_that_was_deleted_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert guarded(lambda: Path("x").resolve(strict=True)) == 2
    assert capsys.readouterr().err.startswith("error: the current folder was deleted; change to another one")
