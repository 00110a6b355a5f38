"""The table of jobs: seeding, what remains, settling, reopening, counts and the manifest's order."""

import json
import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from radgen.drive import AttemptKey
from radgen.errors import InputError, StoreError
from radgen.journal import (
    REOPENED_STATES,
    SETTLED_STATES,
    JobState,
    Journal,
    PlannedJob,
    Reason,
    export_metadata,
)
from radgen.protocol import Answer

Plan = Callable[..., list[PlannedJob]]


def test_every_state_is_pending_settled_or_reopened() -> None:
    """No state is forgotten by a rerun's rules."""
    assert {JobState.PENDING} | SETTLED_STATES | REOPENED_STATES == set(JobState)
    assert not SETTLED_STATES & REOPENED_STATES


def test_what_remains_comes_in_the_plans_order(tmp_path: Path, make_plan: Plan) -> None:
    """Seeded in any order, read in the plan's; settled jobs are gone, also while reading."""
    plan = make_plan(2500)
    with Journal.open(tmp_path) as journal:
        assert list(journal.jobs.pending()) == []
        assert journal.jobs.seed(random.Random(1).sample(plan, len(plan))) == 2500
        journal.jobs.settle("j3", JobState.DONE, row={})
        seen = []
        for job in journal.jobs.pending():
            seen.append(job.ordinal)
            journal.jobs.settle(job.id, JobState.DROPPED)
        assert seen == [number for number in range(2500) if number != 3]
        assert list(journal.jobs.pending()) == []


def test_a_pending_job_says_all_about_itself(tmp_path: Path, make_plan: Plan) -> None:
    """What was planned comes back, and the limit is kept."""
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(make_plan())
        (job,) = journal.jobs.pending(1)
        assert (job.id, job.ordinal, job.source, job.variant, job.copy) == ("j0", 0, "00ff", "a", 0)
        assert (job.state, job.attempt, job.reason) == (JobState.PENDING, 0, None)
        assert journal.jobs.get("j0") == job
        assert journal.jobs.get("none") is None


def test_what_remains_is_an_indexed_query(tmp_path: Path) -> None:
    """Neither what remains nor the manifest's order needs a scan of all jobs."""
    with Journal.open(tmp_path) as journal:
        explained = journal._db.rows(
            "EXPLAIN QUERY PLAN SELECT id FROM jobs WHERE state = 'pending' AND generation = ? "
            "AND (ordinal, id) > (?, ?) ORDER BY ordinal, id LIMIT ?",
            (1, -1, "", 10),
        )
    assert len(explained) == 1
    assert "INDEX jobs_pending" in explained[0][-1]


def test_a_rerun_keeps_what_is_settled(tmp_path: Path, make_plan: Plan) -> None:
    """Seeding again changes no state; a job that left the plan keeps its image; a new one is pending."""
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(make_plan(4))
        journal.jobs.settle("j0", JobState.DONE, row={"file_name": "j0.png"})
        journal.jobs.settle("j1", JobState.DONE, row={"file_name": "j1.png"})
        journal.jobs.settle("j2", JobState.FAILED, reason="broken")
    with Journal.open(tmp_path) as journal:
        assert journal.jobs.seed(make_plan(6)[1:]) == 2
        assert journal.jobs.generation == 2
        assert [job.id for job in journal.jobs.pending()] == ["j3", "j4", "j5"]
        assert journal.jobs.counts()[JobState.DONE] == 1
        assert [row["file_name"] for row in journal.jobs.manifest_rows()] == ["j0.png", "j1.png"]


def test_reopening(tmp_path: Path, make_plan: Plan) -> None:
    """A rerun opens what may succeed now; what is settled opens only when named, with other images."""
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(make_plan(len(JobState)))
        for number, state in enumerate(JobState):
            journal.jobs.settle(f"j{number}", state, reason="because")
        assert journal.jobs.reopen() == 4
        reopened = [job for job in journal.jobs.pending() if job.reason is None]
        assert len(reopened) == 4
        assert {job.attempt for job in reopened} == {0}
        assert journal.jobs.reopen({JobState.QUARANTINED, JobState.PENDING}, anew=True) == 1
        assert sorted(job.attempt for job in journal.jobs.pending()) == [0, 0, 0, 0, 0, 1]
        counts = journal.jobs.counts()
    assert {state for state, jobs in counts.items() if jobs} == {
        JobState.PENDING,
        JobState.DONE,
        JobState.REFUSED,
        JobState.DROPPED,
        JobState.FORGOTTEN,
    }


def test_jobs_of_an_older_plan_stay_closed(tmp_path: Path, make_plan: Plan) -> None:
    """Reopening is for the plan in force."""
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(make_plan(2))
        journal.jobs.settle("j0", JobState.FAILED)
        journal.jobs.seed(make_plan(2)[1:])
        assert journal.jobs.reopen() == 0


