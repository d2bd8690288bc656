"""What the documents say of the repository is so."""

import re
import tomllib
from pathlib import Path

import pytest

from tf_cyclegan.stylize.style import find_styles, open_bundle

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements(path: str) -> set[str]:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def test_the_address_is_the_one_of_pyproject():
    address = PROJECT["urls"]["Repository"]
    for path in (ROOT / "README.md", *(ROOT / "notebooks").glob("*.ipynb")):
        found = set(re.findall(r"https://github\.com/[\w.-]+/tf_cyclegan", path.read_text(encoding="utf-8")))
        assert found == {address}, path.name


def test_requirements_are_those_of_the_package():
    extras = PROJECT["optional-dependencies"]
    assert requirements("requirements.txt") == {
        *PROJECT["dependencies"],
        *extras["train"],
        *extras["app"],
        *extras["video"],
    }
    assert requirements("streamlit_app/requirements.txt") == {*PROJECT["dependencies"], *extras["app"]}


def rooms() -> set[str]:
    """Folders with code: those of the package, and those at the top."""
    code = {path.parent.relative_to(ROOT) for path in (ROOT / "tf_cyclegan").rglob("*.py")}
    top = ("export", "streamlit_app", "web", "notebooks", "benchmarks", "docs", "tests")
    return {folder.parts[1] for folder in code if len(folder.parts) > 1} | set(top)


def test_the_tree_of_the_readme_has_every_room_and_no_other():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = re.search(r"## What is where\n\n```\n(.*?)\n```", text, re.DOTALL)[1]
    assert len(tree.splitlines()) <= 20
    named = {word.rstrip("/") for word in re.findall(r"(?<![\w/])\w+/(?=\s)", tree)} - {"tf_cyclegan"}
    assert named == rooms()


def test_the_package_has_every_room():
    """A folder that is forgotten there is missed only where the package is installed."""
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"])
    found = {path.parent for name in ("tf_cyclegan", "export") for path in (ROOT / name).rglob("*.py")}
    assert listed == {".".join(folder.relative_to(ROOT).parts) for folder in found} | {"tf_cyclegan.styles"}


def test_links_within_the_repository_lead_somewhere():
    for document in ROOT.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{document.name}: {target}"


def test_every_style_is_whole_and_says_how_it_was_made():
    styles = find_styles()
    assert styles
    for name, folder in styles.items():
        bundle = open_bundle(name)
        about = bundle.about
        assert about["training"]["steps"] > 0
        assert about["training"]["command"].startswith("python -m tf_cyclegan train ")
        assert about["training"]["data"]["counts"]["trainB"] > 0
        assert bundle.preview == about["preview"]
        assert bundle.note("en") != bundle.note("de")
        assert sum(path.stat().st_size for path in folder.iterdir()) <= (1_600_000 if bundle.periods else 1_250_000)


@pytest.mark.parametrize("name", find_styles())
def test_the_card_of_a_style_has_the_numbers_of_its_bundle(name):
    card = (ROOT / "docs" / "styles" / f"{name}.md").read_text(encoding="utf-8")
    about = open_bundle(name).about
    training = about["training"]
    found = training["metrics"]["directions"][about["direction"]]
    assert {*training["command"].split(), *training.get("began_with", "").split()} <= {*card.split()}
    assert f"{training['steps']:,} steps" in card
    assert f"seed {training['seed']}" in card
    for count in training["data"]["counts"].values():
        assert str(count) in card
    for anchor in ("result", "untouched", "colour_transfer", "real"):
        colour, grey = found["kid"][anchor]["value"], found["grey"]["kid"][anchor]["value"]
        assert re.search(rf"\| {colour:.3f} ± \d\.\d+ \| {grey:.3f} \|", card), anchor
    assert f": {found['content']['result']:.2f}" in card
    assert f"New coarse edges: at {found['shapes']['result']['new_edges']:.1%}".replace("%", " %") in card
    assert f"found again in {found['shapes']['result']['faces']:.0%}".replace("%", " %") in card
    for picture in re.findall(r"\]\(([\w/]+\.jpg)\)", card):
        assert (ROOT / "docs" / "styles" / picture).is_file()
