"""The ledger on disk: reservations, closings, the budget under threads, and failing disks."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from radgen.drive import AttemptKey, Driver
from radgen.errors import (
    AmbiguousBackendError,
    BudgetExceededError,
    RadgenError,
    RequestRejectedError,
    StoreError,
    TransientBackendError,
)
from radgen.io import decode_answer, encode_display_png
from radgen.journal import Journal
from radgen.prompt import Prompt
from radgen.protocol import (
    Answer,
    AnswerFile,
    Capabilities,
    FlatPrice,
    GenerateRequest,
    ImageRequest,
)

KEY = AttemptKey("job")


def test_a_kept_answer_outlives_the_process(tmp_path: Path, make_answer: Callable[..., Answer]) -> None:
    """What was kept is there when the folder is opened again, with its cost."""
    with Journal.open(tmp_path) as journal:
        assert journal.books.kept(KEY) is None
        journal.books.keep(KEY, journal.books.intend(KEY, 0.04), make_answer())
    with Journal.open(tmp_path) as journal:
        found = journal.books.kept(KEY)
        assert found is not None
        assert np.array_equal(found.image, make_answer().image)
        assert journal.books.spending().settled_usd == 0.03
        assert journal.books.spending().reserved_usd == 0.0


@pytest.mark.parametrize(
    ("close", "total_usd", "ambiguous"), [("release", 0.0, 0), ("charge", 0.04, 1), ("reject", 0.0, 0)]
)
def test_sends_without_answer(tmp_path: Path, close: str, total_usd: float, ambiguous: int) -> None:
    """Only what may have been billed is charged, now and after opening again."""
    with Journal.open(tmp_path) as journal:
        getattr(journal.books, close)(KEY, journal.books.intend(KEY, 0.04), "because")
        assert journal.books.spending().total_usd == total_usd
    with Journal.open(tmp_path) as journal:
        assert journal.books.spending().total_usd == total_usd
        assert journal.books.ambiguous_sends(KEY) == ambiguous
        assert journal.books.kept(KEY) is None


def test_a_send_is_closed_once(tmp_path: Path) -> None:
    """Closing twice is refused and changes nothing."""
    with Journal.open(tmp_path) as journal:
        send = journal.books.intend(KEY, 0.04)
        journal.books.charge(KEY, send, "late")
        with pytest.raises(StoreError, match="already closed"):
            journal.books.release(KEY, send, "busy")
        assert journal.books.spending().total_usd == 0.04


def test_an_unknown_price_stays_unknown_until_it_is_settled(
    tmp_path: Path, make_answer: Callable[..., Answer]
) -> None:
    """Without a price the total is None; a cost that the answer tells makes it known again."""
    with Journal.open(tmp_path) as journal:
        send = journal.books.intend(KEY, None)
        assert journal.books.spending().total_usd is None
        journal.books.keep(KEY, send, make_answer(0.5))
        assert journal.books.spending().total_usd == 0.5
        journal.books.keep(AttemptKey("b"), journal.books.intend(AttemptKey("b"), None), make_answer(None))
    with Journal.open(tmp_path, budget_usd=5.0) as journal:
        assert journal.books.spending().total_usd is None
        with pytest.raises(BudgetExceededError, match="unknown amount"):
            journal.books.intend(AttemptKey("c"), 0.04)


def test_the_budget_holds_across_runs(tmp_path: Path) -> None:
    """What earlier runs spent counts, and a raised budget goes on where the last one stopped."""
    with Journal.open(tmp_path, budget_usd=0.1) as journal:
        for number in range(2):
            key = AttemptKey(f"job{number}")
            journal.books.charge(key, journal.books.intend(key, 0.04), "late")
    with Journal.open(tmp_path, budget_usd=0.1) as journal, pytest.raises(BudgetExceededError, match="raise"):
        journal.books.intend(KEY, 0.04)
    with Journal.open(tmp_path, budget_usd=0.12) as journal:
        journal.books.intend(KEY, 0.04)


class Moody:
    """Answers, is busy, times out, refuses or breaks, as the job's number says; in no fixed order."""

    name = "moody"
    capabilities = Capabilities(verbs={"generate"}, price=FlatPrice(0.04), remote=False)

    def run(self, request: ImageRequest, /) -> Answer:
        """Do one of five things."""
        match request.seed % 5:
            case 0:
                raise AmbiguousBackendError("timed out")
            case 1:
                raise RequestRejectedError("no")
            case 2:
                raise ValueError("oops")
            case 3:
                raise TransientBackendError("busy")
        cost = (None, 0.04, 0.01)[request.seed % 3]
        return Answer(image=np.zeros((2, 2), np.uint8), model="m", cost_usd=cost)


