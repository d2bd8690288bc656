"""Terms of the objective: adversarial, cycle, identity, new edges, light and colour, PatchNCE: scalars in float32.

Reference: Zhu et al., https://arxiv.org/abs/1703.10593, section 3; the modes as in the published program.
"""

from keras import ops

from tf_cyclegan.choices import GAN_MODES

# Side of one place of a coarse picture, and how much harder than the picture's an edge may be in `new_edges_loss`.
EDGE_PIXELS, EDGE_GAIN = 8, 1.5
# Places along each side that `patch_nce_loss` compares, and the temperature of Park et al.
_NCE_SIDE, _NCE_TEMPERATURE = 8, 0.07


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


def new_edges_loss(result, picture):
    """Coarse edges of `result` where `picture` has none: blotches, halos, patches of light on an even cheek.

    Both are brought to means of 8 × 8 pixels, every four pixels, in which strokes and canvas vanish. A difference of
    neighbours may be `EDGE_GAIN` times that of the picture; what is beyond that is paid for, in the mean. After the
    edge-aware smoothness of Godard et al., https://arxiv.org/abs/1609.03677, section 3.

    Args:
        result: what a generator made of `picture`, `(batch, h, w, 3)` in [-1, 1], sides of at least 12 pixels.
        picture: of the same shape.
    """
    paid = [
        ops.mean(ops.relu(step - EDGE_GAIN * ops.stop_gradient(allowed)))
        for step, allowed in zip(_coarse_steps(result), _coarse_steps(picture), strict=True)
    ]
    return 0.5 * (paid[0] + paid[1])


def light_and_colour_loss(result, other):
    """Mean absolute difference of two pictures in means of 8 × 8 pixels, every four: texture is left free.

    Args:
        result: `(batch, h, w, 3)` in [-1, 1], sides of at least 8 pixels.
        other: of the same shape.
    """
    return l1_loss(_coarse(result), _coarse(other))


def _coarse(picture):
    return ops.average_pool(picture, EDGE_PIXELS, EDGE_PIXELS // 2, data_format="channels_last")


def _coarse_steps(picture):
    """Absolute differences of neighbours, along columns and along rows, of the coarse picture."""
    coarse = _coarse(picture)
    return ops.abs(coarse[:, 1:] - coarse[:, :-1]), ops.abs(coarse[:, :, 1:] - coarse[:, :, :-1])


def patch_nce_loss(features, picture_features):
    """Whether every place of a result is more like the same place of its picture than like others of it: PatchNCE.

    The cross-entropy, in the mean over layers and places, of telling the place's own features among those of all
    places by their cosines over 0.07. Places are a grid of at most 8 × 8; the features are compared as they are,
    without the small trained networks of Park et al., https://arxiv.org/abs/2007.15651, section 3, and no gradient goes
    through those of the picture.

    Args:
        features: of a result, from `networks.encoder_of`: a list of `(batch, h, w, channels)`.
        picture_features: the same of the picture that it was made of.
    """
    losses = []
    for result, picture in zip(features, picture_features, strict=True):
        query, key = _places(result), ops.stop_gradient(_places(picture))
        cosines = ops.matmul(query, ops.transpose(key, (0, 2, 1))) / _NCE_TEMPERATURE
        own = ops.diagonal(cosines, axis1=1, axis2=2)
        losses.append(ops.mean(ops.logsumexp(cosines, axis=-1) - own))
    return sum(losses) / len(losses)


def _places(features):
    """Features of unit length at a grid of places, `(batch, places, channels)` float32."""
    rows, columns = (_spread(side) for side in features.shape[1:3])
    grid = ops.take(ops.take(features, rows, axis=1), columns, axis=2)
    flat = ops.reshape(ops.cast(grid, "float32"), (-1, len(rows) * len(columns), features.shape[-1]))
    return ops.normalize(flat, axis=-1)


def _spread(side: int) -> list[int]:
    """At most `_NCE_SIDE` places at equal distances, as far from the ends as half of that."""
    count = min(side, _NCE_SIDE)
    return [(2 * i + 1) * side // (2 * count) for i in range(count)]


def _unknown(gan_mode):
    return ValueError(f"`gan_mode` must be one of {GAN_MODES}. Received: gan_mode={gan_mode!r}")
