"""Finds the folders and files that a run names."""

import dataclasses
import os
import posixpath
from pathlib import Path
from typing import Any

from tf_cyclegan.run.config import TrainConfig, load_config
from tf_cyclegan.run.folder import CONFIG

# Settings that name a place on the disk, besides the run itself. A run keeps them as absolute paths.
PLACES = ("data", "start_from", "backup", "weights")


def with_absolute_places(config: TrainConfig) -> TrainConfig:
    """The config with every path that is relative to the current folder made absolute."""
    named = [name for name in (*PLACES, "run") if getattr(config, name)]
    absolute: dict[str, Any] = {name: str(Path(getattr(config, name)).absolute()) for name in named}
    return dataclasses.replace(config, **absolute)


def load_run(run: str | Path, copy: str | Path | None = None) -> TrainConfig:
    """The config of a run, with the folders that it names where they are now.

    Args:
        run: the run's folder.
        copy: a folder whose `config.json` is read instead: one of the copies in the run's backup.

    Raises:
        UserError: as `load_config`.
    """
    run = Path(run)
    config = load_config(Path(copy or run) / CONFIG)
    named = [name for name in PLACES if getattr(config, name)]
    found: dict[str, Any] = {name: _first_there(places(config, name, run)) for name in named}
    return dataclasses.replace(config, **found)


def places(config: TrainConfig, name: str, run: Path) -> list[str]:
    """Where a folder or file that a run names may be: where it was, and at the same place as seen from the run.

    A relative path, which older runs have, was relative to a folder that nobody knows any more; the run's own folder
    was given in the same way, so the path from one to the other is known.

    Args:
        config: as the run's `config.json` has it.
        name: of `PLACES`.
        run: where the run is now.
    """
    path, then = (getattr(config, key).replace("\\", "/") for key in (name, "run"))
    root, other = _root(path), _root(then)
    if root != other:  # No path leads from one to the other.
        return [getattr(config, name)]
    root = root or "/-" * 40  # Deep enough for every "..".
    there = os.path.normpath(run.absolute() / posixpath.relpath(f"{root}/{path}", f"{root}/{then}"))
    return [getattr(config, name), there] if other else [there]


def _root(path: str) -> str:
    """Where an absolute path begins, such as "/" or "C:", on the machine that it is of; empty for a relative one."""
    return path[:2].lower() if path[1:3] == ":/" else path[: path.startswith("/")]


def _first_there(paths: list[str]) -> str:
    return next((path for path in paths if Path(path).exists()), paths[0])
