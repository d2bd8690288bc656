"""Where a painting goes if no place is named: next to its photograph, never over a file that is there."""

import os
from collections.abc import Sequence
from pathlib import Path

from tf_cyclegan.disk.names import safe_name
from tf_cyclegan.stylize.style import Bundle


def label_of(bundle: Bundle) -> str:
    """What a painting in a style is called after: the keys of the periods that are mixed, else the style's name."""
    mixed = [key for key, share in bundle.weights.items() if share]
    return "-".join(mixed) if len(mixed) > 1 else "-".join(bundle.name().lower().split())


def places_beside(photos: Sequence[Path], label: str, ending: str = ".jpg") -> list[Path]:
    """`photo-LABEL.jpg` next to each photograph, with a number where that is taken.

    Args:
        photos: files, or folders whose paintings go into a new folder.
        label: what is put behind the photograph's name.
        ending: of the paintings; empty for a folder.
    """
    places: list[Path] = []
    for photo in photos:
        # "." and ".." have no name of their own.
        named = photo if photo.name not in ("", "..") else Path(os.path.abspath(photo))  # noqa: PTH100 (links stay)
        name, number = f"{named.name if named.is_dir() else named.stem}-{label}", 1
        while (place := named.with_name(safe_name(name, ending, number))) in places or os.path.lexists(place):
            number += 1
        places.append(place)
    return places
