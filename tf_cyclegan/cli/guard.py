"""Turns whatever ends a command into an exit status and one line; unforeseen errors go into a log file."""

import contextlib
import os
import platform
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tf_cyclegan.errors import UserError

# How TensorFlow and JAX report a lack of memory, besides Python's MemoryError.
_NO_MEMORY = ("ResourceExhaustedError", "RESOURCE_EXHAUSTED", "Out of memory")
_SHOWN = 160


def guarded(command: Callable[[], object]) -> int:
    """Calls a command.

    Returns:
        0, or 2 after one line on standard error that says what is wrong. For an unforeseen error the line names a log
        file with the traceback.
    """
    with _threads_guarded():
        try:
            command()
            sys.stdout.flush()
        except UserError as error:
            _say(f"error: {error}")
        except KeyboardInterrupt:
            _say("error: interrupted")
        except BrokenPipeError:
            _leave_output()
            _say("error: standard output was closed; its reader has ended")
        # Whatever a library raises, SystemExit too: a traceback does not help a user.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            _say(f"error: {describe(error)}; {_report(error)}")
        else:
            return 0
    return 2


def describe(error: BaseException) -> str:
    """What an exception says, in one short line."""
    kind, text = type(error).__name__, " ".join(_text_of(error).split())
    if isinstance(error, MemoryError) or any(word in f"{kind} {text[:2000]}" for word in _NO_MEMORY):
        return "there is not enough memory; a smaller batch, crop or picture needs less"
    if isinstance(error, ModuleNotFoundError) and not _is_own(error.name):
        return f'this command needs more packages ({error.name} is missing): pip install "tf-cyclegan[train]"'
    if isinstance(error, FileNotFoundError) and _is_folder_gone():
        return "the current folder was deleted; change to another one"
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror + (f": {error.filename}" if error.filename else "")
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"unforeseen: {kind}: {shown}" if shown else f"unforeseen: {kind}"


def _is_own(module: str | None) -> bool:
    return module is None or module.partition(".")[0] in {"tf_cyclegan", "export"}


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 (whatever somebody's __str__ does)
        return ""


def _is_folder_gone() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 (a Path of it would be no question)
    except OSError:
        return True
    return False


def _report(error: BaseException) -> str:
    """Writes the log file; says where it is."""
    about = f"{sys.argv}\nPython {sys.version}\n{platform.platform()}\n\n"
    try:
        text = about + "".join(traceback.format_exception(error))
        with tempfile.NamedTemporaryFile(
            "w", prefix="tf_cyclegan-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
    except (OSError, MemoryError) as why:
        return f"no log could be written ({type(why).__name__})"
    return f"details are in {file.name}"


@contextmanager
def _threads_guarded() -> Iterator[None]:
    """An exception that ends a thread is reported in one line, too."""

    def tell(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value is not None:
            _say(f"warning: {describe(ended.exc_value)}; {_report(ended.exc_value)}")

    before = threading.excepthook
    threading.excepthook = tell
    try:
        yield
    finally:
        threading.excepthook = before


def _leave_output() -> None:
    """Python would try to write the rest when it ends."""
    with contextlib.suppress(OSError, ValueError):  # A stream that is no file has no rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(line: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # Where nobody listens, nothing can be said.
        print(line, file=sys.stderr, flush=True)
