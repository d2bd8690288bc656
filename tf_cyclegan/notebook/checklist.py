"""Checks that the notebooks have everything before they fetch or compute anything; a sentence names what is missing."""

import importlib.util
import shutil
import sys
import tarfile
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from tf_cyclegan.backend import start_keras
from tf_cyclegan.errors import UserError
from tf_cyclegan.notebook.storage import Storage, is_kaggle
from tf_cyclegan.pictures.files import list_pictures
from tf_cyclegan.pictures.listing import SUFFIXES
from tf_cyclegan.run.config import TrainConfig, load_config
from tf_cyclegan.run.folder import CONFIG
from tf_cyclegan.run.presets import PRESETS
from tf_cyclegan.settings.choices import FEATURES, LANGUAGES

if TYPE_CHECKING:
    from tf_cyclegan.prepare.sources import Choice

NO_GPU = (
    "No GPU here, training will be very slow. In Colab: Runtime → Change runtime type → T4 GPU; on Kaggle: Settings → "
    "Accelerator → GPU T4 x2; then Run all."
)
# Bytes on the drive: of a data set of some thousand pictures, and of a style with its report.
_DATA, _STYLE = 300_000_000, 100_000_000
# A weight with the two averages of its gradient, as float32; two checkpoints, and a third while it is being copied.
_BYTES_OF_A_WEIGHT, _CHECKPOINTS = 12, 3
# Pictures that an export is compared on, as `export.bundle.GATE_PICTURES`, which cannot be read without TensorFlow.
_COMPARED = 16


def check_preparation(
    storage: Storage,
    *,
    style: str,
    period: str,
    genres: Collection[str] = (),
    split: str = "random",
    size: int = 288,
    limit: int | None = None,
    photos: str | None = None,
    photos_tfds: str | None = None,
    photos_kaggle: str | None = None,
    kaggle: str | None = None,
    historic_art: str | None = None,
) -> "Choice":
    """Checks what `1_prepare_data.ipynb` needs: its settings, photographs, data sets of Kaggle, and room.

    Args:
        storage: what outlives the machine.
        photos: folder of photographs in it; the other arguments are the notebook's settings of these names.

    Returns:
        Where the pictures come from.

    Raises:
        UserError: something is missing.
    """
    from tf_cyclegan.prepare.gather.kaggle import check_dataset
    from tf_cyclegan.prepare.settings import Settings
    from tf_cyclegan.prepare.sources import Choice, check_choice
    from tf_cyclegan.settings.limits import MIN_PICTURES

    _check_name("STYLE", style)
    Settings(size=size, split=split, genres=tuple(genres))
    choice = Choice(
        kaggle=kaggle,
        historic_art=historic_art,
        period=period,
        photos=storage.find(photos) if photos else None,
        photos_tfds=photos_tfds,
        photos_kaggle=photos_kaggle,
        genres=genres,
        limit=limit,
    )
    check_choice(choice)
    if photos:
        _check_pictures("PHOTOS", storage.find(photos), 2 * MIN_PICTURES)
    if photos_tfds and not importlib.util.find_spec("tensorflow_datasets"):
        raise UserError("PHOTOS_TFDS needs one more package: pip install tensorflow-datasets")
    if historic_art and not Path(historic_art).exists():
        raise UserError(f"HISTORIC_ART: {historic_art} is not there; give the collection's zip or folder, or KAGGLE")
    for dataset in filter(None, (kaggle, photos_kaggle)):
        check_dataset(dataset)
    _check_room(storage.folder, _DATA)
    return choice


def check_training(storage: Storage, *, style: str, run: str, preset: str, steps: int, minutes: float) -> None:
    """Checks what `2_train.ipynb` needs: its settings, the prepared data, room for checkpoints; warns if there is no
    GPU.

    Args:
        storage: what outlives the machine; the other arguments are the notebook's settings of these names.

    Raises:
        UserError: something is missing, or the run was begun with another preset or on more GPUs.
    """
    start_keras()
    from tf_cyclegan.networks.build import build_networks
    from tf_cyclegan.notebook.live import count_gpus

    _check_name("STYLE", style)
    _check_name("RUN", run)
    _check_choice("PRESET", preset, PRESETS)
    if type(steps) is not int or steps < 1 or not isinstance(minutes, int | float) or not minutes > 0:
        raise UserError(f"STEPS and MINUTES must be numbers above 0, STEPS a whole one, not {steps!r} and {minutes!r}")
    _check_data(storage, style)
    config = TrainConfig(**PRESETS[preset])
    gpus = count_gpus()
    if found := _find_config(storage, run):
        theirs = load_config(found)
        if theirs.generator != config.generator:
            raise UserError(
                f"RUN: {run} has a generator {theirs.generator}, PRESET {preset} has {config.generator}; change one"
            )
        if theirs.devices > max(gpus, 1):
            raise UserError(
                f"RUN: {run} was begun on {theirs.devices} GPUs and needs as many, but here are {gpus}; continue it "
                "where it was begun, or name another RUN"
            )
    else:  # An existing run already has its space.
        weights = sum(network.count_params() for network in build_networks(config).values())
        _check_room(storage.folder, weights * _BYTES_OF_A_WEIGHT * _CHECKPOINTS)
    if not gpus:
        print(NO_GPU, file=sys.stderr)


