"""Features, pictures and weights that follow from a name: made here and where the reference numbers were made.

`RandomState` gives the same numbers with every version of NumPy, by its promise.
"""

import zlib

import numpy as np

# Name: pictures in x, pictures in y, features.
CASES = {"full_rank": (300, 300, 24), "more_in_one": (250, 400, 16), "fewer_than_features": (40, 60, 128)}


def random_features(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of features, not negative and correlated as after pooling, from somewhat different distributions."""
    n, m, width = CASES[name]
    random = np.random.RandomState(zlib.crc32(name.encode()))
    mix = random.random_sample((width, width)) - 0.4
    x = np.maximum(random.standard_normal((n, width)) @ mix, 0)
    y = np.maximum(random.standard_normal((m, width)) @ mix * 1.2 + 0.3, 0)
    return x, y


def random_logits(name: str = "logits", count: int = 200, classes: int = 20) -> np.ndarray:
    return np.random.RandomState(zlib.crc32(name.encode())).standard_normal((count, classes)) * 2


def random_pictures() -> np.ndarray:
    """Two uint8 pictures, `(2, 60, 80, 3)`: noise, and a gradient with an edge."""
    noise = np.random.RandomState(0).randint(0, 256, (60, 80, 3))
    row, column = np.mgrid[:60, :80]
    smooth = np.stack([row * 4, column * 3, 255 * (row + column > 70)], axis=-1)
    return np.stack([noise, smooth]).astype(np.uint8)


def random_weight(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Values for a tensor of a PyTorch network: kernels that keep the size of what flows, norms near the identity."""
    uniform = np.random.RandomState(zlib.crc32(name.encode())).random_sample(shape)
    if name.endswith("running_var"):
        return (0.5 + uniform).astype(np.float32)
    if name.endswith("bn.weight"):
        return (0.8 + 0.6 * uniform).astype(np.float32)
    if len(shape) == 1:
        return (0.4 * (uniform - 0.5)).astype(np.float32)
    reach = np.sqrt(6 / np.prod(shape[1:]))
    return (reach * (2 * uniform - 1)).astype(np.float32)
