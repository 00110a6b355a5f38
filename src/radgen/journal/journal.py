"""An output folder's journal: opened by one process at a time, recovered, and taken apart into its rooms."""

from pathlib import Path
from types import TracebackType
from typing import Final, Self

from radgen.errors import StoreError
from radgen.journal.answers import AnswerStore
from radgen.journal.books import Books
from radgen.journal.database import Database
from radgen.journal.facts import Facts
from radgen.journal.forget import Oblivion
from radgen.journal.jobs import JobTable
from radgen.journal.recovery import Recovery, recover
from radgen.journal.uploads import UploadTable

__all__ = ["Journal"]

FOLDER: Final = ".radgen"
"""Hidden, so that what loads the output folder as a data set does not look into it."""


class Journal:
    """What an output folder remembers. Use `Journal.open`, as a context manager.

    Parameters
    ----------
    out : Path
        The output folder.
    database : Database
        Its connection.
    books : Books
        The ledger: what was sent, answered and paid.
    recovery : Recovery
        What the last process had left open.

    Attributes
    ----------
    jobs : JobTable
        What is planned and what became of it.
    facts : Facts
        Pseudonyms, pinned models, digests, unusable sources.
    uploads : UploadTable
        What left for remote backends.
    oblivion : Oblivion
        How a patient is removed.
    """

    def __init__(self, out: Path, database: Database, books: Books, recovery: Recovery) -> None:
        self.out = out
        self.books = books
        self.recovery = recovery
        self.jobs = JobTable(database)
        self.facts = Facts(database)
        self.uploads = UploadTable(database, self.facts)
        self.oblivion = Oblivion(database, AnswerStore(out / FOLDER / "answers"), self.facts)
        self._db = database

    @classmethod
    def open(cls, out: Path | str, *, budget_usd: float | None = None, read_only: bool = False) -> Self:
        """Open the journal of an output folder, making both if they are not there.

        Parameters
        ----------
        out : Path or str
            The output folder.
        budget_usd : float, optional
            The most it may cost over all its runs.
        read_only : bool
            For reports after a run: nothing is made, recovered or locked.

        Returns
        -------
        Self
            Locked against every other process and journal until it is closed or its process ends.

        Raises
        ------
        StoreError
            If the folder or its journal cannot be used, saying what to do.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as out, Journal.open(out, budget_usd=5.0) as journal:
        ...     journal.books.spending().total_usd
        0.0
        """
        out = Path(out)
        folder = out / FOLDER
        answers = AnswerStore(folder / "answers", staging=folder / "tmp")
        path = folder / "journal.sqlite3"
        if read_only:
            if not path.is_file():
                raise StoreError(f"{out} has no journal: no run has written into it yet")
        else:
            _make_folder(folder / "tmp", out)
            if not answers.is_empty() and (not path.is_file() or path.stat().st_size == 0):
                raise StoreError(
                    f"{out} holds paid answers and no journal: restore {path} from a copy, or move {folder} "
                    "away to start anew"
                )
        database = Database(path, out, read_only=read_only)
        try:
            recovery = Recovery() if read_only else recover(database, answers)
            journal = cls(out, database, Books(database, answers, folder, budget_usd=budget_usd), recovery)
            if not read_only:
                _clear(folder / "tmp")
                journal.facts.make_key()
        except BaseException:
            database.close()
            raise
        return journal

    @property
    def temporary(self) -> Path:
        """A folder on the same disk for unfinished files; emptied when the journal is opened."""
        return self.out / FOLDER / "tmp"

    def close(self) -> None:
        """Write what is not written yet and give the lock back."""
        try:
            self.facts.flush()
        finally:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _make_folder(folder: Path, out: Path) -> None:
    """The output folder with its hidden part, or a clear refusal."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise StoreError(f"{out} cannot be the output folder: a file is in the way") from error
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error.strerror}") from error


def _clear(folder: Path) -> None:
    """Remove what an earlier process left unfinished."""
    for entry in folder.iterdir():
        try:
            entry.unlink()
        except OSError as error:
            raise StoreError(f"{entry} cannot be removed: {error.strerror}") from error
