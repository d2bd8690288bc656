"""Pictures of a plain folder, nested or flat."""

from functools import partial
from pathlib import Path

from tf_cyclegan.names import printable
from tf_cyclegan.pictures import list_pictures
from tf_cyclegan.prepare.work import Work, open_file


def read_folder(folder: str | Path) -> list[Work]:
    """Every picture below `folder`.

    Raises:
        UserError: there is no such folder, or no picture in it.
    """
    folder = Path(folder)
    return [_work(folder, path) for path in list_pictures(folder)]


def _work(folder: Path, path: Path) -> Work:
    name = printable(path.relative_to(folder).as_posix())
    origins = (folder, path) if path.is_symlink() else (folder,)
    return Work(name, partial(open_file, path), printable(folder.name), origins=origins)
