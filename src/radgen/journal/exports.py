"""The manifest that people load, written from the journal."""

import os
from collections.abc import Iterable
from pathlib import Path

from radgen.errors import StoreError
from radgen.journal.journal import Journal
from radgen.journal.rows import JobState

__all__ = ["export_metadata", "export_quarantine"]


def export_metadata(journal: Journal) -> Path:
    """Write ``metadata.jsonl``: one JSON object for each image that is done.

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
    _replace_lines(path, journal.temporary / path.name, journal.jobs.manifest_lines())
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
    lines = journal.jobs.manifest_lines(JobState.QUARANTINED)
    _replace_lines(path, journal.temporary / path.name, lines)
    return path


def _replace_lines(path: Path, unfinished: Path, lines: Iterable[str]) -> None:
    """Write a text file as a stream, and put it in place once it is on disk."""
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
