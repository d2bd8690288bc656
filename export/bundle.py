"""Writes a bundle: the TFLite models of a style, proven equal to Keras, and `style.json`."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from export.gate import Verdict, compare
from export.periods import describe_period
from export.saved_model import write_saved_model
from export.tflite import convert, convert_tiling
from export.tiling import overlap_of, tile_side
from tf_cyclegan.bundle import MODEL, SCHEMA, Bundle
from tf_cyclegan.config import TrainConfig, load_config, train_command
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks import load_network, size_multiple
from tf_cyclegan.pictures import list_pictures, open_picture, resize_short_side
from tf_cyclegan.stylizer import Stylizer
from tf_cyclegan.tiled import TiledPainter

# File in the bundle -> side of its pictures; None: any height and width.
MODELS: dict[str, int | None] = {MODEL: None, "model_256.tflite": 256, "model_512.tflite": 512}
TILING_MODEL = "model_tiles.tflite"
DIRECTIONS = {"photo-to-painting": ("generator.keras", "testA"), "painting-to-photo": ("generator_f.keras", "testB")}
GATE_PICTURES = 16
_LICENCE = "Weights under Apache-2.0; the paintings and photographs they were trained on keep their own licences."


@dataclass(frozen=True)
class Source:
    """What is exported: a generator, and what is known about how it came to be."""

    generator: keras.Model
    pictures: Path | None
    about: dict[str, Any]


def export_bundle(
    source: str | Path,
    out: str | Path,
    *,
    direction: str = "photo-to-painting",
    precision: str = "float16",
    saved_model: str | Path | None = None,
    pictures: str | Path | None = None,
    period: str | None = None,
    preview: bool = False,
    note: str = "",
    note_de: str = "",
) -> list[Verdict]:
    """Exports a generator. Every model is compared with Keras first; on any failure an earlier export stays.

    Args:
        source: a run's folder, or a `.keras` file.
        out: the bundle's folder.
        direction: one of `DIRECTIONS`.
        precision: of the TFLite weights, "float32" or "float16".
        saved_model: also write a SavedModel into this folder.
        pictures: folder of real pictures for the comparison; default: the held-out ones of the run's data.
        period: name of the period; default: what the run's data was prepared from.
        preview: mark the style as a preview, for one that is not good yet; one that its evaluation found no better than
            colour transfer, or than the photographs themselves, is marked in any case.
        note: a remark on its quality that the pages show.
        note_de: the same in German.

    Returns:
        How each model compared.

    Raises:
        UserError: nothing to export, no pictures to compare on, a model is not equal to Keras, or nothing can be
            written.
    """
    if direction not in DIRECTIONS:
        raise UserError(f"unknown direction {direction!r}; one of {', '.join(DIRECTIONS)}")
    found = _open_source(Path(source), direction)
    folder = Path(pictures) if pictures else found.pictures
    if folder is None:
        raise UserError(f"{source}: name a folder of real pictures to compare on with --pictures")
    compared = _load_pictures(folder)
    with _replacing(Path(out), "style.json") as bundle:
        about = {
            "schema": SCHEMA,
            **describe_period(period or found.about.get("period") or Path(out).name.replace("-", " ").title()),
            "direction": direction,
            "size": {"multiple": size_multiple(found.generator)},
            "preview": preview,
            "note": {"en": note, "de": note_de} if note_de else note,
            "licence": _LICENCE,
            "training": found.about,
        }
        about["preview"] = Bundle(bundle, about).preview
        verdicts, about["files"] = _write_models(found.generator, bundle, about, precision, compared)
        tiling = _write_tiling_model(found.generator, bundle, about, precision, compared)
        verdicts += [tiling] if tiling else []
        if saved_model:
            verdicts.append(_write_saved_model(found.generator, Path(saved_model), compared))
        about["export"] = {"precision": precision, "verdicts": [v.as_dict() for v in verdicts]}
        text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
        (bundle / "style.json").write_text(text, encoding="utf-8")
    return verdicts


def _open_source(source: Path, direction: str) -> Source:
    file, split = DIRECTIONS[direction]
    if source.suffix == ".keras":
        return Source(load_network(source), None, {"source": source.name})
    config = load_config(source / "config.json")
    if not (source / file).is_file():
        raise UserError(f"{source}: has no {file} yet; train until the first checkpoint is written")
    data = Path(config.data)
    pictures = next((p for p in (data / split, data / split.replace("test", "train")) if p.is_dir()), None)
    return Source(load_network(source / file), pictures, _describe_run(source, config))


def _describe_run(run: Path, config: TrainConfig) -> dict[str, Any]:
    """On what, for how long and with which command a run was trained; its metrics, if it was evaluated."""
    about: dict[str, Any] = {"command": train_command(config), "seed": config.seed, "crop": config.crop}
    about["steps"] = _steps_done(run / "losses.csv")
    prepared = Path(config.data) / "prepare.json"
    if prepared.is_file():
        facts = _read_json(prepared)
        about["period"] = facts.get("period", "")
        about["data"] = {k: facts[k] for k in ("counts", "sources", "size") if k in facts}
    metrics = run / "metrics.json"
    if metrics.is_file():
        about["metrics"] = _read_json(metrics)
    return about


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: damaged ({error}); remove it or make it again") from error


def _steps_done(losses: Path) -> int:
    if not losses.is_file():
        return 0
    last = losses.read_text(encoding="utf-8").splitlines()[-1].split(",")[0]
    return int(last) if last.isdigit() else 0


def _load_pictures(folder: Path) -> list[Image.Image]:
    """Up to `GATE_PICTURES` good pictures, spread over the folder."""
    paths = list_pictures(folder)
    places = np.linspace(0, len(paths) - 1, min(GATE_PICTURES, len(paths))).round().astype(int)
    pictures = []
    for i in places:
        try:
            pictures.append(open_picture(paths[i]))
        except UserError:
            continue  # A damaged picture compares nothing; whether any is left is checked below.
    if not pictures:
        raise UserError(f"{folder}: none of the pictures can be read, so nothing can be compared")
    return pictures


def _crops(pictures: Sequence[Image.Image], multiple: int, size: int | None) -> list[np.ndarray]:
    """The pictures as a model takes them: squares of `size`, or at their own shape cut to multiples."""
    crops = []
    for original in pictures:
        picture = resize_short_side(original, size or max(multiple, min(*original.size, 512)))
        height, width = (size or min(side, 768) // multiple * multiple for side in (picture.height, picture.width))
        left, top = (picture.width - width) // 2, (picture.height - height) // 2
        crops.append(np.asarray(picture)[top : top + height, left : left + width])
    return crops


def _write_models(
    generator: keras.Model, folder: Path, about: dict[str, Any], precision: str, pictures: Sequence[Image.Image]
) -> tuple[list[Verdict], dict[str, dict]]:
    verdicts, files = [], {}
    for name, size in MODELS.items():
        files[name] = _write_model(folder / name, convert(generator, size, precision), size)
        run = Stylizer(Bundle(folder, about), model=name).run
        verdicts.append(compare(name, run, generator, _crops(pictures, about["size"]["multiple"], size)))
    return verdicts, files


def _write_model(path: Path, data: bytes, side: int | None) -> dict[str, Any]:
    path.write_bytes(data)
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "side": side}


def _write_tiling_model(
    generator: keras.Model, folder: Path, about: dict[str, Any], precision: str, pictures: Sequence[Image.Image]
) -> Verdict | None:
    """The model for tiles, compared with Keras on pictures that are cut into as many tiles as they can be.

    None where tiles are no use to this network.
    """
    overlap = overlap_of(generator)
    if overlap is None:
        return None
    path, multiple = folder / TILING_MODEL, about["size"]["multiple"]
    about["files"][path.name] = _write_model(path, convert_tiling(generator, precision), None)
    about["tiling"] = {"file": path.name, "side": tile_side(generator, overlap), "overlap": overlap}
    side = 2 * overlap + max(64, multiple)
    smallest = TiledPainter(path, side, overlap, multiple)
    return compare(path.name, smallest.run, generator, _crops(pictures, multiple, side + max(64, multiple)))


def _write_saved_model(generator: keras.Model, out: Path, pictures: Sequence[Image.Image]) -> Verdict:
    with _replacing(out, "saved_model.pb") as folder:
        write_saved_model(generator, folder)
        serve = tf.saved_model.load(str(folder)).signatures["serving_default"]

        def run(picture: np.ndarray) -> np.ndarray:
            return next(iter(serve(tf.constant(picture[None])).values())).numpy()[0]

        return compare("saved_model", run, generator, _crops(pictures, size_multiple(generator), None))


@contextmanager
def _replacing(out: Path, mark: str) -> Iterator[Path]:
    """A temporary folder that takes the place of `out` when all went well; what was there before stays when not.

    Args:
        out: new, empty, or an earlier export.
        mark: a file by which an earlier export is known; a folder of anything else is not touched.
    """
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / mark).exists())):
        raise UserError(f"{out}: exists and is not an earlier export; choose another folder")
    partial, old = out.with_name(out.name + ".partial"), out.with_name(out.name + ".old")
    try:
        for leftover in (partial, old):
            shutil.rmtree(leftover, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        if out.exists():
            out.replace(old)
        partial.replace(out)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
    finally:
        for leftover in (partial, old):
            shutil.rmtree(leftover, ignore_errors=True)
