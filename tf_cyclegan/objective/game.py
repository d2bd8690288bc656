"""An objective as a sum of terms in one scalar: Keras' own `fit()` trains it, on every backend."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from tf_cyclegan.objective.augment import DiffAugment
from tf_cyclegan.objective.image_pool import ImagePool
from tf_cyclegan.objective.step import Step
from tf_cyclegan.objective.term import Term


class LastValue(keras.metrics.Mean):
    """A metric that keeps the last step's value, so that logs are each step's own and not running means."""

    def update_state(self, values, sample_weight=None):
        self.reset_state()
        super().update_state(values, sample_weight)


class Game(keras.Model):
    """Networks with terms of loss: generators and discriminators, trained by one loss and one optimizer.

    All gradients are taken at the old weights, so this does exactly what alternating updates do, provided that each
    player's terms do not see the other's weights: the generators' terms call a discriminator with `stop_gradient` of
    its weights (`frozen`), the discriminators' terms see `stop_gradient` of the pictures.

    `call()` asks every term for its losses and returns the tensors made for them, and the losses, in one dictionary;
    `compute_loss()` adds them up. A subclass says with `makers()` how a picture or a verdict is made.

    Args:
        networks: by the name of the attribute. Their order decides the order of the variables, and so what a
            checkpoint holds.
        terms: of the objective.
        pool_size: pictures in each discriminator's history of generated pictures; 0 for none.
        seed: of the random choices of pools and augmentations.
        augment: changes at random what the discriminators see; any of `augment.POLICIES`, none by default.
        replicas: copies of the step whose gradients are added up (`tf.distribute.MirroredStrategy`).

    Input: a dictionary `{"x": …, "y": …}` of float pictures `(batch, height, width, 3)` in [-1, 1] with static shapes,
    and what else a subclass takes.
    Use `compile(optimizer=…)` without a loss, then `fit()` or `train_on_batch()`, which report each loss by its name.
    """

    def __init__(
        self,
        networks: dict[str, keras.Model],
        terms: Sequence[Term],
        *,
        pool_size: int = 50,
        seed: int | None = None,
        augment: tuple[str, ...] = (),
        replicas: int = 1,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        for name, network in networks.items():
            setattr(self, name, network)
        self.pool_x = ImagePool(pool_size, seed=seed, name="pool_x")
        self.pool_y = ImagePool(pool_size, seed=None if seed is None else seed + 1, name="pool_y")
        self.augment = DiffAugment(augment, seed=None if seed is None else seed + 2) if augment else None
        self.replicas = replicas
        self.terms = tuple(terms)
        self.loss_trackers = {name: LastValue(name=name) for term in terms for name in term.weights}

    def makers(self) -> dict[str, Callable[[Step, str], Any]]:
        """By kind of tensor (see `Step`): how it is made."""
        raise NotImplementedError

    @property
    def metrics(self):
        # Keras' own tracker of the total is a running mean; ours are each step's values.
        return list(self.loss_trackers.values())

    def build(self, input_shape):
        self.pool_x.build(input_shape["x"])
        self.pool_y.build(input_shape["y"])
        self.built = True

    def call(self, inputs, training=False):
        """What the terms asked for by name, as float32 (or float64) tensors, and "losses": their scalars by name."""
        step = Step(inputs, self.makers(), training)
        losses = {name: value for term in self.terms for name, value in term(step).items()}
        return {**step, "losses": losses}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The objective of all players in one scalar; updates the trackers of its terms."""
        for name, value in y_pred["losses"].items():
            self.loss_trackers[name].update_state(value)
        return _after(sum([*y_pred["losses"].values(), *self.losses])) / self.replicas

    def shown(self, pictures, training: bool):
        """The pictures as a discriminator sees them."""
        return self.augment(pictures) if self.augment and training else pictures


def frozen(network: keras.Model, pictures, training: bool):
    """`network(pictures)` through which gradients reach the pictures and not the network's weights."""
    weights = [ops.stop_gradient(v) for v in network.trainable_variables]
    verdict, _ = network.stateless_call(weights, network.non_trainable_variables, pictures, training=training)
    return verdict


def _after(loss):
    """`loss`, with gradients that cannot be computed before `loss` itself is computed.

    A frozen verdict has no part in its discriminator's gradients, so nothing makes that discriminator's update wait for
    it. TensorFlow's graph optimizer loses the order of the read and the write there: without this, about one step in
    200 took a verdict with half-updated weights. The factor is 1 (NaN for a loss that is not finite), but no optimizer
    can know that.
    """
    return loss * ops.stop_gradient(ops.where(ops.isfinite(loss), 1.0, float("nan")))
