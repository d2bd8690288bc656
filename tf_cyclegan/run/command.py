"""The command by which a run is trained."""

from pathlib import Path, PureWindowsPath
from typing import Any

from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.presets import PRESETS
from tf_cyclegan.settings.setting import settings_of
from tf_cyclegan.shell import option, show_command


def train_command(config: TrainConfig) -> str:
    """The command that trains a run with these settings; of the folders only the last names, under data/ and runs/.

    Folders of one machine alone are left out: `backup` and `weights`.
    """
    declared = settings_of(config)
    settings = {name: getattr(config, name) for name, found in declared.items() if found.role == "option"}

    def differing(preset: str) -> dict[str, Any]:
        base = {name: found.default for name, found in declared.items()} | PRESETS[preset]
        return {name: value for name, value in settings.items() if value != base[name]}

    preset = min(PRESETS, key=lambda name: len(differing(name)))
    run = Path(config.run).parent if config.period else config.run
    words = ["train", *_data(config), "--run", f"runs/{_last_name(str(run))}", "--preset", preset]
    for name, found in declared.items():
        if found.role == "run" and getattr(config, name):
            words += option(name, _start(getattr(config, name)))
    for name, value in differing(preset).items():
        words += option(name, value)
    return show_command(*words)


def _data(config: TrainConfig) -> list[str]:
    return [f"data/{name}" for name in config.period_names] or [f"data/{_last_name(config.data)}"]


def _start(folder: str) -> str:
    """Where the networks are that a run begins with: another run, or a style that comes with the project."""
    parts = folder.replace("\\", "/").split("/")
    comes_with_us = parts[-3:-1] == ["streamlit_app", "styles"]
    return "/".join(parts[-3:]) if comes_with_us else f"runs/{_last_name(folder)}"


def _last_name(folder: str) -> str:
    """A folder's own name, also where the setting is "." or comes from a machine with Windows."""
    name = (PureWindowsPath if "\\" in folder and "/" not in folder else Path)(folder).name
    return name if name not in ("", "..") else Path(folder).resolve().name
