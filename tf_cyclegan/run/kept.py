"""Which checkpoints a folder holds. `ckpt-STEP.*` counts when its manifest `ckpt-STEP.json` is there.

Only exact names count: Google Drive makes `ckpt-4 (1).json` and `Copy of ckpt-4` from files that are there already,
and their contents are unknown.
"""

import json
import re
from pathlib import Path

from tf_cyclegan.disk.manifest import find_fault

_FILE = re.compile(r"ckpt-(\d+)\.(json|index|data-\d+-of-\d+|npz|extra\.npz)", re.ASCII)
_COPY = re.compile(r"ckpt-(\d+)", re.ASCII)


def manifest_of(folder: Path, step: int) -> Path:
    """The manifest of a step's checkpoint, whether it is there or not."""
    return folder / f"ckpt-{step}.json"


def kept_steps(folder: Path) -> list[int]:
    """Steps of the checkpoints that have a manifest, newest first."""
    return sorted((step for step, path in step_files(folder) if path.suffix == ".json"), reverse=True)


def newest_whole(folder: Path) -> int:
    """The newest step whose checkpoint is complete and undamaged; 0 where there is none."""
    return next((step for step in kept_steps(folder) if not find_fault(manifest_of(folder, step))), 0)


def step_files(folder: Path) -> list[tuple[int, Path]]:
    """The files of all checkpoints in a folder with their steps, also of those without a manifest."""
    if not folder.is_dir():
        return []
    found = ((_FILE.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((int(match[1]), path) for match, path in found if match)


def files_of(folder: Path, step: int) -> list[Path]:
    """The files that a manifest names, and the manifest itself last.

    Raises:
        OSError, ValueError: the manifest is missing or damaged.
    """
    manifest = manifest_of(folder, step)
    return [*(folder / name for name in json.loads(manifest.read_text(encoding="utf-8"))), manifest]


def copies(backup: Path) -> list[tuple[int, Path]]:
    """The copies of checkpoints in a backup, `ckpt-STEP/`, with their steps, newest first."""
    if not backup.is_dir():
        return []
    found = ((_COPY.fullmatch(path.name), path) for path in backup.iterdir())
    return sorted(((int(match[1]), path) for match, path in found if match and path.is_dir()), reverse=True)
