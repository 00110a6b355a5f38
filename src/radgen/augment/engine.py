"""The local engine: a few threads that do jobs, and the coordinator that hands them out.

Jobs are taken from the journal as a stream and expanded again on the way, so memory does not grow with
their number. The coordinator is the caller's thread: events are raised there, and Ctrl-C arrives there.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Literal

from radgen.augment.jobs import Job
from radgen.augment.summary import Event
from radgen.augment.work import Settled, Worker
from radgen.errors import BudgetExceededError, RadgenError
from radgen.journal import JobRow, JobState
from radgen.protocol import Capabilities

__all__ = ["Run", "cores_for", "default_workers", "in_flight", "run_jobs", "threads_for"]

MAX_WORKERS = 8
MAX_FAILURES = 1000
AHEAD_PER_CORE = 2
"""Jobs besides those whose requests are under way: they hold a prepared request, or an answer to finish."""


@dataclass(slots=True)
class Run:
    """How a run went: what the coordinator knows while it goes on.

    Parameters
    ----------
    total : int
        Jobs to be done.
    settled : int
        Jobs that have an outcome.
    failures : list of (str, str, str)
        Source, variant and reason of jobs without an image; the first thousand.
    stopped : {None, "interrupted", "budget", "error"}
        Why it ended early.
    message : str, optional
        What stopped it, in words.
    """

    total: int
    settled: int = 0
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    stopped: Literal["interrupted", "budget", "error"] | None = None
    message: str | None = None

    def note(self, job: Job, settled: Settled, spent_usd: float | None) -> Event:
        """Count an outcome, and put it into an event."""
        source = None if job.source is None else job.source.uri
        if settled.state is not JobState.PENDING:
            self.settled += 1
        if settled.state not in {JobState.DONE, JobState.PENDING} and len(self.failures) < MAX_FAILURES:
            self.failures.append((source or "-", job.variant.name, settled.reason or settled.state.value))
        return Event(
            kind="settled",
            total=self.total,
            settled=self.settled,
            job_id=job.id,
            variant=job.variant.name,
            state=settled.state.value,
            reason=settled.reason,
            source=source,
            spent_usd=spent_usd,
        )

    def stop(self, error: BaseException) -> None:
        """Remember the first thing that stopped the run."""
        if self.stopped is not None:
            return
        self.message = str(error) or None
        if isinstance(error, KeyboardInterrupt):
            self.stopped = "interrupted"
        else:
            self.stopped = "budget" if isinstance(error, BudgetExceededError) else "error"


def default_workers() -> int:
    """As many threads as there are processors, within reason.

    Returns
    -------
    int
        1 .. 8.

    Examples
    --------
    >>> 1 <= default_workers() <= 8
    True
    """
    return max(1, min(MAX_WORKERS, os.cpu_count() or 1))


def in_flight(workers: int | None, able: Capabilities, batch_size: int = 1) -> int:
    """How many requests may be under way at the same time.

    Parameters
    ----------
    workers : int, optional
        What the user asked for.
    able : Capabilities
        A remote backend computes elsewhere: it gets more than there are processors here.
    batch_size : int
        What it answers together: two batches, one to compute and one to gather.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> in_flight(3, Capabilities(verbs={"edit"})), in_flight(None, Capabilities(verbs={"edit"}))
    (3, 8)
    """
    if workers is not None:
        return workers
    if batch_size > 1:
        return 2 * batch_size
    return MAX_WORKERS if able.remote else default_workers()


def threads_for(requests: int, able: Capabilities, batch_size: int = 1) -> int:
    """Threads for so many requests under way.

    Parameters
    ----------
    requests : int
        Under way at the same time.
    able : Capabilities
        A remote backend, or one with batches of its own, computes elsewhere: then there are some jobs more,
        to have the next request at hand when an answer comes, and that pasted while others are waited for.
    batch_size : int
        What the backend answers together.

    Returns
    -------
    int
        At least `requests`.

    Examples
    --------
    >>> threads_for(4, Capabilities(verbs={"edit"}, remote=False))
    4
    >>> threads_for(4, Capabilities(verbs={"edit"})) - 4 == 2 * default_workers()
    True
    """
    ahead = AHEAD_PER_CORE * default_workers() if able.remote or batch_size > 1 else 0
    return requests + ahead


def cores_for(requests: int, able: Capabilities, batch_size: int = 1) -> int:
    """How many jobs may compute at the same time.

    Parameters
    ----------
    requests, able, batch_size
        As for `threads_for`.

    Returns
    -------
    int
        As many as processors, where jobs wait for a backend that computes elsewhere; else all of them.

    Examples
    --------
    >>> cores_for(4, Capabilities(verbs={"edit"}, remote=False))
    4
    """
    return default_workers() if able.remote or batch_size > 1 else requests


def run_jobs(
    worker: Worker,
    pending: Iterator[JobRow],
    jobs: Iterator[Job],
    *,
    total: int,
    workers: int | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> Run:
    """Do what is pending.

    Parameters
    ----------
    worker : Worker
        Does one job.
    pending : iterator of JobRow
        What the journal still wants, in the plan's order.
    jobs : iterator of Job
        The plan's jobs in the same order.
    total : int
        How many are pending, for events.
    workers : int, optional
        Threads; by default one per processor.
    on_event : callable, optional
        Called in this thread with every `Event`.

    Returns
    -------
    Run
        How it went. A budget that is used up, Ctrl-C and errors of the whole run end it early and are
        noted there; other exceptions are raised.
    """
    run = Run(total)
    tell = on_event or (lambda _: None)
    tell(Event(kind="planned", total=total))
    under_way: dict[Future[Settled], Job] = {}
    threads = workers or default_workers()
    with ThreadPoolExecutor(threads, thread_name_prefix="radgen") as pool:
        try:
            for job, attempt in _paired(pending, jobs):
                under_way[pool.submit(worker.do, job, attempt=attempt)] = job
                while len(under_way) >= 2 * threads:
                    _collect(under_way, run, worker, tell)
                if run.stopped:
                    break
            while under_way and run.stopped is None:
                _collect(under_way, run, worker, tell)
        except KeyboardInterrupt as error:
            run.stop(error)
        finally:
            # Whatever ended it: begin nothing new, cut waits short, and let what was sent come back.
            if under_way:
                worker.driver.stop.set()
                tell(Event(kind="stopping", total=total, settled=run.settled))
                for future in list(under_way):
                    if future.cancel():
                        del under_way[future]
            while under_way:
                _collect(under_way, run, worker, tell)
    return run


def _paired(pending: Iterator[JobRow], jobs: Iterator[Job]) -> Iterator[tuple[Job, int]]:
    """Each pending row with its job; both come in the plan's order."""
    for row in pending:
        job = next(job for job in jobs if job.ordinal == row.ordinal)
        yield job, row.attempt


def _collect(
    under_way: dict[Future[Settled], Job], run: Run, worker: Worker, tell: Callable[[Event], object]
) -> None:
    """Wait for at least one job and note what became of it."""
    finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
    for future in finished:
        job = under_way.pop(future)
        error = future.exception()
        if error is None:
            tell(run.note(job, future.result(), worker.journal.books.spending().total_usd))
        elif isinstance(error, RadgenError):
            run.stop(error)
        else:
            raise error
