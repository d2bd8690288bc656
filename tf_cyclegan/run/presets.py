"""Sets of settings by name."""

from typing import Any

_MOBILE = {"generator": "mobile", "filters": 16}
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
    "smoke": {**_MOBILE, **_SMOKE},
}
