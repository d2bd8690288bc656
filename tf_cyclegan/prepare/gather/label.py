"""What the sources of a domain are called, so that a work's name is unique and says where it comes from."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from tf_cyclegan.disk.names import printable
from tf_cyclegan.errors import UserError


def label_sources(places: Sequence[Path], taken: Collection[str] = ()) -> list[tuple[str, Path]]:
    """The label of each folder or zip, which does not depend on their order, and the place; sorted by label.

    Labels are their names, `photos` of `my/photos` and `my/photos.zip`. Where two would be the same, all have as many
    of the folders above in front as tell them apart: `my/photos` and `your/photos`.

    Args:
        places: folders and zips.
        taken: labels that they must not have.

    Raises:
        UserError: a place is given twice.
    """
    real = [Path(os.path.realpath(place)) for place in places]
    for i, place in enumerate(real):
        if place in real[:i]:
            raise UserError(f"{places[i]} is given twice")
    labels = [place.stem if place.is_file() else place.name for place in places]
    for depth in range(1, max((len(place.parts) for place in real), default=0) + 1):
        if len({*labels, *taken}) == len(labels) + len({*taken}):
            break
        labels = ["/".join(place.parts[-depth:]) for place in real]
    return sorted(zip(map(printable, labels), places, strict=True))
