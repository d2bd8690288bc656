"""Saving a run beside training, and resuming it: locally, and in a backup folder such as Google Drive.

A checkpoint `ckpt-STEP.*` counts when its manifest `ckpt-STEP.json` is there and every sum in it is right. The manifest
is written last, so a save that is cut off at any moment leaves the one before it in force.
"""

import re
import shutil
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import keras
import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.files import replacing
from tf_cyclegan.manifest import find_fault, write_manifest
from tf_cyclegan.storage import open_storage

KEPT = 2
# Seconds until a backup that failed is tried again.
RETRY_SECONDS = 60.0
# Tables that grow with the run; of each the backup gets what belongs to the step.
_TABLES = ("losses.csv", "evaluations.csv")
_MANIFEST = re.compile(r"ckpt-(\d+)\.json")


class Checkpoints:
    """The checkpoints of one run; the last `KEPT` are kept in each place.

    Args:
        run: the run's folder; checkpoints lie in `checkpoints/` within.
        variables: everything that a continued run needs, in an order that its config alone decides.
        backup: a folder that gets a copy of every checkpoint, with the run's `config.json` and tables.

    Attributes:
        extra: arrays by name that are no variables: saved with the next checkpoints, and there again after `restore`.
    """

    def __init__(self, run: str | Path, variables: Sequence[keras.Variable], backup: str | Path | None = None):
        self.run = Path(run)
        self.folder = self.run / "checkpoints"
        self.backup = Path(backup) if backup else None
        self._variables = list(variables)
        self._storage = open_storage()
        self._writer = ThreadPoolExecutor(1, "checkpoint")
        self._copier = ThreadPoolExecutor(1, "backup")
        self._written: Future | None = None
        self._copied: Future | None = None
        self._retry_at = 0.0
        self._saved: int | None = None
        self._copy_last: Callable[[], None] = lambda: None
        self.trouble = ""
        self.extra: dict[str, np.ndarray] = {}

    def steps(self) -> list[int]:
        """Steps of the checkpoints that are kept, oldest first."""
        return kept_steps(self.folder)[::-1]

    def read(self, step: int) -> None:
        """Restores the checkpoint of a step.

        Raises:
            UserError: it is damaged.
        """
        fault = find_fault(self.folder / f"ckpt-{step}.json") or self._read(step)
        if fault:
            raise UserError(f"{self.folder}/ckpt-{step}: {fault}")

    def restore(self) -> int:
        """Restores the newest checkpoint that is whole and returns its step; 0 where there is none.

        A damaged one is named in a warning, set aside (renamed to `damaged-…`) and the one before it is used.

        Raises:
            UserError: there are checkpoints and none of them can be used.
        """
        for step in kept_steps(self.folder):
            fault = find_fault(self.folder / f"ckpt-{step}.json") or self._read(step)
            if fault is None:
                return step
            warnings.warn(f"{self.folder}/ckpt-{step}: {fault}; set aside", stacklevel=2)
            _set_aside(self.folder, step)
        if any(self.folder.glob("damaged-*")):
            raise UserError(f"{self.folder}: no checkpoint can be used; remove the folder to start the run anew")
        return 0

    def _read(self, step: int) -> str | None:
        try:
            self._storage.read(self.folder, step, self._variables)
            self.extra = _read_extra(_extra_file(self.folder, step))
        except Exception as error:  # noqa: BLE001 - TensorFlow and NumPy raise many kinds; each means the same
            return f"cannot be read ({str(error)[:80]})"
        return None

    def save(self, step: int) -> None:
        """Copies the state after `step` steps; writing it and its backup goes on beside training.

        Raises:
            UserError: the checkpoint before this one could not be written.
        """
        self.check(wait=True)
        if step == self._saved:
            return
        self._saved = step
        self._storage.snapshot(self._variables)
        beside = {name: _size(self.run / name) for name in ("config.json", *_TABLES)}
        if self.backup:
            self._copy_last = partial(self._copy, self.backup, step, beside)
        self._written = self._writer.submit(self._write, step, self.extra)

    def check(self, wait: bool = False) -> None:
        """Tells of a checkpoint that could not be written, and starts a failed backup again when it is time.

        Args:
            wait: until the checkpoint is written.

        Raises:
            UserError: it could not be written, for example because the disk is full.
        """
        if self._written and (wait or self._written.done()):
            self._raise_if_unwritten(self._written)
        if self.trouble and self._retry_at < time.monotonic() and (self._copied is None or self._copied.done()):
            self._copied = self._copier.submit(self._copy_last)

    def _raise_if_unwritten(self, written: Future) -> None:
        error = written.exception()
        if error:
            raise UserError(f"{self.folder}: a checkpoint could not be written ({_reason(error)})") from error

    def close(self) -> None:
        """Waits until everything is written and copied; a backup that failed is tried a last time.

        Raises:
            UserError: the last checkpoint could not be written.
        """
        self._writer.shutdown()
        self._copier.submit(lambda: self._copy_last() if self.trouble else None)
        self._copier.shutdown()
        if self._written:
            self._raise_if_unwritten(self._written)
        if self.trouble:
            warnings.warn(f"{self.trouble}; the newest checkpoint is in {self.folder} only", stacklevel=2)

    def _write(self, step: int, extra: dict[str, np.ndarray]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        files = self._storage.write(self.folder, step)
        if extra:
            files.append(_extra_file(self.folder, step))
            with replacing(files[-1]) as partial, partial.open("wb") as file:
                np.savez(file, **extra)  # type: ignore[arg-type]
        write_manifest(self.folder / f"ckpt-{step}.json", files)
        _prune(self.folder)
        if self.backup:
            self._copied = self._copier.submit(self._copy_last)

    def _copy(self, backup: Path, step: int, beside: dict[str, int]) -> None:
        try:
            back_up(self.run, backup, step, beside)
            self.trouble = ""
        except OSError as error:
            self.trouble = f"backup to {backup} failed ({error.strerror or error})"
            self._retry_at = time.monotonic() + RETRY_SECONDS


def back_up(run: Path, backup: Path, step: int, beside: dict[str, int]) -> None:
    """Copies a checkpoint and the files beside it into `backup/ckpt-STEP`, verifies the copy, and removes old ones.

    Args:
        run: the run's folder.
        backup: the folder of the copies.
        step: of the checkpoint.
        beside: files of the run and how many bytes of each belong to this step.

    Raises:
        OSError: the folder is not there, is full, or what was written cannot be read back.
    """
    target, copy = backup / f"ckpt-{step}", backup / f".partial-{step}"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for source in (run / "checkpoints").glob(f"ckpt-{step}.*"):
        shutil.copyfile(source, copy / source.name)
    for name, size in beside.items():
        if size:
            with (run / name).open("rb") as file:
                (copy / name).write_bytes(file.read(size))
    fault = find_fault(copy / f"ckpt-{step}.json")
    if fault:
        raise OSError(f"the copy is not whole: {fault}")
    shutil.rmtree(target, ignore_errors=True)
    copy.replace(target)
    for old in sorted(backup.glob("ckpt-*"), key=_step_of)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def fetch_backup(run: Path, backup: Path) -> int:
    """Brings the newest whole copy of a backup into a run's folder, if it is newer than what is there.

    Args:
        run: the run's folder, which may not exist yet.
        backup: where `Checkpoints` put its copies; may not exist yet.

    Returns:
        The step that was fetched; 0 where there was nothing newer.
    """
    here = max(kept_steps(run / "checkpoints"), default=0)
    for source in sorted(backup.glob("ckpt-*"), key=_step_of, reverse=True):
        step = _step_of(source)
        if step <= here:
            return 0
        fault = find_fault(source / f"ckpt-{step}.json")
        if fault:
            warnings.warn(f"{source}: {fault}; passed over", stacklevel=2)
            continue
        (run / "checkpoints").mkdir(parents=True, exist_ok=True)
        # The manifest comes last: what is cut off before it does not count.
        for file in sorted(source.iterdir(), key=lambda p: p.suffix == ".json" and p.name.startswith("ckpt-")):
            folder = run / "checkpoints" if file.name.startswith("ckpt-") else run
            with replacing(folder / file.name) as partial_file:
                shutil.copyfile(file, partial_file)
        return step
    return 0


def kept_steps(folder: Path) -> list[int]:
    """Steps of the checkpoints that have a manifest, newest first."""
    if not folder.is_dir():
        return []
    found = (_MANIFEST.fullmatch(path.name) for path in folder.iterdir())
    return sorted((int(match[1]) for match in found if match), reverse=True)


def _step_of(path: Path) -> int:
    return int(path.name.split("-")[1].split(".")[0])


def _extra_file(folder: Path, step: int) -> Path:
    return folder / f"ckpt-{step}.extra.npz"


def _read_extra(path: Path) -> dict[str, np.ndarray]:
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def _set_aside(folder: Path, step: int) -> None:
    for path in folder.glob(f"ckpt-{step}.*"):
        path.replace(path.with_name(f"damaged-{path.name}"))


def _prune(folder: Path) -> None:
    """Removes all but the last `KEPT` checkpoints, and what a save that was cut off left behind."""
    kept = set(kept_steps(folder)[:KEPT])
    for path in folder.glob("ckpt-*.*"):
        if _step_of(path) not in kept:
            path.unlink(missing_ok=True)
    for path in folder.glob("ckpt-*_temp"):
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob(".partial-*"):
        path.unlink(missing_ok=True)


def _reason(error: BaseException) -> str:
    """An error in a few words: TensorFlow's begin with the names of operations and files."""
    text = str(error)
    return "no space left on the device" if "No space left" in text else text[:120]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
