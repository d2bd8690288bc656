"""CycleGAN: two generators and two discriminators on unpaired pictures of two domains."""

from collections.abc import Callable, Sequence
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
    picture that the image pool gives, and `verdict_real_D`. With a network of features also `features_D` of the input,
    through which no gradient passes, and `features_fake_D`.

    Args:
        generator_g: X → Y, model `(batch, h, w, 3)` → the same, values in [-1, 1]; one of several periods also takes
            their weights, and so does its discriminator.
        generator_f: Y → X.
        discriminator_x: model `(batch, h, w, 3)`, or a dictionary of features, → logits of any shape; judges pictures
            of X.
        discriminator_y: the same for Y.
        terms: of the objective, as from `build_terms`.
        features: model `(batch, h, w, 3)` → dictionary of features, which does not learn and is not part of the model's
            weights; for terms and discriminators that see pictures through it. They share each pass.
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
        *,
        features: Callable[..., Any] | None = None,
        **settings: Any,
    ):
        networks = {
            "generator_g": generator_g,
            "generator_f": generator_f,
            "discriminator_x": discriminator_x,
            "discriminator_y": discriminator_y,
        }
        super().__init__(networks, terms, **settings)
        # In a function, or Keras would save it with every checkpoint.
        self._features: Any = (lambda pictures: features(pictures, training=False)) if features else None

    def makers(self):
        return {
            "fake": lambda step, domain: self._made(step, domain, OTHER[domain]),
            "cycled": lambda step, domain: self._made(step, domain, f"fake_{OTHER[domain]}"),
            "same": lambda step, domain: self._made(step, domain, domain),
            "features": lambda step, domain: _constant(self._features(step[domain])),
            "features_fake": lambda step, domain: self._features(step[f"fake_{domain}"]),
            "pooled": self._pooled,
            "verdict_fake": self._verdict_fake,
            "verdict_pooled": lambda step, domain: self._verdict(step, domain, f"pooled_{domain}"),
            "verdict_real": lambda step, domain: self._verdict(step, domain, domain),
        }

    def _made(self, step: Step, domain: str, source: str):
        if domain == "x":
            return self.generator_f(step[source], training=step.training)
        pictures = [step[source], step["mix"]] if "mix" in step else step[source]
        return self.generator_g(pictures, training=step.training)

    def _pooled(self, step: Step, domain: str):
        fake = step[f"fake_{domain}"]
        pool = self.pool_y if domain == "y" else self.pool_x
        return pool(fake) if step.training else ops.stop_gradient(fake)

    def _verdict_fake(self, step: Step, domain: str):
        return frozen(self._discriminator(domain), self._judged(step, "fake_", domain), step.training)

    def _verdict(self, step: Step, domain: str, source: str):
        seen = self._judged(step, source.removesuffix(domain), domain)
        return self._discriminator(domain)(seen, training=step.training)

    def _judged(self, step: Step, kind: str, domain: str):
        """What the discriminator sees of a picture of the step: the picture, changed at random, or its features.

        Args:
            kind: "fake_", "pooled_" or "" for the input.
        """
        wanted = self._discriminator(domain).input
        if not isinstance(wanted, dict):
            return self.shown(step[f"{kind}{domain}"], step.training)
        features = self._features_judged(step, kind, domain)
        return {name: step["mix"] if name == "mix" else features[name] for name in wanted}

    def _features_judged(self, step: Step, kind: str, domain: str):
        pool = self.pool_y if domain == "y" else self.pool_x
        if self.augment and step.training:
            return self._features(self.shown(step[f"{kind}{domain}"], step.training))
        if kind != "pooled_":
            return step[f"features_{kind}{domain}"]
        # An empty pool gives the picture back, whose features are there.
        return self._features(step[f"pooled_{domain}"]) if pool.size else _constant(step[f"features_fake_{domain}"])

    def _discriminator(self, domain: str) -> keras.Model:
        return self.discriminator_y if domain == "y" else self.discriminator_x


def _constant(features):
    """Features through which no gradient passes."""
    return {name: ops.stop_gradient(value) for name, value in features.items()}
