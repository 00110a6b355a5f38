"""The main job: a folder of images becomes an augmented, checked and resumable data set."""

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from radgen.augment.cores import Cores
from radgen.augment.engine import Run, cores_for, in_flight, run_jobs, threads_for
from radgen.augment.jobs import Job, expand, require_able
from radgen.augment.manifest import ENDINGS
from radgen.augment.overview import Told, report_data
from radgen.augment.plan import AugmentPlan, load_plan
from radgen.augment.shown import surroundings_of
from radgen.augment.summary import Event, Summary
from radgen.augment.work import ImageFormat, Worker
from radgen.backends import get_backend
from radgen.drive import Driver, Guard, Limits, Throttle, batched, require_priced
from radgen.errors import InputError, StoreError
from radgen.io import Frames, Scan, Source, scan, write_atomically
from radgen.journal import (
    JobState,
    Journal,
    PlannedJob,
    export_metadata,
    export_objects,
    export_quarantine,
    export_uploads,
    remember_backend,
)
from radgen.privacy import PrivacyPolicy
from radgen.protocol import ImageBackend
from radgen.quality import Checklist, Gate
from radgen.report import render_report

__all__ = ["augment_dataset", "write_exports"]

StrPath = str | os.PathLike[str]
NOT_IN_A_ROW = frozenset({"window", "lossy", "pixel_aspect"})
"""Facts of an image that no row of the manifest tells."""


