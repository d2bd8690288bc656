"""A CSV table as rows of text, whatever program saved it: its delimiter and encoding are detected."""

import codecs
import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import IO

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.listing import count_and_name
from tf_cyclegan.pictures.source import MAX_MEMBER_BYTES

DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR = re.compile(r'"?sep=(\t|[^\s"\w])"?(?:\r\n|\r|\n)', re.IGNORECASE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_table(
    open_table: Callable[[], IO[bytes]], name: str, columns: Sequence[str]
) -> tuple[list[dict[str, str]], list[str]]:
    """Reads some columns of a table.

    The delimiter is the one that a first line such as `sep=;` names, as Excel reads and writes it, or the one of
    `DELIMITERS` with which the header has the columns, their names in any case. The text is UTF-8, UTF-16, or else
    Windows-1252; accents are composed and runs of white space are one space.

    Args:
        open_table: gives the file.
        name: of the table, for messages.
        columns: those wanted, as they are called in the rows.

    Returns:
        The rows, and remarks on those that were left out.

    Raises:
        UserError: it cannot be read, is no table, or lacks a column.
    """
    text, delimiters = _take_separator(_decode(_read(open_table, name)))
    try:
        delimiter, header = _find_header(text, columns, name, delimiters)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        next(reader)
        lines = [line for line in reader if any(line)]
    except csv.Error as error:
        raise UserError(f"{name} is damaged ({error}); is a quotation mark never closed?") from error
    places = {column: header.index(column.casefold()) for column in columns}
    rows, broken = [], []
    for line in lines:
        if len(line) > len(header):
            broken.append(line[0])
            continue
        rows.append({c: _clean(line[place]) if place < len(line) else "" for c, place in places.items()})
    remarks = [count_and_name(f"rows of {name} with more fields than columns, left out", broken)]
    return rows, remarks if broken else []


def _read(open_table: Callable[[], IO[bytes]], name: str) -> bytes:
    try:
        with open_table() as file:
            data = file.read(MAX_MEMBER_BYTES + 1)
    except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(f"{name} cannot be read ({error}); download the collection again") from error
    if len(data) > MAX_MEMBER_BYTES:
        raise UserError(f"{name} has over {MAX_MEMBER_BYTES // 1_000_000} MB, which is no table of works")
    return data


def _decode(data: bytes) -> str:
    if data.startswith(_UTF_16):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:2]:  # UTF-16 without its mark: of a Latin letter one of two bytes is zero.
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _take_separator(text: str) -> tuple[str, Sequence[str]]:
    """The text without a first line that names the delimiter, and the delimiters that may be."""
    found = _SEPARATOR.match(text)
    return (text[found.end() :], found[1]) if found else (text, DELIMITERS)


def _find_header(text: str, columns: Sequence[str], name: str, delimiters: Sequence[str]) -> tuple[str, list[str]]:
    """The delimiter, and the names of all columns in lower case."""
    headers = {}
    for delimiter in delimiters:
        first = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        headers[delimiter] = [_clean(column) for column in first]

    def absent(delimiter: str) -> list[str]:
        folded = [column.casefold() for column in headers[delimiter]]
        return [column for column in columns if column.casefold() not in folded]

    best = min(headers, key=lambda d: (len(absent(d)), -len(headers[d])))
    if lacking := absent(best):
        has = ", ".join(headers[best])[:200] or "nothing"
        what = f"column{'s' if len(lacking) > 1 else ''} {', '.join(map(repr, lacking))}"
        raise UserError(f"{name} lacks the {what}; its first line has: {has}")
    return best, [column.casefold() for column in headers[best]]


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))
