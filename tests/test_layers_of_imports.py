"""Reads the imports of the source and holds them against the drawing: imports go downwards only."""

import ast
import graphlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("tf_cyclegan", "export")

STAGES = {"train", "evaluate", "stylize", "prepare", "export"}
# From the bottom up. A file may import from every level below its own, and nothing of its own level.
LEVELS = (
    {"errors", "quiet", "colab", "periods", "limits", "choices", "terminal", "command", "names"},
    {"paths"},
    {
        "files",
        "folders",
        "lock",
        "interpreter",
        "tiles",
        "frames",
        "state_dict",
        "picture_kinds",
        "setting",
        "cache",
        "backend",
        "guard",
    },
    {"manifest", "steps_table", "archive", "html_page", "torch_checkpoint", "picture_files"},
    {
        "config",
        "look",
        "layers",
        "metrics",
        "pictures",
        "adam",
        "grow",
        "schedule",
        "storage",
        "devices",
        "augment",
        "loss_curves",
        "kept",
        "efficientnet_lite",
    },
    {"projected", "faces", "data_folder", "torch_layout"},
    {
        "networks",
        "losses",
        "image_pool",
        "moving_average",
        "bundle",
        "data",
        "backup",
        "tiled",
        "finish",
    },
    {"sizes"},
    {"cyclegan", "samples", "style_file", "stylizer", "summary", "torch_import"},
    {"checkpoint", "callbacks", "settled"},
    {"evaluation"},
    STAGES,
    {"live", "checklist"},
    {"__main__"},
)
# What the command line's --help, `stylize` and the page load: nothing of it may bring TensorFlow along.
LIGHT = (
    *("bundle", "style_file", "picture_kinds", "picture_files", "pictures", "interpreter", "tiles", "tiled", "finish"),
    *("frames", "stylizer", "stylize", "__main__"),
)
HEAVY = {"tensorflow", "keras", "scipy", "matplotlib", "jax", "torch"}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


MODULES = {
    module_name(path): ast.parse(path.read_text(encoding="utf-8"))
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if path.name != "__init__.py"
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
    return {name if name in MODULES else name.rpartition(".")[0] for name in names if name.split(".")[0] in PACKAGES}


def room(module: str) -> str:
    """A module's name on the drawing: prepare, evaluation and export are rooms of several files."""
    first, second = module.split(".")[:2]
    return first if first == "export" else second


def level(name: str) -> int:
    return next(i for i, names in enumerate(LEVELS) if name in names)


def at_import_time(tree: ast.Module) -> ast.Module:
    """The tree without the bodies of its functions, and without what only type checkers read."""

    class Strip(ast.NodeTransformer):
        def visit_FunctionDef(self, node):
            return None

        def visit_If(self, node):
            return None if "TYPE_CHECKING" in ast.dump(node.test) else self.generic_visit(node)

    return Strip().visit(ast.parse(ast.unparse(tree)))


@pytest.mark.parametrize("module", MODULES)
def test_every_file_has_its_place_in_the_drawing(module):
    assert any(room(module) in names for names in LEVELS), f"{module} is on no level; add it to LEVELS"


def test_the_drawing_shows_no_file_that_is_gone():
    assert set().union(*LEVELS) == {room(module) for module in MODULES}


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downwards_only(module):
    for target in own_modules(imported(MODULES[module])):
        assert target in MODULES, f"{module} imports {target}, which does not exist"
        if room(target) != room(module):
            assert level(room(target)) < level(room(module)), f"{module} imports {target}"


def test_stages_do_not_import_one_another():
    pairs = {(room(m), room(t)) for m in MODULES for t in own_modules(imported(MODULES[m]))}
    assert not {(a, b) for a, b in pairs if a in STAGES and b in STAGES and a != b}


def test_no_imports_go_in_a_circle():
    graph = {module: own_modules(imported(tree)) for module, tree in MODULES.items()}
    graphlib.TopologicalSorter(graph).prepare()


def test_nothing_imports_the_command_line():
    assert not [m for m, tree in MODULES.items() if "tf_cyclegan.__main__" in own_modules(imported(tree))]


@pytest.mark.parametrize("name", LIGHT)
def test_what_must_be_light_loads_nothing_heavy(name):
    """Followed through the project's own files, as Python does it at import time."""
    waiting, seen, foreign = [f"tf_cyclegan.{name}"], set(), set()
    while waiting:
        module = waiting.pop()
        seen.add(module)
        names = imported(at_import_time(MODULES[module]))
        foreign |= {n.split(".")[0] for n in names}
        waiting += own_modules(names) - seen
    assert not foreign & HEAVY


@pytest.mark.parametrize("name", LIGHT[:-1])
def test_painting_needs_no_tensorflow_even_when_it_runs(name):
    assert not {n.split(".")[0] for n in imported(MODULES[f"tf_cyclegan.{name}"])} & HEAVY


@pytest.mark.parametrize("package", [p for p in PACKAGES for p in (ROOT / p).rglob("__init__.py")], ids=str)
def test_importing_a_package_costs_nothing(package):
    assert package.read_text(encoding="utf-8").strip() == ""


def test_no_file_is_called_utils():
    assert not [module for module in MODULES if "util" in module or "helper" in module]
