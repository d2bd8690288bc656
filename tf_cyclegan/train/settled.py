"""Everything that a training needs, found and checked before anything is written."""

import dataclasses
import secrets
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import keras

from tf_cyclegan.data_folder import TrainingPictures, find_data
from tf_cyclegan.disk.archive import pack
from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.sizes import check_sizes
from tf_cyclegan.run.backup import check_owner, newest_config, newest_place
from tf_cyclegan.run.command import train_command
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.folder import BASE, CHECKPOINTS, CONFIG
from tf_cyclegan.run.kept import kept_steps
from tf_cyclegan.run.places import load_run, with_absolute_places
from tf_cyclegan.run.trained_on import read_trained_on, write_trained_on
from tf_cyclegan.settings.setting import settings_of
from tf_cyclegan.stylize.style import open_bundle
from tf_cyclegan.train.data import PairSource
from tf_cyclegan.train.devices import Devices, default_precision
from tf_cyclegan.train.partners import find_partners, read_partners, write_partners
from tf_cyclegan.train.schedule import build_schedule
from tf_cyclegan.train.start import check_addition, is_bundle


@dataclass(frozen=True)
class Settled:
    """What a training needs.

    Attributes:
        config: with every setting found, paths absolute.
        before: the config of the run so far; None for one without a checkpoint, whose settings may still change.
        source: of its pictures.
        seen: hashes of the pictures that its networks have seen or will see.
    """

    config: TrainConfig
    before: TrainConfig | None
    source: PairSource
    seen: set[str]

    def write(self, start: int) -> None:
        """Records what was settled, and reports the settings that change from step `start` on.

        Raises:
            UserError: the run's folder cannot be written.
        """
        run = Path(self.config.run)
        with replacing(run / CONFIG) as unfinished:
            unfinished.write_text(self.config.to_json(), encoding="utf-8")
        write_trained_on(run, self.seen | read_trained_on(run))
        if self.source.partners is not None:
            write_partners(run, self.source.partners)
        if self.config.add_period and not self.before:
            pack(self.config.start_from, run / BASE)
        if self.before:
            for line in self.before.changed_settings(self.config, free=True):
                if settings_of(TrainConfig)[line.split(":")[0]].role != "found":
                    print(f"{run}: changed from here on: {line}", file=sys.stderr)
            was, now = (_rate(config, start) for config in (self.before, self.config))
            if now > 1.001 * was:
                change = f"the learning rate rises again, from {was:.2g} to {now:.2g}, since the run is longer now"
                print(f"{run}: step {start}: {change}", file=sys.stderr)


def _rate(config: TrainConfig, step: int) -> float:
    rate = build_schedule(config.schedule, config.learning_rate, config.steps, config.decay_from, config.warm_up)
    return float(rate(step)) if callable(rate) else rate


def settle(config: TrainConfig, devices: Devices) -> Settled:
    """Finds and checks what a training needs; writes nothing.

    Raises:
        UserError: the sizes do not fit the networks, data or published weights cannot be used, the backup is another
            run's, or a setting changed that may not change within a run.
    """
    check_sizes(config)
    config = with_absolute_places(config)
    run, backup = Path(config.run), Path(config.backup) if config.backup else None
    known, begun = newest_config(run, backup)
    before = known if begun else None
    if known and known.period:
        raise UserError(f"{run}: a period that was taken out of {run.parent}; train that, or choose another --run")
    if config.add_period and not before:
        check_addition(config)
    settings = {name: getattr(config, name) for name in ("load", "crop", "batch", "seed", "flip")}
    source = PairSource(config.folders, process=devices.process, processes=devices.processes, **settings)
    pictures = TrainingPictures(config.data, config.period_names)
    config = _with_what_was_found(config, before, pictures)
    if backup:
        check_owner(backup, run, config)
    if before:
        _check_unchanged(before, config)
    if config.partners and before:
        source.partners = read_partners(newest_place(run, backup), source.domains, config.partners)
    elif config.partners:
        print(f"{run}: looking for the paintings that fit each photograph, which takes a few minutes", file=sys.stderr)
        source.partners = find_partners(source.domains, config.partners)
    return Settled(config, before, source, {*pictures.hashes, *_seen_before(config, before)})


def _with_what_was_found(config: TrainConfig, before: TrainConfig | None, pictures: TrainingPictures) -> TrainConfig:
    """The config with data and backend as they are, and with what the run has already, or else begins with."""
    precision = config.precision
    if precision == "auto":
        precision = before.precision if before else default_precision()
    began_with = before.began_with if before else _describe_start(config.start_from)
    identity = (before.identity if before else "") or config.identity or secrets.token_hex(8)
    return dataclasses.replace(
        config,
        precision=precision,
        identity=identity,
        data_digest=pictures.digest(before.data_digest if before else ""),
        backend=keras.backend.backend(),
        began_with=began_with,
    )


def _check_unchanged(before: TrainConfig, config: TrainConfig) -> None:
    if config.data_digest != before.data_digest:
        raise UserError(
            f"{config.data}: the training pictures are not those that {config.run} was trained on so far; "
            "name those, or choose another --run"
        )
    changed = before.changed_settings(config)
    if changed:
        raise UserError(f"{config.run}: cannot change within a run: {'; '.join(changed)}. Choose another --run")


def _describe_start(run: str) -> str:
    """The command of the run that is begun with, and how far it was, below those of what it had begun with itself."""
    if not run:
        return ""
    if is_bundle(Path(run)):
        return open_bundle(run).commands
    config, steps = load_run(run), kept_steps(Path(run) / CHECKPOINTS)
    if not steps:
        raise UserError(f"{run}: no checkpoints here to start from; train it first")
    # On a line of its own: zsh takes a comment behind a command that is typed for its arguments.
    part = f"# to step {steps[0]}:\n{train_command(config)}"
    return f"{config.began_with}\n{part}" if config.began_with else part


def _seen_before(config: TrainConfig, before: TrainConfig | None) -> set[str]:
    """Hashes of the pictures that the networks have seen which a new run begins with."""
    other = "" if before else config.start_from
    if other and is_bundle(Path(other)):
        unknown = "what it was trained on is not known here, so it may be among the pictures held out here"
        warnings.warn(f"{other}: {unknown}", stacklevel=2)
        return set()
    return (read_trained_on(Path(other)) or _hashes_of_data(other)) if other else set()


def _hashes_of_data(run: str) -> set[str]:
    """Of the pictures that a run of an older version was trained on, as long as they are there."""
    try:
        return set(find_data(run).hashes)
    except UserError:
        warnings.warn(f"{run}: its training pictures are gone, so they may be among those held out here", stacklevel=2)
        return set()
