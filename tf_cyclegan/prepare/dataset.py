"""Writes a prepared folder: trainA testA trainB testB (A photographs, B paintings) and manifest.csv."""

import csv
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from tf_cyclegan.data import MIN_PICTURES
from tf_cyclegan.errors import UserError
from tf_cyclegan.manifest import sha256_of
from tf_cyclegan.pictures import MIN_SIDE, open_picture, resize_short_side
from tf_cyclegan.prepare.split import split_works
from tf_cyclegan.prepare.work import Work

JPEG_QUALITY = 90
_MAX_JPEG_SIDE = 65_500
MANIFEST_COLUMNS = ("file", "domain", "split", "source", "artist", "title", "period", "url", "sha256")


@dataclass
class Preparation:
    """What was written and what was left out.

    Attributes:
        counts: number of pictures in each of the four folders.
        dropped: a line for each picture that could not be read.
    """

    counts: dict[str, int] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)


def prepare(
    photographs: Sequence[Work],
    paintings: Sequence[Work],
    out: str | Path,
    *,
    size: int = 288,
    seed: int = 0,
    test_share: float = 0.15,
    about: dict[str, Any] | None = None,
) -> Preparation:
    """Brings both domains to one form and splits them at random into training and test pictures.

    Args:
        photographs: domain A.
        paintings: domain B.
        out: the folder to make; it appears only when it is complete.
        size: short side of the written JPEGs in pixels, aspect kept.
        seed: of the split.
        test_share: share held out, in (0, 1).
        about: what to write into `prepare.json` beside the counts.

    Raises:
        UserError: the folder exists, cannot be written, or a domain has too few pictures.
    """
    if size < MIN_SIDE or not 0 < test_share < 1:
        raise UserError(f"size must be at least {MIN_SIDE} and the held-out share within (0, 1)")
    result = Preparation()
    with _new_folder(Path(out)) as folder:
        rows = []
        for domain, works in (("A", photographs), ("B", paintings)):
            if len(works) < 2 * MIN_PICTURES:
                raise UserError(f"{len(works)} works for domain {domain} are too few; at least {2 * MIN_PICTURES}")
            for split, side in zip(("train", "test"), split_works(works, seed, test_share), strict=True):
                written = _write_side(side, folder / f"{split}{domain}", size, result.dropped)
                result.counts[f"{split}{domain}"] = len(written)
                rows += [{**row, "domain": domain, "split": split} for row in written]
        for name, count in result.counts.items():
            if not count:
                raise UserError(f"{name}: none of the pictures could be read; first: {result.dropped[0]}")
        _write_manifest(folder / "manifest.csv", rows)
        facts = {**(about or {}), "size": size, "seed": seed, "test_share": test_share, "counts": result.counts}
        facts["dropped"] = result.dropped
        (folder / "prepare.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return result


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A temporary folder beside `out` that becomes `out` when all went well, and vanishes when not."""
    if out.exists():
        raise UserError(f"{out}: exists already; choose another folder or remove it first")
    partial = out.with_name(out.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        partial.replace(out)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_side(works: Sequence[Work], folder: Path, size: int, dropped: list[str]) -> list[dict[str, str]]:
    folder.mkdir()
    rows = []
    paths = [folder / name for name in _file_names(works)]
    # Pillow releases the interpreter's lock while it decodes, resizes and encodes, so threads use all cores.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = pool.map(lambda work, path: _write_picture(work, path, size), works, paths)
        for work, outcome in zip(works, outcomes, strict=True):
            if isinstance(outcome, UserError):
                dropped.append(str(outcome))
                continue
            about = {k: getattr(work, k) for k in ("source", "artist", "title", "period", "url")}
            rows.append({**about, "file": f"{folder.name}/{outcome.name}", "sha256": sha256_of(outcome)})
    return rows


def _file_names(works: Sequence[Work]) -> list[str]:
    """A JPEG name for each work; two works never share one."""
    names: dict[str, None] = {}
    for work in works:
        path = PurePosixPath(work.name)
        stem = name = "_".join(path.with_suffix("").parts) if path.suffix else work.name
        number = 1
        while f"{name}.jpg" in names:
            number += 1
            name = f"{stem}_{number}"
        names[f"{name}.jpg"] = None
    return list(names)


def _write_picture(work: Work, path: Path, size: int) -> Path | UserError:
    name = f"{work.source}/{work.name}"
    try:
        with work.open() as file:
            picture = open_picture(file, name=name)
    except UserError as error:
        return error
    except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        return UserError(f"{name}: cannot be read from its source ({error})")
    resized = resize_short_side(picture, size)
    if max(resized.size) > _MAX_JPEG_SIDE:
        return UserError(f"{name}: {picture.width}×{picture.height} is too thin a strip")
    resized.save(path, quality=JPEG_QUALITY)
    return path


def _write_manifest(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, MANIFEST_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
