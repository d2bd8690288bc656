"""Pictures of one domain put through a generator, and how similar they are to their originals."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.pixels import normalize, to_uint8
from tf_cyclegan.pictures.similarity import edge_agreement, psnr, ssim
from tf_cyclegan.score.bands import Bands, compare_bands
from tf_cyclegan.score.damage import Damage, find_damage
from tf_cyclegan.score.extractors import Extractor
from tf_cyclegan.score.feature_sets import LOOKS, Collector, FeatureSet, central_crop, kept_of

_BATCH = 16
_PAINTED_AT_ONCE = 4


@dataclass
class Translation:
    """A generator's results for pictures.

    Attributes:
        features: of the results, by look.
        pairs: how alike picture and result (`edges`), picture and cycle (`psnr`, `ssim`) are: an array each, of the
            pictures `kept_of` their number.
        damage, bands: of the same pictures.
    """

    features: dict[str, FeatureSet]
    pairs: dict[str, np.ndarray] = field(default_factory=dict)
    damage: list[Damage] = field(default_factory=list)
    bands: list[Bands] = field(default_factory=list)


def translate(extractor: Extractor, paths: list[Path], there: keras.Model, back: keras.Model) -> Translation:
    """Translates pictures and back, a batch at a time; nothing of a picture is kept but its numbers.

    Raises:
        UserError: a generator paints NaN.
    """
    kept = set(kept_of(len(paths)).tolist())
    collectors = {look: Collector(len(paths), extractor.width, classes=look == "colour") for look in LOOKS}
    pairs: dict[str, list[float]] = {"edges": [], "psnr": [], "ssim": []}
    damage: list[Damage] = []
    bands: list[Bands] = []
    for start, pictures in batches(paths):
        results = paint(there, pictures)
        for look, collector in collectors.items():
            for features in extractor.batches(map(LOOKS[look], results)):
                collector.add(*features)
        for i, (picture, result, cycled) in enumerate(zip(pictures, results, paint(back, results), strict=True), start):
            if i in kept:
                pairs["edges"].append(edge_agreement(picture, result))
                pairs["psnr"].append(psnr(picture, cycled))
                pairs["ssim"].append(ssim(picture, cycled))
                damage.append(find_damage(picture, result))
                bands.append(compare_bands(picture, result))
    sets = {look: collector.finish() for look, collector in collectors.items()}
    return Translation(sets, {name: np.array(values) for name, values in pairs.items()}, damage, bands)


def batches(paths: list[Path]) -> Iterator[tuple[int, np.ndarray]]:
    """Central crops of picture files, a batch at a time, with the place of its first."""
    for start in range(0, len(paths), _BATCH):
        yield start, np.stack([central_crop(path) for path in paths[start : start + _BATCH]])


def paint(generator: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """A generator's results for a batch of uint8 pictures: uint8.

    Raises:
        UserError: it paints NaN.
    """
    starts = range(0, len(pictures), _PAINTED_AT_ONCE)
    parts = [normalize(pictures[i : i + _PAINTED_AT_ONCE]) for i in starts]
    painted = np.concatenate([np.asarray(generator(part, training=False)) for part in parts])
    if not np.isfinite(painted).all():
        raise UserError(f"{generator.name} paints NaN: its training has diverged; evaluate an earlier checkpoint")
    return to_uint8(painted)


def identity(paths: list[Path], generator: keras.Model) -> dict[str, float | None]:
    """How far a generator leaves pictures of its own target domain unchanged: mean PSNR (dB) and SSIM."""
    alike: list[tuple[float, float]] = []
    for _, pictures in batches([paths[i] for i in kept_of(len(paths))]):
        alike += [(psnr(p, same), ssim(p, same)) for p, same in zip(pictures, paint(generator, pictures), strict=True)]
    return {"psnr": mean([a[0] for a in alike]), "ssim": mean([a[1] for a in alike])}


def mean(values) -> float | None:
    """The mean; None where it is not finite, as of PSNR where a picture comes back unchanged."""
    mean = float(np.mean(values))
    return mean if np.isfinite(mean) else None
