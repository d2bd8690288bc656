"""The networks of another run, with which a run begins."""

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.build import build_generator
from tf_cyclegan.networks.grow import can_grow, grow
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.places import load_run
from tf_cyclegan.train.devices import Devices
from tf_cyclegan.train.opened import kept_state


def first_weights(config: TrainConfig, devices: Devices) -> dict[str, list[np.ndarray]]:
    """The weights of the networks that a run begins with, by name: of generators the averages, where there are any.

    Raises:
        UserError: the networks are others, or there is no checkpoint that can be used.
    """
    if not config.start_from:
        return {}
    if devices.processes > 1:
        raise UserError("--start-from works on one machine only; take the first step there")
    other = Path(config.start_from)
    theirs = load_run(other)
    ours, kept = config.architectures(), theirs.architectures()
    same = [name for name in ours if ours[name] == kept[name]]
    grown = [name for name in ours if name not in same and name.startswith("gen") and can_grow(kept[name], ours[name])]
    anew = [name for name in ours if name not in (*same, *grown)]
    if set(anew) - {"generator_g"}:
        listed = ", ".join(anew)
        raise UserError(f"{other}: its networks are others ({listed}); only generator_g may be another")
    for names, what in ((anew, "is another and not begun with"), (grown, "is smaller; a larger one grows from it")):
        if names:
            print(f"{other}: its {' and '.join(names)} {what}", file=sys.stderr)
    with kept_state(other) as (checkpoints, model, shown):
        checkpoints.restore()
        first = {name: (shown.get(name) or getattr(model, name)) for name in (*same, *grown)}
        return {name: _grown(net, ours[name]) if name in grown else net.get_weights() for name, net in first.items()}


def _grown(small: keras.Model, architecture: dict[str, Any]) -> list[np.ndarray]:
    large = build_generator(**architecture)
    grow(small, large)
    return large.get_weights()
