"""Rows of tables to files of a folder: which row speaks of which image, and of which mask."""

import os
import posixpath
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from radgen.io.sources import Problem
from radgen.io.tables import Table, TableRow
from radgen.terms import LabelValue

__all__ = ["differing_label", "find_masks", "match_rows"]

Rows = dict[str, tuple[TableRow, Path]]
"""Relative path of an image to its row, and the folder of the row's table."""


def match_rows(root: Path, tables: Sequence[Table], uris: Sequence[str]) -> tuple[Rows, list[Problem]]:
    """Find the file of every row.

    A file name is tried relative to its table's folder, then relative to `root`, then below `root` if it
    begins with that folder's name. A table in a sub-folder wins over one above it.

    Parameters
    ----------
    root : Path
        The scanned folder.
    tables : sequence of Table
        From the root downwards.
    uris : sequence of str
        Relative paths of the files that are there.

    Returns
    -------
    rows : dict
        Row and table folder by relative path.
    problems : list of Problem
        Rows without a file; files with rows that contradict each other.
    """
    # Umlauts are one letter on Linux and two on a Mac: both spellings are the same name.
    known = {unicodedata.normalize("NFC", uri): uri for uri in uris}
    rows: Rows = {}
    problems: list[Problem] = []
    for table in tables:
        folder = table.path.parent
        prefix = _below(root, folder)
        mine: dict[str, TableRow] = {}
        for row in table.rows:
            uri = next(
                (known[name] for name in _spellings(row.key, root, prefix, folder) if name in known), None
            )
            if uri is None:
                problems.append(Problem(row.key, "the table lists it and there is no such image"))
                continue
            other = mine.setdefault(uri, row)
            if other is not row and (reason := _contradiction(other, row)):
                problems.append(Problem(uri, reason))
        rows.update((uri, (row, folder)) for uri, row in mine.items())
    return rows, problems


def find_masks(root: Path, rows: Rows) -> tuple[dict[str, Path], list[Problem]]:
    """Find the mask files that rows name, relative to their table or to `root`.

    Returns
    -------
    masks : dict
        Mask by the image's relative path.
    problems : list of Problem
        Images whose mask is not there.
    """
    masks: dict[str, Path] = {}
    problems = []
    for uri, (row, folder) in rows.items():
        if row.mask is None:
            continue
        name = row.mask.replace("\\", "/")
        found = next(
            (path for path in (folder / row.mask, folder / name, root / name) if path.is_file()), None
        )
        if found is None:
            problems.append(Problem(uri, "the table names a mask for it and there is no such file"))
        else:
            masks[uri] = found
    return masks, problems


def differing_label(rows: Sequence[Mapping[str, LabelValue]]) -> str | None:
    """Name of the first label on which rows differ, ``None`` if they agree.

    Examples
    --------
    >>> differing_label([{"Mass": 0}, {"Mass": 1}]), differing_label([{"Mass": 0}, {"Mass": 0}])
    ('Mass', None)
    """
    first = rows[0]
    for other in rows[1:]:
        for name in dict.fromkeys((*first, *other)):
            if first.get(name) != other.get(name):
                return name
    return None


def _contradiction(one: TableRow, other: TableRow) -> str | None:
    name = differing_label([one.labels, other.labels])
    if name is None:
        named = {"patient": "patient_key", "study": "study_key", "split": "split", "mask": "mask"}
        name = next(
            (word for word, part in named.items() if getattr(one, part) != getattr(other, part)), None
        )
    return None if name is None else f"the table lists it twice with different {name}: keep the right row"


def _below(root: Path, folder: Path) -> str | None:
    """`folder` relative to `root` with a trailing slash, ``None`` if it is not inside."""
    relative = os.path.relpath(folder.resolve(), root.resolve())
    if relative == ".":
        return ""
    return None if relative.startswith("..") else relative.replace(os.sep, "/") + "/"


def _spellings(key: str, root: Path, prefix: str | None, folder: Path) -> Iterator[str]:
    """Relative paths that a file name in a table may mean, likeliest first."""
    key = unicodedata.normalize("NFC", key)
    for name in dict.fromkeys((key, key.replace("\\", "/"))):
        if prefix is not None:
            yield posixpath.normpath(prefix + name)
        yield posixpath.normpath(name)
        first, _, rest = name.partition("/")
        if rest and first == root.resolve().name:
            yield posixpath.normpath(rest)
        if prefix is None or posixpath.isabs(name):
            below = os.path.relpath(folder / name, root)
            if not below.startswith(".."):
                yield below.replace(os.sep, "/")
