"""From what was tallied to the rows of the report: checks by verdict and variant, values, and examples."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from radgen.augment.tally import Found, QualityTally
from radgen.errors import InputError
from radgen.image import ImageInfo
from radgen.io import encode_display_png, read_image
from radgen.quality import Checklist, Reference, Rule, Subject
from radgen.report import CheckRow, Example, MetricRow
from radgen.terms import BodyRegion, Modality, View

__all__ = ["check_rows", "metric_rows", "reference_note"]

EXAMPLE_PX = 192
SHOWN_QUANTILES = (2, 4, 5, 6, 8)
"""Of a reference's quantiles: 5, 25, 50, 75 and 95 percent."""


def check_rows(tally: QualityTally, checklist: Checklist) -> Iterator[CheckRow]:
    """Verdicts of each check.

    Parameters
    ----------
    tally : QualityTally
        Filled.
    checklist : Checklist
        In its order.

    Yields
    ------
    CheckRow
        One for each check.
    """
    for check in checklist.checks:
        yield CheckRow(
            check=check.id,
            sentence=check.sentence,
            passed=tally.counted(check.id, "pass"),
            warned=tally.counted(check.id, "warn"),
            failed=tally.counted(check.id, "fail"),
            skipped=tally.counted(check.id, "skip"),
            where=tuple(tally.where(check.id)),
        )


def metric_rows(tally: QualityTally, checklist: Checklist, out: Path) -> Iterator[MetricRow]:
    """Values of each check, beside what is usual for the most frequent kind of image.

    Parameters
    ----------
    tally : QualityTally
        Filled.
    checklist : Checklist
        With limits and reference.
    out : Path
        Where the images lie.

    Yields
    ------
    MetricRow
        One for each check that measured something.
    """
    subject = _most_frequent(tally)
    for check in checklist.checks:
        values = tuple(tally.values[check.id].kept) if check.id in tally.values else ()
        if not values:
            continue
        limits = None if subject is None else tally.limits(check.id, subject)
        yield MetricRow(
            check=check.id,
            sentence=check.sentence,
            unit=check.unit if isinstance(check, Rule) else "",
            advice=check.advice if isinstance(check, Rule) else "",
            values=values,
            usual=(None, None)
            if limits is None
            else (
                limits.warn_below if limits.warn_below is not None else limits.fail_below,
                limits.warn_above if limits.warn_above is not None else limits.fail_above,
            ),
            real=() if subject is None else _real(check.id, subject, checklist.known),
            worst=tuple(_examples(tally.worst.get(check.id, ()), out)),
            borderline=tuple(_examples(tally.borderline.get(check.id, ()), out))
            if tally.worst.get(check.id)
            else (),
        )


def reference_note(reference: Reference) -> str:
    """Where limits come from, and how often they raise a false alarm, in a few sentences.

    Parameters
    ----------
    reference : Reference
        In force.

    Returns
    -------
    str
        Empty if it knows of no images.
    """
    said = [
        f"{group.name} from {group.source} ({group.images} images of {group.patients} patients, "
        f"{group.sureness}; {group.alarmed:.0%} of them would raise a false alarm)"
        for group in reference.groups
        if group.alarmed is not None
    ]
    return f"Limits come from {'; '.join(said)}." if said else ""


def _most_frequent(tally: QualityTally) -> Subject | None:
    """The kind of image that most rows are of, at the largest size."""
    if not tally.subjects:
        return None
    (modality, region, view), _ = tally.subjects.most_common(1)[0]
    info = ImageInfo(
        modality=Modality(modality),
        region=None if region is None else BodyRegion(region),
        view=None if view is None else View(view),
    )
    return Subject(operation=None, info=info, longest_px=tally.longest_px)


def _real(check: str, subject: Subject, reference: Reference) -> tuple[float, ...]:
    """Quantiles of the first group of such images that knows the check."""
    for group in reference.matching(subject):
        if check in group.spreads:
            return tuple(group.spreads[check].quantiles[place] for place in SHOWN_QUANTILES)
    return ()


def _examples(found: Iterable[Found], out: Path) -> Iterator[Example]:
    """The most remarkable first, each with a small picture; files that are gone are left out."""
    for item in sorted(found, reverse=True):
        try:
            shown = np.asarray(read_image(out / item.file_name).to_display(), dtype=np.uint8)
        except InputError:
            continue
        scale = min(1.0, EXAMPLE_PX / max(shown.shape[:2]))
        size = (max(round(shown.shape[1] * scale), 1), max(round(shown.shape[0] * scale), 1))
        small = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        yield Example(
            png=encode_display_png(small),
            job_id=item.job_id,
            variant=item.variant,
            value=item.value,
            verdict=item.verdict,
        )
