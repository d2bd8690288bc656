"""Layers that the published networks need and Keras does not have in this form."""

import keras
from keras import ops

from tf_cyclegan.backend import keep_conventions

# This runs before any layer is made, however the program is called.
keep_conventions()
_PACKAGE = "tf_cyclegan"


@keras.saving.register_keras_serializable(package=_PACKAGE)
class InstanceNormalization(keras.layers.Layer):
    """Normalizes every channel of every picture by its own mean and variance.

    Written in four dimensions: `keras.layers.GroupNormalization(groups=-1)` reshapes to five, which makes a
    ResNet generator 1.7 times slower in LiteRT and unfit for phone GPUs.

    Args:
        epsilon: added to the variance; 1e-5 as in the published program.
        affine: whether a scale and an offset per channel are learned (the published CycleGAN: no).

    Input and output: `(batch, height, width, channels)`, any range. Statistics are taken in float32 where the layer
    computes in half precision.

    Reference: Ulyanov et al., "Instance Normalization: The Missing Ingredient for Fast Stylization",
    https://arxiv.org/abs/1607.08022
    """

    def __init__(self, epsilon: float = 1e-5, affine: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.affine = affine
        self.gamma = self.beta = None

    def build(self, input_shape):
        if self.affine:
            self._add_weights((input_shape[-1],))
        self.built = True

    def _add_weights(self, shape):
        gamma_initializer = keras.initializers.RandomNormal(1.0, 0.02)
        self.gamma = self.add_weight(name="gamma", shape=shape, initializer=gamma_initializer)
        self.beta = self.add_weight(name="beta", shape=shape, initializer="zeros")

    def call(self, inputs):
        return self.normalize(inputs, self.gamma, self.beta)

    def normalize(self, inputs, gamma, beta):
        """The normalized tensor, scaled and moved where there are a scale and an offset."""
        half = self.compute_dtype in ("float16", "bfloat16")
        x = ops.cast(inputs, "float32") if half else inputs
        # Not `ops.moments`: its E[x²] - E[x]² suffers from cancellation, and twenty training steps then miss the
        # published losses.
        x = x - ops.mean(x, axis=(1, 2), keepdims=True)
        scale = ops.rsqrt(ops.mean(ops.square(x), axis=(1, 2), keepdims=True) + self.epsilon)
        if self.affine:
            scale = scale * ops.cast(gamma, x.dtype)  # The map is multiplied once, not twice.
        x = x * scale + ops.cast(beta, x.dtype) if self.affine else x * scale
        return ops.cast(x, self.compute_dtype) if half else x

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon, "affine": self.affine}


@keras.saving.register_keras_serializable(package=_PACKAGE)
class PeriodNormalization(InstanceNormalization):
    """Instance norm with a scale and an offset per channel for each of several periods, mixed by weights.

    Args:
        periods: how many there are.
        epsilon: added to the variance.

    Input: a list of a tensor `(batch, height, width, channels)` and the weights of the periods `(batch, periods)`,
    which add up to 1. Output: as the tensor.

    Reference: Dumoulin et al., "A Learned Representation for Artistic Style", https://arxiv.org/abs/1610.07629
    """

    def __init__(self, periods: int, epsilon: float = 1e-5, **kwargs):
        super().__init__(epsilon, affine=True, **kwargs)
        self.periods = periods

    def build(self, input_shape):
        self._add_weights((self.periods, input_shape[0][-1]))
        self.built = True

    def call(self, inputs):
        x, mix = inputs
        return self.normalize(x, *self.mixed(mix))

    def mixed(self, mix):
        """Scale and offset of a mixture of periods, each `(batch, 1, 1, channels)`."""
        return [ops.matmul(mix, weight)[:, None, None] for weight in (self.gamma, self.beta)]

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        config = super().get_config()
        del config["affine"]
        return {**config, "periods": self.periods}


@keras.saving.register_keras_serializable(package=_PACKAGE)
class PeriodColour(keras.layers.Layer):
    """A colour matrix for each of several periods, mixed by weights; each begins as `gain` times the identity.

    Args:
        periods: how many there are.
        gain: the diagonal of the first matrices.

    Input: a list of a tensor `(batch, height, width, channels)` and the weights of the periods `(batch, periods)`.
    Output: as the tensor.
    """

    def __init__(self, periods: int, gain: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.periods, self.gain = periods, gain

    def build(self, input_shape):
        channels = input_shape[0][-1]
        shape = (self.periods, channels, channels)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer=PointwiseIdentity(self.gain))
        self.built = True

    def call(self, inputs):
        x, mix = inputs
        channels = x.shape[-1]
        matrix = ops.reshape(ops.matmul(mix, ops.reshape(self.kernel, (self.periods, -1))), (-1, channels, channels))
        # One row of the matrix after the other: LiteRT has no product of a map with a matrix that is not constant.
        return sum(x[..., i : i + 1] * matrix[:, i][:, None, None] for i in range(channels))

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "periods": self.periods, "gain": self.gain}


