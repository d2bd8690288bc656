"""Every setting of a training run, once: default, help text, and whether it may change within a run."""

import dataclasses
import json
import os
import posixpath
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tf_cyclegan.errors import UserError


def _setting(default: Any, help: str, *, choices: tuple[str, ...] | None = None, free: bool = False) -> Any:
    """A field with its help; `free` settings may change when a run is continued."""
    return dataclasses.field(default=default, metadata={"help": help, "choices": choices, "free": free})


PRECISIONS = ("auto", "float32", "mixed_float16", "mixed_bfloat16")
SCHEDULE_NAMES = ("linear", "cosine", "step")
# Found when a run starts; not options.
FOUND = ("identity", "data_digest", "backend", "began_with", "teacher_digest")
# Settings that name a place on the disk, besides the run itself. A run keeps them as absolute paths.
PLACES = ("data", "start_from", "teacher", "backup", "weights")
DISCRIMINATOR_NAMES = ("basic", "n_layers", "pixel", "projected")
FEATURE_NAMES = ("inception_v3_fid", "inception_v3_keras", "mobilenet_v2")
PUBLISHED_GENERATORS = ("resnet_9blocks", "resnet_6blocks", "unet_128", "unet_256")
GENERATOR_NAMES = (*PUBLISHED_GENERATORS, "mobile", "mobile_dense")


