"""Sets of settings by name, and the config of a run that they are part of."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.errors import UserError
from tf_cyclegan.run.backup import newest_config
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.settings.setting import settings_of

_STYLE = {
    "generator": "painter",
    "filters": 16,
    "norm": "instance_affine",
    "discriminator": "projected",
    "discriminator_rate": 0.25,
    "load": 256,
    "crop": 192,
    "batch": 4,
    "partners": 10,
    "steps": 2000,
    "learning_rate": 2e-3,
    "beta_2": 0.99,
    "warm_up": 50,
    "gan_mode": "hinge",
    "lambda_adversarial": 1.0,
    "lambda_cycle_x": 1.0,
    "lambda_cycle_y": 1.0,
    "cycle_pixels": 8,
    "lambda_identity": 0.0,
    "lambda_paint": 1.0,
    "lambda_content": 0.4,
    "lambda_light": 1.0,
    "pool_size": 0,
    "ema": 0.995,
}
_SMOKE = {
    "generator": "painter",
    "filters": 4,
    "discriminator_filters": 4,
    "load": 36,
    "crop": 32,
    "steps": 4,
    "sample_steps": 2,
    "pool_size": 2,
}

_OWN: dict[str, dict[str, Any]] = {
    "style": _STYLE,
    "paper": {},
    "smoke": _SMOKE,
}
# Each has every setting that any has, so that one preset can be exchanged for another, and a run that was started with
# one is not continued with another unnoticed.
_DEFAULTS = {name: getattr(TrainConfig(), name) for own in _OWN.values() for name in own}
PRESETS = {name: {**_DEFAULTS, **own} for name, own in _OWN.items()}
# Of a new run for which none is named.
DEFAULT_PRESET = "style"


def together(folders: Sequence[str]) -> tuple[str, str]:
    """The settings `data` and `periods` for one prepared folder or several.

    Raises:
        UserError: several are not in one folder, or two are the same.
    """
    if len(folders) == 1:
        return folders[0], ""
    paths = [Path(os.path.abspath(folder)) for folder in folders]  # noqa: PTH100 - links stay as they are named
    if len({path.parent for path in paths}) > 1:
        raise UserError(f"{', '.join(folders)}: the folders of several periods must be next to one another")
    if len(set(paths)) < len(paths):
        raise UserError(f"{', '.join(folders)}: one of them is named twice")
    commas = [path.name for path in paths if "," in path.name]
    if commas:
        raise UserError(f"{commas[0]}: a period's folder cannot have a comma in its name")
    return str(Path(folders[0]).parent), ",".join(path.name for path in paths)


def config_for(data: str, run: str, preset: str | None = None, **settings) -> TrainConfig:
    """The config of a new run from a preset, or that of an existing run, with some settings of the caller.

    A run with `backup` among the settings is known by that, too, where its folder is not there or is older.

    Args:
        data: prepared folder.
        run: folder of the run.
        preset: one of `PRESETS`; default: what the run has, for a new one `DEFAULT_PRESET`.
        settings: any field of `TrainConfig`; those that are None are left as the run or the preset has them.
    """
    if preset is not None and preset not in PRESETS:
        raise UserError(f"unknown preset {preset!r}; one of {', '.join(PRESETS)}")
    own = {name: value for name, value in settings.items() if value is not None}
    backup = own.get("backup")
    if backup:
        check_apart({"--run": run, "--backup": backup}, {"the data": data})
    base, begun = newest_config(Path(run), Path(backup) if backup else None)
    chosen = PRESETS[preset or DEFAULT_PRESET] if preset or not base else {}
    if begun:  # Its length and the like stay; what may not change within a run is compared later.
        chosen = {name: value for name, value in chosen.items() if not settings_of(TrainConfig)[name].free}
    return dataclasses.replace(base or TrainConfig(), **{**chosen, **own, "data": data, "run": run})
