"""The first cell of every notebook, with the real pip, an index on the loopback address, and wheels made here."""

import base64
import hashlib
import importlib.util
import io
import os
import subprocess
import sys
import threading
import tomllib
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.notebooks.cells import FOLDER, Notebook, source_of

NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
PROJECT = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Repository"]


def make_wheel(folder, version, needs=()):
    """A wheel of the package's name that says in `tf_cyclegan.VERSION` which it is."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"tf_cyclegan-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: tf-cyclegan\nVersion: {version}\nProvides-Extra: train\n"
    metadata += "".join(f"Requires-Dist: {name}\n" for name in needs)
    tag = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {"tf_cyclegan/__init__.py": f"VERSION = '{version}'\n", f"{info}/METADATA": metadata, f"{info}/WHEEL": tag}
    record = io.StringIO()
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record.write(f"{name},sha256={digest},{len(text)}\n")
    record.write(f"{info}/RECORD,,\n")
    path = folder / f"tf_cyclegan-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record.getvalue()}.items():
            wheel.writestr(name, text)
    return path


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without the package: pip installs into a folder, from an empty index; the repository is not there."""

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=tmp_path / "index")

        def log_message(self, *_):
            pass

    (tmp_path / "index").mkdir()
    (tmp_path / "notebook").mkdir()
    monkeypatch.chdir(tmp_path / "notebook")
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tf_cyclegan" else real(name))
    rewrite = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_VALUE_0": REPOSITORY}
    rewrite["GIT_CONFIG_KEY_0"] = f"url.{(tmp_path / 'repository').as_uri()}.insteadOf"
    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        index = f"http://127.0.0.1:{server.server_port}"
        own = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
        own |= {
            "PIP_UPGRADE": "1",
            "PIP_TARGET": str(tmp_path / "installed"),
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_CACHE_DIR": "off",
        }
        for name, value in {**own, **rewrite}.items():
            monkeypatch.setenv(name, value)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield tmp_path
        server.shutdown()
        thread.join()


def run_cell(machine):
    """Runs it on a machine to which data is attached in `input`."""
    (cell,) = (cell for cell in Notebook("2_train").code if cell["id"] == "install")
    exec(source_of(cell).replace("/kaggle/input", str(machine / "input")), {})  # noqa: S102 - our own notebook


def installed(machine):
    """The version that pip has installed last."""
    return (machine / "installed" / "tf_cyclegan" / "__init__.py").read_text(encoding="utf-8").split("'")[1]


def publish(machine, version):
    make_wheel(machine / "index" / "tf-cyclegan", version)


def commit(machine, version):
    """A repository that pip can build."""
    place = machine / "repository"
    (place / "tf_cyclegan").mkdir(parents=True)
    (place / "tf_cyclegan" / "__init__.py").write_text(f"VERSION = '{version}'\n")
    build = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    project = f'[project]\nname = "tf-cyclegan"\nversion = "{version}"\n[project.optional-dependencies]\ntrain = []\n'
    (place / "pyproject.toml").write_text(build + project + '[tool.setuptools]\npackages = ["tf_cyclegan"]\n')
    who = ["-c", "user.name=x", "-c", "user.email=x"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *command], cwd=place, check=True)


def without_pip(monkeypatch, answer):
    """What the cell asks pip for, in order; `answer` says of each whether it succeeds."""
    asked = []

    def run(command, **_):
        asked.append(command[command.index("--timeout=10") + 1 :])
        return subprocess.CompletedProcess(command, 0 if answer(asked[-1]) else 1)

    monkeypatch.setattr(subprocess, "run", run)
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tf_cyclegan" else real(name))
    return asked


