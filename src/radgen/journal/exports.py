"""The manifest that people load, written from the journal."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from radgen.errors import StoreError
from radgen.journal.journal import Journal
from radgen.journal.rows import JobState

__all__ = ["export_metadata", "export_quarantine", "export_uploads", "replace_text", "types_first"]

LONG_BYTES: Final = 8 << 20


def export_metadata(journal: Journal) -> Path:
    """Write ``metadata.jsonl``: one JSON object for each image that is done.

    Lines are in the order of variant and plan; in a long file those that show the type of a column come
    first, as `types_first` says.

    Parameters
    ----------
    journal : Journal
        Whose images.

    Returns
    -------
    Path
        The file, in the output folder; it is replaced as a whole.

    Raises
    ------
    StoreError
        If it cannot be written; the old one is then still there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as out, Journal.open(out) as journal:
    ...     export_metadata(journal).read_text()
    ''
    """
    path = journal.out / "metadata.jsonl"
    replace_text(path, journal.temporary / path.name, _lines(types_first(journal.jobs.manifest_lines)))
    return path


def export_quarantine(journal: Journal) -> Path | None:
    """Write ``quarantine/quarantine.jsonl``: one JSON object for each image that was put aside.

    Parameters
    ----------
    journal : Journal
        Whose images.

    Returns
    -------
    Path or None
        The file; ``None`` if nothing was ever put aside.

    Raises
    ------
    StoreError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as out, Journal.open(out) as journal:
    ...     export_quarantine(journal) is None
    True
    """
    path = journal.out / "quarantine" / "quarantine.jsonl"
    if not path.parent.is_dir():
        return None
    lines = _lines(journal.jobs.manifest_lines(JobState.QUARANTINED))
    replace_text(path, journal.temporary / path.name, lines)
    return path


def export_uploads(journal: Journal) -> Path | None:
    """Write ``uploads.jsonl``: one JSON object for each request with pixels to a remote backend.

    Parameters
    ----------
    journal : Journal
        Whose uploads.

    Returns
    -------
    Path or None
        The file; ``None`` if nothing was ever sent or held back.

    Raises
    ------
    StoreError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as out, Journal.open(out) as journal:
    ...     export_uploads(journal) is None
    True
    """
    path, lines = journal.out / "uploads.jsonl", journal.uploads.lines()
    first = next(lines, None)
    if first is None:
        return None
    texts = (json.dumps(line, sort_keys=True) for line in (first, *lines))
    replace_text(path, journal.temporary / path.name, _lines(texts))
    return path


def types_first(lines: Callable[[], Iterable[str]], *, long: int = LONG_BYTES) -> Iterator[str]:
    """Lines of JSON in an order from whose beginning all types can be told.

    Hugging Face's ``datasets`` takes the types of all columns from the first 10 MB; a column that is null or
    empty there cannot hold anything later.

    Parameters
    ----------
    lines : callable
        Gives the lines, each time it is called.
    long : int
        From so many characters on the order is changed.

    Yields
    ------
    str
        Every line once: in a long file first those that hold a type that no line before them holds.

    Examples
    --------
    >>> list(types_first(lambda: ['{"a": []}', '{"a": []}', '{"a": [1.5]}'], long=20))
    ['{"a": [1.5]}', '{"a": []}', '{"a": []}']
    """
    early: dict[int, str] = {}
    if sum(map(len, lines())) >= long:
        shown: _Shown = {}
        early = {number: line for number, line in enumerate(lines()) if _shows_more(json.loads(line), shown)}
    yield from early.values()
    yield from (line for number, line in enumerate(lines()) if number not in early)


_Shown = dict[object, "_Shown"]
"""Types by place: keys of objects, the items of a list under its type, and the types of other values."""


def _shows_more(value: object, shown: _Shown) -> bool:
    """Note the types that a JSON value shows, and whether there was a new one; null shows none."""
    if isinstance(value, dict):
        return sum(_shows_more(item, shown.setdefault(key, {})) for key, item in value.items()) > 0
    if isinstance(value, list):
        place = shown.setdefault(list, {})
        return sum(_shows_more(item, place) for item in value) > 0
    if value is None or type(value) in shown:
        return False
    shown[type(value)] = {}
    return True


def replace_text(path: Path, unfinished: Path, parts: Iterable[str]) -> None:
    """Write a text file as a stream, and put it in place once it is on disk.

    Parameters
    ----------
    path : Path
        Where it goes.
    unfinished : Path
        Where it is written, on the same disk.
    parts : iterable of str
        The text, piece by piece.

    Raises
    ------
    StoreError
        If it cannot be written; the old one is then still there.
    """
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error


def _lines(texts: Iterable[str]) -> Iterator[str]:
    return (f"{text}\n" for text in texts)
