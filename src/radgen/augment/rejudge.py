"""Other limits for a finished folder: verdicts, images, manifest and report follow, at no cost."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from radgen.augment.dataset import write_exports
from radgen.augment.engine import Run
from radgen.augment.overview import Told
from radgen.errors import InputError, StoreError
from radgen.io import read_image
from radgen.journal import JobState, Journal
from radgen.quality import Checklist, CheckResult, Gate, Verdict, is_output, judge_again, worst

__all__ = ["Rejudged", "rejudge"]

FOLDERS = {JobState.DONE: "images", JobState.QUARANTINED: "quarantine"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """What judging again changed.

    Parameters
    ----------
    images : int
        How many were judged.
    changed : int
        How many have another verdict now.
    put_aside, taken_back : int
        How many moved into quarantine, and out of it.
    report : Path
        The new page.
    """

    images: int
    changed: int
    put_aside: int
    taken_back: int
    report: Path


def rejudge(
    out: str | os.PathLike[str],
    checklist: Checklist | None = None,
    *,
    on_image: Callable[[int], object] | None = None,
) -> Rejudged:
    """Judge the images of an output folder by other limits.

    Recorded values are judged anew; nothing is asked of a backend, and source images are not needed. Images
    that fail now are put aside, images that no longer fail come back (unless the run kept all of them), and
    manifest and report are written anew. What was dropped or refused stays as it is. If it is interrupted,
    the same call goes on.

    Parameters
    ----------
    out : path
        An output folder of `augment_dataset`.
    checklist : Checklist, optional
        The limits; by default radgen's own.
    on_image : callable, optional
        Called with how many images are done.

    Returns
    -------
    Rejudged
        What changed.

    Raises
    ------
    InputError
        If it is no output folder, or one of a version that kept too little.
    StoreError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from radgen.augment import augment_dataset
    >>> from radgen.io import encode_display_png
    >>> from radgen.quality import Bounds
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     films, out = Path(folder, "films"), Path(folder, "out")
    ...     films.mkdir()
    ...     ramp = np.linspace(20, 200, 64 * 64).reshape(64, 64).astype(np.uint8)
    ...     _ = (films / "a.png").write_bytes(encode_display_png(ramp))
    ...     _ = augment_dataset(films, out)
    ...     stricter = rejudge(out, Checklist(limits={"contrast": Bounds(fail_below=250)}))
    >>> stricter.images, stricter.put_aside
    (1, 1)
    """
    out, judge = Path(out), checklist or Checklist()
    if not is_output(out):
        raise InputError(f"{out} is no output folder of radgen: only what radgen made can be judged again")
    with Journal.open(out) as journal:
        remembered = journal.facts.value("told")
        if remembered is None:
            raise InputError(f"{out} is of an earlier version: run its augment command once more, then this")
        told = Told.remembered(remembered)
        counts = {"images": 0, "changed": 0, "put_aside": 0, "taken_back": 0}
        rows = [(state, row) for state in FOLDERS for row in journal.jobs.manifest_rows(state)]
        for state, row in rows:
            results = judge_again(row, judge, partial(read_image, out / row["file_name"]))
            now = _state(results, told)
            counts["images"] += 1
            counts["changed"] += worst(results).value != row["verdict"]
            counts["put_aside"] += (state, now) == (JobState.DONE, JobState.QUARANTINED)
            counts["taken_back"] += (state, now) == (JobState.QUARANTINED, JobState.DONE)
            _record(journal, row, results, now, judge)
            if on_image is not None:
                on_image(counts["images"])
        report = write_exports(journal, told, Run(0), checklist=judge)
    return Rejudged(**counts, report=report)


def _state(results: tuple[CheckResult, ...], told: Told) -> JobState:
    """Where the image belongs; there is nobody to ask again, and nothing is thrown away."""
    keeps = told.on_fail == "keep"
    action = Gate("keep" if keeps else "quarantine").decide(worst(results), attempt=0)
    return JobState.DONE if action == "store" else JobState.QUARANTINED


def _record(
    journal: Journal, row: dict[str, Any], results: tuple[CheckResult, ...], state: JobState, judge: Checklist
) -> None:
    """Put the file where it belongs, then the row: a row never speaks of a file that is not there."""
    checks = {item.id: {"value": item.value, "verdict": item.verdict.value} for item in results}
    earlier = row["file_name"]
    file_name = "/".join([FOLDERS[state], *earlier.split("/")[1:]])
    verdict = worst(results).value
    new = {**row, "checks": {**row["checks"], **checks}, "verdict": verdict, "file_name": file_name}
    if new == row:
        return
    failed = [judge.sentence(item.id) for item in results if item.verdict is Verdict.FAIL]
    try:
        if file_name != earlier:
            (journal.out / file_name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(journal.out / earlier, journal.temporary / Path(earlier).name)
            (journal.temporary / Path(earlier).name).replace(journal.out / file_name)
        journal.jobs.settle(
            row["id"],
            state,
            attempt=row["attempt"],
            reason=" ".join(failed) or None,
            verdict=verdict,
            file_name=file_name,
            row=new,
        )
        if file_name != earlier:
            (journal.out / earlier).unlink()
    except OSError as error:
        place = f"{journal.out / earlier} cannot be moved to {file_name}"
        raise StoreError(f"{place}: {error.strerror}") from error
