import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tf_cyclegan.backend import BACKENDS, check_backend, start_keras
from tf_cyclegan.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
STATE = """
from tf_cyclegan.cli.guard import guarded
def state():
    {start}
    import keras
    from keras import config
    print(keras.backend.backend(), config.image_data_format(), config.floatx(), config.dtype_policy().name)
raise SystemExit(guarded(state))
"""
STARTS = {
    "command line": "from tf_cyclegan.backend import start_keras; start_keras()",
    "notebook": "import tf_cyclegan.networks.build",
}


def started(start, home, **environment):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("KERAS")}
    everything = {**plain, "PYTHONPATH": str(ROOT), "KERAS_HOME": str(home), **environment}
    words = [sys.executable, "-c", STATE.format(start=start)]
    return subprocess.run(words, env=everything, capture_output=True, text=True, check=False)


def write(home, **facts):
    usual = {"floatx": "float32", "epsilon": 1e-7, "backend": "tensorflow", "image_data_format": "channels_last"}
    (home / "keras.json").write_text(json.dumps({**usual, **facts}))


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("facts", [{"image_data_format": "channels_first"}, {"floatx": "float16"}], ids=str)
def test_settings_of_another_program_are_undone(start, facts, tmp_path):
    write(tmp_path, **facts)
    done = started(start, tmp_path)
    assert done.stdout.split() == ["tensorflow", "channels_last", "float32", "float32"], done.stderr


@pytest.mark.parametrize("backend", ["torch", "openvino", "numpy"])
def test_the_backend_of_another_program_is_not_taken(backend, tmp_path):
    write(tmp_path, backend=backend)
    assert started(STARTS["command line"], tmp_path).stdout.split()[0] == "tensorflow"


def test_a_backend_that_is_known_is_taken_from_the_file(tmp_path):
    pytest.importorskip("jax")
    write(tmp_path, backend="jax")
    assert started(STARTS["command line"], tmp_path).stdout.split()[0] == "jax"


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_file_that_is_damaged_is_no_backend(text, tmp_path):
    (tmp_path / "keras.json").write_text(text)
    done = started(STARTS["command line"], tmp_path)
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("tensorflow") or done.returncode == 2


def test_a_file_that_keras_refuses_is_named(tmp_path):
    write(tmp_path, floatx="bfloat16")
    done = started(STARTS["command line"], tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: Keras does not start (Invalid `floatx` configuration.")
    assert str(tmp_path / "keras.json") in done.stderr


@pytest.mark.parametrize("backend", ["torch", "Torch", "none"])
def test_another_backend_is_one_line_that_says_what_to_set(backend, tmp_path):
    done = started(STARTS["command line"], tmp_path, KERAS_BACKEND=backend)
    assert done.returncode == 2
    known = "KERAS_BACKEND=tensorflow or KERAS_BACKEND=jax"
    assert done.stderr == f"error: Keras' backend {backend!r} is none of this program's; set {known}\n"


def test_known_backends_pass():
    for name in BACKENDS:
        check_backend(name)
    with pytest.raises(UserError, match="'torch'"):
        check_backend("torch")


@pytest.mark.parametrize(
    ("python", "backend", "remedy"),
    [
        ((3, 13), "", 'pip install "tf-cyclegan[train]"'),
        ((3, 14), "", "TensorFlow has none for Python 3.14 yet"),
        ((3, 14), "jax", 'pip install "tf-cyclegan[jax]"'),
    ],
)
def test_a_missing_package_is_one_line_that_says_what_to_do(python, backend, remedy, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setitem(sys.modules, "keras", None)
    monkeypatch.setattr(sys, "version_info", python)
    with pytest.raises(UserError, match=re.escape(f"(keras is missing): {remedy}")):
        start_keras()
