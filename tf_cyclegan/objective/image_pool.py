"""A history of generated pictures for the discriminators."""

import keras
from keras import ops


class ImagePool(keras.layers.Layer):
    """Shows the discriminator a mixture of new and earlier generated pictures.

    The published rule, picture by picture: while the pool is not full, keep the picture and give it back; then, with
    probability ½, give back a random old picture and keep the new one in its place, otherwise give back the new one.

    Args:
        size: pictures that the pool holds; 0 gives every picture straight back.
        seed: of the random choices. Pool, fill count and random state are variables, so they are saved and restored.

    Input and output: `(batch, height, width, channels)` with a static shape; gradients do not pass.

    Reference: Shrivastava et al., "Learning from Simulated and Unsupervised Images through Adversarial Training",
    https://arxiv.org/abs/1612.07828
    """

    def __init__(self, size: int = 50, seed: int | None = None, **kwargs):
        # The history stays in float32 whatever the networks compute in.
        super().__init__(trainable=False, **{"dtype": "float32", "autocast": False, **kwargs})
        if size < 0:
            raise ValueError(f"`size` must not be negative. Received: size={size}")
        self.size = size
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape):
        if self.size:
            # on_read: under MirroredStrategy every replica keeps a pool of its own.
            policy = {
                "trainable": False,
                "synchronization": "on_read",
                "aggregation": "only_first_replica",
                "autocast": False,
            }
            shape = (self.size, *input_shape[1:])
            # `add_weight` does not know `synchronization`.
            self.images = keras.Variable("zeros", shape=shape, dtype="float32", name="images", **policy)
            self.count = keras.Variable("zeros", shape=(), dtype="int32", name="count", **policy)
        self.built = True

    def call(self, images):
        images = ops.stop_gradient(images)
        if not self.size:
            return images
        new = ops.unstack(ops.cast(images, "float32"), axis=0)
        chance = keras.random.uniform((len(new),), seed=self.seed_generator)
        place = keras.random.randint((len(new),), 0, self.size, seed=self.seed_generator)
        pool, count, shown = ops.convert_to_tensor(self.images), ops.convert_to_tensor(self.count), []
        for i, picture in enumerate(new):
            filling = count < self.size
            swap = ops.logical_and(ops.logical_not(filling), chance[i] < 0.5)
            index = ops.where(filling, ops.minimum(count, self.size - 1), place[i])
            old = ops.take(pool, index, axis=0)
            kept = ops.where(ops.logical_or(filling, swap), picture, old)
            pool = ops.slice_update(pool, (index, 0, 0, 0), kept[None])
            count = ops.minimum(count + 1, self.size)
            shown.append(ops.where(swap, old, picture))
        self.images.assign(pool)
        self.count.assign(count)
        return ops.cast(ops.stack(shown), images.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape
