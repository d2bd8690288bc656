"""Saving a run while it trains, and resuming it.

A checkpoint `ckpt-STEP.*` counts when its manifest `ckpt-STEP.json` is there and every hash in it is right. The
manifest is written last, so a save that is cut off at any moment leaves the previous one valid.
"""

import shutil
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import keras
import numpy as np

from tf_cyclegan.disk.manifest import find_fault, write_manifest
from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.run.backup import KEPT, back_up, sizes
from tf_cyclegan.run.folder import CHECKPOINTS
from tf_cyclegan.run.kept import kept_steps, manifest_of, step_files
from tf_cyclegan.run.storage import open_storage

# Seconds until a backup that failed is tried again.
RETRY_SECONDS = 60.0


class Checkpoints:
    """The checkpoints of one run; the last `KEPT` are kept in each place.

    Args:
        run: the run's folder; checkpoints are in its `checkpoints/`.
        variables: everything that a continued run needs, in an order that its config alone decides.
        backup: a folder that gets a copy of every checkpoint, with the run's `config.json` and tables.

    Attributes:
        trouble: what is wrong with the backup, in a few words; empty where nothing is.
        extra: arrays by name that are no variables: saved with the next checkpoints, and there again after `restore`.
    """

    def __init__(self, run: str | Path, variables: Sequence[keras.Variable], backup: str | Path | None = None):
        self.run = Path(run)
        self.folder = self.run / CHECKPOINTS
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
        self._refused: UserError | None = None
        self.extra: dict[str, np.ndarray] = {}

    def steps(self) -> list[int]:
        """Steps of the checkpoints that are kept, oldest first."""
        return kept_steps(self.folder)[::-1]

    def read(self, step: int) -> None:
        """Restores the checkpoint of a step.

        Raises:
            UserError: it is damaged.
        """
        fault = find_fault(manifest_of(self.folder, step)) or self._read(step)
        if fault:
            raise UserError(f"{self.folder}/ckpt-{step}: {fault}")

    def restore(self) -> int:
        """Restores the newest checkpoint that is whole and returns its step; 0 where there is none.

        A damaged one is named in a warning, set aside (renamed to `damaged-…`) and the one before it is used.

        Raises:
            UserError: there are checkpoints and none of them can be used.
        """
        for step in kept_steps(self.folder):
            fault = find_fault(manifest_of(self.folder, step)) or self._read(step)
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
        """Copies the state after `step` steps; they are written and backed up while training continues.

        Raises:
            UserError: the checkpoint before this one could not be written.
        """
        self.check(wait=True)
        if step == self._saved:
            return
        self._saved = step
        self._storage.snapshot(self._variables)
        if self.backup:
            self._copy_last = partial(self._copy, self.backup, step, sizes(self.run))
        self._written = self._writer.submit(self._write, step, self.extra)

    def check(self, wait: bool = False) -> None:
        """Reports a checkpoint that could not be written, and starts a failed backup again when it is time.

        Args:
            wait: until the checkpoint is written.

        Raises:
            UserError: it could not be written, for example because the disk is full; or the backup turned out to be
                another run's, which started at the same time.
        """
        if self._refused:
            raise self._refused
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
            UserError: as `check`.
        """
        self._writer.shutdown()
        self._copier.submit(lambda: self._copy_last() if self.trouble else None)
        self._copier.shutdown()
        if self._refused:
            raise self._refused
        if self._written:
            self._raise_if_unwritten(self._written)
        self.trouble, trouble = "", self.trouble
        if trouble:
            warnings.warn(f"{trouble}; the newest checkpoint is only in {self.run}", stacklevel=2)

    def _write(self, step: int, extra: dict[str, np.ndarray]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        files = self._storage.write(self.folder, step)
        if extra:
            files.append(_extra_file(self.folder, step))
            with replacing(files[-1]) as partial, partial.open("wb") as file:
                np.savez(file, **extra)  # type: ignore[arg-type]
        write_manifest(manifest_of(self.folder, step), files)
        _prune(self.folder)
        if self.backup:
            self._copied = self._copier.submit(self._copy_last)

    def _copy(self, backup: Path, step: int, extras: dict[str, int]) -> None:
        try:
            back_up(self.run, backup, step, extras)
            self.trouble = ""
        except UserError as error:
            self._refused = error
        except Exception as error:  # noqa: BLE001 - in a thread it would be lost; here it is on the progress line
            self.trouble = f"backup to {backup} failed ({getattr(error, 'strerror', None) or error})"
            self._retry_at = time.monotonic() + RETRY_SECONDS


def _extra_file(folder: Path, step: int) -> Path:
    return folder / f"ckpt-{step}.extra.npz"


def _read_extra(path: Path) -> dict[str, np.ndarray]:
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def _set_aside(folder: Path, step: int) -> None:
    for number, path in step_files(folder):
        if number == step:
            path.replace(path.with_name(f"damaged-{path.name}"))


def _prune(folder: Path) -> None:
    """Removes all but the last `KEPT` checkpoints, and what a save that was cut off left behind."""
    kept = set(kept_steps(folder)[:KEPT])
    for step, path in step_files(folder):
        if step not in kept:
            path.unlink(missing_ok=True)
    for path in folder.glob("ckpt-*_temp"):
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob(".partial-*"):
        path.unlink(missing_ok=True)


def _reason(error: BaseException) -> str:
    """An error in a few words: TensorFlow's begin with the names of operations and files."""
    text = str(error)
    return "no space left on the device" if "No space left" in text else text[:120]
