"""The prepared folder that a run is trained on: found again, and known by what is in its pictures.

A digest of all training pictures says whether a folder is the one that a run was trained on."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

from tf_cyclegan.disk.manifest import readable_sha256
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import list_pictures
from tf_cyclegan.run.config import load_config
from tf_cyclegan.run.folder import CONFIG
from tf_cyclegan.run.places import places

_THREADS = 8
# Hexadecimal digits of a digest: of names and sizes alone, as runs of older versions have it, and with contents.
_OLD_DIGITS, _DIGITS = 16, 32


class DataError(UserError):
    """The data of a run is not available.

    Attributes:
        reason: why.

    Args:
        remedy: what the user can do; the message says both.
    """

    def __init__(self, reason: str, remedy: str):
        super().__init__(f"{reason}; {remedy}")
        self.reason = str(self).removesuffix(f"; {remedy}")  # On one line, as every message.


class TrainingPictures:
    """The training pictures of a prepared folder, or of the folders of several periods.

    Hashes are computed when they are first asked for: that reads every picture once.

    Args:
        data: folder with trainA and trainB, or with a folder of each period.
        periods: names of these.
        period: the one that is meant by `folder`.

    Raises:
        UserError: one of them is missing or empty, when its pictures are asked for.
    """

    def __init__(self, data: str | Path, periods: Sequence[str] = (), period: str = ""):
        self._data, self._periods = Path(data), periods
        self.folder = self._data / period

    @cached_property
    def paths(self) -> list[Path]:
        """The files of both domains."""
        folders = [self._data / name for name in self._periods or ("",)]
        return [path for folder in folders for name in ("trainA", "trainB") for path in list_pictures(folder / name)]

    @cached_property
    def hashes(self) -> list[str]:
        """The sha256 of each of `paths`."""
        return hashes_of(self.paths)

    def digest(self, like: str = "") -> str:
        """A digest that is the same for the same pictures on every machine, whatever folder they are in.

        Args:
            like: a digest to compare with; one of an older version covers names and sizes alone.
        """
        old = len(like) == _OLD_DIGITS
        marks: Sequence = [path.stat().st_size for path in self.paths] if old else self.hashes
        folders = [path.parent.relative_to(self._data).as_posix() for path in self.paths]
        facts = [(folder, path.name, mark) for folder, path, mark in zip(folders, self.paths, marks, strict=True)]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[: _OLD_DIGITS if old else _DIGITS]


def hashes_of(paths: Sequence[Path]) -> list[str]:
    """The sha256 of each file.

    Raises:
        UserError: one cannot be read.
    """
    with ThreadPoolExecutor(_THREADS) as pool:  # Reading and hashing release Python's lock.
        return list(pool.map(readable_sha256, paths))


def find_data(run: str | Path, named: str | Path | None = None) -> TrainingPictures:
    """The data that a run was trained on: where it was, or where it is as seen from the run.

    Args:
        run: the run's folder.
        named: where to look instead.

    Raises:
        DataError: it is not there, or holds other pictures.
        UserError: the run's config or the pictures cannot be read.
    """
    run = Path(run)
    config = load_config(run / CONFIG)
    tried = [str(named)] if named else places(config, "data", run)
    there = [path for path in tried if Path(path).is_dir()]
    if not there:
        raise DataError(f"{tried[0]}: the data of {run} is not there", "say where it is now with --data DIR")
    for path in there:
        pictures = TrainingPictures(path, config.period_names, config.period)
        if not config.data_digest or pictures.digest(config.data_digest) == config.data_digest:
            return pictures
    changed = f"the training pictures are not those that {run} was trained on"
    raise DataError(f"{there[0]}: {changed}", "say where those are with --data DIR")


def period_of(data: Path) -> str:
    """The period that the data was prepared from; empty where that is not known."""
    try:
        return str(json.loads((data / "prepare.json").read_text(encoding="utf-8")).get("period") or "")
    except (OSError, ValueError, AttributeError):
        return ""  # A folder in the layout of the field has no prepare.json.
