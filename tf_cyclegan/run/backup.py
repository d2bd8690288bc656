"""A run's backup, a folder such as one on Google Drive: verified copies of its last checkpoints, of this run alone."""

import shutil
import warnings
from pathlib import Path

from tf_cyclegan.disk.manifest import find_fault
from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.run.config import TrainConfig, load_config
from tf_cyclegan.run.folder import BASE, CHECKPOINTS, CONFIG, EVALUATIONS, LOSSES, PARTNERS, TRAINED_ON
from tf_cyclegan.run.kept import copies, files_of, kept_steps, manifest_of, newest_whole
from tf_cyclegan.run.places import load_run
from tf_cyclegan.run.steps_table import read_rows

# Checkpoints that are kept, in the run and in its backup each.
KEPT = 2
# What a copy has besides the checkpoint. Tables grow with the run; of each a copy gets what belongs to its step.
_WITH_IT = (CONFIG, TRAINED_ON, PARTNERS, BASE, LOSSES, EVALUATIONS)


def sizes(run: Path) -> dict[str, int]:
    """Of the files that a copy has besides the checkpoint, how many bytes there are now."""
    return {name: (run / name).stat().st_size for name in _WITH_IT if (run / name).exists()}


def back_up(run: Path, backup: Path, step: int, extras: dict[str, int]) -> None:
    """Copies a checkpoint and the run's files that belong to it into `backup/ckpt-STEP`, verifies the copy, and removes
    old ones.

    Args:
        run: the run's folder.
        backup: the folder of the copies.
        step: of the checkpoint.
        extras: files of the run and how many bytes of each belong to this step, as `sizes` said then.

    Raises:
        UserError: the backup is another run's.
        OSError: the folder is not there, is full, or what was written cannot be read back.
    """
    check_owner(backup, run)
    target, mark = backup / f"ckpt-{step}", _identity(run)
    for unfinished in backup.glob(f".partial-*-{mark}"):
        shutil.rmtree(unfinished, ignore_errors=True)
    copy = backup / f".partial-{step}-{mark}"
    copy.mkdir(parents=True)
    for source in files_of(run / CHECKPOINTS, step):
        shutil.copyfile(source, copy / source.name)
    for name, size in extras.items():
        with (run / name).open("rb") as file:
            (copy / name).write_bytes(file.read(size))
    fault = find_fault(manifest_of(copy, step))
    if fault:
        raise OSError(f"the copy is not whole: {fault}")
    check_owner(backup, run)  # Another run may have started with it in the meantime.
    shutil.rmtree(target, ignore_errors=True)
    copy.replace(target)
    for _, old in copies(backup)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def check_owner(backup: Path, run: Path, config: TrainConfig | None = None) -> None:
    """Checks that a backup holds copies of a run, or nothing.

    Runs know each other by their `identity`. Where one has none, since it is older, they are the same if their
    settings, their data and the losses of all steps that both have done are.

    Args:
        backup: the folder of the copies; may not exist.
        run: the run's folder; may not exist, or have no checkpoint yet.
        config: of the run as it is to be trained; without it, as it is there.

    Raises:
        UserError: it holds another run.
    """
    begun = max(kept_steps(run / CHECKPOINTS), default=0)
    if begun or config is None:
        config = _config(run)
    for step, copy in copies(backup):
        theirs = _config(copy)
        if config is None or theirs is None:
            continue
        if begun and config.identity and theirs.identity:
            difference = "" if config.identity == theirs.identity else f"it started as {theirs.run}"
        else:
            difference = "; ".join(theirs.changed_settings(config)) or _losses_differ(run, copy, min(begun, step))
        if difference:
            raise UserError(f"{backup}: is the backup of another run ({difference}); choose another --backup")


def _config(folder: Path) -> TrainConfig | None:
    """The config of a run or of a copy; None where it is missing or, as half copied by a cloud, damaged."""
    try:
        return load_config(folder / CONFIG)
    except UserError:
        return None


def _losses_differ(run: Path, copy: Path, steps: int) -> str:
    """From which step on the losses of a run and of a copy differ, of those up to `steps` that both have."""
    mine, theirs = ({row["step"]: row for row in _losses(folder)} for folder in (run, copy))
    for step in sorted(mine.keys() & theirs.keys(), key=int):
        if int(step) <= steps and mine[step] != theirs[step]:
            return f"its losses are others from step {step} on"
    return ""


def _losses(folder: Path) -> list[dict[str, str]]:
    try:
        return read_rows(folder / LOSSES)
    except (OSError, ValueError) as error:
        raise UserError(f"{folder / 'losses.csv'}: cannot be read ({error}); is it a table of losses?") from error


def _identity(run: Path) -> str:
    config = _config(run)
    return config.identity if config else ""


def newer_copy(run: Path, backup: Path) -> tuple[int, Path] | None:
    """The newest whole copy in a backup with its step, if it is newer than what the run has; damaged ones are named.

    Args:
        run: the run's folder, which may not exist yet.
        backup: the folder of the copies; may not exist yet.
    """
    here = newest_whole(run / CHECKPOINTS)
    for step, copy in copies(backup):
        if step <= here:
            return None
        fault = find_fault(manifest_of(copy, step))
        if not fault and _config(copy):
            return step, copy
        warnings.warn(f"{copy}: {fault or f'{CONFIG} is missing or damaged'}; the one before it is used", stacklevel=2)
    return None


def newest_place(run: Path, backup: Path | None) -> Path:
    """Where the files of a run are as it was trained last: its folder, or a copy in its backup that is newer."""
    found = newer_copy(run, backup) if backup else None
    return found[1] if found else run


def newest_config(run: Path, backup: Path | None) -> tuple[TrainConfig | None, bool]:
    """The config of a run as it was trained last, here or in its backup, and whether it has a checkpoint there.

    A run that was ended before its first checkpoint may have a config all the same.

    Raises:
        UserError: the config in the run's folder is damaged.
    """
    own = load_run(run) if (run / CONFIG).exists() else None
    begun = max(kept_steps(run / CHECKPOINTS), default=0)
    for step, copy in copies(backup) if backup else []:
        if step > begun and _config(copy):
            return load_run(run, copy), True
    return own, begun > 0


def fetch_backup(run: Path, backup: Path) -> int:
    """Brings the newest whole copy of a backup into a run's folder, if it is newer than what is there.

    Args:
        run: the run's folder, which may not exist yet.
        backup: the folder of the copies; may not exist yet.

    Returns:
        The step that was fetched; 0 where there was nothing newer.

    Raises:
        UserError: the backup is another run's, or the run's folder cannot be written; in the first case nothing was.
    """
    check_owner(backup, run)
    found = newer_copy(run, backup)
    if found is None:
        return 0
    step, copy = found
    checkpoint = files_of(copy, step)
    extras = [copy / name for name in _WITH_IT if (copy / name).exists()]
    # The manifest, the last of its files, comes last: what is cut off before it does not count.
    for folder, files in ((run, extras), (run / CHECKPOINTS, checkpoint)):
        for file in files:
            with replacing(folder / file.name) as unfinished:
                shutil.copyfile(file, unfinished)
    return step
