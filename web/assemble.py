"""Puts the page together: its own files, LiteRT.js and the styles, in a folder that any web server can show."""

import hashlib
import json
import shutil
import tomllib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from tf_cyclegan.disk.folders import replacing_folder
from tf_cyclegan.disk.paths import check_apart
from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.style import MODEL, Bundle, find_bundles, open_bundle

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PACKAGES = HERE / "node_modules"
SITE = ROOT / "build" / "web"
EXAMPLES = ROOT / "streamlit_app" / "examples"
PREVIEW = HERE / "page" / "preview.jpg"

# Of LiteRT.js' builds, those of which the page uses one: with threads, without, and for browsers that lack SIMD.
_BUILDS = ("litert_wasm_internal", "litert_wasm_threaded_internal", "litert_wasm_compat_internal")
# A worker has no import map, so the one name that LiteRT.js imports is given its file.
_NAMED, _LOCATED = '"@litertjs/wasm-utils"', '"./wasm-utils.js"'
_MARK = "files.js"
# The period that a visitor sees first; the others follow one another in time.
_FIRST = "impressionism"
# Larger files are cached for offline use when they are first used, the others at once.
_LARGE = 2_000_000
_POLICY = "Content-Security-Policy"
_IMAGE = 'content="preview.jpg"'


def assemble(
    out: str | Path = SITE,
    styles: Mapping[str, Path] | None = None,
    packages: str | Path = PACKAGES,
    address: str = "",
) -> Path:
    """Writes the page into a folder, which gets its name when it is complete.

    Args:
        out: the folder: new, or an earlier page, which is replaced.
        styles: name → bundle's folder; default: the bundles that come with the project.
        packages: where npm has put LiteRT.js.
        address: where the page will be on the web; links to it show a painting only where it is known.

    Returns:
        The folder.

    Raises:
        UserError: LiteRT.js is not there or of another version, a style is damaged, the address is none, or the folder
            is something else, is not apart from these or cannot be written.
    """
    found = styles or find_bundles()
    bundles = in_order({name: open_bundle(folder) for name, folder in found.items()})
    _check_package(Path(packages))
    own = {"the project's page in": HERE, "the examples in": EXAMPLES, "the packages in": packages}
    check_apart({"--out": out}, {**own, "the styles in": [bundle.folder for bundle in bundles.values()]})
    with replacing_folder(out, _MARK, "an earlier page") as site:
        shutil.copytree(HERE / "page", site, dirs_exist_ok=True)
        _locate(site / "index.html", address)
        shutil.copy(ROOT / "LICENSE", site / "LICENSE")
        _copy_engine(Path(packages), site / "litert")
        index = {
            "repository": _repository(),
            "styles": [_copy_style(name, bundle, site) for name, bundle in bundles.items()],
            "examples": _copy_examples(site),
            # It is a painting of the project's own first style.
            "preview": None if styles else PREVIEW.name,
        }
        (site / "index.json").write_text(json.dumps(index, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        _write_list(site)
    return Path(out)


def in_order(bundles: Mapping[str, Bundle]) -> dict[str, Bundle]:
    """The styles of bundles by their names, in the order in which visitors see them: the first one, then by years.

    A period that a network of several paints is not shown again where it has a network of its own, too: the one network
    paints all periods, and what lies between them.
    """
    found: dict[str, Bundle] = {}
    for name, bundle in sorted(bundles.items(), key=lambda item: not item[1].periods):
        for style in bundle.periods or [name]:
            found.setdefault(style, bundle.of({style: 1.0}) if bundle.periods else bundle)
    return dict(sorted(found.items(), key=lambda item: (item[0] != _FIRST, item[1].about.get("years", ""))))


def _check_package(packages: Path) -> None:
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    for name, version in wanted.items():
        try:
            found = json.loads((packages / name / "package.json").read_text(encoding="utf-8"))["version"]
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{packages}: has no {name}; fetch it with `npm ci --prefix web` or `make web`") from error
        if found != version:
            raise UserError(f"{packages}: {name} is {found}, wanted is {version}; run `npm ci --prefix web`")


def _locate(html: Path, address: str) -> None:
    """Makes the address of the picture that a sent link shows whole, since most programs read no relative one."""
    if not address:
        return
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UserError(f"--address {address}: must begin with http:// or https:// and a host")
    place = f"{parts.scheme}://{parts.netloc}{quote(parts.path.rstrip('/'), safe='/%')}/"
    text = html.read_text(encoding="utf-8").replace(_IMAGE, f'content="{escape(place)}preview.jpg"')
    html.write_text(text, encoding="utf-8")


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
    """Copies a style's model; returns what the page says and needs to know about the style."""
    about = bundle.about
    # Periods of one network share its file, to which the page gives the size of each picture.
    file = f"styles/{bundle.folder.name if bundle.periods else name}/{MODEL}"
    (site / file).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(bundle.folder / MODEL, site / file)
    tiling = about.get("tiling") or {}
    training = about.get("training", {})
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
        "model": {
            "file": file,
            "sha256": about["files"][MODEL]["sha256"],
            "multiple": bundle.multiple,
            "tiling": {key: tiling[key] for key in ("side", "overlap")} if tiling.get("file") == MODEL else None,
        },
        "mix": bundle.mix,
    }


def _copy_examples(site: Path) -> list[dict[str, Any]]:
    shutil.copytree(EXAMPLES, site / "examples")
    listed = json.loads((EXAMPLES / "examples.json").read_text(encoding="utf-8"))
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
