"""One job from request to stored files: what a worker does.

Errors are sorted here: what concerns one job settles that job, what concerns all of them is raised.
"""

import logging
import re
import traceback
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePath
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from radgen.augment.cores import Cores
from radgen.augment.finish import Outcome, finish
from radgen.augment.jobs import Job
from radgen.augment.manifest import (
    ENDINGS,
    Rejected,
    annotation_file,
    image_file,
    manifest_row,
    marked_columns,
    source_mask_file,
)
from radgen.augment.mask_spec import FileMask, parts_of
from radgen.augment.prepare import Prepared
from radgen.augment.shown import Surroundings, shown_of, surroundings_of
from radgen.augment.steps import carry_out
from radgen.drive import Driver
from radgen.errors import (
    AmbiguousBackendError,
    BackendConfigError,
    BudgetExceededError,
    InputError,
    MissingExtraError,
    PrivacyError,
    RadgenError,
    RequestRejectedError,
    StoreError,
    TransientBackendError,
    UnsupportedRequestError,
)
from radgen.io import Scan, encode_dicom, encode_mask_png, encode_png, write_atomically
from radgen.journal import JobState, Journal
from radgen.protocol import Answer, ImageBackend
from radgen.quality import Checklist, Gate, Verdict
from radgen.report import triptych
from radgen.terms import LabelOrigin

__all__ = ["PREVIEWS", "ImageFormat", "Settled", "Worker"]

log = logging.getLogger(__name__)

ImageFormat = Literal["png", "dicom"]

