"""Opening an output folder: what is made, locked, refused and cleared."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from radgen.drive import AttemptKey
from radgen.errors import InputError, StoreError
from radgen.journal import Journal
from radgen.protocol import Answer


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    """A new output folder holds one hidden folder and nothing to be taken for data."""
    out = tmp_path / "new" / "out"
    with Journal.open(str(out)):
        assert [path.name for path in out.iterdir()] == [".radgen"]
    assert sorted(path.name for path in (out / ".radgen").iterdir()) == ["journal.sqlite3", "tmp"]


def test_two_at_a_time_are_refused(tmp_path: Path) -> None:
    """A second journal in the same process is refused at once, and welcome afterwards."""
    with Journal.open(tmp_path), pytest.raises(StoreError, match="another radgen is working on"):
        Journal.open(tmp_path)
    Journal.open(tmp_path).close()


def test_the_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    """An opening that fails leaves no lock behind."""
    with pytest.raises(InputError, match="budget_usd"):
        Journal.open(tmp_path, budget_usd=-1.0)
    Journal.open(tmp_path).close()


@pytest.mark.parametrize("where", ["out", "out/.radgen", "out/.radgen/tmp"])
def test_a_file_in_the_way_is_said(tmp_path: Path, where: str) -> None:
    """Where a folder is needed and a file is, the error says so."""
    path = tmp_path / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    with pytest.raises(StoreError, match="a file is in the way"):
        Journal.open(tmp_path / "out")


def test_a_folder_in_the_journals_place_is_said(tmp_path: Path) -> None:
    """SQLite's own words are translated."""
    (tmp_path / ".radgen" / "journal.sqlite3").mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be written"):
        Journal.open(tmp_path)


def test_a_read_only_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be written is refused before anything is sent."""

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    with pytest.raises(StoreError, match="cannot be written: Permission denied"):
        Journal.open(tmp_path / "out")


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0" + b"x" * 5000])
def test_a_damaged_journal_is_said(tmp_path: Path, content: bytes) -> None:
    """It is not replaced by an empty one, which would buy everything again."""
    path = tmp_path / ".radgen" / "journal.sqlite3"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"journal of .* is damaged"):
        Journal.open(tmp_path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("loss", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_lost_journal_is_not_begun_anew(
    tmp_path: Path, make_answer: Callable[..., Answer], loss: Callable[[Path], object]
) -> None:
    """Answers without a journal were paid for: somebody has to decide."""
    with Journal.open(tmp_path) as opened:
        key = AttemptKey("job")
        opened.books.keep(key, opened.books.intend(key, 0.04), make_answer())
    loss(tmp_path / ".radgen" / "journal.sqlite3")
    with pytest.raises(StoreError, match="paid answers and no journal"):
        Journal.open(tmp_path)


def test_a_newer_journal_is_left_alone(tmp_path: Path) -> None:
    """A journal of a later radgen is not read with today's ideas."""
    Journal.open(tmp_path).close()
    with sqlite3.connect(tmp_path / ".radgen" / "journal.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"newer radgen \(schema 99.*upgrade"):
            Journal.open(tmp_path, read_only=read_only)


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    """A database that is not radgen's is not written into."""
    (tmp_path / ".radgen").mkdir()
    with sqlite3.connect(tmp_path / ".radgen" / "journal.sqlite3") as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    with pytest.raises(StoreError, match="no journal of radgen's"):
        Journal.open(tmp_path)


def test_reading_needs_a_journal(tmp_path: Path) -> None:
    """A report on a folder without a run says so, and makes nothing."""
    with pytest.raises(StoreError, match="has no journal"):
        Journal.open(tmp_path, read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """Writing through a journal opened for reading is refused, and open sends stay open."""
    with Journal.open(tmp_path) as opened:
        opened.books.intend(AttemptKey("job"), 0.04)
    with Journal.open(tmp_path, read_only=True) as reading:
        assert reading.books.spending().reserved_usd == 0.04
        with pytest.raises(StoreError, match="cannot be written"):
            reading.facts.remember("a", 1)
    with Journal.open(tmp_path) as opened:
        assert opened.recovery.ambiguous == 1


def test_a_read_only_medium_can_be_reported_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SQLite cannot make its side files, a finished journal is read as it is."""
    with Journal.open(tmp_path) as opened:
        opened.facts.remember("a", 1)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Journal.open(tmp_path, read_only=True) as reading:
        assert reading.facts.value("a") == 1
        assert not (tmp_path / ".radgen" / "journal.sqlite3-wal").exists()


def test_unfinished_files_are_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier process left unfinished goes; if it cannot, that is said."""
    with Journal.open(tmp_path) as opened:
        (opened.temporary / "half").write_text("half")
    with Journal.open(tmp_path) as opened:
        assert list(opened.temporary.iterdir()) == []
        (opened.temporary / "half").write_text("half")

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", denied)
        with pytest.raises(StoreError, match="half cannot be removed"):
            Journal.open(tmp_path)
    Journal.open(tmp_path).close()


def test_the_journal_survives_power_cuts(tmp_path: Path) -> None:
    """WAL and full synchronisation: what a transaction wrote is on disk when it returns."""
    with Journal.open(tmp_path) as opened:
        assert opened._db.rows("PRAGMA synchronous") == [(2,)]
        assert opened._db.rows("PRAGMA journal_mode") == [("wal",)]


def test_a_journal_can_be_closed_twice(tmp_path: Path) -> None:
    """Closing is safe to repeat; working afterwards is refused in words."""
    opened = Journal.open(tmp_path)
    opened.close()
    opened.close()
    with pytest.raises(StoreError, match=r"journal of .* failed"):
        opened.facts.value("a")
