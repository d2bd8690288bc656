"""The networks of another run, or of a style that ships, with which a run begins."""

import sys
from pathlib import Path

import keras
import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.build import build_networks
from tf_cyclegan.networks.litert_weights import load_painter
from tf_cyclegan.networks.periods import spread_periods
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.places import load_run
from tf_cyclegan.stylize.style import MODEL, open_bundle
from tf_cyclegan.train.devices import Devices
from tf_cyclegan.train.opened import kept_state

Weights = dict[str, list[np.ndarray]]


def first_weights(config: TrainConfig, devices: Devices) -> Weights:
    """The weights of the networks that a run begins with, by name: of generators the averages, where there are any.

    Every period of several begins as the one that the other run has.

    Raises:
        UserError: the networks are others, or there is no checkpoint or bundle that can be used.
    """
    if not config.start_from:
        return {}
    if devices.processes > 1:
        raise UserError("--start-from works on one machine only; take the first step there")
    other = Path(config.start_from)
    return _of_bundle(config, other) if is_bundle(other) else _of_run(config, other)


def is_bundle(folder: Path) -> bool:
    """Whether a folder is an exported style."""
    return (folder / "style.json").is_file()


def _of_run(config: TrainConfig, other: Path) -> Weights:
    theirs = load_run(other)
    ours, kept = config.architectures(), theirs.architectures()
    same = [name for name in ours if kept[name] in (ours[name], _of_one_period(ours[name]))]
    anew = [name for name in ours if name not in same]
    if set(anew) - {"generator_g"}:
        listed = ", ".join(anew)
        raise UserError(f"{other}: its networks are others ({listed}); only generator_g may be another")
    if anew:
        print(f"{other}: its generator_g is another and not begun with", file=sys.stderr)
    with kept_state(other) as (checkpoints, model, shown):
        checkpoints.restore()
        networks = {name: shown.get(name) or getattr(model, name) for name in same}
        return _spread(config, networks, [name for name in same if ours[name] != kept[name]])


def _of_one_period(architecture: dict) -> dict:
    return {name: value for name, value in architecture.items() if name != "periods"}


def _of_bundle(config: TrainConfig, folder: Path) -> Weights:
    """Of a style that ships there is the generator photo → painting alone."""
    generator = load_painter(open_bundle(folder).folder / MODEL)
    filters = generator.get_layer("stem_conv").filters
    if (config.generator, config.norm, config.filters) != ("painter", "instance_affine", filters):
        needed = f"--generator painter --norm instance_affine --filters {filters}"
        raise UserError(f"{folder}: its network is another; it needs {needed}")
    return _spread(config, {"generator_g": generator}, ["generator_g"] if config.periods else [])


def _spread(config: TrainConfig, networks: dict[str, keras.Model], names: list[str]) -> Weights:
    """The weights of networks, those of `names` for each period of the config."""
    several = build_networks(config) if names else {}
    return {
        name: spread_periods(network, several[name]) if name in names else network.get_weights()
        for name, network in networks.items()
    }
