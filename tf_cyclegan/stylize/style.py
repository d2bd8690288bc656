"""A style as it leaves the project: a folder with `style.json` and the models that it names."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.disk.names import is_plain
from tf_cyclegan.errors import UserError
from tf_cyclegan.settings.choices import BRUSH, BRUSHES

SCHEMA = 1
# Of a bundle whose network paints several periods; programs that know only the other kind refuse it by this.
SCHEMA_OF_PERIODS = 2
MODEL = "model.tflite"
# What paints where no style is named.
DEFAULT_STYLE = "impressionism"

_HERE = Path(__file__).resolve().parents[1]
# When installed, the styles are in the package; in a checkout, they are with the page.
STYLE_FOLDERS = (_HERE / "styles", _HERE.parent / "streamlit_app" / "styles")


@dataclass(frozen=True)
class Bundle:
    """A style as it leaves the project.

    Attributes:
        folder: where it is.
        about: the contents of `style.json`; of one period of several, with those of the period.
        weights: of a network of several periods how much of each is painted, by key; empty for one of one period.
    """

    folder: Path
    about: dict[str, Any]
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def periods(self) -> list[str]:
        """The keys of the periods of one network, in the order of its weights; empty for a network of one."""
        return [period["key"] for period in self.about.get("periods", [])]

    @property
    def mix(self) -> list[float] | None:
        """What a network of several periods is given, a share of each; without weights its first period."""
        if not self.periods:
            return None
        weights = self.weights or {self.periods[0]: 1.0}
        return [weights.get(key, 0.0) for key in self.periods]

    def of(self, weights: Mapping[str, float]) -> "Bundle":
        """The same network, painting a mixture of its periods; what is known of it is what is known of the largest.

        Args:
            weights: share of each period by its key; they add up to 1.
        """
        largest = max(weights, key=lambda key: weights[key])
        (own,) = (period for period in self.about["periods"] if period["key"] == largest)
        training = {**self.about.get("training", {}), **own.get("training", {})}
        return Bundle(self.folder, {**self.about, **own, "training": training}, dict(weights))

    @property
    def multiple(self) -> int:
        """Sides that the network takes are multiples of this."""
        return int(self.about["size"]["multiple"])

    def name(self, language: str = "en") -> str:
        """The style's name, in English where there is none in the language."""
        return in_language(self.about["name"], language)

    def note(self, language: str = "en") -> str:
        """A remark on the style's quality; in English where there is none in the language, and empty without any."""
        return in_language(self.about.get("note", ""), language)

    @property
    def brush(self) -> str:
        """The brush that the style begins with, one of `choices.BRUSHES`; styles of older versions name none."""
        return str(self.about.get("brush", BRUSH))

    @property
    def commands(self) -> str:
        """The commands that trained it: of the runs that it began with, and its own; empty where not known."""
        training = self.about.get("training", {})
        return "\n".join(training[name] for name in ("began_with", "command") if training.get(name))

    @property
    def kid(self) -> dict[str, float]:
        """Kernel distances to real paintings by what was compared, "result" and its anchors; empty if not evaluated.

        Anchors are "untouched" photographs, "real" paintings, and, of evaluations by schema 2, "colour_transfer".
        """
        found = self.about.get("training", {})
        for key in ("metrics", "directions", self.about.get("direction"), "kid"):
            found = found.get(key) if isinstance(found, dict) else None
        facts = found.items() if isinstance(found, dict) else ()
        values = {name: fact.get("value") for name, fact in facts if isinstance(fact, dict)}
        return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}

    @property
    def not_better_than(self) -> str | None:
        """The anchor that the style, by its own numbers, is no better than: "colour_transfer", else "untouched"."""
        kid = self.kid
        anchors = [name for name in ("colour_transfer", "untouched") if name in kid]
        return next((name for name in anchors if "result" in kid and kid["result"] >= kid[name]), None)

    @property
    def preview(self) -> bool:
        """Whether the style is not good yet: it was exported as a preview, or its own numbers show it."""
        return bool(self.about.get("preview")) or self.not_better_than is not None


def in_language(text: str | dict[str, str], language: str) -> str:
    """A text that may be a mapping of languages; in English where there is none in the language."""
    if isinstance(text, str):
        return text
    return text.get(language) or text.get("en", "")


def first_year(about: Mapping[str, Any]) -> int:
    """The year by which styles and periods are sorted; those that name none go last.

    Args:
        about: of a style or a period, with "years" such as "1865–1890".
    """
    found = re.search(r"\d{3,4}", str(about.get("years", "")))
    return int(found[0]) if found else 10_000


def sorted_by_years(bundles: Mapping[str, Bundle]) -> dict[str, Bundle]:
    """Styles by their names, from the earliest to the latest."""
    return dict(sorted(bundles.items(), key=lambda item: (first_year(item[1].about), item[0])))


