"""Training a run: puts data, networks, objective, checkpoints and callbacks together and calls `fit()` once."""

import dataclasses
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras

from tf_cyclegan import callbacks
from tf_cyclegan.adam import Adam
from tf_cyclegan.checkpoint import Checkpoints, fetch_backup
from tf_cyclegan.config import PRESETS, TrainConfig, load_config
from tf_cyclegan.cyclegan import CycleGAN
from tf_cyclegan.data import PairSource, open_dataset
from tf_cyclegan.errors import UserError
from tf_cyclegan.files import replacing
from tf_cyclegan.moving_average import MovingAverage
from tf_cyclegan.networks import build_discriminator, build_generator, save_model
from tf_cyclegan.samples import SampleGrid
from tf_cyclegan.schedule import build_schedule

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
    """Trains a run, or continues it where its last checkpoint stands.

    Writes `config.json`, `checkpoints/`, `generator.keras`, `generator_f.keras`, `samples/`, `losses.csv` and, with
    TensorFlow, `tensorboard/` into the run's folder. The state is saved by the clock, at the end, and when the process
    is asked to stop (SIGINT, SIGTERM); saving goes on beside training.

    Args:
        config: with `data` and `run` set.
        observers: more callbacks for `fit()`, called after ours.

    Returns:
        The sitting.

    Raises:
        UserError: data or run folder cannot be used, a setting changed that may not change within a run, a loss is not
            finite, or no checkpoint can be written.
    """
    source = PairSource(config.data, load=config.load, crop=config.crop, batch=config.batch, seed=config.seed)
    config = dataclasses.replace(config, data_digest=source.digest(), backend=keras.backend.backend())
    grid = SampleGrid(config.data, load=config.load, crop=config.crop)
    run = open_run(config)
    with _arithmetic(config):
        model = build_cyclegan(config)
        average = MovingAverage(_generators(model), config.ema) if config.ema else None
        checkpoints = Checkpoints(run, _state(model, average), config.backup or None)
        try:
            start = checkpoints.restore()
            stop = start
            if start < config.steps:
                stop = _fit(
                    config, model, average, checkpoints, source=source, grid=grid, start=start, observers=observers
                )
            else:
                _save_generators(run, _shown(model, average))
        finally:
            checkpoints.close()
    return Sitting(start, stop, config.steps)


def _fit(
    config: TrainConfig,
    model: CycleGAN,
    average: MovingAverage | None,
    checkpoints: Checkpoints,
    *,
    source: PairSource,
    grid: SampleGrid,
    start: int,
    observers: Sequence[keras.callbacks.Callback] = (),
) -> int:
    """One sitting: `fit()` from step `start`, and what happens beside it. Returns the step at which it ended."""
    run, shown = Path(config.run), list(_shown(model, average).values())
    log = callbacks.LossLog(run / "losses.csv", [m.name for m in model.metrics], start)

    def save(step: int) -> None:
        log.flush()
        checkpoints.save(step)
        _save_generators(run, _shown(model, average))

    with callbacks.stop_on_signals() as asked:
        clock = callbacks.Clock(config.save_minutes, config.max_minutes)
        saver = callbacks.Saver(start, save, clock, asked, every=config.save_steps, check=checkpoints.check)
        beside: list[callbacks.StepCallback] = [
            log,
            *([callbacks.Average(start, average)] if average else []),
            callbacks.Progress(start, config.steps, config.max_minutes, lambda: checkpoints.trouble),
            callbacks.Samples(start, run / "samples", grid, shown, every=config.sample_steps, stop=config.steps),
            *([callbacks.TensorBoard(start, run / "tensorboard")] if config.backend == "tensorflow" else []),
            saver,
        ]
        try:
            dataset = open_dataset(source, start, config.steps)
            model.fit(dataset, callbacks=[*beside, *observers], shuffle=False, verbose=0)
            save(saver.step)
        finally:
            for callback in beside:
                callback.close()
    return saver.step


def open_run(config: TrainConfig) -> Path:
    """Makes the run's folder, or checks that it is of the same run; writes `config.json`.

    Raises:
        UserError: the folder cannot be written, or a fixed setting differs from the run's.
    """
    run = Path(config.run)
    path = run / "config.json"
    if run.exists() and not run.is_dir():
        raise UserError(f"{run}: cannot be written (there is a file of this name); choose another --run")
    if path.exists():
        before = load_config(path)
        changed = before.changed_settings(config)
        if changed:
            raise UserError(f"{run}: cannot change within a run: {'; '.join(changed)}. Choose another --run")
        for line in before.changed_settings(config, free=True):
            print(f"{run}: changed from here on: {line}", file=sys.stderr)
    with replacing(path) as partial:
        partial.write_text(config.to_json(), encoding="utf-8")
    return run


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


def build_cyclegan(config: TrainConfig) -> CycleGAN:
    """The four networks and the objective of a config, compiled and with its optimizer built."""
    generators = (
        build_generator(config.generator, config.filters, config.norm, config.dropout, name=name)
        for name in ("generator_g", "generator_f")
    )
    discriminators = (
        build_discriminator(config.discriminator, config.discriminator_filters, config.n_layers, config.norm, name=name)
        for name in ("discriminator_x", "discriminator_y")
    )
    same = ("lambda_cycle_x", "lambda_cycle_y", "lambda_identity", "gan_mode", "pool_size", "seed")
    model = CycleGAN(*generators, *discriminators, **{name: getattr(config, name) for name in same})
    rate = build_schedule(config.schedule, config.learning_rate, config.steps, config.decay_from)
    optimizer = Adam(
        rate,
        config.beta_1,
        # Per weight: a norm over all four networks would let one player shrink the other's steps.
        clipnorm=config.clip_norm or None,
        gradient_accumulation_steps=config.accumulate if config.accumulate > 1 else None,
    )
    model.compile(optimizer=optimizer, jit_compile=config.xla)
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


def _state(model: CycleGAN, average: MovingAverage | None) -> list[keras.Variable]:
    metrics = {id(v) for metric in model.metrics for v in metric.variables}
    own = [v for v in model.variables if id(v) not in metrics]
    return [*own, *model.optimizer.variables, *(average.variables if average else [])]


def _save_generators(run: Path, generators: dict[str, keras.Model]) -> None:
    for file, name in GENERATOR_FILES.items():
        save_model(generators[name], run / file)


def config_for(data: str, run: str, preset: str | None = None, **settings) -> TrainConfig:
    """The config of a new run from a preset, or that of a run that is there, with some settings of one's own.

    With `backup` among the settings, a run whose folder is not there, or is older, is fetched from it first.

    Args:
        data: prepared folder.
        run: folder of the run.
        preset: one of `config.PRESETS`; default: what the run has, for a new one "paper".
        settings: any field of `TrainConfig`; those that are None are left as the run or the preset has them.
    """
    if preset is not None and preset not in PRESETS:
        raise UserError(f"unknown preset {preset!r}; one of {', '.join(PRESETS)}")
    own = {name: value for name, value in settings.items() if value is not None}
    if own.get("backup"):
        fetch_backup(Path(run), Path(own["backup"]))
    path = Path(run) / "config.json"
    base = load_config(path) if path.exists() else TrainConfig()
    chosen = PRESETS[preset] if preset else {}
    return dataclasses.replace(base, **{**chosen, **own, "data": data, "run": run})
