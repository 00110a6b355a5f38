"""The log of uploads on disk, and journals of the version before it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from radgen.drive import AttemptKey, Upload
from radgen.journal import JobState, Journal, PlannedJob, export_uploads
from radgen.journal.schema import SCHEMA_VERSION

Plan = Callable[..., list[PlannedJob]]


def upload(decision: str = "allow", job_id: str = "j0") -> Upload:
    """An entry."""
    return Upload(
        key=AttemptKey(job_id, 1, 2), backend="far", decision=decision, reasons=("declared basis: public",),
        basis="public", region="EU", retention=None, shape=(40, 60), redacted=3, digest="ab" * 32,
    )  # fmt: skip


def test_uploads_survive_and_are_exported(tmp_path: Path) -> None:
    """In order, with everything but the digest itself, which is keyed."""
    with Journal.open(tmp_path) as journal:
        journal.uploads.note(upload())
        journal.uploads.note(upload("block"))
    with Journal.open(tmp_path) as journal:
        first, second = journal.uploads.lines()
        path = export_uploads(journal)
        keyed = journal.facts.pseudonym("pixels", "ab" * 32)
    assert (first["decision"], second["decision"]) == ("allow", "block")
    assert first["reasons"] == ["declared basis: public"]
    assert (first["job_id"], first["step"], first["attempt"], first["rows"], first["columns"]) == (
        "j0",
        1,
        2,
        40,
        60,
    )
    assert (first["region"], first["retention"], first["redacted"], first["pixels"]) == ("EU", None, 3, keyed)
    assert first["at"].endswith("+00:00")
    assert path is not None
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2
    assert "ab" * 32 not in path.read_text(encoding="utf-8")


def test_a_journal_of_the_first_version_is_brought_up_to_date(tmp_path: Path, make_plan: Plan) -> None:
    """Its jobs stay, it can be looked at as it is, and then it can hold uploads and patients."""
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(make_plan(2))
        journal.jobs.settle("j0", JobState.DONE, row={"file_name": "a.png"})
    path = tmp_path / ".radgen" / "journal.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript(
        "DROP TABLE uploads; DROP TABLE sources; PRAGMA user_version = 1;"
        "CREATE TABLE sources (source TEXT PRIMARY KEY, facts TEXT NOT NULL, "
        "generation INTEGER NOT NULL) WITHOUT ROWID;"
        "INSERT INTO sources VALUES ('00ff', 'x', 1);"
    )
    connection.close()
    with Journal.open(tmp_path, read_only=True) as journal:
        assert list(journal.uploads.lines()) == []
        assert journal.jobs.counts()[JobState.DONE] == 1
    with Journal.open(tmp_path) as journal:
        assert journal.jobs.counts()[JobState.DONE] == 1
        journal.uploads.note(upload())
        journal.jobs.note_sources([("00ff", "y", "p1")])
        assert journal.oblivion.sources_of({"p1"}) == {"00ff"}
        assert journal._db.rows("PRAGMA user_version") == [(SCHEMA_VERSION,)]
    with Journal.open(tmp_path) as journal:  # and is not changed twice
        assert len(list(journal.uploads.lines())) == 1


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.PENDING])
def test_what_is_removed_leaves_no_trace_but_the_books(
    tmp_path: Path, make_plan: Plan, state: JobState, make_answer: Callable[..., object]
) -> None:
    """Rows, answers and sources go from the file itself; money and an anonymous upload stay."""
    with Journal.open(tmp_path) as journal:
        journal.jobs.seed(make_plan(1))
        journal.jobs.note_sources([("00ff", "facts-of-it", "patient-of-it")])
        send = journal.books.intend(AttemptKey("j0"), 0.04)
        journal.books.keep(AttemptKey("j0"), send, make_answer())  # type: ignore[arg-type]
        journal.uploads.note(upload())
        if state is not JobState.PENDING:
            journal.jobs.settle("j0", state, reason="told-of-it", row={"file_name": "row-of-it.png"})
        jobs = journal.oblivion.jobs_of({"00ff"})
        assert journal.oblivion.remove(jobs, {"00ff"}) == 1
        assert journal.jobs.counts()[JobState.FORGOTTEN] == 1
        assert journal.books.kept(AttemptKey("j0")) is None
    content = b"".join(path.read_bytes() for path in (tmp_path / ".radgen").rglob("*") if path.is_file())
    for trace in (b"00ff", b"facts-of-it", b"patient-of-it", b"told-of-it", b"row-of-it"):
        assert trace not in content
    with Journal.open(tmp_path) as journal:
        assert journal.books.spending().settled_usd == pytest.approx(0.03)
        (line,) = journal.uploads.lines()
        assert (line["job_id"], line["pixels"], line["backend"]) == (None, None, "far")
