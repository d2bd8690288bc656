"""Feature extractors by name, for the distances of `metrics`."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from PIL import Image

from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.files import load_network
from tf_cyclegan.pictures.pixels import central_square, normalize
from tf_cyclegan.score import inception
from tf_cyclegan.settings.choices import FEATURES

BATCH = 16
_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications"


class Features(NamedTuple):
    """Of a batch of pictures: `values` `(n, features)`, and class `probabilities` `(n, classes)` where it has them."""

    values: np.ndarray
    probabilities: np.ndarray | None


@dataclass(frozen=True)
class Extractor:
    """A network that turns pictures into features.

    Attributes:
        name: is given with every number that is computed with it.
        resize: how a picture is scaled to the network's size; it is given with the name.
        weights: digest of the network's weights.
        prepare: a square uint8 picture → what the network takes.
        network: `(batch, side, side, 3)` → features, or features and logits or probabilities.
        logits: whether the second output still needs a softmax.
    """

    name: str
    resize: str
    weights: str
    prepare: Callable[[np.ndarray], np.ndarray]
    network: keras.Model
    logits: bool = False

    @property
    def width(self) -> int:
        """How many features a picture has."""
        return int(self.network.outputs[0].shape[-1])

    @property
    def classifies(self) -> bool:
        """Whether the network ends in classes, as the inception score needs."""
        return len(self.network.outputs) > 1

    def __call__(self, pictures: Iterable[Image.Image | np.ndarray]) -> np.ndarray:
        """Features of RGB pictures: `(n, features)` float32."""
        found = [batch.values for batch in self.batches(pictures)]
        return np.concatenate(found) if found else np.empty((0, self.width), np.float32)

    def batches(self, pictures: Iterable[Image.Image | np.ndarray]) -> Iterator[Features]:
        """Features of RGB uint8 pictures of any size, one batch at a time. Each picture is cut to its central square.

        Raises:
            UserError: a picture whose features are not finite.
        """
        batch: list[np.ndarray] = []
        for picture in pictures:
            batch.append(self.prepare(central_square(np.asarray(picture))))
            if len(batch) == BATCH:
                yield self._extract(np.stack(batch))
                batch = []
        if batch:
            yield self._extract(np.stack(batch))

    def _extract(self, batch: np.ndarray) -> Features:
        # Always a full batch: one more size would be compiled anew.
        full = np.concatenate([batch, np.zeros((BATCH - len(batch), *batch.shape[1:]), batch.dtype)])
        outputs = self.network.predict_on_batch(full)
        values, *classes = (np.asarray(o)[: len(batch)] for o in (outputs if self.classifies else [outputs]))
        if not np.isfinite(values).all():
            raise UserError(f"{self.name}: NaN among the features; its weights, or the pictures, are damaged")
        return Features(values, None if not classes else _softmax(classes[0]) if self.logits else classes[0])


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _bicubic(side: int) -> Callable[[np.ndarray], np.ndarray]:
    def prepare(square: np.ndarray) -> np.ndarray:
        return normalize(np.asarray(Image.fromarray(square).resize((side, side), Image.Resampling.BICUBIC)))

    return prepare


def _published(square: np.ndarray) -> np.ndarray:
    return (inception.resize_like_tensorflow_1(square[None])[0] - 128) / 128


class _Application(NamedTuple):
    """A network of `keras.applications`."""

    function: str
    side: int
    url: str


_APPLICATIONS = {
    "inception_v3_keras": _Application(
        "InceptionV3", 299, f"{_KERAS}/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels.h5"
    ),
    "mobilenet_v2": _Application(
        "MobileNetV2", 224, f"{_KERAS}/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5"
    ),
}


def load_extractor(name: str = "mobilenet_v2", weights: str | Path | None = None) -> Extractor:
    """A feature extractor with ImageNet weights.

    Args:
        name: one of `choices.FEATURES`. `inception_v3_fid` is the network of published FIDs; the others are those of
            `keras.applications`, whose numbers are not comparable with published ones.
        weights: a file with its weights, where there is no connection to download it: the published `.pth` for
            `inception_v3_fid`, the network as `.keras` or its weights as `.h5` for the others.

    Raises:
        UserError: unknown name, or weights that cannot be obtained or are of another network.
    """
    if name not in FEATURES:
        raise UserError(f"unknown features {name!r}; one of {', '.join(FEATURES)}")
    if weights and not Path(weights).is_file():
        raise UserError(f"{weights}: no such file; {_how_to_get(name)}")
    if name == "inception_v3_fid":
        network = inception.load_inception(weights or _download_inception())
        return Extractor(name, "bilinear as TensorFlow 1 to 299 px", _digest(network, name), _published, network, True)
    found = _APPLICATIONS[name]
    network, logits = _pooled(_load_application(name, weights), weights or name, found)
    return Extractor(
        name,
        f"bicubic with antialiasing to {found.side} px",
        _digest(network, name),
        _bicubic(found.side),
        network,
        logits,
    )


def _how_to_get(name: str) -> str:
    url = inception.URL if name == "inception_v3_fid" else _APPLICATIONS[name].url
    return f"download {url} on a machine with a connection and give the file with --features {name} --weights FILE"


def _download_inception() -> str:
    try:
        path = keras.utils.get_file(origin=inception.URL)
    except Exception as error:
        raise UserError(
            f"the weights of inception_v3_fid could not be downloaded; {_how_to_get('inception_v3_fid')}"
        ) from error
    if not sha256_of(Path(path)).startswith(inception.SHA256):
        Path(path).unlink()
        raise UserError("the weights of inception_v3_fid arrived damaged and were removed; try again")
    return path


def _load_application(name: str, weights: str | Path | None) -> keras.Model:
    build = getattr(keras.applications, _APPLICATIONS[name].function)
    if weights is None:
        try:
            return build()
        except Exception as error:
            raise UserError(f"the weights of {name} could not be downloaded; {_how_to_get(name)}") from error
    if Path(weights).suffix != ".h5":
        return load_network(weights)
    try:
        return build(weights=str(weights))
    except Exception as error:
        raise UserError(f"{weights}: not the weights of {name}, or damaged; {_how_to_get(name)}") from error


def _pooled(network: keras.Model, path: str | Path, found: _Application) -> tuple[keras.Model, bool]:
    """The network up to its pooled features, and its classes where a classifier follows; whether these are logits."""
    pools = [layer for layer in network.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D)]
    if not pools:
        raise UserError(f"{path}: no pooled features in this network; expected {found.function}")
    if tuple(network.input_shape[1:]) not in ((found.side, found.side, 3), (None, None, 3)):
        raise UserError(f"{path}: takes {network.input_shape[1:]}; expected {found.function} for {found.side} px")
    features, classes, last = pools[-1].output, network.outputs[-1], network.layers[-1]
    if classes is features or len(classes.shape) != 2:
        return keras.Model(network.input, features), False
    softmax = isinstance(last, keras.layers.Softmax) or getattr(last, "activation", None) is keras.activations.softmax
    return keras.Model(network.input, [features, classes]), not softmax


def _digest(network: keras.Model, name: str) -> str:
    digest = hashlib.sha256()
    for variable in network.weights:
        values = np.ascontiguousarray(variable)
        if not np.isfinite(values).all():  # ReLU would hide it.
            raise UserError(f"{name}: NaN among its weights; {_how_to_get(name)}")
        digest.update(values.tobytes())
    return digest.hexdigest()[:12]
