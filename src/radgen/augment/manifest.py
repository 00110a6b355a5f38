"""A row of the manifest: everything a user or a loader may want to know of one image, and no name or path."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from radgen.augment.finish import Outcome
from radgen.augment.jobs import Job
from radgen.augment.objects import Located
from radgen.augment.prepare import Prepared
from radgen.composite import Composite
from radgen.image import RadImage
from radgen.io import Source
from radgen.protocol import Answer
from radgen.terms import LabelOrigin

__all__ = ["ENDINGS", "Pseudonym", "Rejected", "image_file", "manifest_row", "marked_columns"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """An attempt that the gate did not take.

    Parameters
    ----------
    attempt : int
        Which.
    failed : tuple of str
        Ids of the checks that failed.
    hints : tuple of str
        What the next attempt was told for it.
    """

    attempt: int
    failed: tuple[str, ...]
    hints: tuple[str, ...] = ()


Pseudonym = Callable[[str, str], str]
"""Kind (``"patient"``, ``"study"``, ``"source"``) and value to a keyed pseudonym."""
ENDINGS = {"png": ".png", "dicom": ".dcm"}
"""How files of each image format end; masks are PNG in any case."""


def image_file(folder: str, job: Job, suffix: str = "", *, ending: str = ".png") -> str:
    """Where a file of a job lies, relative to the output folder.

    Parameters
    ----------
    folder : str
        ``"images"``, ``"masks"``, ``"quarantine"`` ...
    job : Job
        Whose file.
    suffix : str
        Something that tells several files of a job apart.
    ending : str
        Of the file's format.

    Returns
    -------
    str
        With forward slashes.
    """
    return f"{folder}/{job.variant.name}/{job.id}{suffix}{ending}"


def manifest_row(  # noqa: PLR0913 - all that a row speaks of
    job: Job,
    prepared: Prepared,
    answer: Answer,
    outcome: Outcome,
    *,
    file_name: str,
    attempt: int,
    rejected: Sequence[Rejected] = (),
    cost_usd: float | None,
    pseudonym: Pseudonym,
) -> dict[str, Any]:
    """Describe one image.

    Labels that are not known to hold stand under ``unverified_labels``, so that a loader that reads
    ``labels`` cannot train on them by accident; both have every column.

    Parameters
    ----------
    job, prepared, answer, outcome
        What was planned, sent, returned and made.
    file_name : str
        Where the image lies, relative to the output folder.
    attempt : int
        Which attempt made it.
    rejected : sequence of Rejected
        The attempts before it that failed a check.
    cost_usd : float, optional
        What the job cost; ``None`` is unknown.
    pseudonym : callable
        Kind and value to a keyed pseudonym.

    Returns
    -------
    dict
        Plain JSON values; the same keys for every job.
    """
    return {
        **_files(job, outcome, file_name),
        "id": job.id,
        "variant": job.variant.name,
        "operation": job.variant.operation.value,
        "copy": job.copy,
        "synthetic": True,
        "digital_source_type": outcome.provenance.source_type.value,
        **_origin(job.source, pseudonym),
        **_labels(outcome),
        "backend": outcome.provenance.backend,
        "model": answer.model,
        "seed": str(prepared.seed),
        "attempt": attempt,
        "earlier_attempts": [
            {"attempt": item.attempt, "failed": list(item.failed), "hints": list(item.hints)}
            for item in rejected
        ],
        "prompt": prepared.request.prompt.text,
        "references": len(job.references),
        "emulated": prepared.emulated or answer.emulated,
        "replayed": answer.replayed,
        "redacted_texts": outcome.redacted,
        "repairs": list(outcome.repairs),
        "cost_usd": cost_usd,
        **_quality(outcome),
        **_pasting(outcome.pasted),
        **_image(outcome.image),
        "transport_max_step": None if prepared.transport is None else round(prepared.transport.max_step, 4),
        "radgen_version": outcome.provenance.radgen_version,
    }


def _files(job: Job, outcome: Outcome, file_name: str) -> dict[str, Any]:
    """Where its files lie; loaders take a column ``*_file_name`` for an image."""
    return {
        "file_name": file_name,
        "mask_file_name": None if outcome.mask is None else image_file("masks", job),
        "annotations": [
            {"finding": name, "file": annotation_file(job, name)} for name in sorted(outcome.annotations)
        ],
    }


def _origin(source: Source | None, pseudonym: Pseudonym) -> dict[str, Any]:
    """What a child inherits from its source; an image from nothing is training data."""

    def keyed(kind: str, value: str | None) -> str | None:
        return None if value is None else pseudonym(kind, value)

    return {
        "source_id": keyed("source", source.uri if source else None),
        "patient_id": keyed("patient", source.patient_key if source else None),
        "study_id": keyed("study", source.study_key if source else None),
        "split": (source.split if source else None) or "train",
    }


def _labels(outcome: Outcome) -> dict[str, Any]:
    """Values that hold, values that may not, and where each comes from."""
    labels = outcome.labels.items()
    doubtful = {name for name, label in labels if label.origin is LabelOrigin.UNVERIFIED}
    verified = any(label.origin is LabelOrigin.VERIFIED for _, label in labels)
    return {
        "labels": {name: None if name in doubtful else label.value for name, label in labels},
        "unverified_labels": {name: label.value if name in doubtful else None for name, label in labels},
        "label_origins": {
            name: None if label.value is None else label.origin.value for name, label in labels
        },
        "verified_by": f"true mask of {outcome.provenance.backend}" if verified else None,
    }


def marked_columns(job: Job, outcome: Outcome, mask_names: Sequence[str]) -> dict[str, Any]:
    """Describe the objects and masks in one image.

    Objects that may no longer be true stand under ``unverified_objects``, and so do masks: a loader that
    reads ``objects`` cannot train on them by accident.

    Parameters
    ----------
    job, outcome
        What was planned and made.
    mask_names : sequence of str
        Masks that any source has.

    Returns
    -------
    dict
        Plain JSON values; the same keys for every job.
    """
    doubtful = [item for item in outcome.objects if item.origin is LabelOrigin.UNVERIFIED]
    sure = [item for item in outcome.objects if item.origin is not LabelOrigin.UNVERIFIED]
    columns: dict[str, Any] = {
        "objects": {**_objects(sure, outcome), "origins": [item.origin.value for item in sure]},
        "unverified_objects": {**_objects(doubtful, outcome), "reasons": [item.reason for item in doubtful]},
    }
    for name in mask_names:
        found = outcome.source_masks.get(name)
        holds = found is not None and found.origin is not LabelOrigin.UNVERIFIED
        file = None if found is None else source_mask_file(job, name)
        columns[f"{name}_mask_file_name"] = file if holds else None
        columns[f"unverified_{name}_mask_file_name"] = None if holds else file
    return columns


def _objects(found: Sequence[Located], outcome: Outcome) -> dict[str, Any]:
    """Boxes as Hugging Face's object detection has them, outlines and areas as COCO has them."""
    items = [item.annotation for item in found]
    return {
        "bbox": [
            [_px(left), _px(top), _px(right - left), _px(bottom - top)]
            for top, left, bottom, right in (item.edges for item in items)
        ],
        "categories": [item.label for item in items],
        "area": [_px(item.area_px) for item in items],
        "segmentation": [
            [[_px(place) for row, col in polygon for place in (col, row)] for polygon in item.polygons]
            for item in items
        ],
        # Arrow's reader of JSON mistakes lists that hold null: an empty text stands for none.
        "rle": ["" if item.region is None else item.counts(outcome.image.shape) for item in items],
    }


