"""Pictures of a plain folder, nested or flat."""

from functools import partial
from pathlib import Path

from tf_cyclegan.picture_files import find_pictures
from tf_cyclegan.prepare.work import PassedOver, Work, open_file


def read_folder(folder: str | Path, passed_over: list[PassedOver] | None = None) -> list[Work]:
    """Every picture below `folder`; what is none, or cannot be read, is added to `passed_over`.

    Raises:
        UserError: there is no such folder, or no picture in it.
    """
    folder = Path(folder)
    found = find_pictures(folder)
    if passed_over is not None:
        passed_over += [PassedOver(folder.name, name, reason) for name, reason in found.left_out.items()]
    return [Work(p.relative_to(folder).as_posix(), partial(open_file, p), folder.name) for p in found.pictures]
