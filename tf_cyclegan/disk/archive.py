"""A folder as one file, and back: cloud drives are slow on many small files, and fast on one."""

import lzma
import shutil
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from tf_cyclegan.disk.folders import is_free, replacing_folder
from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError

PLAIN, COMPRESSED = ".tar", ".tar.xz"
# How files that are no plain archives begin, whatever their names.
_SIGNATURES = {
    b"\xfd7zXZ\x00": COMPRESSED,
    b"PK\x03\x04": ".zip",
    b"PK\x05\x06": ".zip",
    b"\x1f\x8b": ".gz",
    b"BZh": ".bz2",
    b"7z\xbc\xaf": ".7z",
    b"Rar!": ".rar",
    b"\x28\xb5\x2f\xfd": ".zst",
}
_PRESET = 9 | lzma.PRESET_EXTREME
_BLOCK = 1 << 20
# Twice the memory that xz needs to unpack what `pack` made: its dictionary is 64 MiB.
_MEMORY = 1 << 27
# Default limit of bytes in a compressed archive: a small file can hold more than any disk.
_MOST = 1 << 36


def format_of_name(file: str | Path) -> str:
    """The format that a file's name means, in any case of letters: `PLAIN` or `COMPRESSED`.

    Raises:
        UserError: the name means another format, or none.
    """
    name = Path(file).name
    for ending in (COMPRESSED, PLAIN):
        if name.lower().endswith(ending):
            return ending
    raise UserError(
        f"{file}: an archive is written as {PLAIN} or {COMPRESSED}; choose a name with one of these endings"
    )


def format_of_content(file: str | Path) -> str | None:
    """The format that a file has by its first bytes, as an ending: `PLAIN`, `COMPRESSED`, or another; None: unknown.

    Raises:
        OSError: it cannot be read.
    """
    with Path(file).open("rb") as source:
        start = source.read(tarfile.BLOCKSIZE)
    # An archive of nothing is a block of zeros.
    if start[257:262] == b"ustar" or start == bytes(tarfile.BLOCKSIZE):
        return PLAIN
    return next((ending for signature, ending in _SIGNATURES.items() if start.startswith(signature)), None)


def pack(folder: str | Path, file: str | Path) -> Path:
    """Packs everything below `folder` into one tar file, which appears only when it is complete.

    The same files give the same bytes: members are sorted, and carry neither times nor owners. Only a file whose name
    ends in `COMPRESSED` is compressed, and with all that xz can do: JPEGs do not get smaller, but the models of a style
    hold the same weights.

    Args:
        folder: the folder to pack; its own name is not part of the archive.
        file: the .tar or .tar.xz to make; an earlier one is replaced when the new one is complete.

    Raises:
        UserError: the file's name has another ending, there is no such folder, the archive would lie within, or it
            cannot be written.
    """
    folder, file = Path(folder), Path(file)
    how: dict[str, Any] = {"mode": "w"} if format_of_name(file) == PLAIN else {"mode": "w:xz", "preset": _PRESET}
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    check_apart({"the archive": file}, {"the folder": folder})
    members = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    with replacing(file) as partial, tarfile.open(partial, **how, format=tarfile.PAX_FORMAT) as archive:
        for path in members:
            archive.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=_anonymous)
    return file


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member


def _decompress(file: Path, out: Path, most: int, name: str) -> Path:
    """Writes the plain archive in a compressed one to `out`: at most `most` bytes, and in little memory."""
    reader, done = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY), 0
    try:
        with file.open("rb") as source, out.open("wb") as target:
            while not reader.eof:
                block = source.read(_BLOCK) if reader.needs_input else b""
                if reader.needs_input and not block:
                    raise EOFError("cut off")
                plain = reader.decompress(block, _BLOCK)
                done += len(plain)
                if done > most:
                    raise UserError(f"{name}: holds more than {most:,} bytes")
                target.write(plain)
    except (lzma.LZMAError, EOFError) as error:
        raise UserError(f"{name}: damaged ({error}); make it again") from error
    return out


def unpack(file: str | Path, folder: str | Path, *, most: int = _MOST, name: str | None = None) -> Path:
    """Unpacks what `pack` made; the folder appears only when it is complete, and nothing is written outside it.

    A folder that is there already is left as it is, unless it is empty: unpacking once more costs nothing. Whether the
    file is compressed is seen from its content, not from its name.

    Args:
        file: the archive.
        folder: to make.
        most: bytes that a compressed archive may hold.
        name: what to call the file in error messages (default: its path).

    Raises:
        UserError: no such file, damaged, of another format, larger than `most`, a member would land outside the
            folder, or the disk is full.
    """
    file, folder, name = Path(file), Path(folder), name or str(file)
    if folder.is_dir() and not is_free(folder):
        return folder
    check_apart({"the folder": folder}, {"the archive": file})
    found = _readable_format(file, name)
    try:
        with (
            replacing_folder(folder, None, "empty") as partial,
            tempfile.TemporaryDirectory(dir=partial.parent) as place,
        ):
            plain = _decompress(file, Path(place) / "plain.tar", most, name) if found == COMPRESSED else file
            with tarfile.open(plain, "r:") as archive:
                for member in archive:
                    _extract(archive, member, partial, name)
    except (tarfile.TarError, EOFError) as error:
        raise UserError(f"{name}: damaged, or no archive of a folder ({error}); make it again") from error
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return folder


def _readable_format(file: Path, name: str) -> str | None:
    try:
        found = format_of_content(file)
    except FileNotFoundError as error:
        raise UserError(f"{name}: no such file") from error
    except OSError as error:
        raise UserError(f"{name}: cannot be read ({error.strerror or error})") from error
    if found not in (PLAIN, COMPRESSED, None):
        raise UserError(f"{name}: is a {found} by its content; only {PLAIN} and {COMPRESSED} are read")
    return found


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, file: str) -> None:
    """Only plain files with plain names: no links, no devices, nothing that leads out of the folder."""
    name = PurePosixPath(member.name)
    if member.isdir():
        return
    if not member.isfile() or name.is_absolute() or ".." in name.parts or "\\" in member.name or ":" in member.name:
        raise UserError(f"{file}: refused, it holds {member.name!r}, which is no plain file within the folder")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    source = archive.extractfile(member)
    if source is None:
        raise UserError(f"{file}: {member.name!r} cannot be read; make the archive again")
    try:
        target = path.open("xb")
    except FileExistsError as error:
        raise UserError(f"{file}: refused, it holds {member.name!r} twice, at least for this disk") from error
    with source, target:
        shutil.copyfileobj(source, target)
    if path.stat().st_size != member.size:
        raise UserError(f"{file}: {member.name!r} is cut off; make the archive again")