def check_evaluation(
    storage: Storage,
    *,
    style: str,
    run: str,
    features: str,
    weights: str | None = None,
    language: str = "en",
    pictures: str | None = None,
) -> None:
    """Checks what `3_evaluate_and_export.ipynb` needs: its settings, data, run, pictures to compare on, and room.

    Args:
        storage: what outlives the machine; the other arguments are the notebook's settings of these names.

    Raises:
        UserError: something is missing.
    """
    start_keras()  # Before a cell imports it, with all that TensorFlow reports of itself.
    _check_name("STYLE", style)
    _check_name("RUN", run)
    _check_choice("FEATURES", features, FEATURES)
    _check_choice("LANGUAGE", language, LANGUAGES)
    if weights and not Path(weights).is_file():
        raise UserError(f"WEIGHTS: {weights} is not there; give the file, or None to download the weights")
    _check_data(storage, style)
    if not _find_config(storage, run):
        raise UserError(f"RUN: {storage.find_run(run)} holds no run; train it with 2_train.ipynb, or name another RUN")
    if pictures:
        _check_pictures("PICTURES", Path(pictures), _COMPARED)
    elif (held_out := _count_held_out(storage, style)) < _COMPARED:
        raise UserError(
            f"PICTURES: only {held_out} photographs are held out, and an export is compared on {_COMPARED}; name a "
            "folder of photographs"
        )
    _check_room(storage.folder, _STYLE)


def _check_name(setting: str, name: str) -> None:
    if not isinstance(name, str) or name.strip(" .") != name or not name or set(name) & set('/\\:*?"<>|'):
        raise UserError(f"{setting}: {name!r} cannot be the name of a file or folder; letters, digits, - and _ can")


def _check_choice(setting: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise UserError(f"{setting}: {value!r} is unknown; one of {', '.join(known)}")


def _check_data(storage: Storage, style: str) -> None:
    archive = storage.find(f"data/{style}.tar")
    if not (Path("data") / style).is_dir() and not archive.is_file():
        where = f"{archive} is not there; make it with 1_prepare_data.ipynb"
        attach = ", attach that notebook's output (Add Input)" if is_kaggle() else ""
        raise UserError(f"STYLE: {where}{attach}, or name another STYLE")


def _find_config(storage: Storage, run: str) -> Path | None:
    """A run's settings: on this machine, or with a copy of its checkpoints in the storage."""
    found = [Path("runs") / run / CONFIG, *storage.find_run(run).glob(f"ckpt-*/{CONFIG}")]
    return next((path for path in found if path.is_file()), None)


def _check_pictures(setting: str, folder: Path, least: int) -> None:
    try:
        count = len(list_pictures(folder))
    except UserError as error:
        raise UserError(f"{setting}: {error}; put photographs there, or name another folder") from error
    if count < least:
        raise UserError(f"{setting}: {folder} has {count} pictures, at least {least} are needed")


def _count_held_out(storage: Storage, style: str) -> int:
    """Photographs of `testA`, in the data's folder or its archive."""
    unpacked, archive = Path("data") / style, storage.find(f"data/{style}.tar")
    if unpacked.is_dir():
        names = [path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*")]
    else:
        try:
            with tarfile.open(archive, "r:*") as opened:
                names = opened.getnames()
        except (tarfile.TarError, EOFError, OSError) as error:
            raise UserError(
                f"STYLE: {archive} is damaged ({error}); make it again with 1_prepare_data.ipynb"
            ) from error
    return sum(name.startswith("testA/") and name.lower().endswith(SUFFIXES) for name in names)


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(
            f"{folder} has {free / 1e9:.1f} GB left, and about {needed / 1e9:.1f} GB are needed; empty its bin, or "
            "make room in another way"
        )
