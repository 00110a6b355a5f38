"""One SQLite connection for all threads of a run: locked, durable, with errors in words.

WAL with ``synchronous=FULL``: what a transaction wrote is on disk when it returns. The exclusive lock
is the file system's, so it goes with the process that held it, however that ended.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from radgen.errors import StoreError
from radgen.journal.schema import ADDED, APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION, TABLES

__all__ = ["Database"]


class Database:
    """A journal's connection.

    Parameters
    ----------
    path : Path
        The SQLite file; made if it is not there, unless `read_only`.
    out : Path
        The output folder, for messages.
    read_only : bool
        Look without locking others out.

    Raises
    ------
    StoreError
        If it is locked, damaged, not radgen's, newer than this radgen, or cannot be written.
    """

    def __init__(self, path: Path, out: Path, *, read_only: bool = False) -> None:
        self._out = out
        self._lock = threading.RLock()
        self._failure: str | None = None
        self._connection = self._connect(path, read_only=read_only)
        try:
            self._prepare(read_only=read_only)
        except BaseException:
            self._connection.close()
            raise

    def _connect(self, path: Path, *, read_only: bool) -> sqlite3.Connection:
        uri = path.absolute().as_uri()
        if read_only:
            # A folder on a read-only medium has no place for SQLite's side files: nothing changes there.
            left_behind = path.with_name(path.name + "-wal").exists()
            writable = _can_write(path.parent)
            uri += "?mode=ro" if writable or left_behind else "?mode=ro&immutable=1"
        with self._in_words():
            return sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)

    def _prepare(self, *, read_only: bool) -> None:
        """Take the lock, check whose file this is, and make the tables of a new one."""
        with self._in_words():
            run = self._connection.execute
            if read_only:
                run("PRAGMA query_only=ON")
            else:
                run("PRAGMA locking_mode=EXCLUSIVE")
                run("PRAGMA journal_mode=WAL")
                run("PRAGMA synchronous=FULL")
                run("BEGIN EXCLUSIVE")
                run("COMMIT")
            found = run("PRAGMA application_id").fetchone()[0], run("PRAGMA user_version").fetchone()[0]
            empty = run("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        self._require_known(found, empty=empty, read_only=read_only)
        if empty:
            with self.transaction() as write:
                for table in TABLES:
                    write.execute(table)
                write.execute(f"PRAGMA application_id={APPLICATION_ID}")
                write.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        elif not read_only:
            for version in range(found[1], SCHEMA_VERSION):
                with self.transaction() as write:
                    for change in MIGRATIONS[version]:
                        write.execute(change)
                    write.execute(f"PRAGMA user_version={version + 1}")
        if not read_only:
            with self._in_words():
                for table in ADDED:
                    self._connection.execute(table)

    def _require_known(self, found: tuple[int, int], *, empty: bool, read_only: bool) -> None:
        """Refuse a file that this radgen cannot read."""
        application, version = found
        if empty and not read_only:
            return
        if empty or application != APPLICATION_ID:
            raise StoreError(f"{self._out} holds no journal of radgen's: choose another output folder")
        if not (version in MIGRATIONS or version == SCHEMA_VERSION):
            raise StoreError(
                f"the journal of {self._out} was written by a newer radgen (schema {version}, this one knows "
                f"{SCHEMA_VERSION}): upgrade radgen, or choose another output folder"
            )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction: durable once the block is left, undone if it raises."""
        with self._lock, self._in_words():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk makes SQLite roll back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock, self._in_words():
            return self._connection.execute(sql, values).fetchall()

    def has_table(self, name: str) -> bool:
        """Whether there is such a table: a journal that is only looked at may be of an earlier version."""
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)))

    def shred(self) -> None:
        """Write the file anew, so that nothing of what was deleted is left in it."""
        with self._lock, self._in_words():
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def fail(self, reason: str) -> None:
        """Note that the folder cannot be written: nothing more may be sent."""
        self._failure = self._failure or reason

    def require_sound(self) -> None:
        """Refuse to go on after a failed write."""
        if self._failure is not None:
            raise StoreError(self._failure)

    def close(self) -> None:
        """Give the connection and its lock back; closing twice is fine."""
        with self._lock, self._in_words():
            self._connection.close()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """SQLite's errors as `StoreError` that say what to do."""
        try:
            yield
        except sqlite3.Error as error:
            text = _in_words(str(error), self._out)
            self.fail(text)
            raise StoreError(text) from error


def _in_words(message: str, out: Path) -> str:
    """What one of SQLite's messages means for the user."""
    if "locked" in message or "busy" in message:
        return f"another radgen is working on {out}: wait for it to end, or choose another output folder"
    if "full" in message:
        return f"the disk of {out} is full: free some space and run the same command again"
    if "readonly" in message or "unable to open" in message:
        return f"the journal in {out} cannot be written: check the folder's permissions ({message})"
    if "malformed" in message or "not a database" in message:
        return (
            f"the journal of {out} is damaged ({message}): restore {out}/.radgen from a copy, or move it "
            "away to start anew (what it had paid for is then asked for again)"
        )
    return f"the journal of {out} failed: {message}"


def _can_write(folder: Path) -> bool:
    """Whether a file could be made in a folder; asked of the system, which also knows read-only media."""
    return os.access(folder, os.W_OK)
