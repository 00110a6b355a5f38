"""What an experiment gave: the rows of its journal and its images, measured and made small for the page."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from radgen.geometry import Box
from radgen.image import RadImage
from radgen.io import read_image, read_mask
from radgen.journal import JobState, Journal
from radgen.mask import Mask
from radgen.quality.pictures import grey_picture
from radgen.report import triptych
from radgen.study import scores
from radgen.study.experiments import Experiment
from radgen.study.model import Answered, Asked
from radgen.study.samples import Sample

__all__ = ["Run", "asked_of"]

SHOWN = 4
"""Pictures of one variant on the page."""
HEIGHT_PX = 150
OPEN_STATES = {JobState.PENDING, JobState.OVER_BUDGET, JobState.TRANSIENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One finished or interrupted run of `augment_dataset`.

    Parameters
    ----------
    folder : Path
        Its output.
    samples : tuple of Sample
        Its source films.
    origin : RadImage, optional
        The film that a continuation began with.
    """

    folder: Path
    samples: tuple[Sample, ...] = ()
    origin: RadImage | None = None


def asked_of(
    experiment: Experiment,
    backend: str,
    runs: Sequence[Run],
    *,
    root: Path,
    not_offered: Mapping[str, str],
    seconds_per_image: float | None = None,
) -> Asked:
    """Collect and measure what an experiment gave.

    Parameters
    ----------
    experiment : Experiment
        Which.
    backend : str
        Who was asked.
    runs : sequence of Run
        One, or one for each step.
    root : Path
        The study's folder, to which files are relative.
    not_offered : mapping of str to str
        What the backend cannot do, and why.
    seconds_per_image : float, optional
        As far as it is known.

    Returns
    -------
    Asked
        For the page and the tables.
    """
    asked = Asked(
        experiment=experiment,
        backend=backend,
        not_offered=not_offered,
        seconds_per_image=seconds_per_image,
        report=str((runs[-1].folder / "report.html").relative_to(root)) if runs else None,
    )
    for run in runs:
        asked = _with_run(asked, run, root)
    return asked


def _with_run(asked: Asked, run: Run, root: Path) -> Asked:
    with Journal.open(run.folder, read_only=True) as journal:
        by_source = {journal.facts.pseudonym("source", f"{item.name}.png"): item for item in run.samples}
        rows = list(journal.jobs.manifest_rows(JobState.DONE))
        counts, reasons = journal.jobs.counts(), journal.jobs.reasons()
        spent_usd = journal.books.spending().total_usd
    answers = tuple(_answers(asked.experiment, rows, run, by_source, root))
    refused = counts.get(JobState.REFUSED, 0)
    waiting = sum(counts.get(state, 0) for state in OPEN_STATES)
    return replace(
        asked,
        answers=asked.answers + answers,
        refused=asked.refused + refused,
        open=asked.open + waiting,
        failed=asked.failed + sum(counts.values()) - len(rows) - refused - waiting,
        reasons=dict(Counter(asked.reasons) + Counter({item.text: item.jobs for item in reasons})),
        cost_usd=None if None in {asked.cost_usd, spent_usd} else asked.cost_usd + spent_usd,  # type: ignore[operator]  # neither is None
    )


def _answers(
    experiment: Experiment,
    rows: Sequence[Mapping[str, Any]],
    run: Run,
    by_source: Mapping[str, Sample],
    root: Path,
) -> Iterator[Answered]:
    """Every row of a manifest with its image: what was measured, and pictures of the first ones."""
    made = Counter[str]()
    earlier: dict[str, list[scores.Levels]] = {}
    for row in rows:
        made[row["variant"]] += 1
        path = run.folder / row["file_name"]
        image, sample = read_image(path), by_source.get(row["source_id"])
        mask = None if row["mask_file_name"] is None else read_mask(run.folder / row["mask_file_name"])
        found = _scores(experiment, image, mask, sample, run.origin)
        if experiment.films == "none":
            small, siblings = scores.coarse(_levels(image)), earlier.setdefault(row["variant"], [])
            found["is_copy"] = float(any(scores.are_copies(small, other) for other in siblings))
            siblings.append(small)
        if row["drift_mean_abs"] is not None:
            found["drift"] = row["drift_mean_abs"]
        yield Answered(
            variant=row["variant"],
            file=path.relative_to(root).as_posix(),
            verdict=row["verdict"],
            failed_checks=tuple(name for name, check in row["checks"].items() if check["verdict"] == "fail"),
            cost_usd=row["cost_usd"],
            scores=found,
            picture=_picture(image, mask, sample, run.origin) if made[row["variant"]] <= SHOWN else None,
        )


def _scores(
    experiment: Experiment, image: RadImage, mask: Mask | None, sample: Sample | None, origin: RadImage | None
) -> dict[str, float]:
    """What this experiment measures; nothing for what is made from text alone."""
    result = _levels(image)
    match experiment.scoring:
        case "restored" if sample is not None and mask is not None:
            return scores.restored(_levels(sample.film.image), result, mask)
        case "removed" if sample is not None and sample.truth is not None and mask is not None:
            return scores.removed(_levels(sample.truth), _levels(sample.film.image), result, mask)
        case "added" if sample is not None and mask is not None:
            return scores.added(_levels(sample.film.image), result, mask)
        case "varied" if sample is not None:
            return scores.varied(_levels(sample.film.image), result)
        case "continued" if origin is not None:
            at = _centered(origin.shape, image.shape)
            kept = np.array_equal(image.pixels[at.slices], origin.pixels)
            return {**scores.continued(result, at, step=mask), "kept": float(kept)}
        case _:
            return {}


def _levels(image: RadImage) -> scores.Levels:
    return grey_picture(image).astype(np.float32)


def _centered(inner: tuple[int, int], outer: tuple[int, int]) -> Box:
    """Where a film lies after steps that add as much at every border."""
    top, left = (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2
    return Box(top, left, top + inner[0], left + inner[1])


def _picture(image: RadImage, mask: Mask | None, sample: Sample | None, origin: RadImage | None) -> bytes:
    """What went in and what came out, side by side."""
    shown = image.to_display().astype(np.uint8)
    if origin is not None:
        at = _centered(origin.shape, image.shape)
        return triptych(origin.to_display().astype(np.uint8), None, shown, height_px=HEIGHT_PX, offset=at[:2])
    if sample is None:
        return triptych(None, None, shown, height_px=HEIGHT_PX)
    source = sample.film.image.to_display().astype(np.uint8)
    return triptych(source, None if mask is None else mask.editable, shown, height_px=HEIGHT_PX)
