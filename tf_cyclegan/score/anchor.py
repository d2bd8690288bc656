"""What another program painted of the same photographs, as an anchor for every score."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from tf_cyclegan.disk.names import folded, printable
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import list_pictures, open_picture
from tf_cyclegan.pictures.pixels import central_square, resize, short_side_size
from tf_cyclegan.score.feature_sets import SIDE, FeatureCache
from tf_cyclegan.score.rival import Rival

_THREADS = 8
# How far width over height may be from the photograph's: programs round sides to multiples of 4 or 8.
_ASPECT = 0.05


class Anchor(Rival):
    """Pictures that another program painted of photographs: a file for each, with its name up to the ending.

    A painting is brought to the size of its photograph, since the detail of the two can be compared only place by
    place, and then both are cut alike.

    Args:
        folder: of the paintings.
        photographs: those to be scored.
        among: the folder of the photographs; the paintings may be of all of them.

    Raises:
        UserError: a painting is missing, is of no photograph, is cut in another way, or cannot be read; names the
            first.
    """

    def __init__(self, folder: str | Path, photographs: Sequence[Path], among: Path):
        super().__init__(photographs)
        self.folder = Path(folder)
        self.label = printable(self.folder.resolve().name)
        self.paintings = _matching(self.folder, photographs, among)
        with ThreadPoolExecutor(_THREADS) as pool:  # Decoding releases Python's lock.
            self._sizes = list(pool.map(_size_for, self.paintings, photographs))

    def __call__(self, index: int, crop: np.ndarray) -> np.ndarray:
        """The same part of the painting."""
        return central_square(np.asarray(resize(open_picture(self.paintings[index]), self._sizes[index])))

    def name(self, cache: FeatureCache) -> str:
        return f"painted elsewhere, {cache.digest(self.paintings)}"


def _matching(folder: Path, photographs: Sequence[Path], among: Path) -> list[Path]:
    """The painting of each photograph."""
    paintings, every = _by_name(folder), _by_name(among)
    extra = [path for name, path in paintings.items() if name not in every]
    if extra:
        raise UserError(f"{extra[0]}: there is no photograph of this name in {among}; take it out of the folder")
    wanted = [_name(path, among) for path in photographs]
    missing = [path for name, path in zip(wanted, photographs, strict=True) if name not in paintings]
    if missing:
        count = f"{len(missing)} of {len(photographs)} are missing"
        raise UserError(f"{folder}: there is no painting of {missing[0]} ({count}); give it the photograph's name")
    return [paintings[name] for name in wanted]


def _by_name(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in list_pictures(folder):
        twin = found.setdefault(_name(path, folder), path)
        if twin != path:
            raise UserError(f"{twin} and {path.name} have one name up to the ending; keep only the one that is meant")
    return found


def _name(path: Path, folder: Path) -> str:
    return folded(path.relative_to(folder).with_suffix("").as_posix())


def _size_for(painting: Path, photograph: Path) -> tuple[int, int]:
    """Width and height of a photograph with its short side at `SIDE`, if the painting shows as much of it."""
    own, size = open_picture(painting).size, open_picture(photograph).size
    if abs(own[0] * size[1] / (own[1] * size[0]) - 1) > _ASPECT:
        sides = f"{own[0]}×{own[1]} pixels, but the photograph has {size[0]}×{size[1]}"
        raise UserError(f"{painting}: {sides}; paint whole photographs, without cutting or squeezing them")
    return short_side_size(size, SIDE)
