"""Puts the page together: its own files, LiteRT.js and the styles, in a folder that any web server can show."""

import hashlib
import json
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tf_cyclegan.disk.folders import replacing_folder
from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.style import Bundle, find_styles, open_bundle

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PACKAGES = HERE / "node_modules"
SITE = ROOT / "build" / "web"
_EXAMPLES = ROOT / "streamlit_app" / "examples"

# Of LiteRT.js' builds, those of which the page uses one: with threads, without, and for browsers that lack SIMD.
_BUILDS = ("litert_wasm_internal", "litert_wasm_threaded_internal", "litert_wasm_compat_internal")
# A worker has no import map, so the one name that LiteRT.js imports is given its file.
_NAMED, _LOCATED = '"@litertjs/wasm-utils"', '"./wasm-utils.js"'
_MARK = "files.js"
# Larger files are cached for offline use when they are first used, the others at once.
_LARGE = 2_000_000
_POLICY = "Content-Security-Policy"


def assemble(out: str | Path = SITE, styles: Mapping[str, Path] | None = None, packages: str | Path = PACKAGES) -> Path:
    """Writes the page into a folder, which gets its name when it is complete.

    Args:
        out: the folder: new, or an earlier page, which is replaced.
        styles: name → bundle's folder; default: the styles that come with the project.
        packages: where npm has put LiteRT.js.

    Returns:
        The folder.

    Raises:
        UserError: LiteRT.js is not there or of another version, a style is damaged or has no models of a fixed size,
            or the folder is something else, is not apart from these or cannot be written.
    """
    bundles = {name: open_bundle(folder) for name, folder in styles.items()} if styles else _styles()
    _check_package(Path(packages))
    own = {"the project's page in": HERE, "the examples in": _EXAMPLES, "the packages in": packages}
    check_apart({"--out": out}, {**own, "the styles in": [bundle.folder for bundle in bundles.values()]})
    with replacing_folder(out, _MARK, "an earlier page") as site:
        shutil.copytree(HERE / "page", site, dirs_exist_ok=True)
        shutil.copy(ROOT / "LICENSE", site / "LICENSE")
        _copy_engine(Path(packages), site / "litert")
        index = {
            "repository": _repository(),
            "styles": [_copy_style(name, bundle, site) for name, bundle in bundles.items()],
            "examples": _copy_examples(site),
        }
        (site / "index.json").write_text(json.dumps(index, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        _write_list(site)
    return Path(out)


def _styles() -> dict[str, Bundle]:
    return {name: open_bundle(name) for name in find_styles()}


def _check_package(packages: Path) -> None:
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    for name, version in wanted.items():
        try:
            found = json.loads((packages / name / "package.json").read_text(encoding="utf-8"))["version"]
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{packages}: has no {name}; fetch it with `npm ci --prefix web` or `make web`") from error
        if found != version:
            raise UserError(f"{packages}: {name} is {found}, wanted is {version}; run `npm ci --prefix web`")


def _copy_engine(packages: Path, out: Path) -> None:
    scope = packages / "@litertjs"
    (out / "wasm").mkdir(parents=True)
    for build in _BUILDS:
        for suffix in (".js", ".wasm"):
            # Not copy(): the package's files are not readable for everyone, and a web server may be anyone.
            shutil.copyfile(scope / "core" / "wasm" / (build + suffix), out / "wasm" / (build + suffix))
    shutil.copyfile(scope / "wasm-utils" / "dist" / "index.js", out / "wasm-utils.js")
    text = (scope / "core" / "dist" / "index.js").read_text(encoding="utf-8")
    if text.count(_NAMED) != 1:
        raise UserError(f"{scope / 'core'}: imports otherwise than expected; web/assemble.py must learn this version")
    (out / "litert.js").write_text(text.replace(_NAMED, _LOCATED), encoding="utf-8")


def _copy_style(name: str, bundle: Bundle, site: Path) -> dict[str, Any]:
    """Copies a style's models of a fixed size; returns what the page says and needs to know about the style."""
    # Periods of one network share its files.
    about, shared = bundle.about, bundle.folder.name if bundle.periods else name
    folder = site / "styles" / shared
    fixed = {file: facts for file, facts in about["files"].items() if facts.get("side")}
    # Integers are for processors; styles that were exported before there were any do not name a precision.
    models = [{**facts, "name": f} for f, facts in fixed.items() if facts.get("precision", "float").startswith("float")]
    if not models:
        raise UserError(f"{bundle.folder}: has no models of a fixed size, which browsers need; export the style again")
    folder.mkdir(parents=True, exist_ok=True)
    for model in models:
        shutil.copyfile(bundle.folder / model["name"], folder / model["name"])
    training, mix = about.get("training", {}), {} if bundle.mix is None else {"mix": bundle.mix}
    counts = training.get("data", {}).get("counts", {})
    return {
        "folder": name,
        **{key: about.get(key, "") for key in ("name", "years", "about", "note", "licence")},
        "preview": bundle.preview,
        "brush": bundle.brush,
        "training": {
            "command": bundle.commands,
            "steps": training.get("steps"),
            "paintings": counts.get("trainB"),
            "photos": counts.get("trainA"),
        },
        "models": [
            {"file": f"styles/{shared}/{model['name']}", "sha256": model["sha256"], "side": model["side"], **mix}
            for model in sorted(models, key=lambda model: model["side"])
        ],
    }


def _copy_examples(site: Path) -> list[dict[str, Any]]:
    shutil.copytree(_EXAMPLES, site / "examples")
    listed = json.loads((_EXAMPLES / "examples.json").read_text(encoding="utf-8"))
    return [{**example, "file": f"examples/{example['file']}"} for example in listed]


def _repository() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["urls"]["Repository"]


def _write_list(site: Path) -> None:
    """`files.js` for the service worker: what to keep, and a version computed from all contents."""
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + b"\0" + hashlib.sha256((site / name).read_bytes()).digest())
    large = {name for name in names if (site / name).stat().st_size > _LARGE or name.startswith("litert/wasm/")}
    listed = {
        "version": digest.hexdigest()[:16],
        "files": [name for name in names if name not in large and name != "service-worker.js"],
        "when_used": sorted(large),
        "headers": headers(site),
    }
    (site / _MARK).write_text(f"self.SITE = {json.dumps(listed, indent=1)};\n", encoding="utf-8")


def headers(site: Path) -> dict[str, str]:
    """The headers that the page needs: the policy that its HTML states, and isolation, which threads need."""
    html = (site / "index.html").read_text(encoding="utf-8")
    policy = html.split(f'http-equiv="{_POLICY}" content="')[1].split('"')[0]
    return {
        _POLICY: f"{policy}; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
