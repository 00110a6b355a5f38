"""The `Ledger` on disk: every send in a table, every answer in a file, every cent accounted for.

What is intended is committed before `intend` returns. An answer's file is on disk before its row says
so; a process killed in between leaves both, and recovery puts them together.
"""

import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from radgen.drive import AttemptKey, Limits, Spending
from radgen.drive.money import nanousd, require_affordable, usd
from radgen.errors import StoreError
from radgen.journal.answers import AnswerStore, UnreadableAnswerError
from radgen.journal.database import Database
from radgen.protocol import Answer, AnswerFile

__all__ = ["Books"]

logger = logging.getLogger(__name__)

SendState = Literal["answered", "released", "ambiguous", "rejected"]
FREE_BYTES: Final = 64 * 2**20
"""Below this nothing is sent: there might be no room for the answer."""


class Books:
    """Keeps the books of an output folder; safe to call from several threads.

    Parameters
    ----------
    database : Database
        Where sends are recorded.
    answers : AnswerStore
        Where answers are kept.
    folder : Path
        On the disk that must have room.
    budget_usd : float, optional
        The most this folder may cost over all its runs.
    """

    def __init__(
        self, database: Database, answers: AnswerStore, folder: Path, *, budget_usd: float | None = None
    ) -> None:
        self._db = database
        self._answers = answers
        self._folder = folder
        self._budget_nanousd = nanousd(Limits(budget_usd=budget_usd).budget_usd)
        self._lock = threading.RLock()
        # Kept beside the table: summing up hundreds of thousands of sends before each one is slow.
        self._settled, self._reserved, self._unknown = self._sums()

    def kept(self, key: AttemptKey, /) -> Answer | None:
        """The answer that already arrived for this key; see `Ledger`."""
        found = self._db.rows(
            "SELECT send FROM sends WHERE job_id = ? AND step = ? AND attempt = ? AND state = 'answered'",
            (key.job_id, key.step, key.attempt),
        )
        if not found:
            return None
        try:
            return self._answers.read(key)
        except UnreadableAnswerError as error:
            logger.warning("job %s, step %s, attempt %s: %s", key.job_id, key.step, key.attempt, error)
            self._answers.discard(key)
            with self._db.transaction() as write:
                # What it cost stays paid. If it was free, nothing speaks against making it again.
                write.execute(
                    "UPDATE sends SET state = iif(reserve_nanousd = 0, 'released', 'ambiguous'), reason = ? "
                    "WHERE send = ?",
                    (str(error), found[0][0]),
                )
            return None

    def ambiguous_sends(self, key: AttemptKey, /) -> int:
        """How many sends of this key may have been billed without an answer; see `Ledger`."""
        found = self._db.rows(
            "SELECT count(*) FROM sends "
            "WHERE job_id = ? AND step = ? AND attempt = ? AND state = 'ambiguous'",
            (key.job_id, key.step, key.attempt),
        )
        return int(found[0][0])

    def intend(self, key: AttemptKey, reserve_usd: float | None, /) -> int:
        """Record durably that a request is about to be sent; see `Ledger`."""
        reserve = nanousd(reserve_usd)
        with self._lock:
            self._db.require_sound()
            if shutil.disk_usage(self._folder).free < FREE_BYTES:
                raise StoreError(
                    f"the disk of {self._folder} is almost full, an answer could be lost: nothing was sent. "
                    "Free some space and run the same command again"
                )
            require_affordable(
                budget_nanousd=self._budget_nanousd,
                spent_nanousd=self._settled + self._reserved,
                reserve_nanousd=reserve,
                unknown=self._unknown,
            )
            with self._db.transaction() as write:
                send = write.execute(
                    "INSERT INTO sends (job_id, step, attempt, state, reserve_nanousd) "
                    "VALUES (?, ?, ?, 'intended', ?)",
                    (key.job_id, key.step, key.attempt, reserve),
                ).lastrowid
            self._reserved += reserve or 0
            self._unknown += reserve is None
        return int(send or 0)

    def keep(self, key: AttemptKey, send: int, answer: Answer | AnswerFile, /) -> None:
        """Store the answer durably, then settle its cost; see `Ledger`."""
        try:
            self._answers.write(key, answer)
        except StoreError as error:
            self._db.fail(str(error))
            raise
        self._close(send, "answered", nanousd(answer.cost_usd), None)

    def release(self, key: AttemptKey, send: int, reason: str, /) -> None:  # noqa: ARG002 - Ledger's shape
        """Close a send that was not billed and may be made again; see `Ledger`."""
        self._close(send, "released", 0, reason)

    def charge(self, key: AttemptKey, send: int, reason: str, /) -> None:  # noqa: ARG002 - Ledger's shape
        """Close a send that may have been billed; see `Ledger`."""
        self._close(send, "ambiguous", None, reason)

    def reject(self, key: AttemptKey, send: int, reason: str, /) -> None:  # noqa: ARG002 - Ledger's shape
        """Close a send that was refused and not billed; see `Ledger`."""
        self._close(send, "rejected", 0, reason)

    def answered(self) -> Iterator[tuple[AttemptKey, str]]:
        """Every request whose answer is kept, and the id that its seed follows from."""
        found = self._db.rows(
            "SELECT sends.job_id, step, attempt, coalesce(drawn_as, sends.job_id) FROM sends "
            "LEFT JOIN drawn ON drawn.job_id = sends.job_id WHERE state = 'answered'"
        )
        return ((AttemptKey(job_id, step, attempt), drawn_as) for job_id, step, attempt, drawn_as in found)

    def spending(self) -> Spending:
        """What is known of money in this folder, over all its runs."""
        with self._lock:
            return Spending(
                settled_usd=usd(self._settled), reserved_usd=usd(self._reserved), unknown=self._unknown
            )

    def _close(self, send: int, state: SendState, cost_nanousd: int | None, reason: str | None) -> None:
        """Close an open send."""
        with self._lock:
            with self._db.transaction() as write:
                found = write.execute(
                    "SELECT reserve_nanousd FROM sends WHERE send = ? AND state = 'intended'", (send,)
                ).fetchone()
                if found is None:
                    raise StoreError(f"send {send} is already closed")
                write.execute(
                    "UPDATE sends SET state = ?, cost_nanousd = ?, reason = ? WHERE send = ?",
                    (state, cost_nanousd, reason, send),
                )
            if cost_nanousd is not None:
                self._settled += cost_nanousd
                self._reserved -= found[0] or 0
                self._unknown -= found[0] is None

    def _sums(self) -> tuple[int, int, int]:
        """Settled and reserved billionths of a dollar, and how many sends cost an unknown amount."""
        settled, reserved, unknown = self._db.rows(
            "SELECT coalesce(sum(cost_nanousd), 0), "
            "coalesce(sum(iif(cost_nanousd IS NULL, reserve_nanousd, 0)), 0), "
            "coalesce(sum(cost_nanousd IS NULL AND reserve_nanousd IS NULL), 0) FROM sends"
        )[0]
        return settled, reserved, unknown
