"""The networks of another run, with which a run begins."""

import sys
from pathlib import Path

import numpy as np

from tf_cyclegan.errors import UserError
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
    anew = [name for name in ours if name not in same]
    if set(anew) - {"generator_g"}:
        listed = ", ".join(anew)
        raise UserError(f"{other}: its networks are others ({listed}); only generator_g may be another")
    if anew:
        print(f"{other}: its generator_g is another and not begun with", file=sys.stderr)
    with kept_state(other) as (checkpoints, model, shown):
        checkpoints.restore()
        return {name: (shown.get(name) or getattr(model, name)).get_weights() for name in same}