PREVIEWS = ".radgen/previews"
"""Small pictures for the report; hidden from what loads the folder as a data set."""
SHOWN_PER_VARIANT = 6
MANY_CORES = 1024
"""More than threads: everybody may compute."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a job: its state, and why if it is not done."""

    state: JobState
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What the last attempt of a job made, and the attempts before it."""

    prepared: Prepared
    answer: Answer
    outcome: Outcome
    attempt: int
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Worker:
    """Does jobs; safe to share between threads.

    Parameters
    ----------
    journal : Journal
        Where outcomes are recorded.
    driver : Driver
        Sends requests.
    backend : ImageBackend
        Who answers them.
    gate : Gate
        What becomes of images that fail a check.
    checklist : Checklist
        The checks.
    columns : tuple of str
        Label columns of the table.
    mask_names : tuple of str
        Masks that any source has.
    image_format : {"png", "dicom"}
        Of the stored images; masks are PNG in any case.
    near : callable, optional
        What all sources tell of one, for the privacy guard.
    cores : Cores, optional
        Held by jobs that compute, and lent by those that wait for an answer.
    """

    journal: Journal
    driver: Driver
    backend: ImageBackend
    gate: Gate
    checklist: Checklist = field(default_factory=Checklist)
    columns: tuple[str, ...] = ()
    mask_names: tuple[str, ...] = ()
    image_format: ImageFormat = "png"
    near: Surroundings = field(default_factory=lambda: surroundings_of(Scan(sources=())))
    cores: Cores = field(default_factory=lambda: Cores(MANY_CORES))

    def do(self, job: Job, *, attempt: int = 0) -> Settled:
        """Make one image, store it and record what became of the job.

        Parameters
        ----------
        job : Job
            What to make.
        attempt : int
            Number of the first attempt.

        Returns
        -------
        Settled
            Already recorded.

        Raises
        ------
        BudgetExceededError, BackendConfigError, StoreError
            What would stop every other job too.
        """
        with self.cores.taken():
            return self._settled(job, attempt)

    def _settled(self, job: Job, attempt: int) -> Settled:
        """Do the job, and sort what goes wrong."""
        try:
            return self._attempts(job, attempt)
        except (InputError, UnsupportedRequestError, MissingExtraError) as error:
            settled = Settled(JobState.FAILED, self._without_path(str(error), job))
        except BudgetExceededError as error:
            self.journal.jobs.settle(job.id, JobState.OVER_BUDGET, attempt=attempt, reason=str(error))
            raise
        except PrivacyError as error:
            settled = Settled(JobState.BLOCKED, str(error))
        except RequestRejectedError as error:
            settled = Settled(JobState.REFUSED, str(error))
        except (TransientBackendError, AmbiguousBackendError) as error:
            if self.driver.stop.is_set():
                return Settled(JobState.PENDING)  # not its fault: a rerun makes it
            settled = Settled(JobState.TRANSIENT, str(error))
        except MemoryError:
            settled = Settled(JobState.FAILED, "not enough memory for an image of this size")
        except RadgenError:
            self.driver.stop.set()  # at once: this thread would begin its next job before anybody heard of it
            raise
        except Exception as error:  # one image that nobody foresaw must not end a run of thousands
            log.debug("job %s", job.id, exc_info=True)
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{PurePath(place.filename).name}, line {place.lineno}"
            reason = f"unexpected {type(error).__name__} in {where}: please report it to radgen's developers"
            settled = Settled(JobState.FAILED, reason)
        self._remove_earlier(job)
        self.journal.jobs.settle(job.id, settled.state, attempt=attempt, reason=settled.reason)
        return settled

    def _attempts(self, job: Job, first: int) -> Settled:
        """Ask, finish, judge; again with another seed, and with what it lacked said, if the gate says so."""
        able, judge = self.backend.capabilities, self.checklist
        rejected: list[Rejected] = []
        hints: tuple[str, ...] = ()
        for attempt in range(first, first + self.gate.attempts):
            ask = partial(self._ask, job)
            prepared, answer = carry_out(job, ask, able=able, attempt=attempt, hints=hints, checklist=judge)
            outcome = finish(
                job,
                prepared,
                answer,
                backend=self.backend.name,
                able=able,
                columns=self.columns,
                checklist=judge,
            )
            action = self.gate.decide(outcome.verdict, attempt=attempt - first)
            if action != "retry":
                made = Made(prepared, answer, outcome, attempt, tuple(rejected))
                return self._store(job, made, action)
            new = judge.hints(outcome.checks) if able.reads_prompts else ()
            rejected.append(Rejected(attempt, failed_checks(outcome), new))
            hints = tuple(dict.fromkeys((*hints, *new)))
        raise AssertionError("the gate asked for more attempts than it allows")

    def _ask(self, job: Job, prepared: Prepared) -> Answer:
        shown = shown_of(job, prepared, self.near)
        try:
            with self.cores.lent():
                return self.driver.run(self.backend, prepared.request, prepared.key, shown=shown)
        except MissingExtraError as error:  # what the backend lacks it lacks for every job
            raise BackendConfigError(str(error)) from error

    def _store(self, job: Job, made: Made, action: str) -> Settled:
        """Write the files of an outcome, then its row: a row never speaks of a file that is not there."""
        prepared, outcome, attempt = made.prepared, made.outcome, made.attempt
        failed = failed_checks(outcome)
        reason = " ".join(map(self.checklist.sentence, failed)) if failed else None
        state = {"store": JobState.DONE, "quarantine": JobState.QUARANTINED, "drop": JobState.DROPPED}[action]
        folder = "quarantine" if state is JobState.QUARANTINED else "images"
        row = manifest_row(
            job,
            prepared,
            made.answer,
            outcome,
            file_name=image_file(folder, job, ending=ENDINGS[self.image_format]),
            attempt=attempt,
            rejected=made.rejected,
            cost_usd=self.journal.jobs.cost_usd(job.id),
            pseudonym=self.journal.facts.pseudonym,
        ) | marked_columns(job, outcome, self.mask_names)
        self._remove_earlier(job)
        if state is not JobState.DROPPED:
            encode = encode_dicom if self.image_format == "dicom" else encode_png
            self._write(row["file_name"], encode(outcome.image, outcome.provenance))
            if outcome.mask is not None:
                self._write(image_file("masks", job), encode_mask_png(outcome.mask))
            for finding, mask in outcome.annotations.items():
                self._write(annotation_file(job, finding), encode_mask_png(mask))
            for name, found in outcome.source_masks.items():
                self._write(source_mask_file(job, name), encode_mask_png(found.mask))
        if job.rank < SHOWN_PER_VARIANT or state is not JobState.DONE:
            self._write(image_file(PREVIEWS, job), _preview(prepared, outcome))
        self.journal.jobs.settle(
            job.id,
            state,
            attempt=attempt,
            reason=reason,
            verdict=outcome.verdict.value,
            file_name=row["file_name"],
            row=row,
        )
        return Settled(state, reason)

    def _write(self, name: str, data: bytes) -> None:
        path = self.journal.out / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make the folder {path.parent}: {error.strerror}") from error
        write_atomically(path, data, staging=self.journal.temporary)

    def _remove_earlier(self, job: Job) -> None:
        """Remove the files of an earlier attempt: this one may be put elsewhere, show less, or fail."""
        out = self.journal.out
        files = [
            out / image_file(folder, job, ending=ending)
            for folder in ("images", "quarantine", "masks")
            for ending in ENDINGS.values()
        ]
        files += (out / "annotations" / job.variant.name).glob(f"{job.id}-*.png")
        for path in files:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(f"{path} cannot be replaced: {error.strerror}") from error

    @staticmethod
    def _without_path(message: str, job: Job) -> str:
        """A reason for the journal: messages name files for people, what is stored must not."""
        parts = () if job.variant.mask is None else parts_of(job.variant.mask)
        paths = [part.path for part in parts if isinstance(part, FileMask)]
        paths += [reference.path for reference in job.references]
        if job.source is not None:
            paths += [path for path in (job.source.path, job.source.mask_path) if path is not None]
            paths += [file.path for file in job.source.annotations.masks.values()]
        # Whole paths first, the longest before its beginnings: a mask may be called as its image is.
        for path in sorted(paths, key=lambda path: len(str(path)), reverse=True):
            message = message.replace(str(path), "the file")
        for path in paths:  # only as a whole word: a file may be called "1"
            message = re.sub(rf"(?<!\w){re.escape(path.name)}(?!\w)", "the file", message)
        return message.removeprefix("the file: ")


def failed_checks(outcome: Outcome) -> tuple[str, ...]:
    """Ids of the checks that failed."""
    return tuple(check.id for check in outcome.checks if check.verdict is Verdict.FAIL)


def _preview(prepared: Prepared, outcome: Outcome) -> bytes:
    """Source, mask and result side by side, as they would be looked at."""
    source: NDArray[np.uint8] | None = None
    if prepared.base is not None and prepared.source_shape is not None:
        (top, left), (rows, cols) = prepared.offset, prepared.source_shape
        source = prepared.base.to_display()[top : top + rows, left : left + cols].astype(np.uint8)
    mask = None if outcome.mask is None else outcome.mask.editable
    boxes = [item.annotation.edges for item in outcome.objects if item.origin is not LabelOrigin.UNVERIFIED]
    shown = outcome.image.to_display().astype(np.uint8)
    return triptych(source, mask, shown, offset=prepared.offset, objects=boxes)
