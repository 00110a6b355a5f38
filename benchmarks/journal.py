"""How fast a journal of 400,000 jobs is seeded, resumed and exported: times on this machine.

Run with ``python benchmarks/journal.py [JOBS]``.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import numpy as np

from radgen.drive import AttemptKey
from radgen.journal import JobState, Journal, PlannedJob, export_metadata
from radgen.protocol import Answer

SENDS = 500


@contextmanager
def timed(what: str, rows: int = 0) -> Iterator[None]:
    """Print how long a block took, and how many rows a second that is."""
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    rate = f"  {rows / seconds:>10,.0f} rows/s" if rows else ""
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:<44}{seconds * 1000:>10,.1f} ms{rate}  peak {peak_mb:,.0f} MB")


def plan(jobs: int) -> Iterator[PlannedJob]:
    """A plan of so many jobs."""
    for number in range(jobs):
        name = sha256(str(number).encode()).hexdigest()[:32]
        yield PlannedJob(id=name, ordinal=number, source=name[:16], variant=f"variant-{number % 4}")


def settle_most(journal: Journal, jobs: int) -> None:
    """Mark 95 % as done, in large transactions: what is measured is what comes after."""
    row = '{"file_name": "images/x.png", "label": "normal", "note": "' + "x" * 600 + '"}'
    with journal._db.transaction() as write:  # a shortcut around 380,000 commits
        write.execute(
            "UPDATE jobs SET state = 'done', row = ? WHERE ordinal % 20 != 0 AND ordinal < ?", (row, jobs)
        )


def sends(journal: Journal) -> None:
    """Time what one answer costs in books and files."""
    noise = np.random.default_rng(7).integers(0, 256, (512, 512), dtype=np.uint8)
    keys = [AttemptKey(job.id) for job in journal.jobs.pending(SENDS)]
    with timed(f"intend, {SENDS} durable commits", SENDS):
        numbers = [journal.books.intend(key, 0.04) for key in keys]
    answer = Answer(image=noise, model="m", cost_usd=0.03)
    with timed(f"keep, {SENDS} answers of 512 x 512 noise", SENDS):
        for key, number in zip(keys, numbers, strict=True):
            journal.books.keep(key, number, answer)
    with timed(f"kept, {SENDS} answers read back", SENDS):
        for key in keys:
            journal.books.kept(key)
    with timed(f"settle, {SENDS} durable commits", SENDS):
        for key in keys:
            journal.jobs.settle(key.job_id, JobState.DONE, row={"file_name": "x.png"})


def main(jobs: int) -> None:
    """Print all times."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        with Journal.open(out) as journal:
            with timed(f"seed {jobs:,} new jobs", jobs):
                journal.jobs.seed(plan(jobs))
            settle_most(journal, jobs)
        with timed("open again"):
            journal = Journal.open(out)
        with journal:
            with timed("what remains: first page of 1000"):
                next(journal.jobs.pending())
            with timed("what remains: all of it"):
                print(sum(1 for _ in journal.jobs.pending()), "pending")
            with timed("counts"):
                journal.jobs.counts()
            with timed("counts by variant"):
                journal.jobs.counts_by_variant()
            with timed("seed the same plan again", jobs):
                journal.jobs.seed(plan(jobs))
            with timed("export metadata.jsonl", jobs):
                export_metadata(journal)
            sends(journal)
        size_mb = (out / ".radgen" / "journal.sqlite3").stat().st_size / 1e6
        print(f"journal {size_mb:,.0f} MB, metadata {(out / 'metadata.jsonl').stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400_000)
