"""A table of a run with one row per step, `losses.csv` or `evaluations.csv`: read and continued by one rule.

A line counts when its end is there. A last line without it is being written at this moment, or was cut off.
"""

import csv
import warnings
from pathlib import Path

from tf_cyclegan.disk.replacing import replacing


def whole_lines(path: Path) -> list[str]:
    """The header and the rows of a table as text; nothing where not even the header is whole.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not text.
    """
    data = path.read_bytes()
    return data[: data.rfind(b"\n") + 1].decode("utf-8").splitlines()


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows by the names of their columns; none where there is no file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not text, or a row has more or fewer columns than the header.
    """
    if not path.exists():
        return []
    header, *rows = list(csv.reader(whole_lines(path))) or [[]]
    return [dict(zip(header, row, strict=True)) for row in rows]


def columns(path: Path) -> list[str]:
    """The header; empty where there is no file, or not even the header is whole.

    Raises:
        OSError, ValueError: as `whole_lines`.
    """
    lines = whole_lines(path) if path.exists() else []
    return lines[0].split(",") if lines else []


def last_step(path: Path) -> int:
    """The step of the last row; 0 where there is none.

    Raises:
        OSError, ValueError: as `read_rows`; or the last row does not begin with a step.
    """
    lines = whole_lines(path) if path.exists() else []
    return int(lines[-1].split(",")[0]) if len(lines) > 1 else 0


def cut_back(path: Path, header: list[str], step: int) -> None:
    """Leaves of a table the header and the whole rows up to `step`, or begins it; the old file stays until then.

    Rows that were lost before they reached the disk cannot be recovered: a warning names the first missing row.
    """
    rows: list[list[str]] = []
    if path.exists():
        found = list(csv.reader(whole_lines(path)))
        rows = [row for row in found[1:] if len(row) == len(found[0]) and row[0].isdigit() and int(row[0]) <= step]
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def warn_of_gap(path: Path, step: int) -> None:
    """Warns where a table that has a row for every step ends before `step`."""
    last = last_step(path)
    if last < step:
        warnings.warn(f"{path}: the rows of steps {last + 1} to {step} were lost; the state is whole", stacklevel=2)
