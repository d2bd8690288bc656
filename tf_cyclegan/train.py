"""Training a run: puts data, networks, objective, checkpoints and callbacks together and calls `fit()` once."""

import dataclasses
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tf_cyclegan import callbacks
from tf_cyclegan.adam import Adam
from tf_cyclegan.augment import parse_policy
from tf_cyclegan.backup import check_owner, fetch_backup, newer_copy, newest_config
from tf_cyclegan.checkpoint import Checkpoints
from tf_cyclegan.config import PRESETS, TrainConfig, load_run
from tf_cyclegan.cyclegan import CycleGAN
from tf_cyclegan.data import PairSource, open_dataset
from tf_cyclegan.devices import Devices, open_devices
from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluation.features import load_extractor
from tf_cyclegan.evaluation.while_training import Evaluations, FixedSet
from tf_cyclegan.files import making
from tf_cyclegan.grow import can_grow, grow
from tf_cyclegan.lock import locked
from tf_cyclegan.moving_average import MovingAverage
from tf_cyclegan.networks import (
    build_generator,
    build_networks,
    load_network,
    save_model,
)
from tf_cyclegan.paths import check_apart
from tf_cyclegan.samples import SampleGrid
from tf_cyclegan.schedule import build_schedule
from tf_cyclegan.settled import settle, taught_by

# File in the run folder -> which generator: photo -> painting, and back.
GENERATOR_FILES = {"generator.keras": "generator_g", "generator_f.keras": "generator_f"}


@dataclass(frozen=True)
class Sitting:
    """What one call of `train` did: steps done before and after it, and steps of the whole run."""

    start: int
    stop: int
    steps: int

    @property
    def finished(self) -> bool:
        return self.stop >= self.steps


def train(config: TrainConfig, observers: Sequence[keras.callbacks.Callback] = ()) -> Sitting:
    """Trains a run, or continues it where its last checkpoint stands, here or in its backup.

    Writes `config.json`, `trained_on.txt`, `checkpoints/`, `generator.keras`, `generator_f.keras`, `samples/`,
    `losses.csv` and, with TensorFlow `tensorboard/`, on JAX `losses.png`, into the run's folder; with `evaluate_every`
    also `evaluations.csv` and the best generators (see `evaluation.while_training`). The state is saved by the clock,
    at the end, and when the process is asked to stop (SIGINT, SIGTERM, SIGHUP); saving goes on while training does.

    Everything is found and checked before anything is written: what is refused leaves no folder, and no other file.

    Args:
        config: with `data` and `run` set.
        observers: more callbacks for `fit()`, called after ours.

    Returns:
        The sitting.

    Raises:
        UserError: data, run folder or published weights cannot be used, folders are not apart, another process trains
            the run, the backup is of another one, a setting changed that may not change within a run, a loss is not
            finite, or no checkpoint can be written.
    """
    _check_places(config.run, config)
    devices = open_devices(config.devices)
    run, writes = Path(config.run), devices.process == 0
    with held(run) if writes else nullcontext():
        settled = settle(config, devices)
        config = settled.config
        fixed = _fixed_set(config, devices)
        first = {} if settled.before else _first_weights(config, devices)
        with _opened(config, devices, config.backup) as (model, average, checkpoints):
            if writes and config.backup:
                _fetch(run, Path(config.backup))
            devices.check_same(0)  # The others wait for what is fetched.
            start = checkpoints.restore()
            devices.check_same(start)
            if writes:
                settled.write(start)
            for name, weights in first.items():
                getattr(model, name).set_weights(weights)
            if first and average:
                average.begin()
            stop = start
            if start < config.steps:
                fit = partial(_fit, source=settled.source, devices=devices, fixed=fixed, observers=observers)
                stop = fit(config, model, average, checkpoints, start)
            elif writes:
                _save_generators(run, _shown(model, average), start)
    return Sitting(start, stop, config.steps)


