"""Feature extractors by name, for the distances of `metrics`."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks import load_network
from tf_cyclegan.pictures import normalize

NAMES = ("mobilenet_v2",)
_SIDE = 224
_BATCH = 16


@dataclass(frozen=True)
class Extractor:
    """A network that turns pictures into features.

    Attributes:
        name: goes beside every number that is computed with it.
        network: floats in [-1, 1], `(batch, 224, 224, 3)` → `(batch, features)`.
    """

    name: str
    network: keras.Model

    def __call__(self, pictures: Iterable[Image.Image]) -> np.ndarray:
        """Features of RGB pictures: `(n, features)` float32. Each is cut to its central square, bicubic to 224 px."""
        found, batch = [], []
        for picture in pictures:
            batch.append(_square(picture))
            if len(batch) == _BATCH:
                found.append(self._extract(batch))
                batch = []
        if batch:
            found.append(self._extract(batch))
        return np.concatenate(found) if found else np.empty((0, self.network.output_shape[-1]), np.float32)

    def _extract(self, batch: list[np.ndarray]) -> np.ndarray:
        return np.asarray(self.network(normalize(np.stack(batch)), training=False))


def _square(picture: Image.Image) -> np.ndarray:
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.crop((left, top, left + side, top + side))
    return np.asarray(square.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC))


def load_extractor(name: str = "mobilenet_v2", weights: str | Path | None = None) -> Extractor:
    """A feature extractor with ImageNet weights.

    Args:
        name: one of `NAMES`.
        weights: a `.keras` file of the network, where there is no connection to download it.

    Raises:
        UserError: unknown name, or weights that cannot be had.
    """
    if name not in NAMES:
        raise UserError(f"unknown features {name!r}; one of {', '.join(NAMES)}")
    if weights:
        return Extractor(name, _pooled(load_network(weights), weights))
    try:
        network = keras.applications.MobileNetV2(include_top=False, pooling="avg", input_shape=(_SIDE, _SIDE, 3))
    except Exception as error:
        raise UserError(
            "the weights of mobilenet_v2 could not be downloaded; give a .keras file of the network with --weights"
        ) from error
    return Extractor(name, network)


def _pooled(network: keras.Model, path: str | Path) -> keras.Model:
    """The network up to its pooled features, whether or not a classifier follows them."""
    pools = [layer for layer in network.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D)]
    if not pools:
        raise UserError(f"{path}: no pooled features in this network; expected MobileNetV2")
    return keras.Model(network.input, pools[-1].output)
