"""The cells of a CSV or JSON lines file: first the column names, then the rows. No meaning yet."""

import csv
import io
import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from radgen.errors import InputError
from radgen.terms import LabelValue

__all__ = ["lines_of", "parse_cell", "table_row"]

_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d{0,17})")
_FLOAT = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d{1,3})?")
_BLANKS = {"", "na", "n/a", "nan", "null", "none"}
_BOOLS = {"true": True, "false": False, "yes": True, "no": False}


def lines_of(path: Path) -> Iterator[list[Any]]:
    """Read a table's file.

    Parameters
    ----------
    path : Path
        ``.jsonl`` or ``.ndjson`` for JSON lines; anything else is CSV (comma, semicolon or tab).

    Yields
    ------
    list
        The column names, then each row: texts of a CSV file, values of JSON lines.

    Raises
    ------
    InputError
        If it cannot be read, or is not UTF-8 or of that form.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: it cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: it is not UTF-8 text: save it as UTF-8") from None
    is_json = path.suffix.lower() in {".jsonl", ".ndjson"}
    yield from _json_lines(path, text) if is_json else _csv_lines(path, text)


def parse_cell(text: str) -> LabelValue:
    """A cell of a CSV file as the value it spells.

    Numbers with leading zeros stay texts, as they are codes.

    Examples
    --------
    >>> [parse_cell(text) for text in ("1", "-1.0", "TRUE", " ", "007", "mass")]
    [1, -1.0, True, None, '007', 'mass']
    """
    text = text.strip()
    lowered = text.lower()
    if lowered in _BLANKS:
        return None
    if lowered in _BOOLS:
        return _BOOLS[lowered]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and not re.match(r"[+-]?0\d", text):
        number = float(text)
        return number if math.isfinite(number) else text
    return sys.intern(text)


def _csv_lines(path: Path, text: str) -> Iterator[list[Any]]:
    header = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    try:
        width = 0
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if not any(cell.strip() for cell in cells):
                continue
            if width and any(cell.strip() for cell in cells[width:]):
                raise InputError(f"{path}: a row has more cells than the header: put quotes around its texts")
            yield cells if width else [cell.strip() for cell in cells]
            width = width or len(cells)
    except csv.Error as error:
        raise InputError(f"{path}: it is no CSV table ({error}): repair it") from None


def _is_told(key: str, values: list[Any]) -> bool:
    """Whether a column has a meaning: lists and objects are no label values, but boxes are objects."""
    parts = [value for value in values if isinstance(value, list | dict)]
    boxes = any(isinstance(value, dict) and "bbox" in value for value in parts)
    return not parts or (boxes and key.strip().lower() == "objects")


def _json_lines(path: Path, text: str) -> Iterator[list[Any]]:
    """The columns (all keys, in the order they first appear), then each object's values in that order."""
    objects: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines() if "\u2028" not in text else text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except ValueError:
            raise InputError(f"{path}: line {number} is not JSON: repair it") from None
        if not isinstance(item, dict):
            raise InputError(f"{path}: line {number} is no JSON object: write {{...}} with file_name")
        objects.append(item)
    columns = list(dict.fromkeys(key for item in objects for key in item))
    columns = [key for key in columns if _is_told(key, [item.get(key) for item in objects])]
    yield columns
    for item in objects:
        yield [item.get(key) for key in columns]


def table_row(path: Path, which: str) -> dict[str, LabelValue]:
    """One row of a table, by its number or its first cell.

    Parameters
    ----------
    path : Path
        As in `lines_of`.
    which : str
        The first cell of the row, or its number, from 1 for the first after the names.

    Returns
    -------
    dict of str to LabelValue
        By the names of the columns.

    Raises
    ------
    InputError
        If it cannot be read, or has no such row.
    """
    lines = lines_of(path)
    names = [str(name) for name in next(lines, [])]
    count = 0
    for count, cells in enumerate(lines, start=1):
        if which in {str(count), str(cells[0]) if cells else ""}:
            values = [parse_cell(cell) if isinstance(cell, str) else cell for cell in cells]
            return dict(zip(names, values, strict=False))
    raise InputError(f"{path}: there is no row {which!r}: give 1 to {count}, or a cell of its first column")
