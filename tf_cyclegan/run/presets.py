"""Sets of settings by name."""

from typing import Any

_MOBILE = {"generator": "mobile", "filters": 16}
# The way back serves the cycle alone here: with a small one a step makes half of its large passes.
_FULL = {"generator": "mobile_dense", "generator_f": "mobile", "filters_f": 16}
_SMOKE = {
    "filters": 4,
    "discriminator_filters": 4,
    "load": 36,
    "crop": 32,
    "steps": 4,
    "sample_steps": 2,
    "pool_size": 2,
}

PRESETS: dict[str, dict[str, Any]] = {
    "paper": {},
    "mobile": {**_MOBILE, "ema": 0.999},
    "full": {**_FULL, "ema": 0.999},
    "smoke": {**_MOBILE, **_SMOKE},
}
