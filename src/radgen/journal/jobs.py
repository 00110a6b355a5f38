"""The jobs of a plan and what became of them.

All rows are made when the plan is expanded, so that what remains is one indexed query however many
there are. A rerun seeds again: rows it knows keep their state and get the new generation, rows the plan
no longer has stay behind in an older one and keep what was made for them.
"""

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from radgen.drive.money import usd
from radgen.errors import InputError
from radgen.journal.database import Database
from radgen.journal.rows import REOPENED_STATES, JobRow, JobState, PlannedJob, Reason

__all__ = ["JobTable"]

BATCH: Final = 1000
"""Rows per transaction when seeding, and per page when reading."""
COLUMNS: Final = "ordinal, id, source, variant, copy, state, attempt, reason, verdict, cost_usd, file_name"

SEED: Final = """
    INSERT INTO jobs (id, ordinal, generation, source, variant, copy, facts) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, ordinal = excluded.ordinal,
        facts = excluded.facts, source = excluded.source,
        state = iif(facts <> excluded.facts AND state IN ('done', 'quarantined'), 'pending', state)"""
STILL_TRUE: Final = (
    "NOT EXISTS (SELECT 1 FROM sources AS now WHERE now.source = jobs.source "
    "AND now.generation = {generation} AND now.facts <> jobs.facts)"
)
"""Not made under a split or labels that the source no longer has."""