def _check_places(run: str | Path, config: TrainConfig) -> None:
    """Refuses a run or a backup that is not apart from what is read, as `check_apart`."""
    read = {"the data": config.data, "--start-from": config.start_from, "--teacher": config.teacher}
    check_apart({"--run": run, "--backup": config.backup}, {**read, "--weights": config.weights})


@contextmanager
def held(run: Path) -> Iterator[None]:
    """A run's folder for one process at a time; where nothing was written into a new one, it is removed again.

    Raises:
        UserError: another process writes into it, or it cannot be made.
    """
    with making(run), locked(run / ".lock", f"{run}: another process trains this run; wait for it"):
        yield


def _fetch(run: Path, backup: Path) -> None:
    step = fetch_backup(run, backup)
    if step:
        print(f"{run}: step {step} was fetched from {backup}", file=sys.stderr)


def _first_weights(config: TrainConfig, devices: Devices) -> dict[str, list[np.ndarray]]:
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
    grown = [name for name in ours if name not in same and name.startswith("gen") and can_grow(kept[name], ours[name])]
    anew = [name for name in ours if name not in (*same, *grown)]
    if set(anew) - {"generator_g"}:
        listed = ", ".join(anew)
        raise UserError(f"{other}: its networks are others ({listed}); only generator_g may be another")
    for names, what in ((anew, "is another and not begun with"), (grown, "is smaller; a larger one grows from it")):
        if names:
            print(f"{other}: its {' and '.join(names)} {what}", file=sys.stderr)
    with _kept_state(other) as (checkpoints, model, shown):
        checkpoints.restore()
        first = {name: (shown.get(name) or getattr(model, name)) for name in (*same, *grown)}
        return {name: _grown(net, ours[name]) if name in grown else net.get_weights() for name, net in first.items()}


def _grown(small: keras.Model, architecture: dict[str, Any]) -> list[np.ndarray]:
    large = build_generator(**architecture)
    grow(small, large)
    return large.get_weights()


def _fixed_set(config: TrainConfig, devices: Devices) -> FixedSet | None:
    """What `--evaluate-every` scores by; made before precision and devices are set, which its network is not to see."""
    if not config.evaluate_every:
        return None
    if devices.processes > 1:
        raise UserError("--evaluate-every works on one machine only; evaluate the run afterwards")
    extractor = load_extractor(config.features, config.weights or None)
    return FixedSet(config.data, extractor, (Path(config.data) / "features", Path(config.run) / "features"))


def _fit(
    config: TrainConfig,
    model: CycleGAN,
    average: MovingAverage | None,
    checkpoints: Checkpoints,
    start: int,
    *,
    source: PairSource,
    devices: Devices,
    fixed: FixedSet | None,
    observers: Sequence[keras.callbacks.Callback],
) -> int:
    """One sitting: `fit()` from step `start`, and what happens beside it. Returns the step at which it ended."""
    run, writes = Path(config.run), devices.process == 0
    beside: list[callbacks.StepCallback] = [callbacks.Average(start, average)] if average else []
    if writes:
        networks = _shown(model, average) if devices.processes == 1 else {}
        beside += _reports(config, model, networks, start=start, trouble=lambda: checkpoints.trouble)
    if fixed:
        when = {"every": config.evaluate_every, "stop": config.steps}
        beside.append(Evaluations(start, run, fixed, _shown(model, average), checkpoints, **when))

    def save(step: int) -> None:
        if writes:
            for callback in beside:
                callback.before_save()
            checkpoints.save(step)
            _save_generators(run, _shown(model, average), step)

    with callbacks.stop_on_signals() as asked:
        clock = callbacks.Clock(config.save_minutes, config.max_minutes)

        def over(step: int) -> bool:
            return devices.agree(step, clock.is_over() or asked())

        saver = callbacks.Saver(start, save, clock, over, every=config.save_steps, check=checkpoints.check)
        try:
            steps, dataset = config.steps - start, open_dataset(source, start, config.steps)
            together = [*beside, saver, *observers]
            model.fit(dataset, steps_per_epoch=steps, callbacks=together, shuffle=False, verbose=0)
            save(saver.step)
        finally:
            for callback in beside:
                callback.close()
    return saver.step


