"""The InceptionV3 of published FIDs, which is not the one of `keras.applications`.

It is the graph of 5 December 2015 ("pt_inception-2015-12-05"): its average poolings leave the padding out, the last
block pools by the maximum, and there are 1008 classes. Layers have the names of the published PyTorch weights.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.published.state_dict import load_state_dict

SIDE = 299
URL = "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth"
# The first digits of the published file's sha256, which its name holds.
SHA256 = "6726825d"


def inception_v3_fid() -> keras.Model:
    """The network with initial weights: `(batch, 299, 299, 3)` in [-1, 1] → 2048 pooled features, and 1008 logits.

    The logits are those without the bias of the last layer, on which inception scores are published.

    Reference: Szegedy et al., https://arxiv.org/abs/1512.00567; weights as of Heusel et al., 2017
    """
    picture = keras.Input((SIDE, SIDE, 3), name="picture")
    x = _conv("Conv2d_1a_3x3", 32, 3, 2, "valid")(picture)
    x = _conv("Conv2d_2a_3x3", 32, 3, 1, "valid")(x)
    x = layers.MaxPooling2D(3, 2)(_conv("Conv2d_2b_3x3", 64, 3)(x))
    x = _conv("Conv2d_3b_1x1", 80, 1)(x)
    x = layers.MaxPooling2D(3, 2)(_conv("Conv2d_4a_3x3", 192, 3, 1, "valid")(x))
    for name, pooled in (("Mixed_5b", 32), ("Mixed_5c", 64), ("Mixed_5d", 64)):
        x = _block_a(name, x, pooled)
    x = _block_b("Mixed_6a", x)
    for name, inner in (("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)):
        x = _block_c(name, x, inner)
    x = _block_d("Mixed_7a", x)
    x = _block_e("Mixed_7b", x, layers.AveragePooling2D(3, 1, "same"))
    x = _block_e("Mixed_7c", x, layers.MaxPooling2D(3, 1, "same"))
    features = layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(picture, [features, layers.Dense(1008, use_bias=False, name="fc")(features)], name="inception")


class _Conv(layers.Layer):
    """Convolution without bias, batch norm with epsilon 1e-3, ReLU."""

    def __init__(self, filters, kernel, stride, padding, name):
        super().__init__(name=name)
        self.conv = layers.Conv2D(filters, kernel, stride, padding, use_bias=False)
        self.norm = layers.BatchNormalization(epsilon=1e-3)

    def build(self, shape):
        self.conv.build(shape)
        self.norm.build(self.conv.compute_output_shape(shape))

    def compute_output_shape(self, shape):
        return self.conv.compute_output_shape(shape)

    def call(self, x, training=False):
        return keras.ops.relu(self.norm(self.conv(x), training=training))


def _conv(name: str, filters: int, kernel, stride: int = 1, padding: str = "same") -> _Conv:
    return _Conv(filters, kernel, stride, padding, name)


def _chain(x, block: str, *steps):
    """Convolutions one after the other; a step is (name, filters, kernel) and what else `_conv` takes."""
    for name, *settings in steps:
        x = _conv(f"{block}.{name}", *settings)(x)
    return x


def _join(name: str, *branches):
    return layers.Concatenate(name=name)(branches)


def _block_a(name: str, x, pooled: int):
    one = _chain(x, name, ("branch1x1", 64, 1))
    five = _chain(x, name, ("branch5x5_1", 48, 1), ("branch5x5_2", 64, 5))
    three = _chain(x, name, ("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3), ("branch3x3dbl_3", 96, 3))
    pool = _chain(layers.AveragePooling2D(3, 1, "same")(x), name, ("branch_pool", pooled, 1))
    return _join(name, one, five, three, pool)


def _block_b(name: str, x):
    three = _chain(x, name, ("branch3x3", 384, 3, 2, "valid"))
    double = ("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3), ("branch3x3dbl_3", 96, 3, 2, "valid")
    return _join(name, three, _chain(x, name, *double), layers.MaxPooling2D(3, 2)(x))


def _block_c(name: str, x, inner: int):
    wide, high = (1, 7), (7, 1)
    one = _chain(x, name, ("branch1x1", 192, 1))
    seven = _chain(x, name, ("branch7x7_1", inner, 1), ("branch7x7_2", inner, wide), ("branch7x7_3", 192, high))
    kernels = (1, high, wide, high, wide)
    double = [(f"branch7x7dbl_{i}", 192 if i == 5 else inner, kernel) for i, kernel in enumerate(kernels, start=1)]
    pool = _chain(layers.AveragePooling2D(3, 1, "same")(x), name, ("branch_pool", 192, 1))
    return _join(name, one, seven, _chain(x, name, *double), pool)


def _block_d(name: str, x):
    three = _chain(x, name, ("branch3x3_1", 192, 1), ("branch3x3_2", 320, 3, 2, "valid"))
    seven = ("branch7x7x3_1", 192, 1), ("branch7x7x3_2", 192, (1, 7)), ("branch7x7x3_3", 192, (7, 1))
    seven = _chain(x, name, *seven, ("branch7x7x3_4", 192, 3, 2, "valid"))
    return _join(name, three, seven, layers.MaxPooling2D(3, 2)(x))


def _block_e(name: str, x, pooling: layers.Layer):
    def split(x, stem: str):
        return [_chain(x, name, (f"{stem}a", 384, (1, 3))), _chain(x, name, (f"{stem}b", 384, (3, 1)))]

    one = _chain(x, name, ("branch1x1", 320, 1))
    three = split(_chain(x, name, ("branch3x3_1", 384, 1)), "branch3x3_2")
    double = split(_chain(x, name, ("branch3x3dbl_1", 448, 1), ("branch3x3dbl_2", 384, 3)), "branch3x3dbl_3")
    pool = _chain(pooling(x), name, ("branch_pool", 192, 1))
    return _join(name, one, *three, *double, pool)


def load_inception(path: str | Path) -> keras.Model:
    """`inception_v3_fid` with the published weights, from their PyTorch file (`pt_inception-2015-12-05-6726825d.pth`).

    Raises:
        UserError: the file is missing, damaged, or holds other weights.
    """
    state = load_state_dict(path)
    network = inception_v3_fid()
    try:
        set_published_weights(network, state)
    except UserError as error:
        raise UserError(f"{path}: {error}; expected the weights of inception_v3_fid from {URL}") from error
    return network


def set_published_weights(network: keras.Model, state: dict[str, np.ndarray]) -> None:
    """Gives `inception_v3_fid` the weights of a PyTorch state dict, name by name.

    Raises:
        UserError: a name is missing, or has another shape.
    """
    for layer in network.layers:
        if layer.weights:
            layer.set_weights([_fitting(state, key, like) for key, like in _keys(layer)])


def _keys(layer: layers.Layer) -> list[tuple[str, keras.Variable]]:
    if layer.name == "fc":
        return [("fc.weight", layer.kernel)]
    norm = layer.norm
    weights = {
        "weight": norm.gamma,
        "bias": norm.beta,
        "running_mean": norm.moving_mean,
        "running_var": norm.moving_variance,
    }
    of_norm = {id(variable): f"{layer.name}.bn.{name}" for name, variable in weights.items()}
    return [(of_norm.get(id(variable), f"{layer.name}.conv.weight"), variable) for variable in layer.weights]


def _fitting(state: dict[str, np.ndarray], key: str, like: keras.Variable) -> np.ndarray:
    if key not in state:
        raise UserError(f"has no {key}")
    value = state[key]
    # PyTorch: (out, in, h, w) or (out, in); Keras: (h, w, in, out) or (in, out).
    value = value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T
    if value.shape != tuple(like.shape):
        raise UserError(f"{key} has another shape")
    return value


def resize_like_tensorflow_1(pictures: np.ndarray) -> np.ndarray:
    """Bilinear to 299 px without antialiasing, corners and not centres of pixels aligned, as published FIDs resize.

    Args:
        pictures: `(batch, h, w, 3)` uint8.

    Returns:
        `(batch, 299, 299, 3)` float32 in [0, 255].
    """
    rows, columns = (_interpolation(side) for side in pictures.shape[1:3])
    half = np.einsum("ph,bhwc->bpwc", rows, pictures.astype(np.float32), optimize=True)
    return np.einsum("qw,bpwc->bpqc", columns, half, optimize=True)


def _interpolation(side: int) -> np.ndarray:
    """The weights with which each of 299 places takes from `side` pixels, `(299, side)`."""
    places = np.arange(SIDE, dtype=np.float32) * np.float32(side / SIDE)
    low = places.astype(int)
    weights = np.zeros((SIDE, side), np.float32)
    np.add.at(weights, (np.arange(SIDE), low), 1 - (places - low))
    np.add.at(weights, (np.arange(SIDE), np.minimum(low + 1, side - 1)), places - low)
    return weights