class JobTable:
    """The jobs of a journal.

    Parameters
    ----------
    database : Database
        Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def seed(self, jobs: Iterable[PlannedJob]) -> int:
        """Take over a plan's jobs as the current generation.

        Parameters
        ----------
        jobs : iterable of PlannedJob
            The whole plan; it is read as a stream.

        Returns
        -------
        int
            How many of them are new to this folder.
        """
        generation = self.generation + 1
        before = self._count_all()
        with self._db.transaction() as write:
            write.execute("INSERT OR REPLACE INTO meta VALUES ('generation', ?)", (str(generation),))
        stream = iter(jobs)
        while batch := list(islice(stream, BATCH)):
            values = [
                (job.id, job.ordinal, generation, job.source, job.variant, job.copy, job.facts)
                for job in batch
            ]
            drawn = [(job.id, job.drawn_as) for job in batch if job.drawn_as not in {"", job.id}]
            with self._db.transaction() as write:
                write.executemany(SEED, values)
                write.executemany("INSERT OR IGNORE INTO drawn VALUES (?, ?)", drawn)
        return self._count_all() - before

    def note_sources(self, sources: Iterable[tuple[str, str, str | None]]) -> None:
        """Record what the scan behind the current generation knows of each source.

        Parameters
        ----------
        sources : iterable of (str, str, str or None)
            Pseudonym, fingerprint of its split, patient and labels, and the patient's pseudonym. Rows of
            the manifest that were made under another fingerprint are left out from now on.
        """
        generation = self.generation
        stream = iter(sources)
        while batch := list(islice(stream, BATCH)):
            with self._db.transaction() as write:
                write.executemany(
                    "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?)",
                    [(source, facts, generation, patient) for source, facts, patient in batch],
                )

    def images(self) -> int:
        """How many images the manifest lists, those of earlier plans included."""
        still_true = STILL_TRUE.format(generation=self.generation)
        sql = f"SELECT count(*) FROM jobs WHERE state = 'done' AND row IS NOT NULL AND {still_true}"  # noqa: S608
        return int(self._db.rows(sql)[0][0])

    @property
    def generation(self) -> int:
        """Number of the plan in force; 0 before the first."""
        found = self._db.rows("SELECT value FROM meta WHERE key = 'generation'")
        return int(found[0][0]) if found else 0

    def reopen(self, states: Collection[JobState] = REOPENED_STATES, *, anew: bool = False) -> int:
        """Make jobs of the current generation pending again.

        Parameters
        ----------
        states : collection of JobState
            Which; by default those that a rerun tries again.
        anew : bool
            True asks for other images: the next attempt number. False makes the same requests, and
            answers that were kept are used.

        Returns
        -------
        int
            How many.
        """
        generation = self.generation
        with self._db.transaction() as write:
            return sum(
                write.execute(
                    "UPDATE jobs SET state = 'pending', reason = NULL, attempt = attempt + ? "
                    "WHERE generation = ? AND state = ?",
                    (int(anew), generation, state.value),
                ).rowcount
                for state in states
                if state is not JobState.PENDING
            )

    def reopen_other_files(self, ending: str) -> int:
        """Make jobs of the current generation pending again whose image is a file of another format.

        Parameters
        ----------
        ending : str
            How the files are to end, such as ``".png"``.

        Returns
        -------
        int
            How many; their kept answers are used. Images that were put aside stay as they are.
        """
        with self._db.transaction() as write:
            return write.execute(
                "UPDATE jobs SET state = 'pending', reason = NULL "
                "WHERE generation = ?1 AND state = 'done' AND substr(file_name, -length(?2)) <> ?2",
                (self.generation, ending),
            ).rowcount

    def pending(self, limit: int | None = None) -> Iterator[JobRow]:
        """Jobs of the current generation that are still to be made, in the plan's order.

        Parameters
        ----------
        limit : int, optional
            At most so many.

        Yields
        ------
        JobRow
            Read a page at a time: jobs may be settled meanwhile, and memory stays bounded.
        """
        pages = self._pages(
            f"SELECT {COLUMNS} FROM jobs WHERE state = 'pending' AND generation = ? "  # noqa: S608 - constant
            "AND (ordinal, id) > (?, ?) ORDER BY ordinal, id LIMIT ?",
            (self.generation,),
            after=(-1, ""),
        )
        return islice((_job(values) for values in pages), limit)

    def settle(
        self,
        job_id: str,
        state: JobState,
        *,
        attempt: int = 0,
        reason: str | None = None,
        verdict: str | None = None,
        file_name: str | None = None,
        row: Mapping[str, Any] | None = None,
    ) -> None:
        """Record what became of a job, durably.

        Parameters
        ----------
        job_id : str
            Which.
        state : JobState
            What became of it.
        attempt : int
            The attempt that decided it.
        reason : str, optional
            Why, in one clause without paths.
        verdict : str, optional
            What the checks said.
        file_name : str, optional
            Its image, relative to the output folder.
        row : mapping, optional
            Its row of the manifest; numbers that are not finite become null.

        Raises
        ------
        InputError
            If no such job was planned.
        """
        text = None if row is None else _as_json(row)
        cost_usd = self.cost_usd(job_id)
        with self._db.transaction() as write:
            changed = write.execute(
                "UPDATE jobs SET state = ?, attempt = ?, reason = ?, verdict = ?, cost_usd = ?, "
                "file_name = ?, row = ? WHERE id = ?",
                (state.value, attempt, reason, verdict, cost_usd, file_name, text, job_id),
            )
            if changed.rowcount != 1:
                raise InputError(f"no job {job_id!r} was planned")

    def cost_usd(self, job_id: str) -> float | None:
        """What all sends of a job cost so far; ``None`` if a part of it is unknown."""
        counted, sends, known = self._db.rows(
            "SELECT total(coalesce(cost_nanousd, reserve_nanousd)), count(*), "
            "count(coalesce(cost_nanousd, reserve_nanousd)) FROM sends WHERE job_id = ?",
            (job_id,),
        )[0]
        return usd(int(counted)) if sends == known else None

    def retries_usd(self) -> float | None:
        """What second and later attempts of the current generation cost; ``None`` if a part is unknown."""
        counted, sends, known = self._db.rows(
            "SELECT total(coalesce(cost_nanousd, reserve_nanousd)), count(*), "
            "count(coalesce(cost_nanousd, reserve_nanousd)) FROM sends JOIN jobs ON jobs.id = sends.job_id "
            "WHERE sends.attempt > 0 AND generation = ?",
            (self.generation,),
        )[0]
        return usd(int(counted)) if sends == known else None

    def costs_by_variant(self) -> dict[str, float | None]:
        """What each variant of the current generation cost so far; ``None`` if a part is unknown."""
        found = self._db.rows(
            "SELECT variant, total(coalesce(cost_nanousd, reserve_nanousd)), count(send), "
            "count(coalesce(cost_nanousd, reserve_nanousd)) "
            "FROM jobs LEFT JOIN sends ON sends.job_id = jobs.id WHERE generation = ? GROUP BY variant",
            (self.generation,),
        )
        return {
            variant: usd(int(counted)) if sends == known else None for variant, counted, sends, known in found
        }

    def get(self, job_id: str) -> JobRow | None:
        """One job, or ``None`` if it was never planned."""
        found = self._db.rows(f"SELECT {COLUMNS} FROM jobs WHERE id = ?", (job_id,))  # noqa: S608
        return _job(found[0]) if found else None

    def counts(self) -> dict[JobState, int]:
        """How many jobs of the current generation are in each state."""
        found = dict(
            self._db.rows(
                "SELECT state, count(*) FROM jobs WHERE generation = ? GROUP BY state", (self.generation,)
            )
        )
        return {state: found.get(state.value, 0) for state in JobState}

    def counts_by_variant(self) -> dict[str, dict[JobState, int]]:
        """The same for each variant, in alphabetical order; only states that occur."""
        result: dict[str, dict[JobState, int]] = {}
        for variant, state, jobs in self._db.rows(
            "SELECT variant, state, count(*) FROM jobs WHERE generation = ? GROUP BY variant, state "
            "ORDER BY variant, state",
            (self.generation,),
        ):
            result.setdefault(variant, {})[JobState(state)] = jobs
        return result

    def reasons(self) -> list[Reason]:
        """Why jobs of the current generation are where they are, most frequent first."""
        found = self._db.rows(
            "SELECT state, variant, reason, count(*) AS jobs FROM jobs "
            "WHERE generation = ? AND reason IS NOT NULL "
            "GROUP BY state, variant, reason ORDER BY jobs DESC, state, variant, reason",
            (self.generation,),
        )
        return [Reason(JobState(state), variant, text, jobs) for state, variant, text, jobs in found]

    def manifest_rows(self, state: JobState = JobState.DONE) -> Iterator[dict[str, Any]]:
        """Manifest rows of a state, older generations included as far as they are still true.

        Parameters
        ----------
        state : JobState
            Which; by default what is done.

        Yields
        ------
        dict
            In the order of variant and plan, whatever the order of completion.
        """
        return (json.loads(line) for line in self.manifest_lines(state))

    def manifest_lines(self, state: JobState = JobState.DONE) -> Iterator[str]:
        """The same as JSON texts with sorted keys."""
        pages = self._pages(
            "SELECT variant, ordinal, id, row FROM jobs WHERE row IS NOT NULL AND state = ? "  # noqa: S608
            f"AND {STILL_TRUE.format(generation=self.generation)} "
            "AND (variant, ordinal, id) > (?, ?, ?) ORDER BY variant, ordinal, id LIMIT ?",
            (state.value,),
            after=("", -1, ""),
        )
        return (values[3] for values in pages)

    def _pages(
        self, sql: str, where: tuple[Any, ...], *, after: tuple[Any, ...]
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of a query whose first columns are its order, a page at a time."""
        while page := self._db.rows(sql, (*where, *after, BATCH)):
            yield from page
            after = page[-1][: len(after)]

    def _count_all(self) -> int:
        """How many jobs there are, whatever their generation."""
        return int(self._db.rows("SELECT count(*) FROM jobs")[0][0])


def _job(values: tuple[Any, ...]) -> JobRow:
    """A row of `COLUMNS` as a value."""
    ordinal, job_id, source, variant, copy, state, attempt, reason, verdict, cost_usd, file_name = values
    return JobRow(
        id=job_id,
        ordinal=ordinal,
        source=source,
        variant=variant,
        copy=copy,
        state=JobState(state),
        attempt=attempt,
        reason=reason,
        verdict=verdict,
        cost_usd=cost_usd,
        file_name=file_name,
    )


def _as_json(row: Mapping[str, Any]) -> str:
    """One line of the manifest."""
    return json.dumps(_finite(row), sort_keys=True, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same value with null for numbers that JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