@dataclass(frozen=True)
class TrainConfig:
    """Settings of `train`. Pictures are in pixels, weights of the loss without unit, times in minutes."""

    # By which a run and the copies in its backup know each other; older runs have none.
    identity: str = _setting("", "random name of the run, given when it starts", free=True)
    # The folder may be another on another machine; what may not change is what lies in it.
    data: str = _setting("", "prepared folder with trainA (photographs) and trainB (paintings)", free=True)
    data_digest: str = _setting("", "names and contents of the training pictures, found when the run starts")
    run: str = _setting("", "folder of the run; started again with the same folder, the run goes on", free=True)
    backend: str = _setting("", "Keras' backend, found when the run starts")
    start_from: str = _setting(
        "",
        "folder of another run whose networks this one begins with, such as one of smaller crops; a larger mobile or "
        "mobile_dense generator grows from a smaller one, any other --generator begins anew",
    )
    began_with: str = _setting("", "commands by which that run was trained, found when this one starts")
    teacher: str = _setting(
        "",
        "folder of another run whose generator photo → painting gives light and colour, such as a smaller one; it must "
        "be there whenever the run goes on",
        free=True,
    )
    teacher_digest: str = _setting("", "sha256 of that generator, found when the run starts")

    generator: str = _setting("resnet_9blocks", "architecture of the generators", choices=GENERATOR_NAMES)
    filters: int = _setting(64, "channels of the generators' first convolution")
    generator_f: str = _setting(
        "",
        "architecture of the generator painting → photo, e.g. mobile, which costs less; empty for the same",
        choices=("", *GENERATOR_NAMES),
    )
    filters_f: int = _setting(0, "channels of its first convolution; 0 for as many")
    discriminator: str = _setting("basic", "kind of both discriminators", choices=DISCRIMINATOR_NAMES)
    discriminator_filters: int = _setting(64, "channels of the discriminators' first convolution")
    n_layers: int = _setting(3, "strided convolutions of an n_layers discriminator")
    norm: str = _setting("instance", "normalization", choices=("instance", "instance_affine", "batch", "none"))
    dropout: bool = _setting(False, "dropout in the generators")

    load: int = _setting(286, "short side to which pictures are brought before they are cropped")
    crop: int = _setting(256, "side of the random crops that are trained on")
    batch: int = _setting(1, "pictures of each domain per step, on all devices together")
    flip: bool = _setting(True, "turn every second picture left to right")
    augment: str = _setting(
        "", "what the discriminators see is changed at random: any of color,translation,cutout; empty for nothing"
    )

    steps: int = _setting(200_000, "length of the whole run in steps", free=True)
    learning_rate: float = _setting(2e-4, "of Adam, at first")
    beta_1: float = _setting(0.5, "of Adam")
    schedule: str = _setting("linear", "how the learning rate falls", choices=SCHEDULE_NAMES, free=True)
    decay_from: float = _setting(0.5, "share of the run after which the learning rate falls", free=True)
    clip_norm: float = _setting(0.0, "each gradient is clipped to this norm; 0 for not at all")
    accumulate: int = _setting(1, "steps whose gradients are averaged into one update")
    gan_mode: str = _setting("lsgan", "adversarial objective", choices=("lsgan", "vanilla", "wgangp", "hinge"))
    lambda_cycle_x: float = _setting(10.0, "weight of photo → painting → photo")
    lambda_cycle_y: float = _setting(10.0, "weight of painting → photo → painting")
    lambda_identity: float = _setting(0.5, "weight of leaving pictures of the target domain alone, relative to cycle")
    lambda_edges: float = _setting(
        0.0, "weight of coarse edges in a result that its picture does not have: blotches, halos; 0 leaves them out"
    )
    lambda_nce: float = _setting(
        0.0,
        "weight of PatchNCE: each place of a result stays recognisable among those of its picture (identity is "
        "weighted with the cycle: without a cycle, none); 0 leaves it out",
    )
    lambda_teacher: float = _setting(
        10.0, "weight of light and colour other than the teacher's; none without --teacher"
    )
    pool_size: int = _setting(50, "generated pictures that each discriminator's history holds")
    ema: float = _setting(0.0, "decay of a moving average of the generators, e.g. 0.999; 0 for none")
    average_from: float = _setting(
        1.0,
        "share of the run after which that average counts all steps alike, e.g. 0.3; goes with a rate that does not "
        "fall: --decay-from 0.99; 1 for never",
    )

    seed: int = _setting(0, "of initial weights, order, crops, flips and pools")
    precision: str = _setting(
        "auto", "of the arithmetic; auto: half precision on GPUs that are made for it, else float32", choices=PRECISIONS
    )
    xla: bool = _setting(False, "compile the step with XLA, as JAX always does (pays on GPUs; measure on CPUs)")
    devices: int = _setting(1, "GPUs, or CPUs where there are none, that share each batch")
    deterministic: bool = _setting(False, "ask for deterministic operations: slower, and bit for bit the same again")

    backup: str = _setting("", "folder for a copy of every checkpoint, e.g. on Google Drive", free=True)
    save_minutes: float = _setting(10.0, "minutes between two checkpoints", free=True)
    save_steps: int = _setting(0, "save every so many steps as well; 0 for by the clock alone", free=True)
    max_minutes: float = _setting(
        0.0, "stop cleanly, with a checkpoint, after so many minutes; 0 for no limit", free=True
    )
    sample_steps: int = _setting(500, "steps between two sample grids", free=True)
    evaluate_every: int = _setting(
        0, "score the generators every so many steps and keep the best as generator_best.keras; 0 for never", free=True
    )
    features: str = _setting("mobilenet_v2", "feature extractor of --evaluate-every", choices=FEATURE_NAMES, free=True)
    weights: str = _setting("", "file with its weights, where they cannot be downloaded", free=True)

    def __post_init__(self) -> None:
        self._check_choices()
        for name in (
            "filters",
            "discriminator_filters",
            "n_layers",
            "load",
            "crop",
            "batch",
            "steps",
            "sample_steps",
            "accumulate",
            "devices",
        ):
            if getattr(self, name) < 1:
                raise UserError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.crop > self.load:
            raise UserError(f"crop {self.crop} is larger than load {self.load}, the pictures' short side")
        if self.batch % self.devices:
            raise UserError(f"batch {self.batch} cannot be shared evenly by {self.devices} devices")
        for name in ("evaluate_every", "filters_f"):
            if getattr(self, name) < 0:
                raise UserError(f"{name} must be at least 0, not {getattr(self, name)}")
        if not 0 <= self.decay_from < 1 or not 0 <= self.ema < 1:
            raise UserError("decay_from and ema must be at least 0 and below 1")
        if not 0 <= self.average_from <= 1:
            raise UserError(f"average_from must be from 0 to 1, not {self.average_from}")

    def _check_choices(self) -> None:
        for field in dataclasses.fields(self):
            choices, value = field.metadata["choices"], getattr(self, field.name)
            if choices and value not in choices:
                raise UserError(f"{field.name}: {value!r} is unknown; one of {', '.join(choices)}")

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    def architectures(self) -> dict[str, dict[str, Any]]:
        """For each of the four networks what it is built with, which decides what weights it has."""
        generator = {"kind": self.generator, "filters": self.filters, "norm": self.norm, "dropout": self.dropout}
        back = {**generator, "kind": self.generator_f or self.generator, "filters": self.filters_f or self.filters}
        judge = {"kind": self.discriminator, "filters": self.discriminator_filters, "norm": self.norm}
        judge["n_layers"] = self.n_layers
        return {"generator_g": generator, "generator_f": back, "discriminator_x": judge, "discriminator_y": judge}

    def changed_settings(self, other: "TrainConfig", *, free: bool = False) -> list[str]:
        """Settings that may not (or, with `free`, that may) differ within a run and do: "name: ours, now theirs"."""
        fixed = [f.name for f in dataclasses.fields(self) if f.metadata["free"] is free]
        mine, theirs = dataclasses.asdict(self), dataclasses.asdict(other)
        return [f"{name}: {mine[name]!r}, now {theirs[name]!r}" for name in fixed if mine[name] != theirs[name]]


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


