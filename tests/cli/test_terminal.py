import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.cli.terminal import open_streams

ROOT = Path(__file__).resolve().parents[2]
ENCODINGS = ("ascii", "cp1252", "cp1251", "cp932", "latin-1", "utf-8", "utf-16")


def written(text, encoding, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        open_streams()
        print(text, end="")
        stream.flush()
    return stream.buffer.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_text_is_written_in_every_encoding(encoding, monkeypatch):
    # Surrogates stand for bytes of a file's name that are no text.
    @settings(deadline=None)
    @given(text=st.text(st.one_of(st.characters(), st.characters(categories=["Cs"]), st.sampled_from("→×…–“”ü±"))))
    def check(text):
        found = written(text, encoding, monkeypatch)
        possible = text.encode(encoding, "ignore").decode(encoding)
        kept = iter(found)
        assert all(letter in kept for letter in possible), "a letter that the encoding has is lost"

    check()


def test_what_an_encoding_lacks_is_written_plainly(monkeypatch):
    text = "a run → 256×256 … “x” – ü 世"
    assert written(text, "ascii", monkeypatch) == 'a run -> 256x256 ... "x" - u ?'
    assert written(text, "cp1252", monkeypatch) == "a run -> 256×256 … “x” – ü ?"
    assert written(text, "utf-8", monkeypatch) == text


CLOSED = """
import os, sys
for number in {numbers}:
    os.close(number)
sys.stdin = sys.stdout = sys.stderr = None
from tf_cyclegan.cli.terminal import open_streams
open_streams()
with open(sys.argv[1], "w") as file:  # Of a number that no library writes to.
    file.write(str(file.fileno()))
    print("to standard output")
    print("to standard error", file=sys.stderr)
    os.write(2, b"from a library")
    sys.stdin.read()
"""


@pytest.mark.parametrize("numbers", [(), (1,), (2,), (1, 2), (0, 1, 2)], ids=str)
def test_closed_streams_are_nowhere(numbers, tmp_path):
    """As under pythonw, or in a shell with >&-."""
    code = CLOSED.format(numbers=numbers)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", code, str(tmp_path / "file")]
    subprocess.run(words, env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    assert int((tmp_path / "file").read_text()) > 2
