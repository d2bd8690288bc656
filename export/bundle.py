"""Writes a bundle: the TFLite models of a style, proven equal to Keras, and `style.json`."""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from export.flatbuffer import check_structure, strip_names
from export.gate import Verdict, compare, judge, measure, measure_speed
from export.gpu import check_gpu
from export.integer import MAX_REPRESENTATIVE, MIN_REPRESENTATIVE, convert_integer
from export.metadata import write_metadata
from export.reference import Reference, crops, load_pictures
from export.saved_model import write_saved_model
from export.source import Source, open_source, titled
from export.table import write_table
from export.tflite import WEIGHT_BYTES, convert
from export.tile_signatures import overlap_of, signatures_of, tile_side
from tf_cyclegan.disk.archive import pack
from tf_cyclegan.disk.folders import check_replaceable, replacing_folder
from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.generators import size_multiple
from tf_cyclegan.periods import describe_period
from tf_cyclegan.run.folder import DIRECTIONS
from tf_cyclegan.settings.choices import BRUSH
from tf_cyclegan.stylize.style import MODEL, SCHEMA, SCHEMA_OF_PERIODS, Bundle
from tf_cyclegan.stylize.stylizer import Stylizer
from tf_cyclegan.stylize.tiled import TiledPainter

# File in the bundle -> side of its pictures; None: any height and width.
MODELS: dict[str, int | None] = {MODEL: None, "model_256.tflite": 256, "model_512.tflite": 512}
GATE_PICTURES = 16
_EXPORT = "an earlier export"
_LICENCE = "Weights under Apache-2.0; the paintings and photographs they were trained on keep their own licences."


def export_bundle(
    source: str | Path,
    out: str | Path,
    *,
    direction: str = "photo-to-painting",
    precision: str = "float16",
    integer: Sequence[str] = (),
    representative: str | Path | None = None,
    saved_model: str | Path | None = None,
    archive: str | Path | None = None,
    pictures: str | Path | None = None,
    period: str | None = None,
    brush: str | None = None,
    preview: bool = False,
    note: str = "",
    note_de: str = "",
    tell: Callable[[Verdict], Any] = lambda verdict: None,
) -> list[Verdict]:
    """Exports a generator. Every model is compared with Keras first; on any failure an earlier export stays.

    Args:
        source: a run's folder, or a `.keras` file.
        out: the bundle's folder.
        direction: one of `DIRECTIONS`.
        precision: of the TFLite weights, "float32" or "float16".
        integer: kinds of integers to try as well, of `choices.INTEGERS`; kinds that fail the gate are left out.
        representative: folder of real pictures that the integers' ranges are measured on; default: the run's training
            pictures.
        saved_model: also write a SavedModel into this folder.
        archive: also pack the bundle into this file, see `archive.pack`.
        pictures: folder of real pictures for the comparison; default: the held-out ones of the run's data.
        period: name of the period; default: the one that the run's data was prepared from. Where a run adds a period to
            a style, this, `preview` and the notes are of that period.
        brush: one of `choices.BRUSHES`, that the style begins with; default: `choices.BRUSH`, or that of the style to
            which a period is added.
        preview: mark the style as a preview, for one that is not good yet; one that its evaluation found no better than
            colour transfer, or than the photographs themselves, is marked in any case.
        note: a remark on its quality that the pages show.
        note_de: the same in German.
        tell: is called with each artefact's verdict as soon as it is known.

    Returns:
        How each artefact compared, also those that were left out.

    Raises:
        UserError: nothing to export, too few pictures, a float model is not equal to Keras, nothing can be written, or
            an output would overwrite an input or another output.
    """
    if direction not in DIRECTIONS:
        raise UserError(f"unknown direction {direction!r}; one of {', '.join(DIRECTIONS)}")
    place = check_replaceable(out, "style.json", _EXPORT)
    if saved_model:
        check_replaceable(saved_model, "saved_model.pb", _EXPORT)
    outputs = {"--out": out, "--saved-model": saved_model, "--archive": archive}
    inputs = {"the source": source, "--representative": representative, "--pictures": pictures}
    check_apart(outputs, inputs)
    found = open_source(Path(source), direction)
    check_apart(outputs, {"the run's data": found.data})
    if found.periods and integer:
        one = Path(source) / found.periods[0]["key"]
        remedy = "leave them out" if found.base else f"export {one}"
        raise UserError(f"{source}: integers are measured for one period; {remedy}")
    named = found.missing or str(source)
    compared = _load(pictures or found.held_out, named, GATE_PICTURES, GATE_PICTURES, "--pictures")
    folder = representative or found.training
    shown = _load(folder, named, MIN_REPRESENTATIVE, MAX_REPRESENTATIVE, "--representative") if integer else []
    if found.missing:
        warnings.warn(f"{found.missing}; style.json says nothing of them", stacklevel=2)
    with replacing_folder(out, "style.json", _EXPORT) as bundle:
        texts = {"en": note, "de": note_de} if note_de else note
        brush = brush or (found.base or {}).get("brush") or BRUSH
        about = _describe(found, direction, period, titled(place.name), brush=brush, preview=preview, note=texts)
        writer = _Writer(found.generator, bundle, about, precision, compared, tell)
        writer.write_models()
        writer.write_integers(integer, shown)
        facts: dict[str, Any] = {"pictures": len(compared), "representative": len(shown)}
        if saved_model:
            facts["saved_model"] = writer.write_saved_model(Path(saved_model))
        writer.finish(facts)
    if archive:
        pack(out, archive)
    return writer.verdicts


