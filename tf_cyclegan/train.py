"""Training a run: puts data, networks, objective, checkpoints and callbacks together and calls `fit()` once."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import keras

from tf_cyclegan import callbacks
from tf_cyclegan.adam import Adam
from tf_cyclegan.checkpoint import Checkpoints
from tf_cyclegan.config import TrainConfig, load_config
from tf_cyclegan.cyclegan import CycleGAN
from tf_cyclegan.data import PairSource, open_dataset
from tf_cyclegan.errors import UserError
from tf_cyclegan.files import replacing
from tf_cyclegan.moving_average import MovingAverage
from tf_cyclegan.networks import build_discriminator, build_generator, save_model
from tf_cyclegan.samples import SampleGrid
from tf_cyclegan.schedule import ConstantThenLinear

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


def train(config: TrainConfig) -> Sitting:
    """Trains a run, or continues it where its last checkpoint stands.

    Writes `config.json`, `checkpoints/`, `generator.keras`, `generator_f.keras`, `samples/`, `losses.csv` and
    `tensorboard/` into the run's folder.

    Args:
        config: with `data` and `run` set.

    Returns:
        The sitting.

    Raises:
        UserError: data or run folder cannot be used, or a setting changed that may not change within a run.
    """
    source = PairSource(config.data, load=config.load, crop=config.crop, batch=config.batch, seed=config.seed)
    grid = SampleGrid(config.data, load=config.load, crop=config.crop)
    run = open_run(config)
    keras.utils.set_random_seed(config.seed)
    model = build_cyclegan(config)
    average = MovingAverage(_generators(model), config.ema) if config.ema else None
    checkpoints = Checkpoints(run / "checkpoints", _state(model, average))
    start = checkpoints.restore()
    if start >= config.steps:
        _save_generators(run, _shown(model, average))
        return Sitting(start, start, config.steps)

    log = callbacks.LossLog(run / "losses.csv", [m.name for m in model.metrics], start)

    def save(step: int) -> None:
        log.flush()
        checkpoints.save(step)
        _save_generators(run, _shown(model, average))

    shown = _shown(model, average)
    with callbacks.stop_on_signals() as asked:
        saver = callbacks.Saver(start, save, config.save_minutes, config.max_minutes, asked)
        beside = [
            log,
            *([callbacks.Average(start, average)] if average else []),
            callbacks.Progress(start, config.steps),
            callbacks.Samples(
                start, run / "samples", grid, list(shown.values()), every=config.sample_steps, stop=config.steps
            ),
            callbacks.TensorBoard(start, run / "tensorboard"),
            saver,
        ]
        try:
            model.fit(open_dataset(source, start, config.steps), callbacks=beside, shuffle=False, verbose=0)
            save(saver.step)
        finally:
            for callback in beside:
                callback.close()
    return Sitting(start, saver.step, config.steps)


def open_run(config: TrainConfig) -> Path:
    """Makes the run's folder, or checks that it is of the same run; writes `config.json`.

    Raises:
        UserError: the folder cannot be written, or a fixed setting differs from the run's.
    """
    run = Path(config.run)
    path = run / "config.json"
    if path.exists():
        changed = load_config(path).changed_settings(config)
        if changed:
            raise UserError(f"{run}: cannot change within a run: {'; '.join(changed)}. Choose another --run")
    with replacing(path) as partial:
        partial.write_text(config.to_json(), encoding="utf-8")
    return run


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
    rate = ConstantThenLinear(config.learning_rate, config.steps, config.decay_from)
    model.compile(optimizer=Adam(rate, config.beta_1), jit_compile=config.xla)
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


def config_for(data: str, run: str, preset: str, **settings) -> TrainConfig:
    """A preset's config with some settings of one's own.

    Args:
        data: prepared folder.
        run: folder of the run.
        preset: one of `config.PRESETS`.
        settings: any field of `TrainConfig`; those that are None are left as the preset has them.
    """
    from tf_cyclegan.config import PRESETS

    if preset not in PRESETS:
        raise UserError(f"unknown preset {preset!r}; one of {', '.join(PRESETS)}")
    own = {name: value for name, value in settings.items() if value is not None}
    return dataclasses.replace(TrainConfig(data=data, run=run), **{**PRESETS[preset], **own})