def train_command(config: TrainConfig) -> str:
    """The command that trains a run with these settings; of the folders only the last names, under data/ and runs/."""
    settings = {
        f.name: getattr(config, f.name)
        for f in dataclasses.fields(config)
        if f.name not in ("data", "run", "start_from", "teacher", "backup", "weights", *FOUND)
    }

    def differing(preset: str) -> dict[str, Any]:
        base = {f.name: f.default for f in dataclasses.fields(config)} | PRESETS[preset]
        return {name: value for name, value in settings.items() if value != base[name]}

    preset = min(PRESETS, key=lambda name: len(differing(name)))
    words = ["python -m tf_cyclegan train", f"data/{Path(config.data).name}", f"--run runs/{Path(config.run).name}"]
    words.append(f"--preset {preset}")
    for option, folder in (("--start-from", config.start_from), ("--teacher", config.teacher)):
        words += [f"{option} runs/{Path(folder).name}"] if folder else []
    words += [_option(name, value) for name, value in differing(preset).items()]
    return " ".join(words)


def _option(name: str, value: Any) -> str:
    dashed = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{dashed}" if value else f"--no-{dashed}"
    return f"--{dashed} {shlex.quote(str(value))}"


def load_config(path: Path) -> TrainConfig:
    """Reads a run's `config.json`.

    Raises:
        UserError: it is missing, damaged or has settings that are unknown here.
    """
    try:
        return TrainConfig(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{path}: not there; is this the folder of a run?") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, TypeError) as error:
        raise UserError(f"{path}: damaged, or from another version ({error})") from error


def with_absolute_places(config: TrainConfig) -> TrainConfig:
    """The config with every path that is relative to the current folder made absolute."""
    named = [name for name in (*PLACES, "run") if getattr(config, name)]
    absolute: dict[str, Any] = {name: str(Path(getattr(config, name)).absolute()) for name in named}
    return dataclasses.replace(config, **absolute)


def load_run(run: str | Path, copy: str | Path | None = None) -> TrainConfig:
    """The config of a run, with the folders that it names where they are now.

    Args:
        run: the run's folder.
        copy: a folder whose `config.json` is read instead: one of the copies in the run's backup.

    Raises:
        UserError: as `load_config`.
    """
    run = Path(run)
    config = load_config(Path(copy or run) / "config.json")
    named = [name for name in PLACES if getattr(config, name)]
    found: dict[str, Any] = {name: _first_there(places(config, name, run)) for name in named}
    return dataclasses.replace(config, **found)


def places(config: TrainConfig, name: str, run: Path) -> list[str]:
    """Where a folder or file that a run names may be: where it was, and at the same place as seen from the run.

    A relative path, which older runs have, was relative to a folder that nobody knows any more; the run's own folder
    was given in the same way, so the path from one to the other is known.

    Args:
        config: as the run's `config.json` has it.
        name: of `PLACES`.
        run: where the run is now.
    """
    path, then = (getattr(config, key).replace("\\", "/") for key in (name, "run"))
    root, other = _root(path), _root(then)
    if root != other:  # No path leads from one to the other.
        return [getattr(config, name)]
    root = root or "/-" * 40  # Deep enough for every "..".
    there = os.path.normpath(run.absolute() / posixpath.relpath(f"{root}/{path}", f"{root}/{then}"))
    return [getattr(config, name), there] if other else [there]


def _root(path: str) -> str:
    """Where an absolute path begins, such as "/" or "C:", on the machine that it is of; empty for a relative one."""
    return path[:2].lower() if path[1:3] == ":/" else path[: path.startswith("/")]


def _first_there(paths: list[str]) -> str:
    return next((path for path in paths if Path(path).exists()), paths[0])
