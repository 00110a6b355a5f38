"""A patient out of an output folder: every image made from them, and every trace that leads back."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from radgen.augment.dataset import write_exports
from radgen.augment.engine import Run
from radgen.augment.manifest import ENDINGS
from radgen.augment.overview import Told
from radgen.augment.work import PREVIEWS
from radgen.errors import InputError, StoreError
from radgen.journal import ForgottenJob, Journal

__all__ = ["Forgotten", "forget_patient"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was removed.

    Parameters
    ----------
    jobs : int
        Jobs of the patient, whatever had become of them.
    files : int
        Images, masks and previews.
    answers : int
        Answers of backends.
    report : Path
        The page, written anew.
    """

    jobs: int
    files: int
    answers: int
    report: Path


def forget_patient(out: str | os.PathLike[str], patient: str) -> Forgotten:
    r"""Remove a patient and every descendant from an output folder.

    Parameters
    ----------
    out : path
        The folder that `radgen.augment_dataset` wrote.
    patient : str
        The pseudonym in the column ``patient_id`` of ``metadata.jsonl``, or the patient's key as the table
        or the DICOM header of the sources has it.

    Returns
    -------
    Forgotten
        What was removed. A rerun does not make it again, unless ``again=["forgotten"]`` asks for it.

    Raises
    ------
    InputError
        If the folder knows no such patient.
    StoreError
        If it is no output folder, or a file cannot be removed; the same call again goes on.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from radgen import augment_dataset
    >>> from radgen.io import encode_display_png
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     films, out = Path(folder, "films"), Path(folder, "more")
    ...     films.mkdir()
    ...     ramp = np.linspace(20, 200, 64 * 64).reshape(64, 64).astype(np.uint8)
    ...     _ = (films / "a.png").write_bytes(encode_display_png(ramp))
    ...     _ = (films / "metadata.csv").write_text("file_name,patient_id\na.png,P1\n")
    ...     _ = augment_dataset(films, out)
    ...     gone = forget_patient(out, "P1")
    >>> gone.jobs, gone.answers
    (1, 1)
    """
    out = Path(out)
    if not (out / ".radgen" / "journal.sqlite3").is_file():
        raise StoreError(f"{out} has no journal: it is no folder that radgen has written into")
    with Journal.open(out) as journal:
        named = {patient, journal.facts.pseudonym("patient", patient)}
        sources = journal.oblivion.sources_of(named)
        jobs = journal.oblivion.jobs_of(sources)
        if not sources and not named & journal.oblivion.patients:
            raise InputError(
                f"{out} knows no such patient: give the patient_id of metadata.jsonl, or the key in the "
                "table or header of the sources"
            )
        told = journal.facts.value("told")
        if told is None:
            raise InputError(f"{out} was written by an earlier radgen: run the augmentation once more first")
        # First it is settled that they do not come back, then the rows go, then the files: killed at any
        # point, the same call finishes it.
        journal.oblivion.remember(journal.oblivion.patients | _known(journal, named))
        files = _remove(out, jobs)
        answers = journal.oblivion.remove(jobs, sources)
        report = write_exports(journal, Told.remembered(told), Run(0))
        return Forgotten(jobs=len(jobs), files=files, answers=answers, report=report)


def _known(journal: Journal, named: set[str]) -> set[str]:
    """Of a key and its pseudonym, the one that is a pseudonym of this folder's: a key is not stored."""
    return {name for name in named if journal.oblivion.sources_of({name})}


def _remove(out: Path, jobs: Iterable[ForgottenJob]) -> int:
    """Remove the files of jobs; how many there were."""
    count = 0
    for job in jobs:
        for path in _files(out, job):
            try:
                path.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StoreError(f"{path} cannot be removed: {error.strerror}") from error
            count += 1
    return count


def _files(out: Path, job: ForgottenJob) -> Iterable[Path]:
    folders = ("images", "quarantine", "masks", PREVIEWS)
    for folder in folders:
        yield from (out / folder / job.variant / f"{job.id}{ending}" for ending in ENDINGS.values())
    yield from (out / "masks" / job.variant).glob(f"{job.id}-*")
    yield from (out / "annotations" / job.variant).glob(f"{job.id}-*")
