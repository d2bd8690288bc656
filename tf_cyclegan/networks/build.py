"""Networks by name: every architecture that a config can ask for."""

from collections.abc import Callable
from functools import partial

import keras

from tf_cyclegan.networks.discriminators import patch_discriminator, pixel_discriminator
from tf_cyclegan.networks.generators import resnet_generator, unet_generator
from tf_cyclegan.networks.painter import painter_generator
from tf_cyclegan.networks.projected import projected_discriminator
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.settings.choices import DISCRIMINATORS

# name -> (filters, norm, dropout, name) -> generator
GENERATORS: dict[str, Callable[..., keras.Model]] = {
    "resnet_9blocks": partial(resnet_generator, blocks=9),
    "resnet_6blocks": partial(resnet_generator, blocks=6),
    "unet_128": partial(unet_generator, downs=7),
    "unet_256": partial(unet_generator, downs=8),
    "painter": painter_generator,
}


def build_generator(
    kind: str,
    filters: int = 64,
    norm: str = "instance",
    dropout: bool = False,
    name: str | None = None,
    *,
    periods: int = 1,
) -> keras.Model:
    """A new generator by its name, one of `choices.GENERATORS`; the other arguments as in the functions above.

    Only the painter paints several periods.
    """
    if kind not in GENERATORS:
        raise ValueError(f"`kind` must be one of {tuple(GENERATORS)}. Received: kind={kind!r}")
    more = {"periods": periods} if periods > 1 else {}
    return GENERATORS[kind](filters=filters, norm=norm, dropout=dropout, name=name or kind, **more)


def build_discriminator(
    kind: str,
    filters: int = 64,
    n_layers: int = 3,
    norm: str = "instance",
    name: str | None = None,
    *,
    periods: int = 1,
) -> keras.Model:
    """A new discriminator by its published name, one of `choices.DISCRIMINATORS` (`basic` has three layers).

    Only the projected one judges several periods.
    """
    if kind == "pixel":
        return pixel_discriminator(filters, norm, name=name or kind)
    if kind == "projected":
        return projected_discriminator(filters, name=name or kind, periods=periods)
    if kind in ("basic", "n_layers"):
        return patch_discriminator(filters, 3 if kind == "basic" else n_layers, norm, name=name or kind)
    raise ValueError(f"`kind` must be one of {DISCRIMINATORS}. Received: kind={kind!r}")


def build_networks(config: TrainConfig) -> dict[str, keras.Model]:
    """The four networks of a config, new, by their names: `generator_g` and so on."""
    return {
        name: (build_generator if name.startswith("generator") else build_discriminator)(**architecture, name=name)
        for name, architecture in config.architectures().items()
    }