def find_bundles() -> dict[str, Path]:
    """The bundles that come with the project: name → folder."""
    found: dict[str, Path] = {}
    for folder in STYLE_FOLDERS:
        for path in sorted(folder.glob("*/style.json")):
            found.setdefault(path.parent.name, path.parent)
    return found


def find_styles() -> dict[str, Path]:
    """The styles that come with the project: name → folder of the bundle, which may hold several periods."""
    found: dict[str, Path] = {}
    for name, folder in find_bundles().items():
        for style in _periods_in(folder) or [name]:
            found.setdefault(style, folder)
    return found


def _periods_in(folder: Path) -> list[str]:
    try:
        return Bundle(folder, _read_about(folder / "style.json")).periods
    except UserError:
        return []  # Whoever opens it gets the reason.


def open_bundle(style: str | Path) -> Bundle:
    """Opens a bundle by the name of a style that comes with the project, or by its folder, and checks every file.

    The name may be that of one period of a bundle of several.

    Raises:
        UserError: there is no such style, or a file is missing or is not the one that `style.json` names.
    """
    folder, name = Path(style), str(style)
    if not (folder / "style.json").is_file():
        known = find_bundles() | find_styles()
        if name not in known:
            names = ", ".join(known) or "none"
            raise UserError(f"{style}: no such style; a folder with style.json, or one of: {names}")
        folder = known[name]
    about = _read_about(folder / "style.json")
    for file, facts in about["files"].items():
        _check_file(folder / file, facts["sha256"])
    bundle = Bundle(folder, about)
    return bundle.of({name: 1.0}) if name in bundle.periods else bundle


def _read_about(path: Path) -> dict[str, Any]:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        schema, fault = about["schema"], _find_fault(about)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: damaged or incomplete ({error}); export the style again") from error
    if schema != (SCHEMA_OF_PERIODS if "periods" in about else SCHEMA):
        raise UserError(f"{path}: schema {schema}, this program reads {SCHEMA}; export the style again")
    if fault:
        raise UserError(f"{path}: {fault}; export the style again")
    return about


def _find_fault(about: dict[str, Any]) -> str | None:
    if MODEL not in about["files"]:
        return f"names no {MODEL}"
    if not all(is_plain(name) for name in about["files"]):
        return "names files outside its folder"
    if not all(isinstance(facts["sha256"], str) for facts in about["files"].values()):
        return "has a file without sha256"
    if not isinstance(about["size"]["multiple"], int) or about["size"]["multiple"] < 1:
        return "has no size rule"
    if about.get("brush", BRUSH) not in BRUSHES:
        return f"has a brush that is none of {', '.join(BRUSHES)}"
    return _find_text_fault(about) or _find_tiling_fault(about) or _find_period_fault(about)


def _find_period_fault(about: dict[str, Any]) -> str | None:
    periods = about.get("periods")
    if periods is None:
        return None
    keys = [period["key"] for period in periods]
    if len(keys) < 2 or len(set(keys)) < len(keys) or not all(isinstance(key, str) and is_plain(key) for key in keys):
        return "has periods without keys of their own"
    return next((fault for period in periods if (fault := _find_text_fault(period))), None)


def _find_text_fault(about: dict[str, Any]) -> str | None:
    if not isinstance(about["name"]["en"], str) or not about["name"]["en"]:
        return "has no name"
    note = about.get("note", "")
    if not isinstance(note, str) and not (isinstance(note, dict) and all(isinstance(t, str) for t in note.values())):
        return "has a note that is neither a text nor texts by language"
    return None


def _find_tiling_fault(about: dict[str, Any]) -> str | None:
    """What is wrong with the rule for tiles; styles that were exported before there was one have none."""
    if about.get("tiling") is None:
        return None
    tiling, multiple = about["tiling"], about["size"]["multiple"]
    side, overlap = tiling["side"], tiling["overlap"]
    if tiling["file"] not in about["files"]:
        return "names a model for tiles that is not among its files"
    if type(side) is not int or type(overlap) is not int or not 0 <= 2 * overlap < side:
        return "has a rule for tiles that makes no sense"
    return "has tiles that the size rule forbids" if side % multiple or overlap % multiple else None


def _check_file(path: Path, sha256: str) -> None:
    try:
        found = sha256_of(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); export the style again") from error
    if found != sha256 and not (path.suffix == ".json" and _sum_with_lf(path) == sha256):
        raise UserError(f"{path}: not the file that style.json names (sha256 differs); download or export it again")


def _sum_with_lf(path: Path) -> str:
    """sha256 of a text file as it was exported: Git for Windows may have written it with CR LF."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
