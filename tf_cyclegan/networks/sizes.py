"""The sizes that the networks and terms of a config take, checked before anything is written, without building them."""

import contextlib
import math
import statistics
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import list_pictures
from tf_cyclegan.run.config import TrainConfig

# Pictures of a folder that are checked, and the factor up to which they may be enlarged without a warning.
_SEEN, _ENLARGED = 16, 2


class Rule(NamedTuple):
    """The sizes that a network or a term takes.

    Attributes:
        who: the option that requires it.
        multiple: the sides of pictures are multiples of it.
        least: and no smaller.
    """

    who: str
    multiple: int
    least: int

    def allows(self, size: int) -> bool:
        return size >= self.least and size % self.multiple == 0

    def __str__(self) -> str:
        multiples = f" in multiples of {self.multiple}," if self.multiple > 1 else ""
        return f"{self.who} takes sides{multiples} of at least {self.least} pixels"


# Generator → multiple and least of the sides: halvings have no remainder, and mirrored margins are smaller than what
# they mirror, which after two halvings is one pixel.
_GENERATORS = {
    "resnet_9blocks": (4, 8),
    "resnet_6blocks": (4, 8),
    "unet_128": (2**7, 2**7),
    "unet_256": (2**8, 2**8),
    "painter": (8, 8),
}


def check_sizes(config: TrainConfig) -> None:
    """Checks that generators, discriminators and terms take crops of the config's size.

    Raises:
        UserError: one of them does not; the message names it, and the nearest size that all of them take.

    It warns if `load` makes most of the pictures much larger than they are.
    """
    _check(config.crop, "crop", [*_network_rules(config), *_term_rules(config)])
    for folder in config.folders:
        for name in ("trainA", "trainB"):
            _warn_where_enlarged(folder / name, config.load)


def check_size(config: TrainConfig, size: int) -> None:
    """Checks that the networks of a config take pictures of a size.

    Raises:
        UserError: as `check_sizes`.
    """
    _check(size, "size", [*_network_rules(config)])


def _network_rules(config: TrainConfig) -> Iterator[Rule]:
    """The sizes that the four networks of a config take."""
    yield Rule(f"--generator {config.generator}", *_GENERATORS[config.generator])
    if config.generator_f:
        yield Rule(f"--generator-f {config.generator_f}", *_GENERATORS[config.generator_f])
    # After the halvings two convolutions take a pixel each.
    if config.discriminator == "basic":
        yield Rule("--discriminator basic", 1, 3 * 2**3)
    elif config.discriminator == "n_layers":
        yield Rule(f"--discriminator n_layers --n-layers {config.n_layers}", 1, 3 * 2**config.n_layers)


def _term_rules(config: TrainConfig) -> Iterator[Rule]:
    """The sizes that the terms of the objective take."""
    if config.cycle_pixels > 1 and (config.lambda_cycle_x or config.lambda_cycle_y):
        yield Rule(f"--cycle-pixels {config.cycle_pixels}", 1, config.cycle_pixels)
    if config.lambda_light:
        yield Rule("--lambda-light", 1, 16)  # One square of means.


def _check(size: int, name: str, rules: list[Rule]) -> None:
    for rule in rules:
        if not rule.allows(size):
            raise UserError(
                f"{name} {size}: {rule}; the nearest {name} that everything takes is {_nearest(size, rules)}"
            )


def _nearest(size: int, rules: list[Rule]) -> int:
    """The size nearest to `size` that all rules allow; of two the smaller."""
    multiple = math.lcm(*(rule.multiple for rule in rules))
    least = -(-max(rule.least for rule in rules) // multiple) * multiple
    below = size // multiple * multiple
    return min((max(least, below), max(least, below + multiple)), key=lambda found: abs(found - size))


def _warn_where_enlarged(folder: Path, load: int) -> None:
    sides = [*_short_sides(folder)]
    if sides and load > _ENLARGED * statistics.median(sides):
        side = statistics.median_low(sides)
        warnings.warn(
            f"{folder}: the short side of most pictures is {side} pixels or less; --load {load} makes them blurred",
            stacklevel=3,
        )


def _short_sides(folder: Path) -> Iterator[int]:
    """The smallest side of some pictures, in pixels. Faults of a folder or a picture are reported by their readers."""
    try:
        paths = list_pictures(folder)
    except UserError:
        return
    for path in paths[:: max(1, len(paths) // _SEEN)]:
        with contextlib.suppress(OSError, ValueError, Image.DecompressionBombError), Image.open(path) as picture:
            yield min(picture.size)
