"""CycleGAN as one scalar objective: Keras' own `fit()` trains it, on every backend."""

from typing import Any, ClassVar

import keras
from keras import ops

from tf_cyclegan.augment import DiffAugment
from tf_cyclegan.choices import GAN_MODES
from tf_cyclegan.image_pool import ImagePool
from tf_cyclegan.losses import (
    discriminator_loss,
    generator_loss,
    l1_loss,
    light_and_colour_loss,
    new_edges_loss,
    patch_nce_loss,
)
from tf_cyclegan.networks import encoder_of

# Terms that compare pictures: name → the picture that is made, by which generator, of what, and the input it should be.
_L1_TERMS = {
    "cycle_x": ("cycled_x", "generator_f", "fake_y", "x"),
    "cycle_y": ("cycled_y", "generator_g", "fake_x", "y"),
    "identity_y": ("same_y", "generator_g", "y", "y"),
    "identity_x": ("same_x", "generator_f", "x", "x"),
}


class LastValue(keras.metrics.Mean):
    """A metric that keeps the last step's value, so that logs are each step's own and not running means."""

    def update_state(self, values, sample_weight=None):
        self.reset_state()
        super().update_state(values, sample_weight)


class CycleGAN(keras.Model):
    """Two generators and two discriminators, trained on unpaired pictures of two domains X and Y.

    Both players' gradients are taken at the old weights, so one loss and one Adam over all four networks do exactly
    what the paper's two alternating updates do, provided that each player's terms are blind to the other's weights:
    the generators' terms call a discriminator with `stop_gradient` of its weights, the discriminators' terms see
    `stop_gradient` of the pictures. `call()` makes every picture and every verdict, `compute_loss()` adds them up.

    Args:
        generator_g: X → Y, model `(batch, h, w, 3)` → the same, values in [-1, 1].
        generator_f: Y → X.
        discriminator_x: model `(batch, h, w, 3)` → logits of any shape; judges pictures of X.
        discriminator_y: the same for Y.
        lambda_cycle_x: weight of ‖F(G(x)) - x‖₁; 0 leaves it out.
        lambda_cycle_y: weight of ‖G(F(y)) - y‖₁.
        lambda_identity: weight of ‖F(x) - x‖₁ and ‖G(y) - y‖₁, relative to the cycle weights; 0 leaves them out.
        lambda_edges: weight of coarse edges in G(x) that x does not have, and in F(y) that y does not have; 0 leaves
            them out, as published.
        lambda_nce: weight of PatchNCE between x and G(x), and between y and F(y), in the features of the generator's
            own first half; beside the cycle, or in its place. 0 leaves it out, as published.
        teacher: X → Y, a trained generator that stays as it is; not part of the model's weights.
        lambda_teacher: weight of what G(x) has of other light and colour than the teacher's picture of x.
        gan_mode: one of `choices.GAN_MODES`.
        pool_size: pictures in each discriminator's history of generated pictures; 0 for none.
        seed: of the random choices of pools and augmentations.
        augment: changes at random what the discriminators see; any of `choices.AUGMENTATIONS`, none by default.
        replicas: copies of the step whose gradients are added up (`tf.distribute.MirroredStrategy`).

    Input: a dictionary `{"x": …, "y": …}` of float pictures `(batch, height, width, 3)` in [-1, 1] with static shapes.
    Use `compile(optimizer=…)` without a loss, then `fit()` or `train_on_batch()`, which report `LOSSES`.

    Reference: Zhu et al., https://arxiv.org/abs/1703.10593
    """

    # Name here -> name in the published program's logs, where domain A is X, B is Y, and D_A judges B.
    LOSSES: ClassVar = {
        "adversarial_g": "G_A",
        "adversarial_f": "G_B",
        "cycle_x": "cycle_A",
        "cycle_y": "cycle_B",
        "identity_y": "idt_A",
        "identity_x": "idt_B",
        "discriminator_y": "D_A",
        "discriminator_x": "D_B",
    }
    # Terms that the published program does not have.
    EDGES, NCE, TEACHER = ("edges_y", "edges_x"), ("nce_y", "nce_x"), ("teacher_y",)

    def __init__(
        self,
        generator_g: keras.Model,
        generator_f: keras.Model,
        discriminator_x: keras.Model,
        discriminator_y: keras.Model,
        *,
        lambda_cycle_x: float = 10.0,
        lambda_cycle_y: float = 10.0,
        lambda_identity: float = 0.5,
        lambda_edges: float = 0.0,
        lambda_nce: float = 0.0,
        teacher: keras.Model | None = None,
        lambda_teacher: float = 10.0,
        gan_mode: str = "lsgan",
        pool_size: int = 50,
        seed: int | None = None,
        augment: tuple[str, ...] = (),
        replicas: int = 1,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if gan_mode not in GAN_MODES:
            raise ValueError(f"`gan_mode` must be one of {GAN_MODES}. Received: gan_mode={gan_mode!r}")
        self.generator_g, self.generator_f = generator_g, generator_f
        self.discriminator_x, self.discriminator_y = discriminator_x, discriminator_y
        self.lambda_cycle_x, self.lambda_cycle_y = lambda_cycle_x, lambda_cycle_y
        self.lambda_identity, self.lambda_edges, self.lambda_nce = lambda_identity, lambda_edges, lambda_nce
        if lambda_nce:
            self._encoder_g, self._encoder_f = _untracked(encoder_of(generator_g)), _untracked(encoder_of(generator_f))
        self._teacher = _untracked(teacher) if teacher and lambda_teacher else None
        self.lambda_teacher = lambda_teacher
        self.gan_mode = gan_mode
        self.pool_x = ImagePool(pool_size, seed=seed, name="pool_x")
        self.pool_y = ImagePool(pool_size, seed=None if seed is None else seed + 1, name="pool_y")
        self.augment = DiffAugment(augment, seed=None if seed is None else seed + 2) if augment else None
        self.replicas = replicas
        self.loss_trackers = {name: LastValue(name=name) for name in self._loss_names()}

    def _loss_names(self):
        weights = self._l1_weights()
        published = [n for n in self.LOSSES if n in weights or n not in _L1_TERMS]
        more = [(self.EDGES, self.lambda_edges), (self.NCE, self.lambda_nce), (self.TEACHER, self._teacher)]
        return [*published, *(name for names, chosen in more if chosen for name in names)]

    def _l1_weights(self):
        """The weights of the terms that compare pictures, without those that are 0."""
        weights = {
            "cycle_x": self.lambda_cycle_x,
            "cycle_y": self.lambda_cycle_y,
            "identity_y": self.lambda_identity * self.lambda_cycle_y,
            "identity_x": self.lambda_identity * self.lambda_cycle_x,
        }
        return {name: weight for name, weight in weights.items() if weight}

    @property
    def metrics(self):
        # Keras' own tracker of the total is a running mean; ours are each step's values.
        return list(self.loss_trackers.values())

    def build(self, input_shape):
        self.pool_x.build(input_shape["x"])
        self.pool_y.build(input_shape["y"])
        self.built = True

    def call(self, inputs, training=False):
        """Every picture and every verdict of one step, as a dictionary of float32 tensors."""
        real_x, real_y = inputs["x"], inputs["y"]
        fake_y = self.generator_g(real_x, training=training)
        fake_x = self.generator_f(real_y, training=training)
        out = {
            "fake_y": fake_y,
            "fake_x": fake_x,
            "verdict_fake_y": _frozen(self.discriminator_y, self._shown(fake_y, training), training),
            "verdict_fake_x": _frozen(self.discriminator_x, self._shown(fake_x, training), training),
        }
        # A pass through a generator is what a step's time goes into: none is made for a term without weight.
        for name in self._l1_weights():
            picture, generator, source, _ = _L1_TERMS[name]
            out[picture] = getattr(self, generator)({**inputs, **out}[source], training=training)
        if self.lambda_nce:
            for domain, encoder, picture in (("y", self._encoder_g, real_x), ("x", self._encoder_f, real_y)):
                out[f"features_fake_{domain}"] = encoder(out[f"fake_{domain}"], training)
                out[f"features_real_{domain}"] = encoder(picture, training)
        if self._teacher:
            out["taught_y"] = ops.stop_gradient(self._teacher(real_x, False))
        pooled_x = self.pool_x(fake_x) if training else ops.stop_gradient(fake_x)
        pooled_y = self.pool_y(fake_y) if training else ops.stop_gradient(fake_y)
        out["verdict_pooled_x"] = self.discriminator_x(self._shown(pooled_x, training), training=training)
        out["verdict_pooled_y"] = self.discriminator_y(self._shown(pooled_y, training), training=training)
        out["verdict_real_x"] = self.discriminator_x(self._shown(real_x, training), training=training)
        out["verdict_real_y"] = self.discriminator_y(self._shown(real_y, training), training=training)
        return out

    def _shown(self, pictures, training):
        """What a discriminator sees of the pictures."""
        return self.augment(pictures) if self.augment and training else pictures

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The objective of both players in one scalar; updates the trackers of its terms."""
        losses = self.losses_by_name(x, y_pred)
        for name, value in losses.items():
            self.loss_trackers[name].update_state(value)
        return _after(sum([*losses.values(), *self.losses])) / self.replicas

    def losses_by_name(self, inputs, outputs):
        """The terms of the objective, already multiplied by their weights.

        Args:
            inputs: the dictionary given to `call()`.
            outputs: the dictionary that `call()` gave.

        Returns:
            A dictionary name → scalar, the names as in `LOSSES` (without cycle and identity where their weights are 0),
            `EDGES` and `NCE` (where theirs is not 0), `TEACHER` (where there is one).
        """
        # The networks end in float32 (or float64); half-precision inputs are brought there before they are compared.
        real = {domain: ops.cast(inputs[domain], outputs["fake_y"].dtype) for domain in "xy"}
        mode = self.gan_mode
        losses = {
            "adversarial_g": generator_loss(outputs["verdict_fake_y"], mode),
            "adversarial_f": generator_loss(outputs["verdict_fake_x"], mode),
        }
        for name, weight in self._l1_weights().items():
            picture, _, _, domain = _L1_TERMS[name]
            losses[name] = weight * l1_loss(outputs[picture], real[domain])
        if self.lambda_edges:
            losses["edges_y"] = self.lambda_edges * new_edges_loss(outputs["fake_y"], real["x"])
            losses["edges_x"] = self.lambda_edges * new_edges_loss(outputs["fake_x"], real["y"])
        if self.lambda_nce:
            for domain in "yx":
                features = outputs[f"features_fake_{domain}"], outputs[f"features_real_{domain}"]
                losses[f"nce_{domain}"] = self.lambda_nce * patch_nce_loss(*features)
        if self._teacher:
            taught = ops.cast(outputs["taught_y"], outputs["fake_y"].dtype)
            losses["teacher_y"] = self.lambda_teacher * light_and_colour_loss(outputs["fake_y"], taught)
        for domain in "yx":
            verdicts = outputs[f"verdict_real_{domain}"], outputs[f"verdict_pooled_{domain}"]
            losses[f"discriminator_{domain}"] = discriminator_loss(*verdicts, mode)
        return losses


def _untracked(network: keras.Model):
    """The network as a function: as a model it would be tracked, and its weights trained and saved."""
    return lambda pictures, training: network(pictures, training=training)


def _after(loss):
    """`loss`, with gradients that cannot be had before `loss` itself is computed.

    A frozen verdict has no part in its discriminator's gradients, so nothing makes that discriminator's update wait for
    it. TensorFlow's graph optimizer loses the order of the read and the write there: without this, about one step in
    200 took a verdict with half-updated weights. The factor is 1 (NaN for a loss that is not finite), but no optimizer
    can know that.
    """
    return loss * ops.stop_gradient(ops.where(ops.isfinite(loss), 1.0, float("nan")))


def _frozen(network: keras.Model, pictures, training):
    """`network(pictures)` through which gradients reach the pictures and not the network's weights."""
    weights = [ops.stop_gradient(v) for v in network.trainable_variables]
    verdict, _ = network.stateless_call(weights, network.non_trainable_variables, pictures, training=training)
    return verdict
