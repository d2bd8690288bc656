"""A run's networks, optimizer, average and checkpoints, as its config says."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras

from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.build import build_networks
from tf_cyclegan.networks.files import load_network, save_model
from tf_cyclegan.networks.periods import is_of_a_period, take_period
from tf_cyclegan.objective.cyclegan import CycleGAN
from tf_cyclegan.objective.terms import build_features, build_terms
from tf_cyclegan.run.backup import check_owner, fetch_backup, newer_copy
from tf_cyclegan.run.checkpoint import Checkpoints
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.folder import CONFIG, DIRECTIONS, THERE
from tf_cyclegan.run.held import held
from tf_cyclegan.run.places import load_run
from tf_cyclegan.run.trained_on import read_trained_on, write_trained_on
from tf_cyclegan.settings.setting import split_names
from tf_cyclegan.train.adam import Adam
from tf_cyclegan.train.average import MovingAverage
from tf_cyclegan.train.devices import Devices, open_devices
from tf_cyclegan.train.schedule import build_schedule


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
    if config.add_period:
        for layer in networks[THERE.generator].layers:
            layer.trainable = is_of_a_period(layer)
    model = CycleGAN(
        **networks,
        terms=build_terms(config),
        features=build_features(config),
        pool_size=config.pool_size,
        seed=config.seed,
        augment=split_names(config.augment),
        replicas=replicas,
    )
    rate = build_schedule(config.schedule, config.learning_rate, config.steps, config.decay_from, config.warm_up)
    optimizer = Adam(
        rate,
        config.beta_1,
        config.beta_2,
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
    if config.discriminator_rate != 1:
        discriminators = {id(v) for net in (model.discriminator_x, model.discriminator_y) for v in net.variables}
        rates = [config.discriminator_rate if id(v) in discriminators else 1.0 for v in model.trainable_variables]
        model.optimizer.relative_rates = rates
    return model


def _generators(model: CycleGAN) -> dict[str, keras.Model]:
    return {"generator_g": model.generator_g, "generator_f": model.generator_f}


def shown_generators(model: CycleGAN, average: MovingAverage | None) -> dict[str, keras.Model]:
    """The generators that samples and export use."""
    return average.networks if average else _generators(model)


def _average(config: TrainConfig, model: CycleGAN) -> MovingAverage | None:
    return MovingAverage(_generators(model), config.ema) if config.ema else None


def _state(model: CycleGAN, average: MovingAverage | None) -> list[keras.Variable]:
    metrics = {id(v) for metric in model.metrics for v in metric.variables}
    own = [v for v in model.variables if id(v) not in metrics]
    return [*own, *model.optimizer.variables, *(average.variables if average else [])]


def save_generators(config: TrainConfig, generators: dict[str, keras.Model], step: int) -> None:
    """Writes a run's generators; of several periods also each by itself, in a folder that is evaluated like a run."""
    run = Path(config.run)
    for direction in DIRECTIONS.values():
        save_model(generators[direction.generator], run / direction.file, step)
    for index, name in enumerate(config.period_names):
        folder = run / name
        folder.mkdir(exist_ok=True)
        taken = {**generators, THERE.generator: take_period(generators[THERE.generator], index)}
        for direction in DIRECTIONS.values():
            save_model(taken[direction.generator], folder / direction.file, step)
        with replacing(folder / CONFIG) as unfinished:
            own = dataclasses.replace(config, run=str(folder), period=name)
            unfinished.write_text(own.to_json(), encoding="utf-8")
        write_trained_on(folder, read_trained_on(run))


@contextmanager
def opened(
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
def kept_state(run: Path) -> Iterator[tuple[Checkpoints, CycleGAN, dict[str, keras.Model]]]:
    """The checkpoints of a run that is not trained on now, the model they are read into, its generators to show.

    Raises:
        UserError: there are none, or they are of another backend.
    """
    config = load_run(run)
    if config.backend not in ("", keras.backend.backend()):
        raise UserError(f"{run}: its checkpoints are of another backend; set KERAS_BACKEND={config.backend}")
    here = dataclasses.replace(config, run=str(run))
    with opened(here, open_devices(config.devices)) as (model, average, checkpoints):
        if not checkpoints.steps():
            raise UserError(f"{run}: no checkpoints here; train the run first")
        yield checkpoints, model, shown_generators(model, average)


def checkpoint_generators(run: str | Path) -> Iterator[tuple[str, keras.Model]]:
    """The generators photo → painting of a run's kept checkpoints, oldest first, and of `generator_best.keras`.

    Yields:
        A name, such as "step 4000", and the network, whose weights change with the next one.

    Raises:
        UserError: there are no checkpoints, one is damaged, or they are of another backend.
    """
    run = Path(run)
    with kept_state(run) as (checkpoints, _, generators):
        for step in checkpoints.steps():
            checkpoints.read(step)
            yield f"step {step}", generators["generator_g"]
    if (run / THERE.best).is_file():
        yield THERE.best, load_network(run / THERE.best)


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
    if not newer and not (run / CONFIG).is_file():
        raise UserError(f"{run}: neither here nor in {backup}; train it first")
    if newer or not all((run / direction.file).is_file() for direction in DIRECTIONS.values()):
        with held(run):
            fetch_backup(run, backup)
            with kept_state(run) as (checkpoints, _, generators):
                here = dataclasses.replace(load_run(run), run=str(run))
                save_generators(here, generators, checkpoints.restore())
    return run
