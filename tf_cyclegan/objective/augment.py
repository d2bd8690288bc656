"""Differentiable augmentation of what the discriminators see, for collections of a few hundred paintings."""

import keras
from keras import ops

# Shares of a side: how far a picture is moved, and how large the part that is cut out.
_TRANSLATION = 0.125
_CUTOUT = 0.5


class DiffAugment(keras.layers.Layer):
    """Changes every picture at random, in ways through which gradients pass.

    Shown to a discriminator instead of the pictures themselves, real and generated alike, so that it cannot learn a
    small collection by heart, and the generators do not learn the changes.

    Args:
        policy: any of `POLICIES`, applied in the order given.
        seed: of the random choices; the random state is a variable, so it is saved and restored.

    Input and output: `(batch, height, width, channels)` in about [-1, 1], static shape.

    Reference: Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training",
    https://arxiv.org/abs/2006.10738
    """

    def __init__(self, policy: tuple[str, ...], seed: int | None = None, **kwargs):
        super().__init__(trainable=False, **{"dtype": "float32", "autocast": False, **kwargs})
        unknown = [name for name in policy if name not in POLICIES]
        if unknown:
            raise ValueError(f"`policy` takes {', '.join(POLICIES)}. Received: policy={policy!r}")
        self.policy = policy
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, pictures):
        changed = ops.cast(pictures, "float32")
        for name in self.policy:
            changed = POLICIES[name](changed, self._uniform)
        return ops.cast(changed, pictures.dtype)

    def _uniform(self, count):
        return keras.random.uniform((count, 1, 1, 1), seed=self.seed_generator)

    def compute_output_shape(self, input_shape):
        return input_shape


def _color(x, uniform):
    """Brightness ±0.5, saturation times 0…2, contrast times 0.5…1.5."""
    count = x.shape[0]
    x = x + uniform(count) - 0.5
    grey = ops.mean(x, axis=3, keepdims=True)
    x = (x - grey) * (2 * uniform(count)) + grey
    mean = ops.mean(x, axis=(1, 2, 3), keepdims=True)
    return (x - mean) * (uniform(count) + 0.5) + mean


def _translation(x, uniform):
    """Moves by up to an eighth of a side; the uncovered margin is grey."""
    count, height, width, _ = x.shape
    for axis, size in ((1, height), (2, width)):
        reach = int(size * _TRANSLATION + 0.5)
        shift = ops.floor(uniform(count) * (2 * reach + 1)) - reach
        places = ops.reshape(ops.arange(size, dtype="float32"), (1, -1, 1, 1) if axis == 1 else (1, 1, -1, 1)) + shift
        inside = ops.cast((places >= 0) & (places < size), x.dtype)
        index = ops.cast(ops.clip(places, 0, size - 1), "int32")
        x = ops.take_along_axis(x, ops.broadcast_to(index, x.shape), axis=axis) * inside
    return x


def _cutout(x, uniform):
    """A rectangle of half the sides turns grey; its middle may lie anywhere in the picture."""
    count, height, width, _ = x.shape
    within = []
    for axis, size in ((1, height), (2, width)):
        places = ops.reshape(ops.arange(size, dtype="float32"), (1, -1, 1, 1) if axis == 1 else (1, 1, -1, 1))
        middle = ops.floor(uniform(count) * size)
        within.append(ops.abs(places - middle + 0.5) < size * _CUTOUT / 2)
    return x * ops.cast(ops.logical_not(within[0] & within[1]), x.dtype)


POLICIES = {"color": _color, "translation": _translation, "cutout": _cutout}
