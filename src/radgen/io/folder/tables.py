"""A user's label table: CSV or JSON lines to one `TableRow` per image. Nothing of the folder is looked at.

Which column is what is told by its name alone, whatever its case and punctuation; the rest are labels.
Columns that hold identifiers (``id``, ``uid``, ``name``, ``*_id``, a second path) are dropped: they are
no labels, and they may name a person. What groups images, patient and study, is kept apart.
"""

import difflib
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radgen.errors import InputError
from radgen.io.folder.table_files import lines_of, parse_cell
from radgen.io.words import WORDS
from radgen.terms import LabelValue

__all__ = ["SPLITS", "LabelRow", "Table", "TableRow", "read_table", "split_of"]

SPLITS: Mapping[str, str] = {
    **dict.fromkeys(("train", "training", "tr"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "tune"), "validation"),
    **dict.fromkeys(("test", "testing", "holdout", "heldout"), "test"),
}
"""Words for a split, in lower case, to the three that radgen uses."""

_KEYS = ("filename", "file", "imagefilename", "image", "path", "imagepath", "filepath")
_PATIENTS = ("patientid", "patient", "subjectid", "subject")
_STUDIES = ("studyid", "study", "studyinstanceuid", "examid", "exam")
_SPLIT_COLUMNS = ("split", "set", "fold", "subset", "partition")
_INFO_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "modality": ("modality",),
    "region": ("region", "bodypart", "bodyregion", "bodypartexamined"),
    "view": ("view", "viewposition", "projection", "viewpoint"),
    "laterality": ("laterality", "side", "imagelaterality"),
    "position": ("position", "patientposition"),
}
_IDENTIFIER = re.compile(r"(?:^|[_\s.-])(?:id|uid|name)$|^(?:index|unnamed:.*)?$", re.IGNORECASE)
_MASK_COLUMN = re.compile(r"(.+)_mask(?:_file_name|_file|_path)?")
_CAMEL_IDENTIFIER = re.compile(r"[a-z](?:ID|Id|UID|Uid)$")


