"""From an answer to an outcome: composite, check, label, mark. Pure: no file is touched here."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.augment.jobs import Job
from radgen.augment.labels import Label, carry
from radgen.augment.prepare import ERASED_OPERATIONS, FEATHERED_OPERATIONS, Prepared
from radgen.composite import Composite, composite
from radgen.geometry import Placement
from radgen.image import ImageInfo, RadImage
from radgen.mask import Mask
from radgen.protocol import Answer, Capabilities, EditRequest, VariationRequest
from radgen.provenance import Provenance
from radgen.quality import CheckResult, Evidence, Verdict, run_checks, worst
from radgen.terms import DigitalSourceType, ImageOrigin, LabelValue, Modality, Operation

__all__ = ["Outcome", "finish"]

LEAST_VISIBLE = 4.0
"""Mean change of 255 display levels within a finding's mask, from which on it counts as verified."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """What became of a job, ready to be stored.

    Parameters
    ----------
    image : RadImage
        The result, in native values.
    mask : Mask, optional
        Where it may differ from its source; ``None`` if everywhere.
    annotations : mapping of str to Mask
        Masks of findings that the backend knows to be true, on the result's grid.
    checks : tuple of CheckResult
        Every check's outcome.
    labels : mapping of str to Label
        With their origins.
    provenance : Provenance
        For every writer.
    pasted : Composite, optional
        What compositing measured; ``None`` for ``generate``.
    """

    image: RadImage
    mask: Mask | None
    annotations: Mapping[str, Mask]
    checks: tuple[CheckResult, ...]
    labels: Mapping[str, Label]
    provenance: Provenance
    pasted: Composite | None

    @property
    def verdict(self) -> Verdict:
        """The worst of the checks."""
        return worst(self.checks)


def finish(
    job: Job,
    prepared: Prepared,
    answer: Answer,
    *,
    backend: str,
    able: Capabilities,
    columns: tuple[str, ...] = (),
) -> Outcome:
    """Make sense of an answer.

    Parameters
    ----------
    job : Job
        What was to be made.
    prepared : Prepared
        What was sent, and how.
    answer : Answer
        What came back.
    backend : str
        Who sent it.
    able : Capabilities
        What the backend says of itself.
    columns : tuple of str
        Label columns of the table, for images without a source.

    Returns
    -------
    Outcome
        The result with its verdicts, labels and provenance.

    Examples
    --------
    >>> from radgen.augment.jobs import expand
    >>> from radgen.augment.plan import load_plan
    >>> from radgen.augment.prepare import prepare
    >>> from radgen.io import Scan
    >>> drawn = {"name": "drawn", "operation": "generate", "spec": {}, "size": [96, 80]}
    >>> plan = load_plan({"variants": [drawn]})
    >>> job, able = next(expand(plan, Scan(sources=()), backend="mine")), Capabilities(verbs={"generate"})
    >>> answer = Answer(image=np.zeros((96, 80), np.uint8), model="m-1")
    >>> finish(job, prepare(job, able=able), answer, backend="mine", able=able).verdict
    <Verdict.FAIL: 'fail'>
    """
    operation = job.variant.operation
    if prepared.base is None:
        image, pasted = _generated(job, answer), None
        masks = {name: Mask(found) for name, found in answer.annotations.items() if found.any()}
    else:
        pasted = _pasted(prepared, answer, operation, job.variant.feather_px)
        info = replace(prepared.base.info, origin=ImageOrigin.SYNTHETIC)
        image = prepared.base.with_pixels(pasted.pixels, info=info)
        masks = _annotations(prepared, answer)
    sent = prepared.request.image if isinstance(prepared.request, EditRequest | VariationRequest) else None
    evidence = Evidence(
        operation=operation,
        result=image,
        source=prepared.base,
        mask=prepared.mask,
        sent=sent,
        answer=answer.image,
        pasted=pasted,
    )
    return Outcome(
        image=image,
        mask=prepared.mask,
        annotations=masks,
        checks=run_checks(evidence),
        labels=_labels(
            job,
            able,
            columns,
            _seen(masks, prepared, image),
            emulated=prepared.emulated or answer.emulated,
        ),
        provenance=_provenance(job, prepared, answer, backend, able),
        pasted=pasted,
    )


def _generated(job: Job, answer: Answer) -> RadImage:
    """The answer as it is; radiographs are grey whatever the model returned."""
    spec = job.variant.spec
    pixels = answer.image
    if pixels.ndim == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    info = ImageInfo(modality=Modality.DX, origin=ImageOrigin.SYNTHETIC)
    if spec is not None:
        info = replace(info, region=spec.region, view=spec.view, position=spec.position)
    return RadImage(pixels, info=info)


def _pasted(prepared: Prepared, answer: Answer, operation: Operation, feather_px: float) -> Composite:
    request, placement, transport = prepared.request, prepared.placement, prepared.transport
    assert prepared.base is not None and placement is not None and transport is not None  # noqa: S101, PT018
    assert isinstance(request, EditRequest | VariationRequest)  # noqa: S101 - only these have a base
    return composite(
        prepared.base,
        request.image,
        answer.image,
        mask=prepared.mask,
        placement=placement,
        transport=transport,
        erased=operation in ERASED_OPERATIONS,
        feather_px=feather_px if operation in FEATHERED_OPERATIONS else 0.0,
    )


def _annotations(prepared: Prepared, answer: Answer) -> dict[str, Mask]:
    """True masks from the canvas to the result's grid, and never beyond what could change."""
    if prepared.base is None or prepared.placement is None:
        return {}
    found = {}
    for name, on_canvas in answer.annotations.items():
        if on_canvas.shape != prepared.placement.canvas:
            continue  # an answer of another size: its masks have no known place
        mask = _on_grid(on_canvas, prepared.placement)
        if prepared.mask is not None:
            mask &= prepared.mask.editable
        if mask.any():
            found[name] = Mask(mask)
    return found


