"""The terms of the CycleGAN objective: adversarial, cycle consistency, identity. All give a scalar float32.

Reference: Zhu et al., https://arxiv.org/abs/1703.10593, section 3; the modes as in the published program.
"""

from keras import ops

GAN_MODES = ("lsgan", "vanilla", "wgangp", "hinge")


def generator_loss(verdict, gan_mode: str = "lsgan"):
    """What the generator pays for the discriminator's `verdict` (logits, any shape) on its pictures.

    lsgan: mean of (d - 1)² (Mao et al., 2017); vanilla: cross-entropy with "real" (Goodfellow et al., 2014); wgangp:
    minus the mean (Arjovsky et al., 2017, without a gradient penalty, as published); hinge: minus the mean (Lim and
    Ye, 2017).
    """
    if gan_mode == "lsgan":
        return ops.mean(ops.square(verdict - 1.0))
    if gan_mode == "vanilla":
        return ops.mean(ops.softplus(-verdict))
    if gan_mode in ("wgangp", "hinge"):
        return -ops.mean(verdict)
    raise _unknown(gan_mode)


def discriminator_loss(verdict_real, verdict_fake, gan_mode: str = "lsgan"):
    """What the discriminator pays: half the sum over real and generated pictures, as published."""
    if gan_mode == "lsgan":
        real, fake = ops.square(verdict_real - 1.0), ops.square(verdict_fake)
    elif gan_mode == "vanilla":
        real, fake = ops.softplus(-verdict_real), ops.softplus(verdict_fake)
    elif gan_mode == "wgangp":
        real, fake = -verdict_real, verdict_fake
    elif gan_mode == "hinge":
        real, fake = ops.relu(1.0 - verdict_real), ops.relu(1.0 + verdict_fake)
    else:
        raise _unknown(gan_mode)
    return 0.5 * (ops.mean(real) + ops.mean(fake))


def l1_loss(a, b):
    """Mean absolute difference of two batches of pictures: cycle consistency and identity."""
    return ops.mean(ops.abs(a - b))


def _unknown(gan_mode):
    return ValueError(f"`gan_mode` must be one of {GAN_MODES}. Received: gan_mode={gan_mode!r}")
