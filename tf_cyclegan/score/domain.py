"""The real pictures of a domain: held-out ones and a sample of those trained on."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import list_pictures, open_picture
from tf_cyclegan.score.feature_sets import FeatureCache, FeatureSet, kept_of
from tf_cyclegan.settings.limits import MIN_HELD_OUT

_THREADS = 8


class Files(NamedTuple):
    """Picture files of a domain.

    Attributes:
        held_out: not trained on.
        training: of the training pictures, as many as features are kept.
    """

    held_out: list[Path]
    training: list[Path]


@dataclass(frozen=True)
class Domain:
    """Real pictures of a domain: their files, and features of held-out and of training pictures, by look."""

    files: Files
    held_out: dict[str, FeatureSet]
    training: dict[str, FeatureSet]


def find_pictures(held_out: Path, training: Path) -> Files:
    """The pictures of a domain in its two folders; damaged ones are named in a warning and left out.

    Raises:
        UserError: a folder is missing or has too few pictures.
    """
    paths, training_paths = _pictures(held_out), _pictures(training)
    sample = [training_paths[i] for i in kept_of(len(training_paths))]
    return Files(_enough(held_out, _undamaged(paths)), _enough(training, _undamaged(sample)))


def without_seen(cache: FeatureCache, files: Files, seen: set[str]) -> Files:
    """The files without those held-out pictures whose content the networks have seen while they were trained.

    Args:
        cache: knows the hashes of files.
        files: of a domain.
        seen: the sha256 of every picture that was trained on.

    Raises:
        UserError: too few are left.
    """
    left = [path for path in files.held_out if cache.sum_of(path) not in seen]
    if len(left) < MIN_HELD_OUT:
        folder, every = files.held_out[0].parent, len(files.held_out)
        raise UserError(
            f"{folder}: {every - len(left)} of {every} pictures were trained on; at least {MIN_HELD_OUT} must be others"
        )
    return files._replace(held_out=left)


def _pictures(folder: Path) -> list[Path]:
    try:
        return list_pictures(folder)
    except UserError as error:
        raise UserError(f"{error}; evaluation needs held-out pictures next to the training pictures") from error


def _enough(folder: Path, paths: list[Path]) -> list[Path]:
    if len(paths) < MIN_HELD_OUT:
        raise UserError(f"{folder}: {len(paths)} picture is too few to evaluate; at least {MIN_HELD_OUT}, better 50")
    return paths


def _undamaged(paths: list[Path]) -> list[Path]:
    with ThreadPoolExecutor(_THREADS) as pool:  # Decoding releases Python's lock.
        faults = list(pool.map(_fault_of, paths))
    for fault in filter(None, faults):
        warnings.warn(f"left out: {fault}", stacklevel=2)
    return [path for path, fault in zip(paths, faults, strict=True) if not fault]


def _fault_of(path: Path) -> str:
    try:
        open_picture(path)
    except UserError as error:
        return str(error)
    return ""


def read_domain(cache: FeatureCache, files: Files) -> Domain:
    """A domain with the features of its pictures."""
    return Domain(files, cache.features(files.held_out), cache.features(files.training))
