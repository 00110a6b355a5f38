"""What a prepared request shows of its source, for the privacy guard. Pure: no file is read here."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from radgen.augment.jobs import Job
from radgen.augment.prepare import ERASED_OPERATIONS, Prepared
from radgen.geometry import Placement, SizeRule
from radgen.image import RadImage
from radgen.io import Scan, Source
from radgen.privacy import Shown, restricted_datasets
from radgen.terms import Modality

__all__ = ["Surroundings", "shown_of", "shown_of_whole", "surroundings_of"]

_VOLUMES = frozenset({Modality.CT, Modality.MR, Modality.PT})
"""Modalities whose slices make up volumes."""

Surroundings = Callable[[Source], tuple[int, frozenset[str]]]
"""A source to how many slices of its volume there are, and the restricted data sets it seems to come from."""


def surroundings_of(scan: Scan) -> Surroundings:
    """Learn from all sources what one of them alone does not tell.

    Parameters
    ----------
    scan : Scan
        Everything that was found.

    Returns
    -------
    callable
        For `shown_of`.

    Examples
    --------
    >>> near = surroundings_of(Scan(sources=()))
    >>> near(Source(uri="a.png", path=Path("films/a.png"), digest="00"))
    (1, frozenset())
    """
    slices = Counter(_volume(source) for source in scan.sources)

    def near(source: Source) -> tuple[int, frozenset[str]]:
        datasets = restricted_datasets(source.path.as_posix(), scan.tables)
        return max(slices[_volume(source)], 1), datasets

    return near


def shown_of(job: Job, prepared: Prepared, near: Surroundings) -> Shown | None:
    """Tell the guard what a request shows.

    Parameters
    ----------
    job : Job
        What is to be made.
    prepared : Prepared
        The request.
    near : callable
        From `surroundings_of`.

    Returns
    -------
    Shown or None
        ``None`` if the request carries no pixels.
    """
    part = prepared.tile or prepared
    if job.source is None or prepared.base is None or part.placement is None:
        return None
    top, left = prepared.offset
    if prepared.tiling is not None:
        window = prepared.tiling.windows[prepared.key.step]
        top, left = top - window.top, left - window.left
    shown = shown_of_whole(job.source, _source(prepared), near)
    beside = tuple(reference.path for reference in job.references)
    return replace(
        shown,
        placement=part.placement,
        offset=(top, left),
        hidden=part.mask if job.variant.operation in ERASED_OPERATIONS else None,
        datasets=shown.datasets.union(*(restricted_datasets(path.as_posix()) for path in beside)),
        beside=beside,
        beside_origin=prepared.references_origin,
    )


def shown_of_whole(source: Source, image: RadImage, near: Surroundings) -> Shown:
    """Tell the guard what a request with the whole of a source shows.

    Parameters
    ----------
    source : Source
        What the scan knows.
    image : RadImage
        Its image.
    near : callable
        From `surroundings_of`.

    Returns
    -------
    Shown
        At native resolution.
    """
    slices, datasets = near(source)
    told = source.info
    info = replace(
        image.info,
        modality=image.info.modality if told.modality is Modality.OT else told.modality,
        region=told.region or image.info.region,
    )
    return Shown(
        key=f"{source.digest}#{source.frame}",
        source=replace(image, info=info),
        placement=Placement.fit(image.shape, SizeRule()),
        path=source.path if source.path != Path() else None,  # an image in memory has no file
        identifiers=tuple(key for key in (source.patient_key, source.study_key) if key),
        slices=slices,
        region_known=info.region is not None or not _may_be_volume(source, slices),
        datasets=datasets,
    )


def _may_be_volume(source: Source, slices: int) -> bool:
    """Whether it may be a slice: of CT and the like, or of a file with many of an unknown modality."""
    return source.info.modality in _VOLUMES or (source.info.modality is Modality.OT and slices > 1)


def _source(prepared: Prepared) -> RadImage:
    """The source alone, without what was laid around it."""
    base = prepared.base
    assert base is not None  # noqa: S101 - asked before
    if prepared.source_shape is None or prepared.source_shape == base.shape:
        return base
    (top, left), (rows, cols) = prepared.offset, prepared.source_shape
    return base.with_pixels(base.pixels[top : top + rows, left : left + cols])


def _volume(source: Source) -> tuple[str | None, ...]:
    """What slices of one volume have in common: a study of a patient, or a folder; elsewhere a file."""
    if source.info.modality not in _VOLUMES:
        return ("file", str(source.path))
    if source.study_key is not None:
        return ("study", source.patient_key, source.study_key)
    if source.patient_key is not None:
        return ("patient", source.patient_key)
    return ("folder", str(source.path.parent))
