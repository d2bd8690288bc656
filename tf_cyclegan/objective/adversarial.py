"""The adversarial terms: generators try to pass for real, discriminators try to distinguish real from generated.

Reference: Zhu et al., https://arxiv.org/abs/1703.10593, section 3.1; the modes as in the published program.
"""

from keras import ops

from tf_cyclegan.objective.step import Step
from tf_cyclegan.objective.term import Term
from tf_cyclegan.settings.choices import GAN_MODES

# The generator of a loss → the domain of its pictures.
_DOMAIN = {"g": "y", "f": "x"}


class Adversarial(Term):
    """The generators' losses: `adversarial_g` and `adversarial_f`.

    Args:
        weight: of both; 0 leaves them out.
        gan_mode: one of `GAN_MODES`.
    """

    def __init__(self, weight: float, gan_mode: str):
        super().__init__({"adversarial_g": weight, "adversarial_f": weight})
        self.gan_mode = _known(gan_mode)

    def loss(self, step, domain):
        return generator_loss(step[f"verdict_fake_{_DOMAIN[domain]}"], self.gan_mode)


class Discrimination(Term):
    """The discriminators' losses: `discriminator_y` and `discriminator_x`.

    Args:
        gan_mode: one of `GAN_MODES`.
    """

    def __init__(self, gan_mode: str):
        super().__init__({"discriminator_y": 1.0, "discriminator_x": 1.0})
        self.gan_mode = _known(gan_mode)

    def __call__(self, step: Step):
        # In this order, since all of them draw from one random state: a run that is continued keeps its numbers.
        for kind in ("pooled", "verdict_pooled", "verdict_real"):
            for domain in "xy":
                step[f"{kind}_{domain}"]
        return super().__call__(step)

    def loss(self, step, domain):
        return discriminator_loss(step[f"verdict_real_{domain}"], step[f"verdict_pooled_{domain}"], self.gan_mode)


def generator_loss(verdict, gan_mode: str = "lsgan"):
    """The generator's loss for the discriminator's `verdict` (logits, any shape) on its pictures.

    lsgan: mean of (d - 1)² (Mao et al., 2017); vanilla: cross-entropy with "real" (Goodfellow et al., 2014); wgangp:
    minus the mean (Arjovsky et al., 2017, without a gradient penalty, as published); hinge: minus the mean (Lim and
    Ye, 2017).
    """
    if _known(gan_mode) == "lsgan":
        return ops.mean(ops.square(verdict - 1.0))
    if gan_mode == "vanilla":
        return ops.mean(ops.softplus(-verdict))
    return -ops.mean(verdict)


def discriminator_loss(verdict_real, verdict_fake, gan_mode: str = "lsgan"):
    """The discriminator's loss: half the sum over real and generated pictures, as published."""
    if _known(gan_mode) == "lsgan":
        real, fake = ops.square(verdict_real - 1.0), ops.square(verdict_fake)
    elif gan_mode == "vanilla":
        real, fake = ops.softplus(-verdict_real), ops.softplus(verdict_fake)
    elif gan_mode == "wgangp":
        real, fake = -verdict_real, verdict_fake
    else:
        real, fake = ops.relu(1.0 - verdict_real), ops.relu(1.0 + verdict_fake)
    return 0.5 * (ops.mean(real) + ops.mean(fake))


def _known(gan_mode: str) -> str:
    if gan_mode not in GAN_MODES:
        raise ValueError(f"`gan_mode` must be one of {GAN_MODES}. Received: gan_mode={gan_mode!r}")
    return gan_mode
