"""The page is put together whole, or not at all."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.style import find_bundles, find_styles, open_bundle
from web import assemble as module
from web.assemble import PREVIEW, assemble, in_order
from web.preview import paint_preview


@pytest.fixture
def packages(tmp_path) -> Path:
    """What npm fetches, with nothing in it."""
    scope = tmp_path / "node_modules" / "@litertjs"
    for build in ("", "_threaded", "_compat", "_jspi"):
        for suffix in ("js", "wasm"):
            write(scope / "core" / "wasm" / f"litert_wasm{build}_internal.{suffix}", "")
    write(scope / "core" / "dist" / "index.js", 'import { createWasmLib } from "@litertjs/wasm-utils";\n')
    write(scope / "core" / "package.json", json.dumps({"version": "2.5.3"}))
    write(scope / "wasm-utils" / "dist" / "index.js", "")
    return tmp_path / "node_modules"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def listed(site: Path) -> dict:
    return json.loads((site / "files.js").read_text(encoding="utf-8").removeprefix("self.SITE = ").rstrip(";\n"))


def test_everything_is_there_and_listed(tmp_path, packages):
    site = assemble(tmp_path / "site", packages=packages)
    names = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    facts = listed(site)
    assert names == {*facts["files"], *facts["when_used"], "files.js", "service-worker.js"}
    assert all(name.startswith("litert/wasm/") for name in facts["when_used"])
    assert '"./wasm-utils.js"' in (site / "litert" / "litert.js").read_text(encoding="utf-8")


def test_the_index_names_the_models_that_were_copied(tmp_path, packages):
    site = assemble(tmp_path / "site", packages=packages)
    index = json.loads((site / "index.json").read_text(encoding="utf-8"))
    assert {style["folder"] for style in index["styles"]} == set(find_styles())
    for style in index["styles"]:
        bundle = open_bundle(style["folder"])
        assert (style["brush"], style["model"]["multiple"]) == (bundle.brush, bundle.multiple)
        model = site / style["model"]["file"]
        assert module.hashlib.sha256(model.read_bytes()).hexdigest() == style["model"]["sha256"]
    models = {style["model"]["file"] for style in index["styles"]}
    assert {path.relative_to(site).as_posix() for path in site.glob("styles/*/*")} == models


def test_a_period_is_shown_once_and_the_first_is_impressionism(tmp_path):
    bundles = {name: open_bundle(folder) for name, folder in find_bundles().items()}
    assert {"impressionism", "periods"} <= set(bundles)
    styles = in_order(bundles)
    assert next(iter(styles)) == "impressionism"
    assert styles["impressionism"].folder.name == "periods", "the slider needs the network of all periods"
    assert styles["impressionism"].mix == [1, 0, 0, 0, 0, 0]
    years = [style.about["years"] for style in styles.values()][1:]
    assert years == sorted(years)


def test_the_preview_is_the_first_example_in_the_first_style():
    """If not: python -m web.preview."""
    with Image.open(PREVIEW) as preview:
        shown = np.asarray(preview.convert("RGB"), int)
    assert np.abs(shown - np.asarray(paint_preview())).mean() < 4


def test_a_link_shows_the_preview_by_its_whole_address(tmp_path, packages):
    site = assemble(tmp_path / "site", packages=packages, address="https://example.org/my paintings?a=1")
    html = (site / "index.html").read_text(encoding="utf-8")
    assert '<meta property="og:image" content="https://example.org/my%20paintings/preview.jpg">' in html
    for address in ("example.org", "ftp://example.org", "https://"):
        with pytest.raises(UserError, match="must begin with http"):
            assemble(tmp_path / "other", packages=packages, address=address)
    assert not (tmp_path / "other").exists()


def test_the_version_changes_with_the_contents_only(tmp_path, packages):
    one = listed(assemble(tmp_path / "one", packages=packages))["version"]
    assert listed(assemble(tmp_path / "two", packages=packages))["version"] == one
    write(packages / "@litertjs" / "wasm-utils" / "dist" / "index.js", "// changed")
    assert listed(assemble(tmp_path / "two", packages=packages))["version"] != one


def test_the_policy_lets_nothing_out(tmp_path, packages):
    policy = listed(assemble(tmp_path / "site", packages=packages))["headers"]["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    sources = {source for rule in rules.values() for source in rule.split()}
    assert sources <= {"'none'", "'self'", "'wasm-unsafe-eval'", "blob:"}


def test_without_the_package_one_line_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match="npm ci --prefix web"):
        assemble(tmp_path / "site", packages=tmp_path)
    assert not (tmp_path / "site").exists()


def test_another_version_of_the_package_is_refused(tmp_path, packages):
    write(packages / "@litertjs" / "core" / "package.json", json.dumps({"version": "3.0.0"}))
    with pytest.raises(UserError, match=r"3\.0\.0"):
        assemble(tmp_path / "site", packages=packages)


def test_a_package_that_imports_otherwise_is_refused_and_the_earlier_page_stays(tmp_path, packages):
    before = listed(assemble(tmp_path / "site", packages=packages))
    write(packages / "@litertjs" / "core" / "dist" / "index.js", "")
    with pytest.raises(UserError, match="imports otherwise"):
        assemble(tmp_path / "site", packages=packages)
    assert listed(tmp_path / "site") == before
    assert not list(tmp_path.glob(".partial*"))


def test_a_damaged_style_is_refused(tmp_path, packages):
    style = shutil.copytree(next(iter(find_styles().values())), tmp_path / "style")
    (style / "model.tflite").write_bytes(b"changed")
    with pytest.raises(UserError, match="sha256 differs"):
        assemble(tmp_path / "site", {"style": style}, packages)


def test_a_style_that_names_other_files_writes_nothing_outside(tmp_path, packages):
    style = shutil.copytree(next(iter(find_styles().values())), tmp_path / "style")
    about = json.loads((style / "style.json").read_text(encoding="utf-8"))
    about["files"]["model.tflite"]["name"] = "../../../../victim"
    write(style / "style.json", json.dumps(about))
    site = assemble(tmp_path / "deep" / "site", {"style": style}, packages)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "node_modules", "style"]
    assert (site / "styles" / "style" / "model.tflite").is_file()


def test_the_page_is_not_put_into_what_it_is_made_of(tmp_path, packages):
    style = shutil.copytree(next(iter(find_styles().values())), tmp_path / "style")
    for out in (style / "site", packages / "site", module.HERE / "page" / "site", tmp_path):
        with pytest.raises(UserError, match=r"--out .* (lies within|holds) the"):
            assemble(out, {"style": style}, packages)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["node_modules", "style"]


def test_a_folder_of_something_else_is_not_touched(tmp_path, packages):
    write(tmp_path / "site" / "thesis.txt", "years of work")
    with pytest.raises(UserError, match="not an earlier page"):
        assemble(tmp_path / "site", packages=packages)
    assert (tmp_path / "site" / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_the_package_is_pinned_and_its_contents_are_checked():
    wanted = json.loads((module.HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads((module.HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    for path, facts in locked.items():
        assert "resolved" not in facts
        assert not path or facts["integrity"].startswith("sha512-")
