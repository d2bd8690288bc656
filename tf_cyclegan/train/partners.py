"""Which paintings fit a photograph: those that show the like and have their colours in the same places.

So a sky learns from skies and a face from faces, and not from the average of a period.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.efficientnet_lite import feature_network
from tf_cyclegan.pictures.pixels import normalize
from tf_cyclegan.run.folder import PARTNERS
from tf_cyclegan.train.data import Domain

# The features that say what a picture shows, and the side to which it is brought for them.
_FEATURE, _SIDE = "block10", 224
# Side of the grid of mean colours, and how much they count.
_GRID, _COLOUR = 4, 0.7
_BATCH = 16


def find_partners(domains: Sequence[tuple[Domain, Domain]], count: int) -> np.ndarray:
    """For each photograph the numbers of the `count` paintings that fit it best, nearest first: int32 `(n, count)`.

    The photographs of one period follow those of another.

    The distance is the Euclidean one between descriptions: deep features of EfficientNet-Lite0 as the mean over the
    picture, scaled to unit length, and the mean colours of a 4 × 4 grid.

    Args:
        domains: of each period its photographs, of which each is matched, and its paintings, to choose from.
        count: at most; fewer where a period has fewer paintings.
    """
    network, known = feature_network([_FEATURE]), {}
    for domain in (domain for pair in domains for domain in pair):
        if id(domain) not in known:  # Periods may share their photographs.
            known[id(domain)] = np.concatenate([*_described(domain, network)])
    nearest = [_nearest(known[id(photographs)], known[id(paintings)]) for photographs, paintings in domains]
    return np.concatenate([found[:, : _count(domains, count)] for found in nearest]).astype(np.int32)


def _count(domains: Sequence[tuple[Domain, Domain]], count: int) -> int:
    return min(count, *(len(paintings) for _, paintings in domains))


def _nearest(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    distances = (ours**2).sum(1)[:, None] - 2 * ours @ theirs.T + (theirs**2).sum(1)[None]
    return np.argsort(distances, axis=1, kind="stable")


def _described(domain: Domain, network) -> Iterator[np.ndarray]:
    for first in range(0, len(domain), _BATCH):
        pictures = [Image.fromarray(domain.picture(i)) for i in range(first, min(first + _BATCH, len(domain)))]
        small = np.stack([normalize(np.asarray(p.resize((_SIDE, _SIDE)))) for p in pictures])
        features = np.asarray(network(small, training=False)[_FEATURE], np.float64)
        shown = features.mean(axis=(1, 2))
        shown /= np.linalg.norm(shown, axis=1, keepdims=True)
        grids = [p.resize((_GRID, _GRID), Image.Resampling.BOX) for p in pictures]
        colours = np.stack([normalize(np.asarray(grid)).ravel() for grid in grids])
        yield np.concatenate([shown, _COLOUR * colours / colours.shape[1] ** 0.5], axis=1)


def read_partners(run: Path, domains: Sequence[tuple[Domain, Domain]], count: int) -> np.ndarray:
    """What a run, or a copy of it, found when it began: on another machine rounding might choose others.

    Raises:
        UserError: they are missing or damaged.
    """
    path = run / PARTNERS
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path}: cannot be read ({error}); the run cannot be continued exactly without it") from error
    if not _fits(found, domains, count):
        raise UserError(f"{path}: damaged, or of another run; the run cannot be continued exactly without it")
    return found


def _fits(found: np.ndarray, domains: Sequence[tuple[Domain, Domain]], count: int) -> bool:
    sizes = [len(photographs) for photographs, _ in domains]
    if found.shape != (sum(sizes), _count(domains, count)) or found.dtype != np.int32 or found.min() < 0:
        return False
    parts = np.split(found, np.cumsum(sizes)[:-1])
    return all(part.max() < len(paintings) for part, (_, paintings) in zip(parts, domains, strict=True))


def write_partners(run: Path, partners: np.ndarray) -> None:
    """Raises:
    UserError: the file cannot be written.
    """
    with replacing(run / PARTNERS) as unfinished, unfinished.open("wb") as file:
        np.save(file, partners)
