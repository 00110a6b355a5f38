"""The `UploadLog` on disk: a line for every upload, and for every one that was held back. No identifier."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from radgen.drive import Upload
from radgen.journal.database import Database
from radgen.journal.facts import Facts

__all__ = ["UploadTable"]

_COLUMNS = (
    "at", "job_id", "step", "attempt", "backend", "basis", "region", "retention", "decision", "reasons",
    "rows", "columns", "images", "redacted", "pixels",
)  # fmt: skip


class UploadTable:
    """Uploads of an output folder; safe to use from several threads.

    Parameters
    ----------
    database : Database
        Where they are kept.
    facts : Facts
        Whose key makes a pseudonym of what was sent: who has the pixels and the folder can tell that they
        left, and nobody else.
    """

    def __init__(self, database: Database, facts: Facts) -> None:
        self._db = database
        self._facts = facts

    def note(self, upload: Upload, /) -> None:
        """Record an upload durably, before it is made; see `UploadLog`."""
        values = (
            datetime.now(UTC).isoformat(timespec="seconds"),
            upload.key.job_id,
            upload.key.step,
            upload.key.attempt,
            upload.backend,
            upload.basis,
            upload.region,
            upload.retention,
            upload.decision,
            json.dumps(list(upload.reasons)),
            *upload.shape,
            upload.images,
            upload.redacted,
            self._facts.pseudonym("pixels", upload.digest),
        )
        marks = ", ".join("?" * len(_COLUMNS))
        with self._db.transaction() as write:
            write.execute(f"INSERT INTO uploads ({', '.join(_COLUMNS)}) VALUES ({marks})", values)  # noqa: S608

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every line in the order of time, as plain JSON values; none in a journal of an earlier version."""
        if not self._db.has_table("uploads"):
            return
        sql = f"SELECT {', '.join(_COLUMNS)} FROM uploads ORDER BY upload"  # noqa: S608 - constants
        for values in self._db.rows(sql):
            line = dict(zip(_COLUMNS, values, strict=True))
            yield {**line, "reasons": json.loads(line["reasons"])}
