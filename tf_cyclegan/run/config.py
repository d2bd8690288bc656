"""Every setting of a training run, once: default, help text, what it may be, and whether it may change within a run."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tf_cyclegan.errors import UserError
from tf_cyclegan.settings.choices import (
    AUGMENTATIONS,
    DISCRIMINATORS,
    FEATURES,
    GAN_MODES,
    GENERATORS,
    NORMS,
    PRECISIONS,
    SCHEDULES,
)
from tf_cyclegan.settings.limits import MAX_SEED
from tf_cyclegan.settings.setting import check_settings, setting, settings_of, split_names

# Bounds that several settings share. Values far beyond them are typing errors and would use up all memory.
_CHANNELS: dict[str, Any] = {"least": 1, "most": 4096}
_SIDE: dict[str, Any] = {"least": 1, "most": 8192}
_STEPS: dict[str, Any] = {"most": 10**9}
_WEIGHT: dict[str, Any] = {"least": 0.0, "most": 1e6}
_MINUTES: dict[str, Any] = {"least": 0.0, "most": 1e6}
# Settings of older versions, each with the value at which it did nothing; None: another of them decides.
_REMOVED: dict[str, Any] = {
    "teacher": "",
    "teacher_digest": "",
    "lambda_teacher": None,
    "lambda_nce": 0.0,
    "lambda_edges": 0.0,
    "average_from": 1.0,
}
# With schedule "step" the rate falls to a tenth after every such share of the run; after 100 falls nothing is left of
# it.
_LEAST_STEP = 0.01


@dataclass(frozen=True)
class TrainConfig:
    """Settings of `train`. Pictures are in pixels, weights of the loss without unit, times in minutes."""

    # Identifies a run and the copies in its backup as the same run; older runs have no such name.
    identity: str = setting("", "random name of the run, given when it starts", free=True, role="found")
    # The folder may differ from machine to machine; its contents may not change.
    data: str = setting("", "prepared folder with trainA (photographs) and trainB (paintings)", free=True, role="place")
    periods: str = setting(
        "", "of a run of several periods the names of their folders within data, separated by commas", role="found"
    )
    period: str = setting("", "which of them a folder holds, if it was taken out of such a run", role="found")
    data_digest: str = setting(
        "", "names and contents of the training pictures, found when the run starts", role="found"
    )
    run: str = setting(
        "", "folder of the run; started again with the same folder, the run continues", free=True, role="place"
    )
    backend: str = setting("", "Keras' backend, found when the run starts", role="found")
    start_from: str = setting(
        "",
        "folder of another run, or of a style, whose networks this run begins with: a period with that of the same "
        "name, or else with the mean of all; a photo → painting generator of another --generator or --filters starts "
        "from scratch",
        role="run",
    )
    add_period: bool = setting(
        False,
        "add the period of the data to the style of --start-from: only its scales, offsets and colours are learned, "
        "and export writes a style of all periods",
    )
    began_with: str = setting("", "commands that trained that run, found when this run starts", role="found")

    generator: str = setting("resnet_9blocks", "architecture of the generators", choices=GENERATORS)
    filters: int = setting(64, "channels of the generators' first convolution", **_CHANNELS)
    generator_f: str = setting(
        "",
        "architecture of the generator painting → photo, e.g. painter, which costs less; empty: as --generator",
        choices=("", *GENERATORS),
    )
    filters_f: int = setting(0, "channels of its first convolution; 0: as many as --filters", least=0, most=4096)
    discriminator: str = setting("basic", "kind of both discriminators", choices=DISCRIMINATORS)
    discriminator_filters: int = setting(64, "channels of the discriminators' first convolution", **_CHANNELS)
    n_layers: int = setting(3, "strided convolutions of an n_layers discriminator", least=1, most=8)
    norm: str = setting("instance", "normalization", choices=NORMS)
    dropout: bool = setting(False, "dropout in the generators")

    load: int = setting(286, "short side to which pictures are scaled before they are cropped", **_SIDE)
    crop: int = setting(256, "side of the random square crops used for training", **_SIDE)
    batch: int = setting(1, "pictures of each domain per step, on all devices together", least=1, most=4096)
    flip: bool = setting(True, "mirror half of the pictures, chosen at random, left to right")
    partners: int = setting(
        0,
        "each photograph meets one of this many paintings that fit it best by what they show and where their colours "
        "are; 0: any painting",
        least=0,
        most=10_000,
    )
    augment: str = setting(
        "",
        "random changes of the pictures that the discriminators see: any of color,translation,cutout; empty for none",
        choices=AUGMENTATIONS,
        several=True,
    )

    steps: int = setting(200_000, "length of the whole run in steps", free=True, least=1, **_STEPS)
    learning_rate: float = setting(2e-4, "initial learning rate of Adam", above=0.0, most=1.0)
    discriminator_rate: float = setting(
        1.0, "learning rate of the discriminators, relative to that of the generators", above=0.0, most=1000.0
    )
    beta_1: float = setting(0.5, "Adam's beta_1, the decay of its momentum", least=0.0, most=0.9999)
    beta_2: float = setting(0.999, "Adam's beta_2, the decay of its squares", least=0.0, most=0.99999)
    warm_up: int = setting(
        0,
        "steps in which the learning rate rises to its value; without them a high one ruins new networks",
        least=0,
        **_STEPS,
    )
    schedule: str = setting("linear", "how the learning rate falls", choices=SCHEDULES, free=True)
    decay_from: float = setting(
        0.5, "share of the run after which the learning rate begins to fall", free=True, least=0.0, below=1.0
    )
    clip_norm: float = setting(0.0, "clip each gradient to this norm; 0 for no clipping", least=0.0, most=1e6)
    accumulate: int = setting(1, "steps whose gradients are averaged into one update", least=1, most=4096)
    gan_mode: str = setting("lsgan", "adversarial objective", choices=GAN_MODES)
    lambda_cycle_x: float = setting(10.0, "weight of photo → painting → photo", **_WEIGHT)
    lambda_cycle_y: float = setting(10.0, "weight of painting → photo → painting", **_WEIGHT)
    lambda_identity: float = setting(
        0.5, "weight of leaving pictures of the target domain alone, relative to cycle", **_WEIGHT
    )
    cycle_pixels: int = setting(
        1,
        "side of the squares in whose means the cycle compares pictures; 1 compares every pixel, as published",
        least=1,
        most=256,
    )
    lambda_adversarial: float = setting(1.0, "weight of deceiving the discriminators", **_WEIGHT)
    lambda_paint: float = setting(
        0.0,
        "weight of strokes: statistics of features that a result has in common with the painting it meets; 0 for none",
        **_WEIGHT,
    )
    lambda_content: float = setting(
        0.0, "weight of what a picture shows, compared in features, not in pixels; 0 for none", **_WEIGHT
    )
    lambda_light: float = setting(
        0.0,
        "weight of brightness in a result that its picture does not have, over 16 pixels; 0 leaves it out",
        **_WEIGHT,
    )
    pool_size: int = setting(50, "generated pictures in the history of each discriminator", least=0, most=10_000)
    ema: float = setting(
        0.0, "decay of a moving average of the generators, e.g. 0.999; 0 for none", least=0.0, below=1.0
    )

    seed: int = setting(0, "seed of initial weights, order, crops, flips and pools", least=0, most=MAX_SEED)
    precision: str = setting(
        "auto",
        "numerical precision; auto: half precision on GPUs with tensor cores, else float32",
        choices=PRECISIONS,
    )
    xla: bool = setting(False, "compile the step with XLA, as JAX always does (pays on GPUs; measure on CPUs)")
    devices: int = setting(1, "GPUs, or CPUs where there are none, that share each batch", least=1, most=4096)
    deterministic: bool = setting(False, "use deterministic operations: slower, but reproducible bit for bit")

    backup: str = setting("", "folder for a copy of every checkpoint, e.g. on Google Drive", free=True, role="machine")
    save_minutes: float = setting(10.0, "minutes between two checkpoints", free=True, **_MINUTES)
    save_steps: int = setting(
        0, "steps between two extra checkpoints; 0: only by --save-minutes", free=True, least=0, **_STEPS
    )
    max_minutes: float = setting(
        0.0, "minutes after which training stops cleanly, with a checkpoint; 0 for no limit", free=True, **_MINUTES
    )
    sample_steps: int = setting(500, "steps between two sample grids", free=True, least=1, **_STEPS)
    evaluate_every: int = setting(
        0,
        "steps between two scorings of the generators; the best is kept as generator_best.keras; 0 for never",
        free=True,
        least=0,
        **_STEPS,
    )
    features: str = setting("mobilenet_v2", "feature extractor of --evaluate-every", choices=FEATURES, free=True)
    weights: str = setting("", "file with its weights, where they cannot be downloaded", free=True, role="machine")

    def __post_init__(self) -> None:
        check_settings(self)
        if self.crop > self.load:
            raise UserError(f"crop {self.crop} is larger than load {self.load}, the pictures' short side")
        if self.batch % self.devices:
            raise UserError(f"batch {self.batch} cannot be shared evenly by {self.devices} devices")
        if self.schedule == "step" and 0 < self.decay_from < _LEAST_STEP:
            wanted = f"with schedule step decay_from must be at least {_LEAST_STEP}, or 0 for a rate that never falls"
            raise UserError(f"{wanted}, not {self.decay_from}")

        if self.periods and not self._takes_periods:
            needed = "--generator painter --norm instance_affine --discriminator projected --pool-size 0"
            raise UserError(f"several periods in one network need {needed}, as --preset style has them")
        if self.add_period and self.periods:
            raise UserError("--add-period adds one period at a time; name one folder of data")
        if self.add_period and not self.start_from:
            raise UserError("--add-period needs --start-from, the folder of the style that gets the period")
        if self.periods and self.evaluate_every:
            raise UserError("--evaluate-every scores one period; evaluate each period of the run afterwards")

    @property
    def _takes_periods(self) -> bool:
        kinds = (self.generator, self.norm, self.discriminator, self.pool_size)
        return kinds == ("painter", "instance_affine", "projected", 0)

    @property
    def period_names(self) -> tuple[str, ...]:
        """The periods of a run of several, in the order of its weights; empty for a run of one."""
        return split_names(self.periods)

    @property
    def keys(self) -> tuple[str, ...]:
        """The names by which the periods are known: those of their folders, also of a single one."""
        return self.period_names or (Path(self.data).name,)

    @property
    def folders(self) -> list[Path]:
        """The prepared folders: one, or that of each period."""
        return [Path(self.data) / name for name in self.period_names] or [Path(self.data)]

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    def architectures(self) -> dict[str, dict[str, Any]]:
        """For each of the four networks the arguments it is built with, which decide what weights it has."""
        generator = {"kind": self.generator, "filters": self.filters, "norm": self.norm, "dropout": self.dropout}
        back = {**generator, "kind": self.generator_f or self.generator, "filters": self.filters_f or self.filters}
        judge = {"kind": self.discriminator, "filters": self.discriminator_filters, "norm": self.norm}
        judge["n_layers"] = self.n_layers
        # The way back and the judge of photographs need not know of which period a painting was.
        periods = {"periods": len(self.period_names)} if self.periods else {}
        return {
            "generator_g": {**generator, **periods},
            "generator_f": back,
            "discriminator_x": judge,
            "discriminator_y": {**judge, **periods},
        }

    def changed_settings(self, other: "TrainConfig", *, free: bool = False) -> list[str]:
        """Settings that differ although they may not within a run (or, with `free`, may): "name: ours, now theirs"."""
        fixed = [name for name, declared in settings_of(self).items() if declared.free is free]
        mine, theirs = dataclasses.asdict(self), dataclasses.asdict(other)
        return [f"{name}: {mine[name]!r}, now {theirs[name]!r}" for name in fixed if mine[name] != theirs[name]]


def load_config(path: Path) -> TrainConfig:
    """Reads a run's `config.json`.

    Raises:
        UserError: it is missing, damaged or has settings that are unknown here.
    """
    try:
        return TrainConfig(**_known({**json.loads(path.read_text(encoding="utf-8"))}))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{path}: not there; is this the folder of a run?") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, TypeError, UserError) as error:
        raise UserError(f"{path}: damaged, or from another version ({error})") from error


def _known(values: dict[str, Any]) -> dict[str, Any]:
    """The settings of a run without those of older versions that did nothing in it.

    Raises:
        UserError: it has others that are unknown here.
    """
    names = {field.name for field in dataclasses.fields(TrainConfig)}
    ignored = {name for name, value in values.items() if name in _REMOVED and _REMOVED[name] in (None, value)}
    unknown = [name for name in values if name not in names | ignored]
    if unknown:
        raise UserError(f"unknown here: {', '.join(unknown)}; use the version that trained the run")
    return {name: value for name, value in values.items() if name in names}
