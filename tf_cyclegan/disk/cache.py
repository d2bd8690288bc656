"""The folder for files that are downloaded or unpacked once and may be deleted."""

import contextlib
import os
import tempfile
from pathlib import Path

from tf_cyclegan.errors import UserError

_NAME = "tf_cyclegan"


def cache_folder() -> Path:
    """`tf_cyclegan` in the user's folder for caches: XDG_CACHE_HOME, else ~/.cache.

    A user without a home, as in many containers, has it in the system's temporary folder, where nobody else can write.

    Raises:
        UserError: somebody else has a folder of that name there.
    """
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    if Path(chosen).is_absolute():  # Others are to be ignored, says the XDG Base Directory Specification.
        return Path(chosen) / _NAME
    return Path.home() / ".cache" / _NAME if _has_home() else _temporary_folder()


def ensure_home() -> None:
    """Gives a user without a home this folder for one, while the program runs.

    Keras, Kaggle's package and others would make a folder ~ where the program was called.
    """
    if not _has_home():
        with contextlib.suppress(UserError):  # Code that needs the folder reports why it cannot be made.
            os.environ["USERPROFILE" if os.name == "nt" else "HOME"] = str(cache_folder())


def _has_home() -> bool:
    try:
        Path.home()
    except RuntimeError:
        return False
    return True


def _temporary_folder() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"{_NAME}-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise UserError(f"{folder}: cannot be made ({error.strerror}); set XDG_CACHE_HOME to a folder") from error
    # Files that another user has put there must not be run.
    if folder.is_symlink() or (hasattr(os, "getuid") and found.st_uid != user):
        raise UserError(f"{folder}: belongs to somebody else; set XDG_CACHE_HOME to a folder of your own")
    return folder
