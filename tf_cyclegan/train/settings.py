"""The config of a run from its folder, a preset and the caller's settings."""

import dataclasses
from pathlib import Path

from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.errors import UserError
from tf_cyclegan.run.backup import newest_config
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.presets import DEFAULT_PRESET, PRESETS
from tf_cyclegan.settings.setting import settings_of


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
    base, _ = newest_config(Path(run), Path(backup) if backup else None)
    chosen = PRESETS[preset or DEFAULT_PRESET] if preset or not base else {}
    if base:  # Its length and the like stay; what may not change within a run is compared later.
        chosen = {name: value for name, value in chosen.items() if not settings_of(TrainConfig)[name].free}
    return dataclasses.replace(base or TrainConfig(), **{**chosen, **own, "data": data, "run": run})
