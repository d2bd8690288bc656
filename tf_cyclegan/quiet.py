"""Keeps native libraries' start-up messages away from the terminal."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_start() -> Iterator[None]:
    """What is written to file descriptor 2 within the body is dropped; if the body raises, it is shown after all.

    TensorFlow's libraries log there while they are imported, before any of their settings could stop them, and would
    bury the one line that says what is wrong.
    """
    if sys.stderr is None:  # As under pythonw: there is no terminal to keep quiet.
        yield
        return
    sys.stderr.flush()
    try:
        messages = tempfile.TemporaryFile()  # noqa: SIM115 (closed below)
        terminal = os.dup(2)
    except OSError:  # No folder can be written, as in some containers; or there is no terminal to keep quiet.
        yield
        return
    with messages:
        os.dup2(messages.fileno(), 2)
        try:
            yield
        except BaseException:
            messages.seek(0)
            os.write(terminal, messages.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