def _on_grid(on_canvas: NDArray[np.bool_], placement: Placement) -> NDArray[np.bool_]:
    full = np.zeros(placement.source_shape, dtype=np.bool_)
    full[placement.crop.slices] = placement.undo(on_canvas.astype(np.float32)) > 0.5
    return full


def _seen(masks: Mapping[str, Mask], prepared: Prepared, image: RadImage) -> list[str]:
    """Findings with a true mask that can also be seen: a change nobody could notice verifies nothing."""
    if prepared.base is None or not masks:
        return list(masks)
    before, after = prepared.base.to_display().astype(np.int16), image.to_display().astype(np.int16)
    change = np.abs(after - before)
    return [name for name, mask in masks.items() if change[mask.editable].mean() >= LEAST_VISIBLE]


def _labels(
    job: Job, able: Capabilities, columns: tuple[str, ...], seen: Collection[str], *, emulated: bool
) -> dict[str, Label]:
    labels: Mapping[str, LabelValue] = dict.fromkeys(columns)
    if job.source is not None:
        labels = job.source.labels
    wanted = job.variant.spec.findings if job.variant.spec is not None else ()
    if job.variant.finding is not None:
        wanted = (job.variant.finding,)
    # A variation that became an edit is redrawn by the model: its labels are anybody's guess.
    keeps = able.keeps_labels and not emulated
    return carry(labels, job.variant.operation, keeps_labels=keeps, wanted=wanted, shown=seen)


def _provenance(job: Job, prepared: Prepared, answer: Answer, backend: str, able: Capabilities) -> Provenance:
    source_type = able.source_type
    if source_type is DigitalSourceType.TRAINED_ALGORITHMIC and job.source is not None:
        source_type = DigitalSourceType.COMPOSITE_TRAINED_ALGORITHMIC
    return Provenance(
        operation=job.variant.operation,
        backend=backend,
        model=answer.model,
        source_type=source_type,
        radgen_version=version("radgen"),
        job_id=job.id,
        seed=prepared.request.seed,
        prompt_sha256=hashlib.sha256(prepared.request.prompt.text.encode()).hexdigest(),
    )