def _reports(
    config: TrainConfig,
    model: CycleGAN,
    shown: dict[str, keras.Model],
    *,
    start: int,
    trouble: Callable[[], str],
) -> list[callbacks.StepCallback]:
    """What tells of a run while it goes on: losses, progress, TensorBoard, and samples of the networks shown.

    Several processes would have to draw samples together, so none are shown there.
    """
    run = Path(config.run)
    reports: list[callbacks.StepCallback] = [
        callbacks.LossLog(run / "losses.csv", [m.name for m in model.metrics], start),
        callbacks.Progress(start, config.steps, config.max_minutes, trouble),
    ]
    if shown:
        grid = SampleGrid(config.data, load=config.load, crop=config.crop)
        networks, when = list(shown.values()), {"every": config.sample_steps, "stop": config.steps}
        reports.append(callbacks.Samples(start, run / "samples", grid, networks, **when))
    if config.backend == "tensorflow":
        reports.append(callbacks.TensorBoard(start, run / "tensorboard"))
    else:
        reports.append(callbacks.Curves(start, run))
    return reports


@contextmanager
def _arithmetic(config: TrainConfig) -> Iterator[None]:
    """Seed, precision and determinism of a run; the precision that was set before comes back afterwards."""
    keras.utils.set_random_seed(config.seed)
    if config.deterministic and config.backend == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(config.precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def build_cyclegan(config: TrainConfig, replicas: int = 1) -> CycleGAN:
    """The four networks and the objective of a config, compiled and with its optimizer built.

    Args:
        config: of the run.
        replicas: copies of the step whose gradients are added up.
    """
    networks = build_networks(config)
    weights = [f.name for f in dataclasses.fields(config) if f.name.startswith("lambda_")]
    same = (*weights, "gan_mode", "pool_size", "seed")
    settings = {name: getattr(config, name) for name in same}
    augment = parse_policy(config.augment)
    teacher = load_network(taught_by(config)) if config.teacher else None
    model = CycleGAN(**networks, teacher=teacher, **settings, augment=augment, replicas=replicas)
    rate = build_schedule(config.schedule, config.learning_rate, config.steps, config.decay_from)
    optimizer = Adam(
        rate,
        config.beta_1,
        # Per weight: a norm over all four networks would let one player shrink the other's steps.
        clipnorm=config.clip_norm or None,
        gradient_accumulation_steps=config.accumulate if config.accumulate > 1 else None,
    )
    # Without it JAX would run one operation after the other.
    model.compile(optimizer=optimizer, jit_compile=config.xla or config.backend == "jax")
    shape = (config.batch, config.crop, config.crop, 3)
    model.build({"x": shape, "y": shape})
    # Slots that do not exist yet could not be restored.
    model.optimizer.build(model.trainable_variables)
    return model


def _generators(model: CycleGAN) -> dict[str, keras.Model]:
    return {"generator_g": model.generator_g, "generator_f": model.generator_f}


def _shown(model: CycleGAN, average: MovingAverage | None) -> dict[str, keras.Model]:
    """The generators that samples and export use."""
    return average.networks if average else _generators(model)


def _average(config: TrainConfig, model: CycleGAN) -> MovingAverage | None:
    even_from = int(config.average_from * config.steps) if config.average_from < 1 else None
    if not config.ema and even_from is None:
        return None
    return MovingAverage(_generators(model), config.ema, even_from)


def _state(model: CycleGAN, average: MovingAverage | None) -> list[keras.Variable]:
    metrics = {id(v) for metric in model.metrics for v in metric.variables}
    own = [v for v in model.variables if id(v) not in metrics]
    return [*own, *model.optimizer.variables, *(average.variables if average else [])]


def _save_generators(run: Path, generators: dict[str, keras.Model], step: int) -> None:
    for file, name in GENERATOR_FILES.items():
        save_model(generators[name], run / file, step)


@contextmanager
def _opened(
    config: TrainConfig, devices: Devices, backup: str = ""
) -> Iterator[tuple[CycleGAN, MovingAverage | None, Checkpoints]]:
    """What a run consists of, as its config says; at the end everything is written."""
    with _arithmetic(config), devices.scope():
        model = build_cyclegan(config, devices.replicas)
        average = _average(config, model)
        checkpoints = Checkpoints(config.run, _state(model, average), backup or None)
        try:
            yield model, average, checkpoints
        finally:
            checkpoints.close()


@contextmanager
def _kept_state(run: Path) -> Iterator[tuple[Checkpoints, CycleGAN, dict[str, keras.Model]]]:
    """The checkpoints of a run that is not trained on now, the model they are read into, its generators to show.

    Raises:
        UserError: there are none, or they are of another backend.
    """
    config = load_run(run)
    if config.backend not in ("", keras.backend.backend()):
        raise UserError(f"{run}: its checkpoints are of another backend; set KERAS_BACKEND={config.backend}")
    here = dataclasses.replace(config, run=str(run), teacher="")
    with _opened(here, open_devices(config.devices)) as (model, average, checkpoints):
        if not checkpoints.steps():
            raise UserError(f"{run}: no checkpoints here; train the run first")
        yield checkpoints, model, _shown(model, average)


def checkpoint_generators(run: str | Path) -> Iterator[tuple[str, keras.Model]]:
    """The generators photo → painting of a run's kept checkpoints, oldest first, and of `generator_best.keras`.

    Yields:
        A name, such as "step 4000", and the network, whose weights change with the next one.

    Raises:
        UserError: there are no checkpoints, one is damaged, or they are of another backend.
    """
    run = Path(run)
    with _kept_state(run) as (checkpoints, _, generators):
        for step in checkpoints.steps():
            checkpoints.read(step)
            yield f"step {step}", generators["generator_g"]
    if (run / "generator_best.keras").is_file():
        yield "generator_best.keras", load_network(run / "generator_best.keras")


def fetch_run(run: str | Path, backup: str | Path) -> Path:
    """A run's folder with its generators: fetched from its backup where that is newer, or where it is not here.

    Args:
        run: its folder.
        backup: folder of the copies of its checkpoints, as `--backup` has it; may not exist.

    Returns:
        The folder.

    Raises:
        UserError: it is neither here nor in the backup, the backup is of another run, its checkpoints cannot be read,
            or both are not apart.
    """
    run, backup = Path(run), Path(backup)
    check_apart({"the run": run}, {"the backup": backup})
    check_owner(backup, run)
    newer = newer_copy(run, backup)
    if not newer and not (run / "config.json").is_file():
        raise UserError(f"{run}: neither here nor in {backup}; train it first")
    if newer or not all((run / file).is_file() for file in GENERATOR_FILES):
        with held(run):
            fetch_backup(run, backup)
            with _kept_state(run) as (checkpoints, _, generators):
                _save_generators(run, generators, checkpoints.restore())
    return run


def config_for(data: str, run: str, preset: str | None = None, **settings) -> TrainConfig:
    """The config of a new run from a preset, or that of a run that is there, with some settings of one's own.

    A run with `backup` among the settings is known by that, too, where its folder is not there or is older.

    Args:
        data: prepared folder.
        run: folder of the run.
        preset: one of `config.PRESETS`; default: what the run has, for a new one "paper".
        settings: any field of `TrainConfig`; those that are None are left as the run or the preset has them.
    """
    if preset is not None and preset not in PRESETS:
        raise UserError(f"unknown preset {preset!r}; one of {', '.join(PRESETS)}")
    own = {name: value for name, value in settings.items() if value is not None}
    backup = own.get("backup")
    if backup:
        check_apart({"--run": run, "--backup": backup}, {"the data": data})
    base, _ = newest_config(Path(run), Path(backup) if backup else None)
    chosen = PRESETS[preset] if preset else {}
    return dataclasses.replace(base or TrainConfig(), **{**chosen, **own, "data": data, "run": run})