def _load(folder: str | Path | None, source: str, least: int, most: int, option: str) -> list[Image.Image]:
    if folder is None:
        what = {"--pictures": "to compare on", "--representative": "that show what integers must hold"}[option]
        raise UserError(f"{source}: name a folder of at least {least} real pictures {what} with {option}")
    return load_pictures(Path(folder), least, most, option)


def _describe(found: Source, direction: str, period: str | None, title: str, **more: Any) -> dict[str, Any]:
    """What `style.json` says; where a period is added to a style, its name, preview and note are the period's."""
    own = {}
    if found.base:
        preview = more["preview"] or found.periods[-1]["preview"]
        own = {**(describe_period(period) if period else {}), "preview": preview, "note": more["note"]}
        # What was said of a style of one period is said of that period now.
        note = found.base.get("note", "") if "periods" in found.base else ""
        period, more = title, {**more, "preview": False, "note": note}
    about = {
        "schema": SCHEMA_OF_PERIODS if found.periods else SCHEMA,
        **describe_period(period or found.about.get("period") or title),
        "direction": direction,
        "size": {"multiple": size_multiple(found.generator)},
        **more,
        "licence": _LICENCE,
        "training": found.about,
        "files": {},
    }
    if found.periods:
        about["periods"] = [*found.periods[:-1], {**found.periods[-1], **own}]
        return about
    return {**about, "preview": Bundle(Path(), about).preview}


