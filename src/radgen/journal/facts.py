"""Small things a folder remembers: its pseudonym key, pinned models, file digests, unusable sources.

No path, name or header value is stored: callers hand in pseudonyms.
"""

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Final

from radgen.journal.database import Database

__all__ = ["Facts"]

BATCH: Final = 1000


class Facts:
    """What a folder remembers besides its jobs.

    Parameters
    ----------
    database : Database
        Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._lock = threading.Lock()
        self._digests: dict[str, tuple[int, int, str]] = {}
        self._key = bytes.fromhex(self.value("pseudonym_key") or "")

    def make_key(self) -> None:
        """Draw the key of this folder's pseudonyms, once."""
        if not self._key:
            self.remember("pseudonym_key", secrets.token_hex(32))
            self._key = bytes.fromhex(self.value("pseudonym_key"))

    def pseudonym(self, kind: str, value: str) -> str:
        """A name that means the same thing within this folder and nothing outside it.

        Parameters
        ----------
        kind : str
            What is named: equal values of two kinds get two pseudonyms.
        value : str
            What must not be written.

        Returns
        -------
        str
            16 hexadecimal digits, the same in every run of this folder.
        """
        return hmac.new(self._key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()[:16]

    def value(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        """What was remembered under a name, or ``None``."""
        found = self._db.rows("SELECT value FROM meta WHERE key = ?", (name,))
        return json.loads(found[0][0]) if found else None

    def values(self, prefix: str) -> dict[str, Any]:
        """All that was remembered under names with a beginning in common, by name."""
        found = self._db.rows(
            "SELECT key, value FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key", (len(prefix), prefix)
        )
        return {name: json.loads(value) for name, value in found}

    def remember(self, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Remember a JSON value under a name, durably."""
        text = json.dumps(value, sort_keys=True, allow_nan=False)
        with self._db.transaction() as write:
            write.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, text))

    def pinned_model(self, backend: str) -> str | None:
        """The model that a backend had in the first run of this folder, or ``None``."""
        pinned = self.value(f"model/{backend}")
        return None if pinned is None else str(pinned)

    def pin_model(self, backend: str, model: str) -> str:
        """Pin a backend's model, unless one is pinned already.

        Parameters
        ----------
        backend : str
            Whose model.
        model : str
            As the backend resolves it now.

        Returns
        -------
        str
            The pinned one: the first that was ever given.
        """
        with self._db.transaction() as write:
            write.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
                (f"model/{backend}", json.dumps(model)),
            )
        return self.pinned_model(backend) or model

    def cached_digest(self, source: str, size: int, mtime_ns: int) -> str | None:
        """The digest of a file that has not changed since it was remembered.

        Parameters
        ----------
        source : str
            Pseudonym of the file.
        size, mtime_ns : int
            As the file system has them now.

        Returns
        -------
        str or None
            ``None`` if it is new or has changed.
        """
        with self._lock:
            fresh = self._digests.get(source)
        known = (
            [fresh]
            if fresh
            else self._db.rows("SELECT size, mtime_ns, digest FROM digests WHERE source = ?", (source,))
        )
        return str(known[0][2]) if known and known[0][:2] == (size, mtime_ns) else None

    def remember_digest(self, source: str, size: int, mtime_ns: int, digest: str) -> None:
        """Remember a file's digest; written in batches, the last with `flush`.

        Parameters
        ----------
        source : str
            Pseudonym of the file.
        size, mtime_ns : int
            As the file system had them before it was read.
        digest : str
            SHA-256 of its bytes.
        """
        with self._lock:
            self._digests[source] = (size, mtime_ns, digest)
            full = len(self._digests) >= BATCH
        if full:
            self.flush()

    def flush(self) -> None:
        """Write the digests that are not written yet."""
        with self._lock:
            batch = [(source, *known) for source, known in self._digests.items()]
            if batch:
                with self._db.transaction() as write:
                    write.executemany("INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?)", batch)
            self._digests.clear()

    def replace_problems(self, problems: Iterable[tuple[str, str]]) -> None:
        """Record what this scan could not use, instead of what the last one could not.

        Parameters
        ----------
        problems : iterable of (str, str)
            Pseudonym of the source, and the reason without any path in it.
        """
        with self._db.transaction() as write:
            write.execute("DELETE FROM problems")
            write.executemany("INSERT INTO problems VALUES (?, ?)", problems)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Unusable sources of the last scan: pseudonym and reason, in the scan's order."""
        return iter(self._db.rows("SELECT source, reason FROM problems ORDER BY rowid"))
