"""Training a run: puts data, networks, objective, checkpoints and callbacks together and calls `fit()` once."""

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras

from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.errors import UserError
from tf_cyclegan.objective.cyclegan import CycleGAN
from tf_cyclegan.run.backup import fetch_backup
from tf_cyclegan.run.checkpoint import Checkpoints
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.folder import FEATURE_CACHE, LOSSES, SAMPLES, TENSORBOARD
from tf_cyclegan.run.held import held
from tf_cyclegan.score.extractors import load_extractor
from tf_cyclegan.score.fixed_set import FixedSet
from tf_cyclegan.train.average import Average, MovingAverage
from tf_cyclegan.train.callback import StepCallback
from tf_cyclegan.train.data import PairSource, open_dataset
from tf_cyclegan.train.devices import Devices, open_devices
from tf_cyclegan.train.opened import opened, save_generators, shown_generators
from tf_cyclegan.train.partners import read_partners
from tf_cyclegan.train.progress import Curves, LossLog, Progress, TensorBoard
from tf_cyclegan.train.samples import SampleGrid, Samples
from tf_cyclegan.train.saver import Clock, Saver, stop_on_signals
from tf_cyclegan.train.scoring import Evaluations
from tf_cyclegan.train.settled import settle
from tf_cyclegan.train.start import first_weights


@dataclass(frozen=True)
class Training:
    """One call of `train`: the steps done before and after it, and the steps of the whole run."""

    start: int
    stop: int
    steps: int

    @property
    def finished(self) -> bool:
        return self.stop >= self.steps


def train(config: TrainConfig, observers: Sequence[keras.callbacks.Callback] = ()) -> Training:
    """Trains a run, or continues it from its last checkpoint, which is in its folder or in its backup.

    Writes `config.json`, `trained_on.txt`, `checkpoints/`, `generator.keras`, `generator_f.keras`, `samples/`,
    `losses.csv` and, with TensorFlow `tensorboard/`, on JAX `losses.png`, into the run's folder; with `evaluate_every`
    also `evaluations.csv` and the best generators (see `train.scoring`). The state is saved at fixed intervals of time,
    at the end, and when the process is asked to stop (SIGINT, SIGTERM, SIGHUP); training continues while it is written.

    Everything is found and checked before anything is written: a call that is refused leaves no folder or file behind.

    Args:
        config: with `data` and `run` set.
        observers: more callbacks for `fit()`, called after ours.

    Returns:
        Which steps this call did.

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
        first = {} if settled.before else first_weights(config, devices)
        with opened(config, devices, config.backup) as (model, average, checkpoints):
            if writes and config.backup:
                _fetch(run, Path(config.backup))
            devices.check_same(0)  # The others wait for what is fetched.
            start = checkpoints.restore()
            devices.check_same(start)
            if writes:
                settled.write(start)
            if config.partners and devices.processes > 1:
                devices.check_same(start)  # The others read what the first has written: rounding may differ.
                settled.source.partners = read_partners(run, settled.source.domains, config.partners)
            for name, weights in first.items():
                getattr(model, name).set_weights(weights)
            if first and average:
                average.begin()
            stop = start
            if start < config.steps:
                fit = partial(_fit, source=settled.source, devices=devices, fixed=fixed, observers=observers)
                stop = fit(config, model, average, checkpoints, start)
            elif writes:
                save_generators(config, shown_generators(model, average), start)
    return Training(start, stop, config.steps)


def _check_places(run: str | Path, config: TrainConfig) -> None:
    """Refuses a run or a backup that is not apart from what is read, as `check_apart`."""
    read = {"the data": config.data, "--start-from": config.start_from, "--weights": config.weights}
    check_apart({"--run": run, "--backup": config.backup}, read)


def _fetch(run: Path, backup: Path) -> None:
    step = fetch_backup(run, backup)
    if step:
        print(f"{run}: step {step} was fetched from {backup}", file=sys.stderr)


def _fixed_set(config: TrainConfig, devices: Devices) -> FixedSet | None:
    """The pictures and the network by which `--evaluate-every` scores.

    It is made before precision and devices are set, since they must not affect its network.
    """
    if not config.evaluate_every:
        return None
    if devices.processes > 1:
        raise UserError("--evaluate-every works on one machine only; evaluate the run afterwards")
    extractor = load_extractor(config.features, config.weights or None)
    return FixedSet(config.data, extractor, (Path(config.data) / FEATURE_CACHE, Path(config.run) / FEATURE_CACHE))


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
    """One session: `fit()` from step `start`, with its callbacks. Returns the step at which it ended."""
    run, writes = Path(config.run), devices.process == 0
    callbacks: list[StepCallback] = [Average(start, average)] if average else []
    if writes:
        networks = shown_generators(model, average) if devices.processes == 1 else {}
        callbacks += _reports(config, model, networks, start=start, trouble=lambda: checkpoints.trouble)
    if fixed:
        when = {"every": config.evaluate_every, "stop": config.steps}
        callbacks.append(Evaluations(start, run, fixed, shown_generators(model, average), checkpoints, **when))

    def save(step: int) -> None:
        if writes:
            for callback in callbacks:
                callback.before_save()
            checkpoints.save(step)
            save_generators(config, shown_generators(model, average), step)

    with stop_on_signals() as asked:
        clock = Clock(config.save_minutes, config.max_minutes)

        def over(step: int) -> bool:
            return devices.agree(step, clock.is_over() or asked())

        saver = Saver(start, save, clock, over, every=config.save_steps, check=checkpoints.check)
        try:
            steps, dataset = config.steps - start, open_dataset(source, start, config.steps)
            together = [*callbacks, saver, *observers]
            model.fit(dataset, steps_per_epoch=steps, callbacks=together, shuffle=False, verbose=0)
            save(saver.step)
        finally:
            for callback in callbacks:
                callback.close()
    return saver.step


def _reports(
    config: TrainConfig,
    model: CycleGAN,
    shown: dict[str, keras.Model],
    *,
    start: int,
    trouble: Callable[[], str],
) -> list[StepCallback]:
    """The callbacks that report on a run: losses, progress, TensorBoard, and samples of the networks shown.

    Several processes would have to draw samples together, so with several processes there are none.
    """
    run = Path(config.run)
    reports: list[StepCallback] = [
        LossLog(run / LOSSES, [m.name for m in model.metrics], start),
        Progress(start, config.steps, config.max_minutes, trouble),
    ]
    if shown:
        grid = SampleGrid(config.folders, load=config.load, crop=config.crop)
        networks, when = list(shown.values()), {"every": config.sample_steps, "stop": config.steps}
        reports.append(Samples(start, run / SAMPLES, grid, networks, **when))
    if config.backend == "tensorflow":
        reports.append(TensorBoard(start, run / TENSORBOARD))
    else:
        reports.append(Curves(start, run))
    return reports
