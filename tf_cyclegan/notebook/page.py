"""A page in a cell of a notebook."""

import html
from pathlib import Path

from tf_cyclegan.errors import UserError


class Page:
    """A report shown within a notebook.

    Args:
        path: of `report.html`.

    Raises:
        UserError: it cannot be read.
    """

    def __init__(self, path: str | Path):
        try:
            self._html = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise UserError(f"{path}: no report there; make it first") from error

    def _repr_html_(self) -> str:
        source = html.escape(self._html, quote=True)
        return f'<iframe srcdoc="{source}" style="width: 100%; height: 46rem; border: 0"></iframe>'
