"""A folder as one file, and back: cloud drives are slow on many small files, and fast on one."""

import lzma
import shutil
import tarfile
from pathlib import Path, PurePosixPath

from tf_cyclegan.errors import UserError
from tf_cyclegan.files import replacing
from tf_cyclegan.folders import is_free, replacing_folder
from tf_cyclegan.paths import check_apart

COMPRESSED = ".xz"
PRESET = 9 | lzma.PRESET_EXTREME
_BLOCK = 1 << 20
# What xz needs to unpack what `pack` made, twice over: its dictionary is 64 MiB.
_MEMORY = 1 << 27


def pack(folder: str | Path, file: str | Path) -> Path:
    """Packs everything below `folder` into one tar file, which appears only when it is complete.

    The same files give the same bytes: members are sorted, and carry neither times nor owners. Only a file whose name
    ends in `COMPRESSED` is compressed, and with all that xz can do: JPEGs do not get smaller, but the models of a style
    hold the same weights, and rounded ones take few bits.

    Args:
        folder: what to pack; its own name is not part of the archive.
        file: the .tar or .tar.xz to make; an earlier one is replaced when the new one is complete.

    Raises:
        UserError: there is no such folder, the archive would lie within, or it cannot be written.
    """
    folder, file = Path(folder), Path(file)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    check_apart({"the archive": file}, {"the folder": folder})
    members = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    how = {"mode": "w:xz", "preset": PRESET} if file.suffix == COMPRESSED else {"mode": "w"}
    with replacing(file) as partial, tarfile.open(partial, **how, format=tarfile.PAX_FORMAT) as archive:
        for path in members:
            archive.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=_anonymous)
    return file


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member


def is_compressed(file: Path) -> bool:
    """Whether a file begins as xz does, whatever its name."""
    with file.open("rb") as source:
        return source.read(6) == b"\xfd7zXZ\x00"


def decompress(file: Path, out: Path, most: int) -> Path:
    """Writes the plain archive in a compressed one to `out`.

    Args:
        file: a .tar.xz.
        out: to make.
        most: bytes that it may hold: a small file can hold more than any disk.

    Raises:
        UserError: it is damaged, or holds more.
        OSError: a file cannot be read or written.
    """
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
                    raise UserError(f"{file.name}: holds more than {most:,} bytes")
                target.write(plain)
    except (lzma.LZMAError, EOFError) as error:
        raise UserError(f"{file.name}: damaged ({error}); make it again") from error
    return out


def unpack(file: str | Path, folder: str | Path) -> Path:
    """Unpacks what `pack` made; the folder appears only when it is complete, and nothing is written outside it.

    A folder that is there already is left as it is, unless it is empty: unpacking once more costs nothing. Compressed
    archives are refused, see `decompress`.

    Args:
        file: the .tar file.
        folder: to make.

    Raises:
        UserError: no such file, damaged, a member would land outside the folder, or the disk is full.
    """
    file, folder = Path(file), Path(folder)
    if folder.is_dir() and not is_free(folder):
        return folder
    check_apart({"the folder": folder}, {"the archive": file})
    try:
        with tarfile.open(file, "r:") as archive, replacing_folder(folder, None, "empty") as partial:
            for member in archive:
                _extract(archive, member, partial, file)
    except FileNotFoundError as error:
        raise UserError(f"{file}: no such file") from error
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror or error})") from error
    except (tarfile.TarError, EOFError) as error:
        raise UserError(f"{file}: damaged, or no archive of a folder ({error}); make it again") from error
    return folder


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, file: Path) -> None:
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
