"""The networks of another run, or of a style that ships, with which a run begins."""

import sys
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from tf_cyclegan.disk.names import is_plain
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.build import build_networks
from tf_cyclegan.networks.litert_weights import load_painter
from tf_cyclegan.networks.periods import mixed_weights
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.folder import DIRECTIONS, THERE
from tf_cyclegan.run.places import load_run
from tf_cyclegan.stylize.style import MODEL, open_bundle
from tf_cyclegan.train.devices import Devices
from tf_cyclegan.train.opened import kept_state

Weights = dict[str, list[np.ndarray]]


def first_weights(config: TrainConfig, devices: Devices) -> Weights:
    """The weights of the networks that a run begins with, by name: of generators the averages, where there are any.

    A period begins as the one of the same name, or else as the mean of all that there are.

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


def keys_of(folder: Path) -> list[str]:
    """The names of the periods of an exported style; of a style of one that of its folder."""
    return open_bundle(folder).periods or [folder.name]


def check_addition(config: TrainConfig) -> None:
    """Checks that the period of a config can be added to the style that it begins with.

    Raises:
        UserError: that is no style, it has such a period, or the data's folder has no name for one.
    """
    folder, (key,) = Path(config.start_from), config.keys
    if not is_bundle(folder):
        raise UserError(f"{folder}: no exported style, which --add-period needs; export the run first")
    if key in keys_of(folder):
        raise UserError(f"{folder}: has a period {key} already; give the folder of the data the name of the new one")
    if not is_plain(key):
        raise UserError(f"{config.data}: the period is called like its folder, so give that a plain name")


def _of_run(config: TrainConfig, other: Path) -> Weights:
    theirs = load_run(other)
    ours, kept = config.architectures(), theirs.architectures()
    same = [name for name in ours if _of_one_period(kept[name]) == _of_one_period(ours[name])]
    anew = [name for name in ours if name not in same]
    if set(anew) - {"generator_g"}:
        listed = ", ".join(anew)
        raise UserError(f"{other}: its networks are others ({listed}); only generator_g may be another")
    if anew:
        print(f"{other}: its generator_g is another and not begun with", file=sys.stderr)
    with kept_state(other) as (checkpoints, model, shown):
        checkpoints.restore()
        networks = {name: shown.get(name) or getattr(model, name) for name in same}
        return _begun(config, networks, theirs.keys)


def _of_one_period(architecture: dict) -> dict:
    return {name: value for name, value in architecture.items() if name != "periods"}


def _of_bundle(config: TrainConfig, folder: Path) -> Weights:
    """Of a style that ships there is the generator photo → painting alone."""
    bundle = open_bundle(folder)
    if DIRECTIONS.get(bundle.about.get("direction", ""), THERE) is not THERE:
        raise UserError(f"{folder}: makes photographs of paintings; choose a style that paints")
    generator = load_painter(bundle.folder / MODEL)
    filters = generator.get_layer("stem_conv").filters
    if (config.generator, config.norm, config.filters) != ("painter", "instance_affine", filters):
        needed = f"--generator painter --norm instance_affine --filters {filters}"
        raise UserError(f"{folder}: its network is another; it needs {needed}")
    return _begun(config, {"generator_g": generator}, keys_of(folder))


def _begun(config: TrainConfig, networks: dict[str, keras.Model], keys: Sequence[str]) -> Weights:
    """The weights of networks of the periods `keys` for those of the config."""
    shares = _shares(config, keys)
    ours = build_networks(config) if config.periods or len(keys) > 1 else networks
    return {name: mixed_weights(network, ours[name], shares) for name, network in networks.items()}


def _shares(config: TrainConfig, keys: Sequence[str]) -> np.ndarray:
    """How much of each of the periods `keys` is in each of the config's when it begins."""
    mean, known = np.full(len(keys), 1 / len(keys)), dict(zip(keys, np.eye(len(keys)), strict=True))
    for key in config.keys:
        if len(keys) > 1 and key not in known:
            print(f"{config.start_from}: has no period {key}, which begins as the mean of all", file=sys.stderr)
    return np.array([known.get(key, mean) for key in config.keys])
