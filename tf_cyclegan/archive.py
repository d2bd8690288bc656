"""A folder as one file, and back: cloud drives are slow on many small files, and fast on one."""

import contextlib
import shutil
import tarfile
from pathlib import Path, PurePosixPath

from tf_cyclegan.errors import UserError
from tf_cyclegan.files import replacing


def pack(folder: str | Path, file: str | Path) -> Path:
    """Packs everything below `folder` into one tar file, which appears only when it is complete.

    The same files give the same bytes: members are sorted, and carry neither times nor owners. Nothing is compressed,
    since JPEGs do not get smaller.

    Args:
        folder: what to pack; its own name is not part of the archive.
        file: the .tar to make; an earlier one is replaced when the new one is complete.

    Raises:
        UserError: there is no such folder, or the archive cannot be written.
    """
    folder, file = Path(folder), Path(file)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    members = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    with replacing(file) as partial, tarfile.open(partial, "w", format=tarfile.PAX_FORMAT) as archive:
        for path in members:
            archive.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=_anonymous)
    return file


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member


def unpack(file: str | Path, folder: str | Path) -> Path:
    """Unpacks what `pack` made; the folder appears only when it is complete, and nothing is written outside it.

    A folder that is there already is left as it is: unpacking once more costs nothing. Compressed archives are refused:
    a small one can hold more than any disk.

    Args:
        file: the .tar file.
        folder: to make.

    Raises:
        UserError: no such file, damaged, a member would land outside the folder, or the disk is full.
    """
    file, folder = Path(file), Path(folder)
    if folder.is_dir():
        return folder
    partial = folder.with_name(f".partial-{folder.name}")
    try:
        with tarfile.open(file, "r:") as archive:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            for member in archive:
                _extract(archive, member, partial, file)
        partial.replace(folder)
    except FileNotFoundError as error:
        raise UserError(f"{file}: no such file") from error
    except (tarfile.TarError, EOFError) as error:
        raise UserError(f"{file}: damaged, or no archive of a folder ({error}); make it again") from error
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(partial)
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
    with source, path.open("wb") as target:
        shutil.copyfileobj(source, target)
    if path.stat().st_size != member.size:
        raise UserError(f"{file}: {member.name!r} is cut off; make the archive again")