def _px(length: float) -> float:
    """Thousandths of a pixel are enough, and always a float: loaders want one type."""
    return round(float(length), 3)


def _quality(outcome: Outcome) -> dict[str, Any]:
    drift = None if outcome.pasted is None else outcome.pasted.drift
    return {
        "verdict": outcome.verdict.value,
        "checks": {
            check.id: {"value": check.value, "verdict": check.verdict.value} for check in outcome.checks
        },
        "drift_mean_abs": None if drift is None else drift.mean_abs,
        "drift_changed_fraction": None if drift is None else drift.changed_fraction,
    }


def _pasting(pasted: Composite | None) -> dict[str, Any]:
    """What the answer went through before it was pasted."""
    found = None if pasted is None else pasted.registration
    return {
        "answer_alignment": None if found is None else found.alignment.value,
        "answer_shift_rows_px": None if found is None else round(found.shift_px[0], 3),
        "answer_shift_cols_px": None if found is None else round(found.shift_px[1], 3),
        "answer_scale": None if found is None else round(found.scale, 5),
        "tone_gain": None if pasted is None else round(pasted.gain, 4),
        "tone_offset": None if pasted is None else round(pasted.offset, 3),
        "grain_added": None if pasted is None else round(pasted.grain, 3),
    }


def _image(image: RadImage) -> dict[str, Any]:
    info = image.info
    return {
        "rows": image.shape[0],
        "cols": image.shape[1],
        "dtype": str(image.pixels.dtype),
        "bits_stored": image.bits_stored,
        "modality": info.modality.value,
        "region": info.region.value if info.region else None,
        "view": info.view.value if info.view else None,
    }


def annotation_file(job: Job, finding: str) -> str:
    """Where the true mask of a finding lies.

    Parameters
    ----------
    job : Job
        Whose.
    finding : str
        The finding's term.

    Returns
    -------
    str
        Relative to the output folder.
    """
    return image_file("annotations", job, "-" + finding.replace(" ", "_"))


def source_mask_file(job: Job, name: str) -> str:
    """Where the mask of a source lies, moved onto the image that was made of it.

    Parameters
    ----------
    job : Job
        Whose.
    name : str
        The mask's name in the table.

    Returns
    -------
    str
        Relative to the output folder.
    """
    return image_file("annotations", job, f"-{name}_mask")
