"""A generator in operations that are fast in LiteRT, with the same values except for rounding.

Measured with `benchmarks/variants.py`; docs/performance.md says what it brought.

- Mirrored margins are put together from slices: XNNPACK has no MIRROR_PAD, and LiteRT's own is slow.
- A convolution to three channels fills 3 of the 16 lanes that XNNPACK computes at once. Four neighbouring pixels
  become twelve channels of one convolution with stride 2, which DEPTH_TO_SPACE rearranges into pixels: some more
  multiply-adds, in a third of the time.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tf_cyclegan.networks.generators import size_multiple
from tf_cyclegan.networks.layers import ReflectionPadding2D

# Channels of a picture, and side of the block of pixels that becomes channels.
_COLOURS, _BLOCK = 3, 2


def for_litert(generator: keras.Model) -> keras.Model:
    """A copy of a float32 generator for conversion to TFLite; not for training."""
    even = size_multiple(generator) % _BLOCK == 0

    def clone(layer: keras.Layer) -> keras.Layer:
        if type(layer) is ReflectionPadding2D:
            return ReflectionBySlices2D.from_config(layer.get_config())
        if even and _is_last_convolution(layer):
            return BlockConv2D(layer.filters, layer.kernel_size[0], use_bias=layer.use_bias, name=layer.name)
        return type(layer).from_config(layer.get_config())

    copy = keras.models.clone_model(generator, clone_function=clone)
    for old, new in zip(generator.layers, copy.layers, strict=True):
        weights = old.get_weights()
        new.set_weights(BlockConv2D.blocked(weights) if isinstance(new, BlockConv2D) else weights)
    return copy


def _is_last_convolution(layer: keras.Layer) -> bool:
    if type(layer) is not layers.Conv2D or layer.filters != _COLOURS:
        return False
    plain = layer.activation is keras.activations.linear and layer.padding == "valid" and layer.groups == 1
    square = layer.kernel_size[0] == layer.kernel_size[1] > 1
    return plain and square and layer.strides == layer.dilation_rate == (1, 1)


@keras.saving.register_keras_serializable(package="tf_cyclegan")
class ReflectionBySlices2D(ReflectionPadding2D):
    """`ReflectionPadding2D`, its margins put together from single rows and columns; TensorFlow only."""

    def call(self, inputs):
        for axis in (1, 2):
            inputs = self._mirror(inputs, axis)
        return inputs

    def _mirror(self, x, axis: int):
        before = [self._lines(x, axis, i, i + 1) for i in range(self.padding, 0, -1)]
        # Counted from the end: where the size is open, counting from the start would need operations of its own.
        after = [self._lines(x, axis, -1 - i, -i) for i in range(1, self.padding + 1)]
        return tf.concat([*before, x, *after], axis)

    @staticmethod
    def _lines(x, axis: int, first: int, stop: int):
        return x[:, first:stop] if axis == 1 else x[:, :, first:stop]


@keras.saving.register_keras_serializable(package="tf_cyclegan")
class BlockConv2D(layers.Layer):
    """A convolution without padding to few channels, 2 × 2 places at a time; TensorFlow only.

    Args:
        filters: channels of the output.
        kernel_size: side of the kernel that is slid over the input.
        use_bias: add a bias.

    Input `(batch, h, w, channels)` with h - kernel_size + 1 and w - kernel_size + 1 even, output `(batch, h -
    kernel_size + 1, w - kernel_size + 1, filters)`. Its weights are the convolution's, as `blocked` lays them out.
    """

    def __init__(self, filters: int, kernel_size: int, use_bias: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size, self.use_bias = filters, kernel_size, use_bias
        side = kernel_size + _BLOCK - 1
        self.convolution = layers.Conv2D(filters * _BLOCK**2, side, strides=_BLOCK, use_bias=use_bias)

    def build(self, input_shape):
        self.convolution.build(input_shape)

    def call(self, inputs):
        return tf.nn.depth_to_space(self.convolution(inputs), _BLOCK)

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        less = self.kernel_size - 1
        return (batch, height and height - less, width and width - less, self.filters)

    def get_config(self):
        own = {"filters": self.filters, "kernel_size": self.kernel_size, "use_bias": self.use_bias}
        return {**super().get_config(), **own}

    @staticmethod
    def blocked(weights: list[np.ndarray]) -> list[np.ndarray]:
        """A convolution's kernel `(k, k, in, out)`, and bias, for a block: `(k + 1, k + 1, in, 4 · out)`, zeros
        elsewhere.

        Each place of the block is that kernel, moved by as many pixels as the place lies from the first.
        """
        kernel, *bias = weights
        side, _, channels, filters = kernel.shape
        wide = np.zeros((side + _BLOCK - 1,) * 2 + (channels, _BLOCK, _BLOCK, filters), kernel.dtype)
        for row in range(_BLOCK):
            for column in range(_BLOCK):
                wide[row : row + side, column : column + side, :, row, column] = kernel
        return [wide.reshape(*wide.shape[:3], -1), *(np.tile(b, _BLOCK**2) for b in bias)]
