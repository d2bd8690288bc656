"""A CSV table as rows of text, whatever program saved it: its delimiter and encoding are found out."""

import codecs
import csv
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import IO

from tf_cyclegan.errors import UserError
from tf_cyclegan.picture_files import count_and_name
from tf_cyclegan.prepare.listing import MAX_MEMBER_BYTES

DELIMITERS = (",", ";", "\t", "|")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_table(
    open_table: Callable[[], IO[bytes]], name: str, columns: Sequence[str]
) -> tuple[list[dict[str, str]], list[str]]:
    """Reads some columns of a table.

    The delimiter is the one of `DELIMITERS` with which the header has the columns, their names in any case. The text
    is UTF-8, UTF-16 with its mark, or else Windows-1252; accents are composed and runs of white space are one space.

    Args:
        open_table: gives the file.
        name: of the table, for messages.
        columns: those wanted, as they are called in the rows.

    Returns:
        The rows, and remarks on those that were left out.

    Raises:
        UserError: it cannot be read, is no table, or lacks a column.
    """
    text = _decode(_read(open_table, name))
    try:
        delimiter, header = _find_header(text, columns, name)
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
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _find_header(text: str, columns: Sequence[str], name: str) -> tuple[str, list[str]]:
    """The delimiter, and the names of all columns in lower case."""
    headers = {}
    for delimiter in DELIMITERS:
        first = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        headers[delimiter] = [_clean(column).casefold() for column in first]
    wanted = [column.casefold() for column in columns]
    best = max(headers, key=lambda d: (sum(column in headers[d] for column in wanted), len(headers[d])))
    absent = [c for c, folded in zip(columns, wanted, strict=True) if folded not in headers[best]]
    if absent:
        has = ", ".join(headers[best])[:200] or "nothing"
        raise UserError(f"{name} lacks the column {absent[0]!r}; its first line has: {has}")
    return best, headers[best]


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))
