"""What the documents say of the repository is so."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from PIL import Image

import tf_cyclegan
from tf_cyclegan.cli.main import build_parser
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
    # Kaggle's command is for handing in what `stylize --kaggle-zip` wrote; no module imports it.
    asked_for = {"kaggle>=1.7"}
    assert requirements("requirements.txt") == {
        *PROJECT["dependencies"],
        *(line for name in ("train", "tfds", "app", "video") for line in extras[name]),
        *asked_for,
    }
    assert requirements("streamlit_app/requirements.txt") == {*PROJECT["dependencies"], *extras["app"]}


def test_the_version_is_one():
    citation = re.search(r"(?m)^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"))[1]
    page = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))["version"]
    assert {citation, page, tf_cyclegan.__version__} == {PROJECT["version"]}


def rooms() -> set[str]:
    """Folders with code: those of the package, and those at the top."""
    code = {path.parent.relative_to(ROOT) for path in (ROOT / "tf_cyclegan").rglob("*.py")}
    top = ("export", "streamlit_app", "web", "notebooks", "benchmarks", "docs", "tests")
    return {folder.parts[1] for folder in code if len(folder.parts) > 1} | set(top)


def test_the_tree_of_the_architecture_has_every_room_and_no_other():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    tree = re.search(r"## What is where\n\n```\n(.*?)\n```", text, re.DOTALL)[1]
    assert len(tree.splitlines()) <= 20
    named = {word.rstrip("/") for word in re.findall(r"(?<![\w/])\w+/(?=\s)", tree)} - {"tf_cyclegan"}
    assert named == rooms()


def test_the_package_has_every_room():
    """A folder that is forgotten there is missed only where the package is installed."""
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"])
    found = {path.parent for name in ("tf_cyclegan", "export") for path in (ROOT / name).rglob("*.py")}
    data = {"tf_cyclegan.examples", "tf_cyclegan.styles"}
    assert listed == {".".join(folder.relative_to(ROOT).parts) for folder in found} | data


DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def anchors(path: Path) -> set[str]:
    """The names by which a link finds the headings of a document, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_within_the_repository_lead_somewhere(document):
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", document.read_text(encoding="utf-8")):
        found = document.parent / target if target else document
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), f"{target}#{anchor}"


def test_every_document_can_be_reached_from_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    documents = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert documents == set(re.findall(r"\]\(docs/(\w+\.md)", text))


def test_the_readme_is_short():
    text = (ROOT / "README.md").read_bytes()
    assert len(text) <= 7 * 1024
    assert len(text.splitlines()) <= 120


def test_the_readme_opens_every_notebook_in_colab_and_on_kaggle():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    address = PROJECT["urls"]["Repository"]
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert (
            f"https://colab.research.google.com/github/{address.split('.com/')[1]}/blob/main/notebooks/{path.name}\n"
            in text
        )
        assert f"https://kaggle.com/kernels/welcome?src={address}/blob/main/notebooks/{path.name}\n" in text


def test_the_table_of_the_readme_has_the_numbers_of_the_styles():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in find_styles():
        about = open_bundle(name).about
        training = about["training"]
        found = training["metrics"]["directions"][about["direction"]]
        kid = {anchor: f"{fact['value']:.3f}" for anchor, fact in found["kid"].items()}
        (row,) = re.findall(rf"(?m)^\| \[[^]]+\]\(docs/styles/{name}\.md\) \| (.*) \|$", text)
        paintings, untouched, transfer, result, detail = row.split(" | ")
        assert int(paintings) == training["data"]["counts"]["trainB"]
        assert (untouched, transfer) == (kid["untouched"], kid["colour_transfer"])
        assert result.startswith(f"**{kid['result']}\N{NO-BREAK SPACE}±")
        assert detail == f"{found['bands']['result']['detail_kept']:.2f}"


def test_the_moving_picture_is_small_and_never_ends():
    path = ROOT / "docs" / "loop.webp"
    assert path.stat().st_size <= 2_000_000
    with Image.open(path) as picture:
        assert picture.info["loop"] == 0
        assert picture.n_frames > len(find_styles())


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
        assert sum(path.stat().st_size for path in folder.iterdir()) <= (1_500_000 if bundle.periods else 1_200_000)


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


def commands() -> list[tuple[str, str]]:
    """The commands of the documents, each a line; those with … stand for several, those of experiments are history."""
    texts = [(path, path.read_text(encoding="utf-8").replace("\\\n", " ")) for path in DOCUMENTS]
    found = [
        (path.name, line) for path, text in texts for line in re.findall(r"(?m)^(?:\$ )?(.*tf[_-]cyclegan .*)$", text)
    ]
    words = [(name, re.search(r"(?:python -m tf_cyclegan|^tf-cyclegan) ([^|#]*)", line)) for name, line in found]
    return [(name, match[1].strip()) for name, match in words if match and "…" not in match[1] and "`" not in match[1]]


@pytest.mark.parametrize(("document", "command"), sorted(set(commands())))
def test_every_command_of_a_document_is_one(document, command):
    assert build_parser().parse_args(shlex.split(command)).command


def test_the_commands_of_the_documents_are_found():
    assert len(commands()) > 30
