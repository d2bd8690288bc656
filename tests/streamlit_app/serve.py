"""The page as `streamlit run` serves it, in a process that a test can ask what it still holds of its visitors.

`python serve.py PAGE PORT COUNTS [OPTION=NUMBER …]`; on SIGUSR1 the numbers are written to the file COUNTS as JSON.
TEST_STYLES in the environment names a folder of styles instead of the page's own.
"""

import gc
import json
import os
import signal
import sys
from pathlib import Path

from streamlit import config
from streamlit.runtime import Runtime
from streamlit.web import bootstrap


def count(*_: object) -> None:
    runtime = Runtime.instance()
    runtime._session_mgr._session_storage.list()
    gc.collect()
    kinds = [type(thing).__name__ for thing in gc.get_objects()]
    facts = {
        "uploads": sum(len(files) for files in runtime.uploaded_file_mgr.file_storage.values()),
        "paintings": kinds.count("Painting"),
        "runs": count_runs(),
    }
    COUNTS.with_suffix(".partial").write_text(json.dumps(facts), encoding="utf-8")
    COUNTS.with_suffix(".partial").replace(COUNTS)


def count_runs() -> int:
    """How often a network has run since this was asked for the first time."""
    from tf_cyclegan.stylize.stylizer import Stylizer

    if not hasattr(Stylizer, "calls"):
        run, Stylizer.calls = Stylizer.run, []
        Stylizer.run = lambda self, *args, **more: Stylizer.calls.append(1) or run(self, *args, **more)
    return len(Stylizer.calls)


def use_styles(folder: str) -> None:
    sys.path.insert(0, str(Path(PAGE).resolve().parents[1]))
    from tf_cyclegan.stylize import style

    style.STYLE_FOLDERS = (Path(folder),)


PAGE, PORT, COUNTS = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
if __name__ == "__main__":
    options = {"server.port": PORT, "server.headless": True, "server.address": "127.0.0.1"}
    options |= {name: int(value) for name, _, value in (option.partition("=") for option in sys.argv[4:])}
    options = {name.replace(".", "_"): value for name, value in options.items()}
    config._main_script_path = str(Path(PAGE).resolve())
    bootstrap.load_config_options(options)
    if os.environ.get("TEST_STYLES"):
        use_styles(os.environ["TEST_STYLES"])
    signal.signal(signal.SIGUSR1, count)
    bootstrap.run(str(Path(PAGE).resolve()), False, [], options)