def test_eight_threads_never_overspend(tmp_path: Path) -> None:
    """Whatever the interleaving, spent and reserved together stay within the budget, and add up."""
    highest = []
    with Journal.open(tmp_path, budget_usd=1.0) as journal:
        driver = Driver(ledger=journal.books, sleep=lambda _: None)

        def work(number: int) -> str:
            request = GenerateRequest(prompt=Prompt("An x-ray"), size=(2, 2), seed=number)
            try:
                driver.run(Moody(), request, AttemptKey(f"job{number}"))
            except RadgenError as error:
                return type(error).__name__
            finally:
                highest.append(journal.books.spending().total_usd or 0.0)
            return "answered"

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(work, range(120)))
        spent = journal.books.spending().total_usd
    assert max(highest) <= 1.0
    assert {"answered", "BudgetExceededError"} <= set(outcomes)
    with Journal.open(tmp_path) as journal:
        assert journal.books.spending().total_usd == spent
        assert journal.recovery.ambiguous == 0


@pytest.mark.parametrize(("price_usd", "ambiguous", "total_usd"), [(0.04, 1, 0.03), (0.0, 0, 0.03)])
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-9])])
def test_a_damaged_answer_is_not_kept(
    tmp_path: Path,
    make_answer: Callable[..., Answer],
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], object],
    price_usd: float,
    ambiguous: int,
    total_usd: float,
) -> None:
    """It is reported, stays paid, and may be asked for once more."""
    with Journal.open(tmp_path) as journal:
        journal.books.keep(KEY, journal.books.intend(KEY, price_usd), make_answer())
        damage(next(tmp_path.rglob("*.zip")))
        assert journal.books.kept(KEY) is None
        assert journal.books.kept(KEY) is None
        assert journal.books.ambiguous_sends(KEY) == ambiguous
        assert journal.books.spending().total_usd == total_usd
        assert list(tmp_path.rglob("*.zip")) == []
    assert ["the kept answer is" in record.getMessage() for record in caplog.records] == [True]