def augment_dataset(  # noqa: PLR0913, PLR0917 - the main door: one keyword per concern, each with a default
    source: StrPath,
    out: StrPath,
    plan: AugmentPlan | Mapping[str, Any] | StrPath | None = None,
    backend: str | ImageBackend = "procedural",
    labels: StrPath | None = None,
    limits: Limits | None = None,
    gate: Gate | None = None,
    privacy: PrivacyPolicy | None = None,
    on_event: Callable[[Event], object] | None = None,
    *,
    preview: int | None = None,
    again: Collection[str] = (),
    annotations: StrPath | None = None,
    frames: Frames = "first",
    checklist: Checklist | None = None,
    format: ImageFormat = "png",  # noqa: A002 - the word that pandas, Pillow and the command line use
) -> Summary:
    """Augment a folder of images.

    Running the same call again does only what is missing; another plan on the same folder adds its
    images and keeps those that are there. What arrived from a backend is never asked for again.

    Parameters
    ----------
    source : path
        A folder of DICOM, PNG, JPEG, TIFF or NIfTI files, with sub-folders, class folders, or a table
        ``metadata.csv``, ``metadata.jsonl`` or ``labels.csv`` with a column ``file_name``.
    out : path
        Where the data set goes: ``images/``, ``metadata.jsonl``, ``report.html``.
    plan : AugmentPlan or mapping or path, optional
        What to make; by default one mild, label-safe variation of every training image.
    backend : str or ImageBackend
        Who makes it: a name, or any object with `run`.
    labels : path, optional
        A table elsewhere.
    limits : Limits, optional
        Workers and budget.
    gate : Gate, optional
        What becomes of images that fail a check; by default they are put aside.
    privacy : PrivacyPolicy, optional
        On which basis acquired pixels may be sent to a remote backend; by default they may not.
    on_event : callable, optional
        Called with every `Event`, in this thread.
    preview : int, optional
        Do at most so many jobs, to have a look.
    again : collection of str
        States of earlier jobs to do again with another seed, such as ``"quarantined"``.
    annotations : path, optional
        Objects in the images: a COCO file, or a table of boxes as RSNA or VinDr write it. They travel with
        the images; masks travel that the table names in ``mask`` and ``..._mask``.
    frames : {"first", "all"} or int
        Which frames of multi-frame DICOM files: the first, all, or one every so many.
    checklist : Checklist, optional
        The checks, their limits, and the real images that these come from.
    format : {"png", "dicom"}
        How images are stored; masks are PNG in any case. Images that an earlier run stored in the other
        format are stored anew from the answers that were kept, at no cost.

    Returns
    -------
    Summary
        Counts, costs, reasons and where the report lies.

    Raises
    ------
    InputError
        For a wrong plan, table, folder or backend, before the first job.
    StoreError
        If the output folder cannot be used.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from radgen.io import encode_display_png
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     films = Path(folder, "films")
    ...     films.mkdir()
    ...     ramp = np.linspace(20, 200, 64 * 64).reshape(64, 64).astype(np.uint8)
    ...     _ = (films / "a.png").write_bytes(encode_display_png(ramp))
    ...     summary = augment_dataset(films, Path(folder, "more"))
    >>> summary.jobs, summary.done
    (1, 1)
    """
    limits, gate, privacy = limits or Limits(), gate or Gate(), privacy or PrivacyPolicy()
    judge = checklist or Checklist()
    wanted, model = load_plan(plan), batched(get_backend(backend))
    able = model.capabilities
    require_able(wanted, able, backend=model.name)
    require_priced(model, limits.budget_usd)
    reopened = _states(again)
    if format not in ENDINGS:
        raise InputError(f"format is {format!r}: {' or '.join(ENDINGS)}")
    if preview is not None and preview < 1:
        raise InputError(f"preview is {preview}: at least 1")
    source, out = Path(source), Path(out)
    require_apart(source, out)
    if not source.is_dir():
        scan(source, labels)  # says what is wrong with it, before an output folder is made
    with Journal.open(out, budget_usd=limits.budget_usd) as journal:
        found = scan_once(
            source, labels, annotations, frames, out=out, journal=journal, may_be_empty=wanted.needs_no_source
        )
        told = Told.of(wanted, model, gate.on_fail)
        journal.facts.remember("privacy", asdict(privacy))
        remember_backend(journal.facts, model)
        journal.facts.remember("told", asdict(told))
        _seed(journal, expand(wanted, found, backend=model.name), found, again=reopened)
        journal.jobs.reopen_other_files(ENDINGS[format])
        batch = getattr(model, "batch_size", 1)
        requests = in_flight(limits.workers, able, batch)
        throttle = Throttle(most=requests, images_per_minute=limits.images_per_minute)
        worker = Worker(
            journal=journal,
            driver=Driver(ledger=journal.books, guard=Guard.of(privacy, journal.uploads), throttle=throttle),
            backend=model,
            gate=gate,
            checklist=judge,
            columns=found.label_columns,
            mask_names=found.mask_names,
            image_format=format,
            near=surroundings_of(found),
            cores=Cores(cores_for(requests, able, batch)),
        )
        total = journal.jobs.counts()[JobState.PENDING]
        run = run_jobs(
            worker,
            islice(journal.jobs.pending(), preview),
            expand(wanted, found, backend=model.name),
            total=total if preview is None else min(preview, total),
            workers=threads_for(requests, able, batch),
            on_event=on_event,
        )
        try:
            return _concluded(journal, told, judge, found, run, limits.budget_usd)
        except StoreError as error:  # what stopped the run is the cause, and says what to do
            raise StoreError(run.message or str(error)) from error


def scan_once(
    source: Path,
    labels: StrPath | None,
    annotations: StrPath | None = None,
    frames: Frames = "first",
    *,
    out: Path,
    journal: Journal,
    may_be_empty: bool = False,
) -> Scan:
    """Scan the folder, reading only files that changed since the last run, and record what is unusable."""
    facts = journal.facts

    def digest(path: Path) -> str:
        stat, name = path.stat(), facts.pseudonym("file", os.path.abspath(path))  # noqa: PTH100 - resolve() asks the disk for every part
        known = facts.cached_digest(name, stat.st_size, stat.st_mtime_ns)
        if known is None:
            with path.open("rb") as file:
                known = hashlib.file_digest(file, "sha256").hexdigest()
            facts.remember_digest(name, stat.st_size, stat.st_mtime_ns, known)
        return known

    found = scan(
        source,
        labels,
        exclude=[out],
        annotations=annotations,
        frames=frames,
        may_be_empty=may_be_empty,
        digest_of=digest,
    )
    facts.replace_problems((facts.pseudonym("source", item.uri), item.reason) for item in found.problems)
    return found


