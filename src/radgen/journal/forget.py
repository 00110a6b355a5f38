"""A patient's jobs out of a journal: all but anonymous lines of money and uploads, which must add up."""

from collections.abc import Collection
from dataclasses import dataclass

from radgen.journal.answers import AnswerStore
from radgen.journal.database import Database
from radgen.journal.facts import Facts

__all__ = ["FORGOTTEN", "ForgottenJob", "Oblivion"]

FORGOTTEN = "forgotten"
"""What stands for a job in books that must still add up."""


@dataclass(frozen=True, slots=True)
class ForgottenJob:
    """A job whose files are to go.

    Parameters
    ----------
    id, variant : str
        As files are named.
    """

    id: str
    variant: str


class Oblivion:
    """What a journal has of its patients, and how it is removed.

    Parameters
    ----------
    database : Database
        Of the journal.
    answers : AnswerStore
        Where answers are kept.
    facts : Facts
        Where it is remembered who was forgotten: keyed pseudonyms.
    """

    def __init__(self, database: Database, answers: AnswerStore, facts: Facts) -> None:
        self._db = database
        self._answers = answers
        self._facts = facts

    @property
    def patients(self) -> frozenset[str]:
        """Pseudonyms of patients that must not come back by themselves."""
        return frozenset(self._facts.value(FORGOTTEN) or ())

    def remember(self, patients: Collection[str]) -> None:
        """Say who must not come back by themselves, instead of who was said before."""
        self._facts.remember(FORGOTTEN, sorted(patients))

    def sources_of(self, patients: Collection[str]) -> set[str]:
        """Pseudonyms of all sources that are known to be of these patients.

        Parameters
        ----------
        patients : collection of str
            Pseudonyms.

        Returns
        -------
        set of str
            From the last scans, and from the manifest's rows.
        """
        known = self._db.rows("SELECT source, patient FROM sources WHERE patient IS NOT NULL")
        told = self._db.rows(
            "SELECT source, json_extract(row, '$.patient_id') FROM jobs "
            "WHERE row IS NOT NULL AND source IS NOT NULL"
        )
        return {source for source, patient in (*known, *told) if patient in patients}

    def jobs_of(self, sources: Collection[str]) -> list[ForgottenJob]:
        """All jobs made from some sources, whatever became of them."""
        found = self._db.rows("SELECT id, variant, source FROM jobs WHERE source IS NOT NULL")
        return [ForgottenJob(job_id, variant) for job_id, variant, source in found if source in sources]

    def bar(self, sources: Collection[str]) -> None:
        """Keep jobs of these sources from being made."""
        with self._db.transaction() as write:
            write.executemany(
                "UPDATE jobs SET state = 'forgotten', reason = NULL WHERE source = ? AND state = 'pending'",
                [(source,) for source in sources],
            )

    def remove(self, jobs: Collection[ForgottenJob], sources: Collection[str]) -> int:
        """Remove what the journal holds of jobs and their sources; how many answers there were.

        What was spent stays in the books, and that something was uploaded stays in the log, both without
        anything that leads back.
        """
        answers = sum(self._answers.forget(job.id) for job in jobs)
        ids = [(job.id,) for job in jobs]
        with self._db.transaction() as write:
            write.executemany(
                "UPDATE jobs SET state = 'forgotten', row = NULL, file_name = NULL, reason = NULL, "
                "verdict = NULL, source = NULL, facts = '' WHERE id = ?",
                ids,
            )
            write.executemany("UPDATE sends SET job_id = 'forgotten', reason = NULL WHERE job_id = ?", ids)
            write.executemany(
                "UPDATE uploads SET job_id = NULL, step = NULL, attempt = NULL, pixels = NULL "
                "WHERE job_id = ?",
                ids,
            )
            write.executemany("DELETE FROM drawn WHERE job_id = ?", ids)
            for table in ("sources", "problems"):
                write.executemany(
                    f"DELETE FROM {table} WHERE source = ?",  # noqa: S608 - one of two constants
                    [(source,) for source in sources],
                )
            write.execute(
                "DELETE FROM digests"
            )  # a cache of which file is which; the next run fills it again
        self._db.shred()
        return answers
