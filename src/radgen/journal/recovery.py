"""What a process that was killed left open, closed when the next one starts.

An intent without an outcome has its answer on disk (killed before the row said so), or it is
ambiguous: it may have been sent and billed. What is known to cost nothing is simply made again.
"""

import logging
from dataclasses import dataclass

from radgen.drive import AttemptKey
from radgen.drive.money import nanousd
from radgen.journal.answers import AnswerStore, UnreadableAnswerError
from radgen.journal.database import Database
from radgen.protocol import Answer

__all__ = ["Recovery", "recover"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How many open sends were found, and what became of them.

    Parameters
    ----------
    adopted : int
        Their answer was on disk.
    ambiguous : int
        They may have been billed: charged.
    free : int
        They cost nothing: as if never made.
    """

    adopted: int = 0
    ambiguous: int = 0
    free: int = 0


def recover(database: Database, answers: AnswerStore) -> Recovery:
    """Close what an earlier process left open.

    Parameters
    ----------
    database : Database
        The journal, locked by this process.
    answers : AnswerStore
        Where answers are kept.

    Returns
    -------
    Recovery
        What was found.
    """
    found = {"answered": 0, "ambiguous": 0, "released": 0}
    for send, job_id, step, attempt, reserve in database.rows(
        "SELECT send, job_id, step, attempt, reserve_nanousd FROM sends WHERE state = 'intended'"
    ):
        answer = _left_behind(database, answers, AttemptKey(job_id, step, attempt))
        cost: int | None
        if answer is not None:
            state, cost, reason = (
                "answered",
                nanousd(answer.cost_usd),
                "interrupted after its answer was kept",
            )
        else:
            state, cost = ("released", 0) if reserve == 0 else ("ambiguous", None)
            reason = "interrupted before its answer was kept"
        with database.transaction() as write:
            write.execute(
                "UPDATE sends SET state = ?, cost_nanousd = ?, reason = ? WHERE send = ?",
                (state, cost, reason, send),
            )
        found[state] += 1
    if found["ambiguous"]:
        logger.warning("%s interrupted requests may have been billed: counted as spent", found["ambiguous"])
    return Recovery(adopted=found["answered"], ambiguous=found["ambiguous"], free=found["released"])


def _left_behind(database: Database, answers: AnswerStore, key: AttemptKey) -> Answer | None:
    """The answer that an interrupted send left on disk, if it did and no other send owns it."""
    owned = database.rows(
        "SELECT 1 FROM sends WHERE job_id = ? AND step = ? AND attempt = ? AND state = 'answered'",
        (key.job_id, key.step, key.attempt),
    )
    if owned:
        return None
    try:
        return answers.read(key)
    except UnreadableAnswerError:
        answers.discard(key)
        return None