def facts_of(source: Source) -> str:
    """Fingerprint of everything but the pixels that goes into a row of the manifest."""
    facts: list[Any] = [
        source.split,
        source.patient_key,
        source.study_key,
        list(source.labels.items()),
        {name: value for name, value in asdict(source.info).items() if name not in NOT_IN_A_ROW},
    ]
    marked = source.annotations
    if marked.objects or marked.masks:  # without any, nothing that is there already has to be written anew
        masks = {name: file.digest for name, file in marked.masks.items()}
        facts += [list(marked.objects), masks, marked.shape]
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:16]


def _states(names: Collection[str]) -> list[JobState]:
    """States that the user wants done again."""
    offered = {state.value: state for state in JobState if state is not JobState.PENDING}
    names = [names] if isinstance(names, str) else names
    unknown = sorted(set(names) - set(offered))
    if unknown:
        raise InputError(f"again: no state is called {', '.join(unknown)}: there are {', '.join(offered)}")
    return [offered[name] for name in names]


def require_apart(source: Path, out: Path) -> None:
    """Refuse folders that would feed on their own output."""
    real_source, real_out = source.resolve(), out.resolve()
    if real_source == real_out or real_out in real_source.parents:
        raise InputError(
            f"the source {source} lies inside the output {out}: choose an output folder elsewhere, "
            "or radgen would augment its own images"
        )


def _seed(journal: Journal, jobs: Iterator[Job], found: Scan, *, again: Collection[JobState]) -> None:
    """Make the plan's jobs the current ones, and open those again that a rerun does."""
    journal.jobs.seed(_planned(journal, jobs))
    keyed = journal.facts.pseudonym
    known = [
        (item, keyed("source", item.uri), keyed("patient", item.patient_key) if item.patient_key else None)
        for item in found.sources
    ]
    journal.jobs.note_sources((source, facts_of(item), patient) for item, source, patient in known)
    journal.jobs.reopen(again, anew=True)  # first: what the next line reopens keeps its answers
    journal.jobs.reopen()
    if JobState.FORGOTTEN in again:
        journal.oblivion.remember(())
    gone = journal.oblivion.patients
    if gone:
        journal.oblivion.bar([source for _, source, patient in known if patient in gone])


def _planned(journal: Journal, jobs: Iterator[Job]) -> Iterator[PlannedJob]:
    for job in jobs:
        yield PlannedJob(
            id=job.id,
            ordinal=job.ordinal,
            source=None if job.source is None else journal.facts.pseudonym("source", job.source.uri),
            variant=job.variant.name,
            copy=job.copy,
            facts="" if job.source is None else facts_of(job.source),
            drawn_as=job.drawn_as,
        )


def write_exports(
    journal: Journal,
    told: Told,
    run: Run,
    *,
    budget_usd: float | None = None,
    checklist: Checklist | None = None,
) -> Path:
    """Write the manifest, the annotations, the log of uploads and the page anew; where the page lies."""
    export_metadata(journal)
    export_objects(journal)
    export_quarantine(journal)
    export_uploads(journal)
    data = report_data(journal, told, run, budget_usd=budget_usd, checklist=checklist or Checklist())
    page = render_report(data)
    report = journal.out / "report.html"
    write_atomically(report, page.encode(), staging=journal.temporary)
    return report


def _concluded(
    journal: Journal, told: Told, checklist: Checklist, found: Scan, run: Run, budget_usd: float | None
) -> Summary:
    """Write what people load and look at, and sum up."""
    report = write_exports(journal, told, run, budget_usd=budget_usd, checklist=checklist)
    counts = journal.jobs.counts()
    return Summary(
        jobs=sum(counts.values()),
        images=journal.jobs.images(),
        states={state.value: count for state, count in counts.items() if count},
        out=journal.out,
        report=report,
        cost_usd=journal.books.spending().total_usd,
        problems=tuple((item.uri, item.reason) for item in found.problems),
        reasons=tuple(
            (item.state.value, item.variant, item.text, item.jobs) for item in journal.jobs.reasons()
        ),
        failures=tuple(run.failures),
        stopped=run.stopped,
        message=run.message,
    )
