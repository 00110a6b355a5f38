"""Rows of tables and names in annotation files to files of a folder: which speaks of which image and mask."""

import os
import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from radgen.io.folder.sources import Problem
from radgen.io.folder.tables import Table, TableRow
from radgen.terms import LabelValue

__all__ = ["Rows", "differing_label", "find_masks", "match_names", "match_rows"]

Rows = dict[str, tuple[TableRow, Path]]
"""Relative path of an image to its row, and the folder of the row's table."""

_EXTENSION = re.compile(r"\.[A-Za-z]\w*$")
"""The end of a UID, as in ``1.2.840``, is none."""


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


def match_names(
    root: Path, folder: Path, names: Sequence[str], uris: Sequence[str]
) -> tuple[dict[str, str], list[Problem]]:
    """Find the images that an annotation file names.

    A name is tried as `match_rows` does, then as the last part of one path only, with or without its
    extension: annotations often lie beside the folder, and some name their images by an identifier.

    Parameters
    ----------
    root, folder : Path
        The scanned folder, and the file's.
    names : sequence of str
        As the file has them.
    uris : sequence of str
        Relative paths of the files that are there.

    Returns
    -------
    found : dict of str to str
        Relative path by name.
    problems : list of Problem
        Names without an image, or with several.
    """
    known = {unicodedata.normalize("NFC", uri): uri for uri in uris}
    by_end: dict[str, list[str]] = defaultdict(list)
    for name, uri in known.items():
        last = posixpath.basename(name)
        for end in dict.fromkeys((last, _EXTENSION.sub("", last))):
            by_end[end].append(uri)
    prefix = _below(root, folder)
    found: dict[str, str] = {}
    problems = []
    for name in names:
        paths = [known[path] for path in _spellings(name, root, prefix, folder) if path in known]
        last = posixpath.basename(unicodedata.normalize("NFC", name).replace("\\", "/"))
        ends = paths[:1] or by_end[last]
        if len(ends) == 1:
            found[name] = ends[0]
        elif ends:
            problems.append(Problem(name, f"the annotations list it and {len(ends)} images are called so"))
        else:
            problems.append(Problem(name, "the annotations list it and there is no such image"))
    return found, problems


def find_masks(root: Path, rows: Rows) -> tuple[dict[str, dict[str, Path]], list[Problem]]:
    """Find the mask files that rows name, relative to their table or to `root`.

    Returns
    -------
    masks : dict
        For the image's relative path, each mask by its name.
    problems : list of Problem
        Images of which a mask is not there.
    """
    masks: dict[str, dict[str, Path]] = defaultdict(dict)
    problems = []
    for uri, (row, folder) in rows.items():
        for name, file in row.masks.items():
            plain = file.replace("\\", "/")
            found = next(
                (path for path in (folder / file, folder / plain, root / plain) if path.is_file()), None
            )
            if found is None:
                problems.append(Problem(uri, "the table names a mask for it and there is no such file"))
            else:
                masks[uri][name] = found
    return dict(masks), problems


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
        named = {
            "patient": "patient_key", "study": "study_key", "split": "split", "mask": "masks",
            "objects": "objects",
        }  # fmt: skip
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
