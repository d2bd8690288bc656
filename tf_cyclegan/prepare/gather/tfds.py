"""The unpaired sets of TensorFlow Datasets, `cycle_gan/*`: the ones of the paper, in one download each."""

import contextlib
import io
import sys
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather.network import cause_of
from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.quiet import quiet_start

BUILDER = "cycle_gan"


class Domains(NamedTuple):
    """The works of both domains, each with its side of the set's own split.

    Attributes:
        a: what is turned into the other; with paintings, the photographs.
        b: what it is turned into.
    """

    a: list[Work]
    b: list[Work]


def paintings_come_first(name: str) -> bool:
    """Whether A of a set are paintings and B photographs, as in `monet2photo`, so that `swap` puts them right."""
    return name.endswith("2photo")


def read_tfds(name: str, *, swap: bool = False, data_dir: str | Path | None = None) -> Domains:
    """Downloads a set, unless it is there, and reads its pictures, still encoded, into memory (80 MB to 1.4 GB).

    Args:
        name: `cycle_gan/CONFIG`, e.g. `cycle_gan/monet2photo`.
        swap: make the set's B the domain A. The sets `*2photo` go from paintings to photographs; here A are the
            photographs, so they want it.
        data_dir: where TensorFlow Datasets keeps its sets (default: its own folder, ~/tensorflow_datasets).

    Returns:
        Works named `trainA_00000`, …, with `split` "train" or "test"; the numbers are those of the prepared set.

    Raises:
        UserError: no such set, no connection, no room, or the package is missing.
    """
    a, b = _read_sides(name, "AB", data_dir)
    return Domains(b, a) if swap else Domains(a, b)


def read_photographs(name: str, *, data_dir: str | Path | None = None) -> list[Work]:
    """The photographs of a set of paintings and photographs, such as the 7,038 landscapes of `cycle_gan/monet2photo`.

    Args:
        name: one of the sets `cycle_gan/*2photo`.
        data_dir: as for `read_tfds`.

    Raises:
        UserError: as `read_tfds`, and where not one side alone is photographs.
    """
    check_photographs(name)
    return _read_sides(name, "B", data_dir)[0]


def check_photographs(name: str) -> None:
    """Checks by its name alone that a set is one of paintings and photographs.

    Raises:
        UserError: it is not.
    """
    if not paintings_come_first(name):
        raise UserError(f"{name!r} is no set of photographs next to paintings; take cycle_gan/monet2photo")


def _read_sides(name: str, sides: str, data_dir: str | Path | None) -> list[list[Work]]:
    try:
        with quiet_start():
            import tensorflow  # noqa: F401
            import tensorflow_datasets as tfds
    except ImportError as error:
        remedy = 'pip install "tf-cyclegan[train,tfds]"'
        raise UserError(f"this needs more packages ({error.name} is missing): {remedy}") from error
    source = f"{BUILDER}/{_config(tfds, name)}"
    try:
        # The package reports its progress on standard output, which is for results.
        with contextlib.redirect_stdout(sys.stderr):
            builder = tfds.builder(source, data_dir=str(data_dir) if data_dir else None)
            builder.download_and_prepare()
        return [_read_side(tfds, builder, source, side) for side in sides]
    except _faults() as error:
        raise UserError(f"{name}: TensorFlow Datasets cannot bring it ({cause_of(error)})") from error


def _config(tfds: Any, name: str) -> str:
    known = [config.name for config in tfds.builder_cls(BUILDER).BUILDER_CONFIGS]
    builder, _, config = name.partition("/")
    if builder != BUILDER or config not in known:
        names = ", ".join(f"{BUILDER}/{config}" for config in known)
        raise UserError(f"{name!r} is no set of unpaired pictures of TensorFlow Datasets; there are {names}")
    return config


def _read_side(tfds: Any, builder: Any, source: str, side: str) -> list[Work]:
    works = []
    for split in ("train", "test"):
        rows = builder.as_dataset(split=split + side, decoders={"image": tfds.decode.SkipDecoding()})
        for number, row in enumerate(tfds.as_numpy(rows)):
            encoded = partial(io.BytesIO, row["image"])
            works.append(Work(f"{split}{side}_{number:05d}", encoded, source, split=split))
    return works


def _faults() -> tuple[type[Exception], ...]:
    """What downloading, unpacking and reading a set raises when something outside the program is wrong."""
    import requests
    import tensorflow as tf
    from tensorflow_datasets.core.download import download_manager, extractor, util

    of_the_set = (util.DownloadError, download_manager.NonMatchingChecksumError, extractor.ExtractError)
    return (OSError, requests.RequestException, tf.errors.OpError, *of_the_set)
