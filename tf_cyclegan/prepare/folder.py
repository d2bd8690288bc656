"""Pictures of a plain folder, nested or flat."""

from functools import partial
from pathlib import Path

from tf_cyclegan.pictures import list_pictures
from tf_cyclegan.prepare.work import Work, open_file


def read_folder(folder: str | Path) -> list[Work]:
    """Every picture below `folder`.

    Raises:
        UserError: there is no such folder, or no picture in it.
    """
    folder = Path(folder)
    paths = list_pictures(folder)
    return [Work(p.relative_to(folder).as_posix(), partial(open_file, p), folder.name) for p in paths]
