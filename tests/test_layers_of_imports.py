"""Holds the imports of the source against the law in ARCHITECTURE.md: rooms import rooms further down."""

import ast
import graphlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("tf_cyclegan", "export")
# From the bottom up, a set of rooms a line. The block in ARCHITECTURE.md is the only place where the law is written.
LAW = [
    set(line.split())
    for line in re.search(
        r"\n## Rooms\n.*?\n```\n(.*?)\n```\n", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.DOTALL
    )[1].splitlines()[::-1]
]
# The names of the package, and the command line, are above all rooms.
OUTSIDE = {"__main__", "tf_cyclegan"}
# What the command line's --help, `stylize` and the page load: nothing of it may bring TensorFlow along.
LIGHT = (
    "tf_cyclegan.stylize.",
    "tf_cyclegan.share.",
    "tf_cyclegan.pictures.files",
    "tf_cyclegan.pictures.pixels",
    "tf_cyclegan.disk.",
)
LIGHT_AT_FIRST = ("tf_cyclegan.run.config", "tf_cyclegan.cli.", "tf_cyclegan.__main__")
HEAVY = {"tensorflow", "keras", "scipy", "matplotlib", "jax", "torch"}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {
    module_name(path): ast.parse(text)
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if (text := path.read_text(encoding="utf-8")).strip()
}


def imported(tree: ast.AST) -> set[str]:
    """Full names of what the imports in a tree name."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def own_modules(names: set[str]) -> set[str]:
    """Those of the project, as modules: `tf_cyclegan.errors.UserError` → `tf_cyclegan.errors`."""
    named = {name for name in names if name.split(".")[0] in PACKAGES} - {"tf_cyclegan.__version__"}
    return {name if name in MODULES else name.rpartition(".")[0] for name in named}


def room(module: str) -> str:
    """`tf_cyclegan.run.config` → "run", `tf_cyclegan.errors` → "errors", `export.gate` → "export"."""
    first, *rest = module.split(".")
    return rest[0] if first == "tf_cyclegan" and rest else first


def level(name: str) -> int:
    return next(i for i, rooms in enumerate(LAW) if name in rooms)


def at_import_time(tree: ast.Module) -> ast.Module:
    """The tree without the bodies of its functions, and without what only type checkers read."""

    class Strip(ast.NodeTransformer):
        def visit_FunctionDef(self, node):
            return None

        def visit_If(self, node):
            return None if "TYPE_CHECKING" in ast.dump(node.test) else self.generic_visit(node)

    return Strip().visit(ast.parse(ast.unparse(tree)))


def test_the_law_names_every_room_and_no_other():
    assert sum(map(len, LAW)) == len(set().union(*LAW))
    assert set().union(*LAW) == {room(module) for module in MODULES} - OUTSIDE


@pytest.mark.parametrize("module", MODULES)
def test_rooms_import_rooms_further_down(module):
    for target in own_modules(imported(MODULES[module])):
        assert target in MODULES, f"{module} imports {target}, which does not exist"
        if room(module) not in OUTSIDE | {room(target)}:
            assert level(room(target)) < level(room(module)), f"{module} imports {target}"


def test_no_imports_go_in_a_circle():
    graph = {module: own_modules(imported(tree)) for module, tree in MODULES.items()}
    graphlib.TopologicalSorter(graph).prepare()


def foreign(module: str, tree_of) -> set[str]:
    """Packages of others that a module loads, through the project's own files; `tree_of` says what of each is read."""
    waiting, seen, found = [module], set(), set()
    while waiting:
        module = waiting.pop()
        seen.add(module)
        names = imported(tree_of(MODULES[module]))
        found |= {name.split(".")[0] for name in names}
        waiting += own_modules(names) - seen
    return found


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith((*LIGHT, *LIGHT_AT_FIRST))])
def test_what_must_be_light_loads_nothing_heavy(module):
    assert not foreign(module, at_import_time) & HEAVY


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith(LIGHT)])
def test_painting_needs_no_tensorflow_even_when_it_runs(module):
    assert not foreign(module, lambda tree: tree) & HEAVY


@pytest.mark.parametrize("package", [p for p in PACKAGES for p in (ROOT / p).rglob("__init__.py")], ids=str)
def test_importing_a_package_costs_nothing(package):
    if package.parent.name == "tf_cyclegan":
        assert not own_modules(imported(at_import_time(MODULES["tf_cyclegan"])))
    else:
        assert package.parent.name == "metrics" or package.read_text(encoding="utf-8").strip() == ""


@pytest.mark.parametrize(
    "folder", [ROOT / "tf_cyclegan", *(ROOT / "tf_cyclegan").rglob("*/"), ROOT / "export"], ids=str
)
def test_no_room_has_more_files_than_one_can_see_at_once(folder):
    assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= 16


def test_no_file_is_called_utils():
    assert not [module for module in MODULES if "util" in module or "helper" in module]
