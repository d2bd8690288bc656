import os

import pytest

from tf_cyclegan.quiet import quiet_start


def test_what_native_code_writes_is_dropped(capfd):
    with quiet_start():
        os.write(2, b"start-up message\n")
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"


def test_what_was_written_before_a_failure_is_shown(capfd):
    with pytest.raises(ImportError), quiet_start():
        os.write(2, b"reason\n")
        raise ImportError
    assert capfd.readouterr().err == "reason\n"


def test_where_nothing_can_be_held_back_it_is_shown(capfd, monkeypatch):
    def fail():
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr("tempfile.TemporaryFile", fail)
    with quiet_start():
        os.write(2, b"message\n")
    assert capfd.readouterr().err == "message\n"
