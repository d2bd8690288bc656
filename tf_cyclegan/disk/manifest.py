"""A list of files with their sha256, by which a copy proves that it is complete and undamaged."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from tf_cyclegan.disk.names import is_plain
from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError

_BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """The file's sha256 as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def readable_sha256(path: Path) -> str:
    """As `sha256_of`.

    Raises:
        UserError: the file cannot be read.
    """
    try:
        return sha256_of(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error


def write_manifest(path: Path, files: Iterable[Path]) -> None:
    """Writes the names and hashes of `files` to `path`, which appears only when it is complete."""
    hashes = {file.name: sha256_of(file) for file in files}
    with replacing(path) as partial:
        partial.write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")


def find_fault(path: Path) -> str | None:
    """What is wrong with the files of a manifest, which are in its folder; None if nothing is wrong."""
    try:
        hashes = json.loads(path.read_text(encoding="utf-8"))
        for name, expected in hashes.items():
            if not is_plain(name):
                return f"{path.name} names a file outside its folder"
            if sha256_of(path.with_name(name)) != expected:
                return f"{name} is damaged"
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing"
    except (OSError, ValueError, AttributeError) as error:
        return f"{path.name} cannot be read ({error})"
    return None
