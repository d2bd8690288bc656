"""Pictures of a plain folder, nested or flat, or of a zip of one, which is read in place."""

from pathlib import Path

from tf_cyclegan.disk.names import printable
from tf_cyclegan.pictures.source import list_source
from tf_cyclegan.prepare.gather.label import label_sources
from tf_cyclegan.prepare.gather.work import PassedOver, Work


def read_folder(
    source: str | Path, passed_over: list[PassedOver] | None = None, label: str | None = None
) -> list[Work]:
    """Every picture below a folder, or in a zip; a folder and its zip give the same works.

    Args:
        source: a folder, or a zip file.
        passed_over: files that are no pictures, or cannot be read, are added to it.
        label: the works' `source` (default: the name of the folder, or of the zip without its ending).

    Raises:
        UserError: there is no such folder or zip, or no picture in it.
    """
    source = Path(source)
    found = list_source(source)
    called = label_sources([source])[0][0] if label is None else label
    if passed_over is not None:
        passed_over += [PassedOver(called, file, reason) for file, reason in found.left_out.items()]
    works = []
    for file, opened in found.files.items():
        name, origins = printable(file), (source, found.links[file]) if file in found.links else (source,)
        works.append(Work(name, opened, called, folder=name.rpartition("/")[0].split("/")[0], origins=origins))
    return works
