"""No artefact leaves unless it computes what Keras computes, on real pictures."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import keras
import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures import normalize

# At least this share of the values may differ by one level at most.
MIN_EQUAL_SHARE = 0.999


@dataclass(frozen=True)
class Verdict:
    """How an artefact compares with Keras, in levels of 0 to 255.

    Attributes:
        artefact: its name.
        pictures: compared.
        max_difference: largest difference.
        within_one_level: share of the values that differ by at most one level.
        psnr: peak signal-to-noise ratio in decibels; 99 where nothing differs.
    """

    artefact: str
    pictures: int
    max_difference: int
    within_one_level: float
    psnr: float

    def as_dict(self) -> dict:
        return asdict(self)


def compare(
    artefact: str,
    run: Callable[[np.ndarray], np.ndarray],
    generator: keras.Model,
    pictures: Sequence[np.ndarray],
) -> Verdict:
    """Runs an artefact and the generator on the same pictures.

    Args:
        artefact: name for the message.
        run: uint8 `(h, w, 3)` → uint8 `(h, w, 3)`.
        generator: floats in [-1, 1] in and out.
        pictures: uint8 `(h, w, 3)` each, sides that the generator takes.

    Raises:
        UserError: fewer than `MIN_EQUAL_SHARE` of the values are within one level.
    """
    differences = []
    for picture in pictures:
        floats = generator(normalize(picture)[None], training=False)
        expected = np.clip(np.floor((np.asarray(floats[0], np.float64) + 1.0) * 127.5 + 0.5), 0, 255)
        differences.append(np.abs(expected - run(picture)).ravel())
    difference = np.concatenate(differences)
    if not np.isfinite(difference).all():
        raise UserError(f"{artefact} is not what Keras computes: values are not finite; nothing was exported")
    error = float(np.mean(difference**2))
    share = float(np.mean(difference <= 1))
    psnr = min(99.0, 10 * np.log10(255.0**2 / error)) if error else 99.0
    verdict = Verdict(artefact, len(pictures), int(difference.max()), round(share, 6), round(float(psnr), 2))
    if share < MIN_EQUAL_SHARE:
        raise UserError(
            f"{artefact} is not what Keras computes: only {share:.2%} of the values are within one level, "
            f"largest difference {verdict.max_difference}; nothing was exported"
        )
    return verdict
