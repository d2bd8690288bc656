"""What is exported: a generator from a run or a `.keras` file, and what is known about how it came to be."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath
from typing import Any

import keras

from tf_cyclegan.data_folder import DataError, find_data
from tf_cyclegan.disk.archive import unpack
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.files import as_float32, load_network, saved_step
from tf_cyclegan.networks.litert_weights import load_painter
from tf_cyclegan.networks.periods import periods_of, with_period
from tf_cyclegan.periods import describe_period
from tf_cyclegan.run.command import train_command
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.folder import BASE, CHECKPOINTS, DIRECTIONS, LOSSES, METRICS, THERE
from tf_cyclegan.run.kept import kept_steps
from tf_cyclegan.run.places import load_run
from tf_cyclegan.run.steps_table import last_step
from tf_cyclegan.shell import show_command
from tf_cyclegan.stylize.style import MODEL, Bundle, open_bundle


@dataclass(frozen=True)
class Source:
    """A generator and its story.

    Attributes:
        generator: floats in [-1, 1] in and out.
        held_out: folder of real pictures that it was not trained on; None where there is none.
        training: folder of those that it was trained on; likewise.
        data: folder of the run's data set, which holds both; None where it is not known.
        about: what `style.json` says of the training.
        missing: why the run's data cannot be used, if it cannot.
        periods: of a network of several what `style.json` says of each.
        base: the style to which the last of them is added; None where none is.
    """

    generator: keras.Model
    held_out: Path | None
    training: Path | None
    about: dict[str, Any]
    missing: str = ""
    data: Path | None = None
    periods: list[dict[str, Any]] = field(default_factory=list)
    base: dict[str, Any] | None = None


def open_source(source: Path, direction: str) -> Source:
    """Opens a run's folder or a `.keras` file.

    Raises:
        UserError: it is neither, or the run has no checkpoint yet.
    """
    if source.suffix in (".pth", ".safetensors"):
        command = show_command("import-torch", source, "--out", THERE.file)
        raise UserError(f"{source}: import it first: {command}")
    if source.suffix == ".keras":
        generator = _load(source)
        if periods_of(generator) > 1:
            raise UserError(f"{source}: paints several periods, whose names its run knows; export the run's folder")
        return Source(generator, None, None, {"source": source.name})
    file, domain = DIRECTIONS[direction].file, DIRECTIONS[direction].source
    config = load_run(source)
    if not (source / file).is_file():
        raise UserError(f"{source}: has no {file} yet; train until the first checkpoint is written")
    data, missing = _data_of(source)
    first = data / config.period_names[0] if data and config.periods and not config.period else data
    held_out, training = (_folder(first, f"{split}{domain}") for split in ("test", "train"))
    about = _describe_run(source, config, data, direction)
    place = data or (Path(config.data) if config.data else None)
    generator = _load(source / file)
    found = Source(generator, held_out or training, training, about, missing, place)
    if config.add_period and file == THERE.file:
        return _added(found, source, config, direction)
    if periods_of(generator) == 1:
        return found
    facts = {name: _describe_data(data and data / name, source / name, direction) for name in config.period_names}
    return replace(found, periods=[_describe_period(key, own, direction) for key, own in facts.items()])


def _added(found: Source, run: Path, config: TrainConfig, direction: str) -> Source:
    """The style that a run adds a period to, with that period."""
    with _base_of(run) as base:
        keys = base.periods or [PureWindowsPath(config.start_from).name]
        (key,) = config.keys
        if key in keys:
            raise UserError(f"{run}: the style has a period {key} already; give the folder of the data its old name")
        generator = with_period(load_painter(base.folder / MODEL), found.generator)
        known = base.about.get("periods") or [_as_period(base, keys[0])]
    periods = [*known, _describe_period(key, found.about, direction)]
    about = base.about.get("training", {}) if base.periods else {}
    return replace(found, generator=generator, periods=periods, about=about, base=base.about)


@contextmanager
def _base_of(run: Path) -> Iterator[Bundle]:
    if not (run / BASE).is_file():
        missing = "the style that the period is added to is not there"
        raise UserError(f"{run / BASE}: {missing}; copy it from the run's backup")
    with tempfile.TemporaryDirectory() as place:
        yield open_bundle(unpack(run / BASE, Path(place) / "style"))


def _as_period(base: Bundle, key: str) -> dict[str, Any]:
    """What is known of a style of one period, as of one of several."""
    names = ("name", "years", "about", "training", "note")
    return {"key": key, **{name: base.about[name] for name in names if name in base.about}, "preview": base.preview}


def _describe_period(key: str, training: dict[str, Any], direction: str) -> dict[str, Any]:
    """What `style.json` says of one period of several."""
    preview = Bundle(Path(), {"direction": direction, "training": training}).preview
    name = training.get("period") or titled(key)
    return {"key": key, **describe_period(name), "training": training, "preview": preview}


def titled(name: str) -> str:
    """The name of a folder as a title: `post-impressionism` → "Post Impressionism"."""
    return name.replace("-", " ").title()


def _load(file: Path) -> keras.Model:
    # Half precision is for training on GPUs; TensorFlow cannot convert it to TFLite.
    return as_float32(load_network(file))


def _data_of(run: Path) -> tuple[Path | None, str]:
    """The data that a run was trained on, or why it is not available; a style can be exported without."""
    try:
        return find_data(run).folder, ""
    except DataError as error:
        return None, error.reason
    except UserError as error:
        return None, str(error)


def _folder(data: Path | None, name: str) -> Path | None:
    return data / name if data and (data / name).is_dir() else None


def _describe_run(run: Path, config: TrainConfig, data: Path | None, direction: str) -> dict[str, Any]:
    """On what, for how long and with which command a run was trained; its metrics, if it was evaluated."""
    about: dict[str, Any] = {"command": train_command(config), "seed": config.seed, "crop": config.crop}
    about["steps"] = steps_of(run, run / DIRECTIONS[direction].file)
    if config.began_with:
        about["began_with"] = config.began_with
    return about | _describe_data(data, run, direction)


def _describe_data(data: Path | None, run: Path, direction: str) -> dict[str, Any]:
    """What is known of prepared data, and the metrics of a run in its direction, if it was evaluated."""
    about: dict[str, Any] = {}
    prepared = data / "prepare.json" if data else None
    if prepared and prepared.is_file():
        facts = _read_json(prepared)
        about["period"] = facts.get("period", "")
        about["data"] = {k: facts[k] for k in ("counts", "sources", "size") if k in facts}
    if (run / METRICS).is_file():
        about["metrics"] = shortened(_read_json(run / METRICS), direction)
    return about


def shortened(metrics: dict[str, Any], direction: str) -> dict[str, Any]:
    """Metrics without the other direction's, and without the definitions, which docs/evaluation.md has."""
    kept = {name: value for name, value in metrics.items() if name != "definitions"}
    if "directions" in kept:
        kept["directions"] = {name: found for name, found in kept["directions"].items() if name == direction}
    return kept


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: damaged ({error}); remove it or make it again") from error


def steps_of(run: Path, generator: Path) -> int:
    """How far a run was when a generator in its folder was saved; 0 where nothing says so.

    Files of older versions do not say it: they were saved with the newest checkpoint. Where the checkpoints were
    deleted, the losses say it, which may run a little ahead of what was saved last.
    """
    step = saved_step(generator)
    if step is not None:
        return step
    kept = kept_steps(run / CHECKPOINTS)
    try:
        return kept[0] if kept else last_step(run / LOSSES)
    except (OSError, ValueError) as error:
        raise UserError(f"{run / 'losses.csv'}: damaged ({error}); remove it") from error
