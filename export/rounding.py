"""Rounds weights so coarsely that a compressed style takes a given number of bytes, where it is seen least."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np

from export.gate import Verdict, compare
from export.quantize import round_weights
from export.reference import Pair, Reference, crops, load_pictures, paint
from export.source import Source, open_source, steps_of
from tf_cyclegan.disk.folders import check_replaceable, replacing_folder
from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.files import save_model
from tf_cyclegan.networks.generators import size_multiple
from tf_cyclegan.run.folder import BACK, CONFIG, LOSSES, ROUNDING, THERE, TRAINED_ON
from tf_cyclegan.run.places import load_run

# Pictures that the cost of rounding is measured on, and those that the result is compared on; sides of both.
_MEASURED, _COMPARED = 4, 16
_MEASURED_SIDE, _COMPARED_SIDE = 192, 256
# The files that a rounded run takes over: settings, curves, and the way back, which `evaluate` also reads.
_KEPT = (TRAINED_ON, LOSSES, BACK.file)


def round_run(run: str | Path, out: str | Path, max_bytes: int, pictures: str | Path | None = None) -> Verdict:
    """Writes a run's folder anew with rounded weights in its generator, to be evaluated and exported as any run.

    Args:
        run: a run's folder.
        out: the new run's folder: new, or an earlier one of this function.
        max_bytes: see `round_weights`.
        pictures: folder of real pictures to compare on; default: the held-out ones of the run's data.

    Returns:
        How the pictures compare with those of the network as trained.

    Raises:
        UserError: no such run, `out` is something else or not apart from what is read, too few pictures or bytes, or
            the pictures differ too much (`export.gate.MIN_PSNR_ROUNDED`).
    """
    run = Path(run)
    check_replaceable(out, ROUNDING, "a rounded run")
    check_apart({"--out": out}, {"the run": run, "--pictures": pictures})
    found = open_source(run, "photo-to-painting")
    check_apart({"--out": out}, {"the run's data": found.data})
    with replacing_folder(out, ROUNDING, "a rounded run") as folder:
        return _write_rounded(run, found, folder, max_bytes, pictures)


def _write_rounded(run: Path, found: Source, out: Path, max_bytes: int, pictures: str | Path | None) -> Verdict:
    folder = Path(pictures) if pictures else found.held_out
    if folder is None:
        reason = found.missing or f"{run}: its data is not there"
        raise UserError(f"{reason}; name a folder of real pictures to compare on with --pictures")
    seen, pairs = references(found.generator, found.training or folder, folder)
    try:
        rounded = round_weights(found.generator, seen, max_bytes)
    except ValueError as error:
        raise UserError(f"{run}: cannot be rounded to {max_bytes:,} bytes ({error})") from error
    verdict = compare(THERE.file, "rounded", lambda picture: paint(rounded, picture), pairs)
    for kept in _KEPT:
        if (run / kept).is_file():
            shutil.copyfile(run / kept, out / kept)
    # With the data's current place: from the new folder, a relative path may lead elsewhere.
    (out / CONFIG).write_text(load_run(run).to_json(), encoding="utf-8")
    save_model(rounded, out / THERE.file, steps_of(run, run / THERE.file))
    facts = {"max_bytes": max_bytes, "psnr": verdict.psnr, "ssim": verdict.ssim, "pictures": verdict.pictures}
    (out / ROUNDING).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return verdict


def references(generator: keras.Model, training: Path, held_out: Path) -> tuple[list[np.ndarray], list[Pair]]:
    """Pictures to measure the cost of rounding on, uint8 `(h, w, 3)`, and pairs to compare the result on.

    Args:
        generator: as trained.
        training: folder that the first come from.
        held_out: folder that the second come from.

    Raises:
        UserError: too few of their pictures can be read.
    """
    multiple = size_multiple(generator)
    seen = crops(load_pictures(training, 1, _MEASURED, "--pictures"), multiple, _MEASURED_SIDE)
    compared = load_pictures(held_out, 4, _COMPARED, "--pictures")
    return seen, Reference(generator, compared, multiple).at(_COMPARED_SIDE)
