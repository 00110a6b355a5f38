"""A row of the manifest: everything a user or a loader may want to know of one image, and no name or path."""

from collections.abc import Callable
from typing import Any

from radgen.augment.finish import Outcome
from radgen.augment.jobs import Job
from radgen.augment.prepare import Prepared
from radgen.image import RadImage
from radgen.io import Source
from radgen.protocol import Answer
from radgen.terms import LabelOrigin

__all__ = ["Pseudonym", "image_file", "manifest_row"]

Pseudonym = Callable[[str, str], str]
"""Kind (``"patient"``, ``"study"``, ``"source"``) and value to a keyed pseudonym."""


def image_file(folder: str, job: Job, suffix: str = "") -> str:
    """Where a file of a job lies, relative to the output folder.

    Parameters
    ----------
    folder : str
        ``"images"``, ``"masks"``, ``"quarantine"`` ...
    job : Job
        Whose file.
    suffix : str
        Something that tells several files of a job apart.

    Returns
    -------
    str
        With forward slashes.
    """
    return f"{folder}/{job.variant.name}/{job.id}{suffix}.png"


def manifest_row(
    job: Job,
    prepared: Prepared,
    answer: Answer,
    outcome: Outcome,
    *,
    folder: str,
    attempt: int,
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
    folder : str
        ``"images"``, or ``"quarantine"`` for what is put aside.
    attempt : int
        Which attempt made it.
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
        **_files(job, outcome, folder),
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
        "seed": str(prepared.request.seed),
        "attempt": attempt,
        "prompt": prepared.request.prompt.text,
        "emulated": prepared.emulated or answer.emulated,
        "cost_usd": cost_usd,
        **_quality(outcome),
        **_image(outcome.image),
        "transport_max_step": None if prepared.transport is None else round(prepared.transport.max_step, 4),
        "radgen_version": outcome.provenance.radgen_version,
    }


def _files(job: Job, outcome: Outcome, folder: str) -> dict[str, Any]:
    """Where its files lie; loaders take a column ``*_file_name`` for an image."""
    return {
        "file_name": image_file(folder, job),
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