class LabelRow(Mapping[str, LabelValue]):
    """Labels of one image: read-only, and small, as the names are shared by all rows of a table.

    Parameters
    ----------
    places : mapping of str to int
        Label name to its place in `values`.
    values : sequence of LabelValue
        In that order.

    Examples
    --------
    >>> dict(LabelRow({"Mass": 0, "Nodule": 1}, (1, None)))
    {'Mass': 1, 'Nodule': None}
    """

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: Sequence[LabelValue]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, name: str) -> LabelValue:
        return self._values[self._places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return repr(dict(self))


@dataclass(frozen=True, slots=True)
class TableRow:
    """What a table says of one image.

    Parameters
    ----------
    key : str
        The image, as the table names it.
    labels : LabelRow
        The label columns.
    patient_key, study_key, split : str, optional
        As the table has them; the split normalised.
    masks : mapping of str to str
        Mask files by the name of the mask, in the table's order.
    objects : object
        The cell of a column ``objects`` with boxes, as it is.
    info : mapping of str to str
        Field of `ImageInfo` to the value of that enumeration.
    """

    key: str
    labels: LabelRow
    patient_key: str | None = None
    study_key: str | None = None
    split: str | None = None
    masks: Mapping[str, str] = field(default_factory=dict)
    objects: object = None
    info: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A whole table.

    Parameters
    ----------
    path : Path
        Where it lies.
    label_columns, mask_names : tuple of str
        In the table's order.
    rows : tuple of TableRow
        In the table's order.
    columns : tuple of str
        All of them, whatever they are for: some data sets are known by them.
    """

    path: Path
    label_columns: tuple[str, ...]
    mask_names: tuple[str, ...]
    rows: tuple[TableRow, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Roles:
    """Place of each column that is no label, and places of the labels."""

    key: int
    patient: int | None
    study: int | None
    split: int | None
    objects: int | None
    masks: Mapping[str, int]
    info: Mapping[str, int]
    labels: Mapping[str, int]


def read_table(path: Path) -> Table:
    """Read a table of labels.

    Parameters
    ----------
    path : Path
        A ``.csv`` file (comma, semicolon or tab; UTF-8, with or without BOM) or a ``.jsonl`` file.

    Returns
    -------
    Table
        Its rows.

    Raises
    ------
    InputError
        If it cannot be read, has no column that names the image, or an unknown split.
    """
    lines = lines_of(path)
    columns = next(lines, [])
    if not any(columns):
        raise InputError(f"{path}: it is empty: write a header with file_name and your labels")
    names = [str(column) for column in columns]
    roles = _roles(path, names)
    places = {name: index for index, name in enumerate(roles.labels)}
    readers = _readers(path, roles)
    seen: dict[tuple[tuple[type, LabelValue], ...], tuple[LabelValue, ...]] = {}
    rows = tuple(
        row
        for number, cells in enumerate(lines, start=2)
        if (row := _row(path, number, cells, roles, places, readers, seen))
    )
    if not rows:
        raise InputError(f"{path}: it has a header and no rows: write one row per image")
    return Table(path, tuple(roles.labels), tuple(roles.masks), rows, tuple(names))


def split_of(word: object) -> str | None:
    """A split by any of its usual names, ``None`` for another word.

    Examples
    --------
    >>> split_of("Valid"), split_of("fold 3")
    ('validation', None)
    """
    return SPLITS.get(re.sub(r"[^a-z]", "", str(word).lower()) if isinstance(word, str) else "")


_Reader = Callable[[Any], LabelValue]


# -- columns ---------------------------------------------------------------------------------------


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _roles(path: Path, columns: Sequence[str]) -> _Roles:
    """Decide by name what each column is."""
    named = [column for column in columns if column]
    if len(set(named)) < len(named):
        twice = next(column for column in named if named.count(column) > 1)
        raise InputError(f"{path}: the column {twice} is there twice: rename one")
    squeezed = [_squeezed(column) for column in columns]

    def place(names: Iterable[str]) -> int | None:
        return next((squeezed.index(name) for name in names if name in squeezed), None)

    key = place(_KEYS)
    if key is None:
        close = difflib.get_close_matches("filename", squeezed, n=1, cutoff=0.6)
        hint = f" (is {columns[squeezed.index(close[0])]} misspelt?)" if close else ""
        raise InputError(f"{path}: no column names the image: call it file_name{hint}")
    masks: dict[str, int] = {}
    for index, column in enumerate(columns):
        mask = _mask_name(column)
        if mask is not None and masks.setdefault(mask, index) != index:
            raise InputError(f"{path}: {columns[masks[mask]]} and {column} name the same mask: rename one")
    objects = next((index for index, name in enumerate(squeezed) if name == "objects"), None)
    if objects is not None and not _has_boxes(path, objects):
        objects = None
    info = {term: spot for term, names in _INFO_COLUMNS.items() if (spot := place(names)) is not None}
    roles = {key, place(_PATIENTS), place(_STUDIES), place(_SPLIT_COLUMNS), objects, *masks.values()}
    labels = {
        sys.intern(column): index
        for index, column in enumerate(columns)
        if index not in roles and squeezed[index] not in _KEYS and not _is_identifier(column)
    }
    return _Roles(key, place(_PATIENTS), place(_STUDIES), place(_SPLIT_COLUMNS), objects, masks, info, labels)


def _mask_name(column: str) -> str | None:
    """Name of the mask whose files a column lists: ``lung`` for ``lung_mask``, ``source`` for ``mask``."""
    if _squeezed(column) in {"mask", "maskfilename", "maskpath", "maskfile"}:
        return "source"
    found = _MASK_COLUMN.fullmatch(column.strip().lower())
    return sys.intern(re.sub(r"[^\w-]+", "_", found[1])) if found else None


def _has_boxes(path: Path, index: int) -> bool:
    """Whether a column called ``objects`` is Hugging Face's, with boxes, and no label."""
    lines = lines_of(path)
    next(lines, None)
    cells = (line[index] for line in lines if index < len(line))
    return any(
        "bbox" in cell for cell in cells if isinstance(cell, dict) or str(cell).lstrip().startswith("{")
    )


def _is_identifier(column: str) -> bool:
    if _squeezed(column) in {*_PATIENTS, *_STUDIES}:
        return True
    return bool(_IDENTIFIER.search(column.strip()) or _CAMEL_IDENTIFIER.search(column.strip()))


# -- rows ------------------------------------------------------------------------------------------


def _readers(path: Path, roles: _Roles) -> list[_Reader]:
    """How to read the cells of each label column: the same type in all of its rows, as loaders expect."""
    kinds: list[set[type]] = [set() for _ in roles.labels]
    lines = lines_of(path)
    next(lines, None)
    for cells in lines:
        for found, index in zip(kinds, roles.labels.values(), strict=True):
            found.add(type(_value(cells[index] if index < len(cells) else None)))
    return [_reader(found - {type(None)}) for found in kinds]


def _reader(kinds: set[type]) -> _Reader:
    """Numbers are read as numbers, yes and no as booleans; a column with anything else is text."""
    if len(kinds) < 2:
        return _value
    if kinds <= {int, float}:
        return lambda cell: None if (value := _value(cell)) is None else float(value)
    return lambda cell: None if _value(cell) is None else str(cell).strip()


def _row(
    path: Path,
    number: int,
    cells: Sequence[Any],
    roles: _Roles,
    places: Mapping[str, int],
    readers: Sequence[_Reader],
    seen: dict[tuple[tuple[type, LabelValue], ...], tuple[LabelValue, ...]],
) -> TableRow | None:
    def text(index: int | None) -> str | None:
        cell = cells[index] if index is not None and index < len(cells) else None
        return None if cell is None else str(cell).strip() or None

    key = text(roles.key)
    if key is None:
        raise InputError(f"{path}: row {number} names no image: fill in its file_name or delete it")
    split, word = None, text(roles.split)
    if word is not None:
        split = split_of(word)
        if split is None:
            raise InputError(
                f"{path}: row {number} has the split {word!r}: use train, validation or test, "
                "or give a column that is no split another name"
            )
    values = tuple(
        read(cells[index] if index < len(cells) else None)
        for read, index in zip(readers, roles.labels.values(), strict=True)
    )
    # Equal rows share one tuple; True and 1 are equal, and are not the same label.
    values = seen.setdefault(tuple((type(value), value) for value in values), values)
    info = {
        term: found.value
        for term, index in roles.info.items()
        if (word := text(index)) is not None and (found := WORDS[term](word)) is not None
    }
    masks = {name: file for name, index in roles.masks.items() if (file := text(index)) is not None}
    objects = cells[roles.objects] if roles.objects is not None and roles.objects < len(cells) else None
    patient, study = text(roles.patient), text(roles.study)
    return TableRow(key, LabelRow(places, values), patient, study, split, masks, objects, info)


def _value(cell: Any) -> LabelValue:  # noqa: ANN401 - a parsed JSON value or a CSV text
    if isinstance(cell, str):
        return parse_cell(cell)
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    if cell is None or isinstance(cell, bool | int | float):
        return cell
    return None