@keras.saving.register_keras_serializable(package=_PACKAGE)
class PeriodChoice(keras.layers.Layer):
    """Of one channel for each of several periods, their mixture by weights.

    Input: a list of a tensor `(batch, height, width, periods)` and the weights `(batch, periods)`. Output:
    `(batch, height, width, 1)`.
    """

    def call(self, inputs):
        x, mix = inputs
        return ops.sum(x * mix[:, None, None], axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], 1)


@keras.saving.register_keras_serializable(package=_PACKAGE)
class ReflectionPadding2D(keras.layers.Layer):
    """Pads height and width by mirroring, without repeating the edge (PyTorch's `ReflectionPad2d`).

    Args:
        padding: pixels on each of the four sides; the input must be larger than this.

    Input `(batch, height, width, channels)`, output `(batch, height + 2·padding, width + 2·padding, channels)`.
    """

    def __init__(self, padding: int, **kwargs):
        super().__init__(**kwargs)
        self.padding = padding

    def call(self, inputs):
        side = (self.padding, self.padding)
        return ops.pad(inputs, ((0, 0), side, side, (0, 0)), mode="reflect")

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        grow = 2 * self.padding
        return (batch, height and height + grow, width and width + grow, channels)

    def get_config(self):
        return {**super().get_config(), "padding": self.padding}


@keras.saving.register_keras_serializable(package=_PACKAGE)
class ReplicationPadding2D(ReflectionPadding2D):
    """Pads height and width by repeating the edge (PyTorch's `ReplicationPad2d`); arguments and shapes as above."""

    def call(self, inputs):
        top, bottom = inputs[:, :1], inputs[:, -1:]
        x = ops.concatenate([top] * self.padding + [inputs] + [bottom] * self.padding, axis=1)
        left, right = x[:, :, :1], x[:, :, -1:]
        return ops.concatenate([left] * self.padding + [x] + [right] * self.padding, axis=2)


@keras.saving.register_keras_serializable(package=_PACKAGE)
class UpsampleBilinear2D(keras.layers.Layer):
    """Doubles height and width by bilinear interpolation, also where they are only known at run time.

    `keras.layers.UpSampling2D(interpolation="bilinear")` raises at export for unknown sizes.

    Input `(batch, height, width, channels)`, output `(batch, 2·height, 2·width, channels)`.
    """

    def call(self, inputs):
        _, height, width, _ = ops.shape(inputs)
        size = (2 * height, 2 * width)
        if None not in inputs.shape[1:3]:
            return ops.image.resize(inputs, size, interpolation="bilinear")
        # Only TensorFlow traces unknown sizes, and Keras' own function compares them with 0.
        import tensorflow as tf

        return ops.cast(tf.image.resize(inputs, size, "bilinear"), inputs.dtype)

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (batch, height and 2 * height, width and 2 * width, channels)


@keras.saving.register_keras_serializable(package=_PACKAGE)
class FromUint8(keras.layers.Layer):
    """uint8 pictures in [0, 255] → floats in [-1, 1]; any shape."""

    def __init__(self, **kwargs):
        super().__init__(**{"autocast": False, **kwargs})

    def call(self, inputs):
        return ops.cast(inputs, self.compute_dtype) * (1.0 / 127.5) - 1.0

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)


@keras.saving.register_keras_serializable(package=_PACKAGE)
class ToUint8(keras.layers.Layer):
    """Floats in [-1, 1] → uint8 pictures in [0, 255], rounded; any shape."""

    def call(self, inputs):
        # Adds 0.5; the cast truncates: LiteRT has no saturating cast, and phone GPUs have no rounding.
        levels = ops.clip((inputs + 1.0) * 127.5 + 0.5, 0.0, 255.0)
        return ops.cast(levels, "uint8")

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, dtype="uint8")


@keras.saving.register_keras_serializable(package=_PACKAGE)
class PointwiseIdentity(keras.initializers.Initializer):
    """1×1 kernels that multiply every channel by `gain`, `(…, channels, channels)`."""

    def __init__(self, gain: float = 1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        return ops.broadcast_to(self.gain * ops.eye(shape[-2], shape[-1], dtype=dtype), shape)

    def get_config(self):
        return {"gain": self.gain}


def output_activation(activation: str, name: str):
    """The last activation, in float32 where the network computes in half precision."""
    half = keras.config.dtype_policy().compute_dtype in ("float16", "bfloat16")
    return keras.layers.Activation(activation, dtype="float32" if half else None, name=name)
