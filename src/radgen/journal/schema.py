"""The tables of a journal, and the version that says which radgen can read them."""

from typing import Final

__all__ = ["ADDED", "APPLICATION_ID", "MIGRATIONS", "SCHEMA_VERSION", "TABLES"]

APPLICATION_ID: Final = 0x52474A31
"""Marks the SQLite file as radgen's ("RGJ1"), so that no other database is taken for a journal."""
SCHEMA_VERSION: Final = 2

_UPLOADS: Final = """CREATE TABLE uploads (
        upload INTEGER PRIMARY KEY, at TEXT NOT NULL, job_id TEXT, step INTEGER, attempt INTEGER,
        backend TEXT NOT NULL, basis TEXT, region TEXT, retention TEXT, decision TEXT NOT NULL,
        reasons TEXT NOT NULL, rows INTEGER NOT NULL, columns INTEGER NOT NULL, images INTEGER NOT NULL,
        redacted INTEGER NOT NULL, pixels TEXT)"""
"""What left for remote backends, and what was held back; pseudonyms and counts only."""

ADDED: Final = (
    # What seeds follow from, of jobs where that is not their own id: those that differ in finishing only.
    """CREATE TABLE IF NOT EXISTS drawn (
        job_id TEXT PRIMARY KEY, drawn_as TEXT NOT NULL) WITHOUT ROWID""",
)
"""Tables that a journal gets when it is opened for writing and has none; older versions ignore them."""
TABLES: Final = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE jobs (
        id TEXT PRIMARY KEY, ordinal INTEGER NOT NULL, generation INTEGER NOT NULL, source TEXT,
        variant TEXT NOT NULL, copy INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'pending',
        attempt INTEGER NOT NULL DEFAULT 0, reason TEXT, verdict TEXT, cost_usd REAL, file_name TEXT,
        row TEXT, facts TEXT NOT NULL DEFAULT '')""",
    # What the last scan knew of each source: a row made under other facts is no longer true.
    """CREATE TABLE sources (
        source TEXT PRIMARY KEY, facts TEXT NOT NULL, generation INTEGER NOT NULL, patient TEXT
        ) WITHOUT ROWID""",
    # What remains: read in ordinal order, a page at a time, without touching what is settled.
    "CREATE INDEX jobs_pending ON jobs (generation, ordinal, id) WHERE state = 'pending'",
    # What is there: manifest rows in order, and counts without reading the rows themselves.
    "CREATE INDEX jobs_state ON jobs (state, variant, ordinal, generation)",
    """CREATE TABLE sends (
        send INTEGER PRIMARY KEY, job_id TEXT NOT NULL, step INTEGER NOT NULL, attempt INTEGER NOT NULL,
        state TEXT NOT NULL, reserve_nanousd INTEGER, cost_nanousd INTEGER, reason TEXT)""",
    "CREATE INDEX sends_key ON sends (job_id, step, attempt)",
    "CREATE INDEX sends_open ON sends (send) WHERE state = 'intended'",
    """CREATE TABLE digests (
        source TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, digest TEXT NOT NULL
        ) WITHOUT ROWID""",
    "CREATE TABLE problems (source TEXT NOT NULL, reason TEXT NOT NULL)",
    _UPLOADS,
)

MIGRATIONS: Final = {1: (_UPLOADS, "ALTER TABLE sources ADD COLUMN patient TEXT")}
"""By the version that a journal has: what brings it to the next."""