def test_a_full_disk_stops_sending(
    tmp_path: Path, make_answer: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an answer could not be written, nothing more is sent; a rerun counts it as ambiguous."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with Journal.open(tmp_path) as journal:
        send = journal.books.intend(KEY, 0.04)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(StoreError, match="disk is full"):
                journal.books.keep(KEY, send, make_answer())
        with pytest.raises(StoreError, match="disk is full"):
            journal.books.intend(AttemptKey("other"), 0.04)
    with Journal.open(tmp_path) as journal:
        assert journal.recovery.ambiguous == 1
        assert journal.books.spending().total_usd == 0.04


def test_nothing_is_sent_when_the_answer_might_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is almost full stops the run before the next request."""
    with Journal.open(tmp_path) as journal:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
        with pytest.raises(StoreError, match=r"almost full.*nothing was sent"):
            journal.books.intend(KEY, 0.04)
        assert journal.books.spending().total_usd == 0.0


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("database or disk is full", "disk of .* is full: free some space"),
        ("attempt to write a readonly database", "cannot be written: check the folder's permissions"),
        ("disk I/O error", "failed: disk I/O error"),
        ("database disk image is malformed", "is damaged .*: restore .*radgen from a copy"),
    ],
)
def test_a_failing_database_stops_sending(tmp_path: Path, message: str, words: str) -> None:
    """SQLite's errors come in words, and nothing is intended after one."""

    class Failing:
        in_transaction = False

        def execute(self, *_: object) -> None:
            raise sqlite3.OperationalError(message)

    with Journal.open(tmp_path) as journal:
        sound = journal._db._connection
        journal._db._connection = Failing()  # type: ignore[assignment]  # a disk that fails
        with pytest.raises(StoreError, match=words):
            journal.books.intend(KEY, 0.04)
        journal._db._connection = sound
        with pytest.raises(StoreError, match=words):
            journal.books.intend(KEY, 0.04)
    with Journal.open(tmp_path) as journal:
        assert journal.books.spending().total_usd == 0.0


def _interrupted() -> Iterator[tuple[str, str]]:
    """One problem, then Ctrl-C."""
    yield "source", "reason"
    raise KeyboardInterrupt


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    """What raises inside a transaction is undone, and the connection can be used again."""
    with Journal.open(tmp_path) as journal:
        with pytest.raises(KeyboardInterrupt):
            journal.facts.replace_problems(_interrupted())
        assert list(journal.facts.problems()) == []
        journal.books.intend(KEY, 0.04)


class Files:
    """Answers with files, and notes what is on disk when the next thing happens."""

    name = "files"

    def __init__(self, *files: bytes, price_usd: float = 0.04) -> None:
        self.files = list(files)
        self.calls = 0
        self.capabilities = Capabilities(verbs={"generate"}, price=FlatPrice(price_usd), remote=False)

    def run(self, request: ImageRequest, /) -> Answer:
        """Never asked where files are offered."""
        raise AssertionError(request)

    def fetch(self, _: ImageRequest, /) -> AnswerFile:
        """The next file."""
        self.calls += 1
        return AnswerFile(file=self.files.pop(0), model="m", cost_usd=None)


WHOLE = encode_display_png(np.full((8, 8), 5, np.uint8))
REQUEST = GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(8, 8))


def test_a_file_is_on_disk_before_it_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the decoder begins, the kept answer is there, whatever becomes of the process now."""
    seen = []

    def watched(answer: AnswerFile) -> Answer:
        seen.append([path.name for path in (tmp_path / ".radgen" / "answers").glob("*/*")])
        return decode_answer(answer)

    monkeypatch.setattr("radgen.journal.answers.decode_answer", watched)
    with Journal.open(tmp_path) as journal:
        found = Driver(ledger=journal.books).run(Files(WHOLE), REQUEST, KEY)
    assert found.image.tolist() == [[5] * 8] * 8
    assert seen == [["job-0-0.zip"]]


@pytest.mark.parametrize("price_usd", [0.04, 0.0])
def test_a_file_that_is_no_picture_is_charged_and_asked_for_once_more(
    tmp_path: Path, price_usd: float
) -> None:
    """Twice at most, also where it costs nothing; what was paid stays paid."""
    with Journal.open(tmp_path) as journal:
        backend = Files(WHOLE[:40], WHOLE, price_usd=price_usd)
        assert Driver(ledger=journal.books, sleep=lambda _: None).run(backend, REQUEST, KEY).model == "m"
        assert journal.books.spending().total_usd == pytest.approx(2 * price_usd)
        hopeless, other = Files(*[WHOLE[:40]] * 9, price_usd=price_usd), AttemptKey("other")
        with pytest.raises(AmbiguousBackendError, match="no whole image"):
            Driver(ledger=journal.books, sleep=lambda _: None).run(hopeless, REQUEST, other)
    assert (backend.calls, hopeless.calls) == (2, 2)