@pytest.mark.parametrize("place", ["notebook", "input/wheels", "input/datasets/me/wheels"])
def test_a_wheel_next_to_the_notebook_or_attached_to_it_comes_last(tmp_path, monkeypatch, place):
    wheel = make_wheel(tmp_path / place, "0.5")
    (tmp_path / "notebook").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / "notebook")
    asked = without_pip(monkeypatch, lambda source: "--no-index" in source)
    run_cell(tmp_path)
    from_wheel = [f"tf-cyclegan[train,tfds] @ {wheel.as_uri()}", f"--find-links={wheel.parent}"]
    assert asked == [
        ["tf-cyclegan[train,tfds]>=0.2"],
        [f"tf-cyclegan[train,tfds] @ git+{REPOSITORY}"],
        from_wheel,
        [*from_wheel, "--no-index"],
    ]


@pytest.mark.slow
def test_an_older_package_of_the_index_is_not_taken(machine):
    publish(machine, "0.1")
    make_wheel(machine / "notebook", "0.9")
    run_cell(machine)
    assert installed(machine) == "0.9"
    publish(machine, "0.3")
    run_cell(machine)
    assert installed(machine) == "0.3"


@pytest.mark.slow
def test_the_repository_comes_before_a_wheel(machine):
    commit(machine, "0.4")
    make_wheel(machine / "notebook", "0.9")
    run_cell(machine)
    assert installed(machine) == "0.4"


@pytest.mark.slow
def test_without_a_network_what_a_wheel_needs_is_taken_from_its_folder(machine, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1")
    make_wheel(machine / "input" / "wheels", "0.5", needs=["made-up-engine"])
    needed = make_wheel(machine / "input" / "wheels", "1.0")
    renamed = needed.with_name("made_up_engine-1.0-py3-none-any.whl")
    with zipfile.ZipFile(needed) as old, zipfile.ZipFile(renamed, "w") as new:
        for name in old.namelist():
            text = (
                old.read(name)
                .decode()
                .replace("tf_cyclegan", "made_up_engine")
                .replace("tf-cyclegan", "made-up-engine")
            )
            new.writestr(name.replace("tf_cyclegan", "made_up_engine"), text.split(",sha256")[0])
    needed.unlink()
    run_cell(machine)
    assert installed(machine) == "0.5"


def test_where_it_is_nowhere_the_notebook_stops_with_one_sentence(machine):
    with pytest.raises(Exception, match=r"neither on PyPI nor in a repository .*, then choose Run all again\.$") as end:
        run_cell(machine)
    assert end.value._render_traceback_() == [str(end.value)]
    assert "\n" not in str(end.value)
    assert not (machine / "installed").exists()


def test_a_machine_that_has_it_asks_nobody(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("asked"))
    (cell,) = (cell for cell in Notebook("2_train").code if cell["id"] == "install")
    exec(source_of(cell), {})  # noqa: S102 - our own notebook


def test_every_notebook_has_the_same_cell():
    """Only `0_paint` does without what training needs."""
    cells = {name: source_of(Notebook(name).code[0]) for name in NOTEBOOKS}
    assert {text.replace("tf-cyclegan[train,tfds]", "tf-cyclegan") for text in cells.values()} == {
        cells["2_train"].replace("tf-cyclegan[train,tfds]", "tf-cyclegan")
    }
    assert {name for name, text in cells.items() if "[train,tfds]" in text} == {*NOTEBOOKS} - {"0_paint"}
    assert f'git+{REPOSITORY}"' in cells["2_train"]
    assert f'PACKAGE = "{PROJECT["name"]}[train,tfds]"' in cells["2_train"]


def test_the_folder_that_a_notebook_keeps_its_data_in_is_not_taken_for_the_package(tmp_path):
    """Outside Colab a folder `tf_cyclegan` is next to the notebook, which Python takes for a package without a file."""
    (tmp_path / "tf_cyclegan" / "data").mkdir(parents=True)
    source = source_of(Notebook("2_train").code[0])
    pip = "subprocess.run = lambda *_, **__: print('asked') or subprocess.CompletedProcess([], 0)"
    program = f"import subprocess, sys; sys.path.insert(0, '.'); {pip}; exec({source!r})"
    command = [sys.executable, "-I", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "asked\n"