def test_settling_adds_up_what_a_job_cost(
    tmp_path: Path, make_plan: Plan, make_answer: Callable[..., Answer]
) -> None:
    """All sends of a job count, whatever their step and attempt; unknown makes it None."""
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(make_plan(3))
        books = journal.books
        for step in range(2):
            key = AttemptKey("j0", step)
            books.charge(key, books.intend(key, 0.04), "late")
            books.keep(key, books.intend(key, 0.04), make_answer(0.03))
        key = AttemptKey("j1")
        books.charge(key, books.intend(key, None), "late")
        for number in range(3):
            journal.jobs.settle(f"j{number}", JobState.DONE, verdict="pass", file_name="x.png", attempt=2)
        found = [journal.jobs.get(f"j{number}") for number in range(3)]
    assert [job.cost_usd if job else "missing" for job in found] == [0.14, None, 0.0]
    assert found[0] is not None
    assert (found[0].verdict, found[0].file_name, found[0].attempt) == ("pass", "x.png", 2)


def test_an_unplanned_job_cannot_be_settled(tmp_path: Path) -> None:
    """A wrong id is said, not ignored."""
    with Journal.open(tmp_path) as journal, pytest.raises(InputError, match="no job 'x' was planned"):
        journal.jobs.settle("x", JobState.DONE)


def test_counts_and_reasons(tmp_path: Path, make_plan: Plan) -> None:
    """What a report needs: how many are where, for each variant, and why."""
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(make_plan(6))
        for number in (0, 2, 3):
            journal.jobs.settle(f"j{number}", JobState.REFUSED, reason="filter")
        journal.jobs.settle("j1", JobState.FAILED, reason="broken")
        journal.jobs.settle("j4", JobState.DONE)
        assert journal.jobs.counts_by_variant() == {
            "a": {JobState.DONE: 1, JobState.REFUSED: 2},
            "b": {JobState.FAILED: 1, JobState.PENDING: 1, JobState.REFUSED: 1},
        }
        assert journal.jobs.reasons() == [
            Reason(JobState.REFUSED, "a", "filter", 2),
            Reason(JobState.FAILED, "b", "broken", 1),
            Reason(JobState.REFUSED, "b", "filter", 1),
        ]


@pytest.mark.parametrize("seed", range(3))
def test_the_manifest_does_not_know_who_was_first(tmp_path: Path, make_plan: Plan, seed: int) -> None:
    """Whatever the order of completion, the file is the same, byte for byte."""
    plan = make_plan(30)
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(plan)
        for job in random.Random(seed).sample(plan, len(plan)):
            row = {"file_name": f"{job.id}.png", "variant": job.variant, "ä": [1, (2,)]}
            journal.jobs.settle(job.id, JobState.DONE, row=row)
        path = export_metadata(journal)
        text = path.read_text(encoding="utf-8")
        rows = list(journal.jobs.manifest_rows())
    assert path == tmp_path / "metadata.jsonl"
    assert [json.loads(line) for line in text.splitlines()] == rows
    names = [row["file_name"] for row in rows]
    assert names == [f"j{n}.png" for n in range(0, 30, 2)] + [f"j{n}.png" for n in range(1, 30, 2)]
    assert text.startswith('{"file_name": "j0.png", "variant": "a", "ä": [1, [2]]}\n')


def test_json_has_no_nan(tmp_path: Path, make_plan: Plan) -> None:
    """A measure that is not a number is unknown: null."""
    row = {"a": math.nan, "b": [math.inf, 1.5], "c": {"d": -math.inf}, "e": None}
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(make_plan(1))
        journal.jobs.settle("j0", JobState.DONE, row=row)
        text = export_metadata(journal).read_text()
    assert text == '{"a": null, "b": [null, 1.5], "c": {"d": null}, "e": null}\n'


def test_the_old_manifest_survives_a_failure(tmp_path: Path, make_plan: Plan) -> None:
    """A manifest that cannot be written leaves the old one, and says why."""
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(make_plan(1))
        export_metadata(journal)
        (tmp_path / "metadata.jsonl").unlink()
        (tmp_path / "metadata.jsonl").mkdir()
        with pytest.raises(StoreError, match=r"metadata\.jsonl cannot be written: Is a directory"):
            export_metadata(journal)
    with Journal.open(tmp_path) as journal:
        assert list(journal.temporary.iterdir()) == []


def test_only_what_is_done_is_in_the_manifest(tmp_path: Path, make_plan: Plan) -> None:
    """Quarantined images have rows too, but only who asks for them gets them."""
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(make_plan(2))
        journal.jobs.settle("j0", JobState.QUARANTINED, row={"file_name": "q.png"})
        assert list(journal.jobs.manifest_rows()) == []
        assert list(journal.jobs.manifest_rows(JobState.QUARANTINED)) == [{"file_name": "q.png"}]