@dataclass
class _Writer:
    """Writes artefacts into a folder and checks each with the gate."""

    generator: keras.Model
    folder: Path
    about: dict[str, Any]
    precision: str
    pictures: Sequence[Image.Image]
    tell: Callable[[Verdict], Any]
    verdicts: list[Verdict] = field(default_factory=list)

    def __post_init__(self):
        self.multiple = self.about["size"]["multiple"]
        self.reference = Reference(self.generator, self.pictures, self.multiple)

    def write_models(self) -> None:
        overlap = overlap_of(self.generator)
        for name, side in MODELS.items():
            tiling = overlap is not None and name == MODEL
            data = convert(self.generator, side, self.precision, tiling=tiling)
            more = signatures_of(self.generator) if tiling else {}
            self._check(name, data, side, WEIGHT_BYTES[self.precision], more)
            path = self._write(name, data, side, self.precision)
            self._note(compare(name, self.precision, self._open(name).run, self.reference.at(side)), path)
            if overlap is not None and tiling:
                self._prove_tiling(path, overlap)

    def _prove_tiling(self, path: Path, overlap: int) -> None:
        """Records the rule for tiles, and checks tiled painting on pictures cut into as many tiles as possible."""
        step = max(64, self.multiple)
        smallest = 2 * overlap + step
        run = TiledPainter(path, smallest, overlap, self.multiple).run
        self._note(compare(f"{path.name}, tiles", self.precision, run, self.reference.at(smallest + step)), path)
        self.about["tiling"] = {"file": path.name, "side": tile_side(self.generator, overlap), "overlap": overlap}

    def write_integers(self, kinds: Sequence[str], shown: Sequence[Image.Image]) -> None:
        """Writes kinds of integers at every size; a kind that is refused at a small size is not tried at larger."""
        for kind in kinds:
            for float_file, side in sorted(MODELS.items(), key=lambda item: (item[1] is None, item[1])):
                if self._write_integer(float_file, side, kind, crops(shown, self.multiple, side)).refused:
                    break

    def _write_integer(self, float_file: str, side: int | None, kind: str, shown: Sequence[np.ndarray]) -> Verdict:
        name = f"{Path(float_file).stem}_{kind}.tflite"
        path = self.folder / name
        try:
            data = convert_integer(self.generator, side, kind, shown)
        except RuntimeError as error:
            verdict = Verdict(name, kind, refused=str(error))
        else:
            self._check(name, data, side, 1)
            self._write(name, data, side, kind)
            verdict = self._judge(name, float_file, side, kind)
        if verdict.refused:
            self.about["files"].pop(name, None)
            path.unlink(missing_ok=True)
        self._note(verdict, path)
        return verdict

    def _judge(self, name: str, float_file: str, side: int | None, kind: str) -> Verdict:
        run, pairs, files = self._open(name).run, self.reference.at(side), self.about["files"]
        try:
            speed = measure_speed(run, self._open(float_file).run, pairs[0][0])
            verdict = measure(name, kind, run, pairs)
        except UserError as error:
            return Verdict(name, kind, refused=str(error))
        return judge(verdict, files[name]["bytes"], files[float_file]["bytes"], speed)

    def write_saved_model(self, out: Path) -> dict[str, str]:
        """Names and sha256 of the SavedModel's files."""
        with replacing_folder(out, "saved_model.pb", _EXPORT) as folder:
            write_saved_model(self.generator, folder)
            serve = tf.saved_model.load(str(folder)).signatures["serving_default"]

            def run(picture: np.ndarray, mix: np.ndarray | None = None) -> np.ndarray:
                given = {"picture": tf.constant(picture[None])}
                if mix is not None:
                    given["mix"] = tf.constant(mix[None])
                return next(iter(serve(**given).values())).numpy()[0]

            self._note(compare("saved_model", "float32", run, self.reference.at(None)), folder)
            return {p.relative_to(folder).as_posix(): sha256_of(p) for p in sorted(folder.rglob("*")) if p.is_file()}

    def finish(self, facts: dict[str, Any]) -> None:
        """Writes the table and `style.json`."""
        for path in write_table(self.folder, self.verdicts, facts):
            self.about["files"][path.name] = {"sha256": sha256_of(path), "bytes": path.stat().st_size}
        self.about["export"] = {"precision": self.precision}
        text = json.dumps(self.about, indent=2, ensure_ascii=False) + "\n"
        (self.folder / "style.json").write_text(text, encoding="utf-8")

    def _check(
        self, name: str, data: bytes, side: int | None, weight_bytes: int, more: Mapping[str, tuple[int, int]] = {}
    ) -> None:
        whole = {"serving_default": (len(self.generator.inputs), 1)}
        check_structure(name, data, self.generator, weight_bytes, {**whole, **more})
        if side:
            check_gpu(name, data)

    def _write(self, name: str, data: bytes, side: int | None, precision: str) -> Path:
        path, size = self.folder / name, f"{side} × {side}" if side else "any height and width"
        what = f"{self.about['direction']}; RGB, uint8, {size}, multiples of {self.multiple}"
        texts = {"name": self.about["name"]["en"], "description": what, "license": self.about["licence"]}
        path.write_bytes(write_metadata(strip_names(data), author="tf_cyclegan", **texts))
        facts = {"sha256": sha256_of(path), "bytes": path.stat().st_size, "side": side, "precision": precision}
        self.about["files"][name] = facts
        return path

    def _open(self, name: str) -> Stylizer:
        return Stylizer(Bundle(self.folder, self.about), model=name)

    def _note(self, verdict: Verdict, path: Path) -> None:
        size = path.stat().st_size if path.is_file() else verdict.bytes
        self.verdicts.append(replace(verdict, bytes=size))
        self.tell(self.verdicts[-1])
