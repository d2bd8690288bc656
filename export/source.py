"""What is exported: a generator from a run or a `.keras` file, and what is known about how it came to be."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from tf_cyclegan.config import TrainConfig, load_config, train_command
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks import as_float32, load_network

# Direction → the run's file, and the domain of its data that goes in.
DIRECTIONS = {"photo-to-painting": ("generator.keras", "A"), "painting-to-photo": ("generator_f.keras", "B")}
# In the folder of a run whose generator was rounded: how, and what it cost.
ROUNDING = "rounding.json"


@dataclass(frozen=True)
class Source:
    """A generator and its story.

    Attributes:
        generator: floats in [-1, 1] in and out.
        held_out: folder of real pictures that it was not trained on; None where there is none.
        training: folder of those that it was trained on.
        data: folder of the run's data set, which holds both; it need not be there.
        about: what `style.json` says of the training.
    """

    generator: keras.Model
    held_out: Path | None
    training: Path | None
    about: dict[str, Any]
    data: Path | None = None


def open_source(source: Path, direction: str) -> Source:
    """Opens a run's folder or a `.keras` file.

    Raises:
        UserError: it is neither, or the run has no checkpoint yet.
    """
    if source.suffix == ".pth":
        raise UserError(f"{source}: import it first: python -m tf_cyclegan import-torch {source} --out generator.keras")
    if source.suffix == ".keras":
        return Source(_load(source), None, None, {"source": source.name})
    file, domain = DIRECTIONS[direction]
    config = load_config(source / "config.json")
    if not (source / file).is_file():
        raise UserError(f"{source}: has no {file} yet; train until the first checkpoint is written")
    held_out, training = (_folder(Path(config.data) / f"{split}{domain}") for split in ("test", "train"))
    data = Path(config.data) if config.data else None
    return Source(_load(source / file), held_out or training, training, _describe_run(source, config), data)


def _load(file: Path) -> keras.Model:
    # Half precision is for training on GPUs; TensorFlow cannot convert it to TFLite.
    return as_float32(load_network(file))


def _folder(path: Path) -> Path | None:
    return path if path.is_dir() else None


def _describe_run(run: Path, config: TrainConfig) -> dict[str, Any]:
    """On what, for how long and with which command a run was trained; its metrics, if it was evaluated."""
    about: dict[str, Any] = {"command": train_command(config), "seed": config.seed, "crop": config.crop}
    about["steps"] = _steps_done(run / "losses.csv")
    if config.began_with:
        about["began_with"] = config.began_with
    prepared = Path(config.data) / "prepare.json"
    if prepared.is_file():
        facts = _read_json(prepared)
        about["period"] = facts.get("period", "")
        about["data"] = {k: facts[k] for k in ("counts", "sources", "size") if k in facts}
    for name, file in (("rounded", ROUNDING), ("metrics", "metrics.json")):
        if (run / file).is_file():
            about[name] = _read_json(run / file)
    return about


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: damaged ({error}); remove it or make it again") from error


def _steps_done(losses: Path) -> int:
    if not losses.is_file():
        return 0
    last = losses.read_text(encoding="utf-8").splitlines()[-1].split(",")[0]
    return int(last) if last.isdigit() else 0
