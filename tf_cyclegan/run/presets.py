"""Sets of settings by name."""

from typing import Any

from tf_cyclegan.run.config import TrainConfig

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
    "steps": 1500,
    "learning_rate": 2e-3,
    "beta_2": 0.99,
    "warm_up": 50,
    "gan_mode": "hinge",
    "lambda_adversarial": 0.5,
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
