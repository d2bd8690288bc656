"""EfficientNet-Lite0, trained on ImageNet: terms and discriminators see the pictures through its features."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from keras import layers

from tf_cyclegan.errors import UserError

# Kernels and biases of the layers below, batch normalization folded in, and the spread of every feature's channels in
# paintings and photographs; float16. `tests/reference/efficientnet_lite/make.py` made it. The notice is next to it.
WEIGHTS = Path(__file__).with_name("efficientnet_lite0.npz")
SHA256 = "b925fac9fd097529297c736138ee4ab852d8576d3ddc701d06509f309b73a324"


class _Stage(NamedTuple):
    repeats: int
    kernel: int
    stride: int
    expand: int
    channels: int


_STEM = 32
_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
)


def feature_network(names: Sequence[str]) -> keras.Model:
    """The network down to a sixteenth of the picture's size; its weights do not learn.

    Args:
        names: of the features: "stem", "block0" to "block10" for the output of a block, "block1_expand" to
            "block10_expand" for the wide features after the first convolution of a block.

    Returns:
        A model `(batch, h, w, 3)`, values in [-1, 1] → a dictionary of these features `(batch, h/k, w/k, channels)`,
        sides rounded up.

    Raises:
        UserError: the file of the weights is missing or damaged.

    Reference: Tan and Le, https://arxiv.org/abs/1905.11946; Lite: no squeeze-and-excitation, ReLU6 in place of swish.
    """
    picture = keras.Input((None, None, 3), name="picture")
    features = all_features(picture)
    network = keras.Model(picture, {name: features[name] for name in names}, name="efficientnet_lite0")
    network.trainable = False
    weights = _read_weights()
    for layer in network.layers:
        if layer.weights:
            layer.set_weights([weights[f"{layer.name}/kernel"], weights[f"{layer.name}/bias"]])
    return network


def feature_spread(names: Sequence[str]) -> dict[str, np.ndarray]:
    """The standard deviation of each channel of some features in paintings and photographs: `(channels,)` float32.

    Raises:
        UserError: as `feature_network`.
    """
    weights = _read_weights()
    return {name: weights[f"{name}/spread"] for name in names}


def all_features(picture: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
    """Every named feature of a picture.

    Batch normalization has fixed statistics here, so it is part of the convolutions, which have a bias for it.
    """
    x = _relu6(layers.Conv2D(_STEM, 3, 2, "same", name="stem")(picture))
    found, block = {"stem": x}, 0
    for stage in _STAGES:
        for repeat in range(stage.repeats):
            x = _inverted_residual(x, stage, stage.stride if repeat == 0 else 1, f"block{block}", found)
            block += 1
    return found


def _relu6(x):
    return layers.ReLU(6.0)(x)


def _inverted_residual(x, stage: _Stage, stride: int, name: str, found: dict[str, keras.KerasTensor]):
    inputs, width = x, x.shape[-1] * stage.expand
    if stage.expand > 1:
        x = found[f"{name}_expand"] = _relu6(layers.Conv2D(width, 1, name=f"{name}_expand")(x))
    depthwise = layers.DepthwiseConv2D(stage.kernel, stride, "same", name=f"{name}_depthwise")
    x = layers.Conv2D(stage.channels, 1, name=f"{name}_project")(_relu6(depthwise(x)))
    if stride == 1 and inputs.shape[-1] == stage.channels:
        x = layers.Add(name=f"{name}_add")([x, inputs])
    found[name] = x
    return x


def _read_weights() -> dict[str, np.ndarray]:
    try:
        data = WEIGHTS.read_bytes()
    except OSError as error:
        raise UserError(f"{WEIGHTS}: cannot be read ({error.strerror or error}); install the package again") from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise UserError(f"{WEIGHTS}: damaged (its sha256 is another); install the package again")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return {name: values.astype(np.float32) for name, values in arrays.items()}
