"""CycleGAN: two generators and two discriminators on unpaired pictures of two domains."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tf_cyclegan.objective.game import Game, frozen
from tf_cyclegan.objective.step import OTHER, Step
from tf_cyclegan.objective.term import Term


class CycleGAN(Game):
    """Two generators and two discriminators, trained on unpaired pictures of two domains X and Y.

    Made for a domain D, whose other one is E: `fake_D`, a generator's picture of E; `cycled_D`, the picture of D after
    the way there and back; `same_D`, the result of the generator of D for D itself; and the verdicts of D's
    discriminator: `verdict_fake_D`, through which gradients reach the generator alone, `verdict_pooled_D` of the
    picture that the image pool gives, and `verdict_real_D`.

    Args:
        generator_g: X → Y, model `(batch, h, w, 3)` → the same, values in [-1, 1].
        generator_f: Y → X.
        discriminator_x: model `(batch, h, w, 3)` → logits of any shape; judges pictures of X.
        discriminator_y: the same for Y.
        terms: of the objective, as from `build_terms`.
        settings: see `Game`.

    Reference: Zhu et al., https://arxiv.org/abs/1703.10593
    """

    def __init__(
        self,
        generator_g: keras.Model,
        generator_f: keras.Model,
        discriminator_x: keras.Model,
        discriminator_y: keras.Model,
        terms: Sequence[Term],
        **settings: Any,
    ):
        networks = {
            "generator_g": generator_g,
            "generator_f": generator_f,
            "discriminator_x": discriminator_x,
            "discriminator_y": discriminator_y,
        }
        super().__init__(networks, terms, **settings)

    def makers(self):
        return {
            "fake": lambda step, domain: self._made(step, domain, OTHER[domain]),
            "cycled": lambda step, domain: self._made(step, domain, f"fake_{OTHER[domain]}"),
            "same": lambda step, domain: self._made(step, domain, domain),
            "pooled": self._pooled,
            "verdict_fake": self._verdict_fake,
            "verdict_pooled": lambda step, domain: self._verdict(step, domain, f"pooled_{domain}"),
            "verdict_real": lambda step, domain: self._verdict(step, domain, domain),
        }

    def _made(self, step: Step, domain: str, source: str):
        generator = self.generator_g if domain == "y" else self.generator_f
        return generator(step[source], training=step.training)

    def _pooled(self, step: Step, domain: str):
        fake = step[f"fake_{domain}"]
        pool = self.pool_y if domain == "y" else self.pool_x
        return pool(fake) if step.training else ops.stop_gradient(fake)

    def _verdict_fake(self, step: Step, domain: str):
        pictures = self.shown(step[f"fake_{domain}"], step.training)
        return frozen(self._discriminator(domain), pictures, step.training)

    def _verdict(self, step: Step, domain: str, source: str):
        return self._discriminator(domain)(self.shown(step[source], step.training), training=step.training)

    def _discriminator(self, domain: str) -> keras.Model:
        return self.discriminator_y if domain == "y" else self.discriminator_x
