"""How close generated pictures are to a period, beside anchors computed in the same way."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

from tf_cyclegan.features import Extractor
from tf_cyclegan.metrics import kernel_distance
from tf_cyclegan.pictures import list_pictures, normalize, open_picture, resize_short_side, to_uint8

SIDE = 256
_SUBSETS = 50
_SUBSET_SIZE = 50


def held_out_crops(folder: str | Path, limit: int | None = None) -> Iterator[Image.Image]:
    """The central `SIDE`-pixel square of every picture of a folder, the short side brought to `SIDE` first."""
    for path in list_pictures(folder)[:limit]:
        picture = resize_short_side(open_picture(path), SIDE)
        left, top = (picture.width - SIDE) // 2, (picture.height - SIDE) // 2
        yield picture.crop((left, top, left + SIDE, top + SIDE))


def translate(generator: keras.Model, pictures: Iterable[Image.Image]) -> Iterator[Image.Image]:
    """What the generator makes of each picture."""
    for picture in pictures:
        painted = generator(normalize(np.asarray(picture))[None], training=False)
        yield Image.fromarray(to_uint8(painted)[0])


def score_direction(
    extractor: Extractor, generator: keras.Model, source: Path, target: Path, target_training: Path
) -> dict[str, Any]:
    """KID of the results to the held-out pictures of the target, with its anchors.

    Args:
        extractor: of the features.
        generator: source → target.
        source: folder of held-out pictures to translate.
        target: folder of held-out pictures of the target domain.
        target_training: folder of the target's training pictures, for the floor.

    Returns:
        `kid` with `result`, `untouched` (the source pictures themselves) and `real` (training pictures of the
        target: the floor), each with the unbiased value on all and mean and deviation over subsets; `content`, the
        mean cosine between the features of a picture and of its result; the sample sizes.
    """
    real = extractor(held_out_crops(target))
    untouched = extractor(held_out_crops(source))
    result = extractor(translate(generator, held_out_crops(source)))
    floor = extractor(held_out_crops(target_training, limit=4 * len(real)))
    sets = {"result": result, "untouched": untouched, "real": floor}
    norms = np.linalg.norm(untouched, axis=1) * np.linalg.norm(result, axis=1)
    return {
        "kid": {name: _kid(features, real) for name, features in sets.items()},
        "content": float(np.mean(np.sum(untouched * result, axis=1) / norms)),
        "samples": {"source": len(untouched), "target": len(real), "target_training": len(floor)},
    }


def _kid(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    mean, deviation = kernel_distance(x, y, subsets=_SUBSETS, subset_size=_SUBSET_SIZE)  # type: ignore[misc]
    return {"value": kernel_distance(x, y), "subset_mean": mean, "subset_std": deviation}  # type: ignore[dict-item]
