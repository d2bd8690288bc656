"""The cells of a notebook, as "Run all" runs them: in order, in one namespace."""

import ast
import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"


class Notebook:
    """A notebook of the project by its file's name without `.ipynb`."""

    def __init__(self, name: str):
        self.path = FOLDER / f"{name}.ipynb"
        self.cells = json.loads(self.path.read_text(encoding="utf-8"))["cells"]

    @property
    def code(self):
        return [cell for cell in self.cells if cell["cell_type"] == "code"]

    @property
    def parameters(self):
        """Its one cell of settings."""
        (cell,) = filter(is_parameters, self.code)
        return cell

    def run_all(self, parameters):
        """Runs every code cell, with other values after the cell of parameters.

        Returns:
            The names, and what cells show, by their ids.
        """
        names, shown = {"__name__": "__main__"}, {}
        for cell in self.code:
            *body, last = ast.parse(source_of(cell) or "pass").body
            where = f"{self.path.name}, cell {cell['id']}"
            if not isinstance(last, ast.Expr):
                body.append(last)
            exec(compile(ast.Module(body, []), where, "exec"), names)  # noqa: S102 - our own notebook
            if isinstance(last, ast.Expr):
                shown[cell["id"]] = eval(compile(ast.Expression(last.value), where, "eval"), names)  # noqa: S307
            if is_parameters(cell):
                assert parameters.keys() <= names.keys()
                names |= parameters
        return names, shown


def is_parameters(cell):
    return "parameters" in cell["metadata"].get("tags", [])


def source_of(cell):
    return "".join(cell["source"])
