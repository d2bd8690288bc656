import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tf_cyclegan import __version__
from tf_cyclegan.cli.main import build_parser, main
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.settings.setting import settings_of
from tf_cyclegan.stylize.style import find_styles, open_bundle

ROOT = Path(__file__).resolve().parents[2]


def test_the_version_is_that_of_the_package(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"tf-cyclegan {__version__}\n"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__


@pytest.mark.parametrize(
    ("called", "shown"),
    [
        ("/usr/bin/tf-cyclegan", "tf-cyclegan"),
        ("C:/Scripts/tf-cyclegan.exe", "tf-cyclegan"),
        ("/x/tf_cyclegan/__main__.py", "python -m tf_cyclegan"),
    ],
)
def test_messages_name_the_command_that_was_typed(called, shown, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [called])
    assert main(["stylize", "--help"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"usage: {shown} stylize ")
    assert f"  {shown} stylize photo.jpg\n" in printed


def test_the_styles_are_listed_with_their_numbers(capsys):
    assert main(["styles"]) == 0
    heading, *rows = capsys.readouterr().out.split("\n\n")[0].splitlines()
    assert heading.split() == [
        *("style", "years", "network", "KB", "KID", "colour", "transfer", "photographs", "paintings")
    ]
    assert {row.split()[0] for row in rows} == {*find_styles()}
    years = [int(row.split()[1][:4]) for row in rows]
    assert years == sorted(years)
    (rococo,) = (row.split() for row in rows if row.startswith("rococo "))
    bundle = open_bundle("rococo")
    size = (bundle.folder / "model.tflite").stat().st_size
    kid = [f"{bundle.kid[name]:.3f}" for name in ("result", "colour_transfer", "untouched", "real")]
    assert rococo == ["rococo", bundle.about["years"], bundle.folder.name, f"{size / 1000:.0f}", *kid]


def test_the_list_of_styles_as_json(capsys):
    assert main(["styles", "--json"]) == 0
    found = {fact["name"]: fact for fact in json.loads(capsys.readouterr().out)}
    assert {*found} == {*find_styles()}
    assert found["rococo"]["kid"] == open_bundle("rococo").kid
    assert found["rococo"]["bytes"] == open_bundle("rococo").about["files"]["model.tflite"]["bytes"]


def test_a_style_that_is_not_good_yet_says_so(monkeypatch, capsys):
    from tf_cyclegan.stylize import style

    folder = find_styles()["rococo"]
    monkeypatch.setattr(style, "find_styles", lambda: {"rococo": folder})
    monkeypatch.setattr(style.Bundle, "preview", property(lambda self: True))
    monkeypatch.setattr(style.Bundle, "kid", property(lambda self: {"result": 0.5}))
    assert main(["styles"]) == 0
    row = capsys.readouterr().out.splitlines()[1]
    assert row.startswith("rococo (preview)  ")
    assert row.split()[-4:] == ["0.500", "-", "-", "-"]


def test_listing_needs_no_library():
    code = "import sys; from tf_cyclegan.cli.main import main; main(['styles']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {"numpy", "PIL", "ai_edge_litert", "tensorflow"}


def test_every_option_of_train_is_under_its_subject(capsys):
    """A new setting is to be given a place where a student finds it."""
    from tf_cyclegan.cli.train import _SUBJECTS, _train_options

    named = [name for names in _SUBJECTS.values() for name in names]
    assert sorted(named) == sorted(_train_options())
    assert main(["train", "--help"]) == 0
    printed = capsys.readouterr().out
    places = [printed.index(f"\n{subject}:\n") for subject in _SUBJECTS]
    assert places == sorted(places)
    assert next(iter(_SUBJECTS)) == "everyday options"


def test_the_defaults_in_the_help_of_train_are_those_of_a_new_run(capsys):
    from tf_cyclegan.run.presets import config_for

    assert main(["train", "--help"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    new = config_for("data", "nowhere/run")
    for name in ("steps", "batch", "crop", "filters", "lambda_cycle_x", "learning_rate"):
        value, help = getattr(new, name), settings_of(TrainConfig)[name].help
        (shown,) = (part.split(")")[0] for part in printed.split(help)[1:])
        assert shown.endswith(f"default: {value:,.0f}" if value >= 1 else f"default: {value:g}"), name


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("tf-cyclegan sty", {"stylize", "styles"}),
        ("tf-cyclegan stylize --style ro", {"rococo"}),
        ("tf-cyclegan stylize --keep", {"--keep-colours", "--keep-metadata"}),
        ("tf-cyclegan train --preset ", {"style", "paper", "smoke"}),
    ],
)
def test_the_shell_completes(line, wanted, tmp_path):
    """As argcomplete's shell function asks: the line in the environment, the answer in a file."""
    answer = tmp_path / "answer"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n"}
    environment |= {"COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_STDOUT_FILENAME": str(answer)}
    code = "import sys; sys.argv = ['tf-cyclegan']; from tf_cyclegan.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert {word.strip() for word in answer.read_text().splitlines()} == wanted


def test_without_the_package_the_shell_is_told_nothing(monkeypatch, capsys):
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    assert main(["--version"]) == 0
    assert capsys.readouterr().err == ""


def test_every_command_says_what_it_is_for():
    (commands,) = (action for action in build_parser()._actions if action.choices)
    assert {choice.dest for choice in commands._choices_actions} == {*commands.choices}
