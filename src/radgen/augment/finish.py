"""From an answer to an outcome: composite, check, label, mark. Pure: no file is touched here."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version

import numpy as np

from radgen.augment.jobs import Job
from radgen.augment.labels import Label, carry
from radgen.augment.objects import Ground, Located, LocatedMask, drawn, follow, follow_masks
from radgen.augment.prepare import Prepared
from radgen.augment.progress import severest
from radgen.augment.steps import paste, wanted_findings
from radgen.composite import Composite
from radgen.image import ImageInfo, RadImage
from radgen.mask import Mask
from radgen.prompt import UltrasoundSpec
from radgen.protocol import Answer, Capabilities, GenerateRequest, Pixels8, VariationRequest
from radgen.provenance import Provenance
from radgen.quality import Checklist, CheckResult, Evidence, Verdict, repaired, worst
from radgen.terms import DigitalSourceType, ImageOrigin, LabelValue, LossyFormat, Modality, View

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
    objects : tuple of Located
        The source's objects, then what the backend drew, on the result's grid.
    source_masks : mapping of str to LocatedMask
        The source's masks by name, on the result's grid.
    redacted : int
        How many texts the privacy guard had filled in what was sent; the image itself keeps them.
    repairs : tuple of str
        What was mended for free: ``"luminance"``, ``"frame"``, ``"size"``.
    """

    image: RadImage
    mask: Mask | None
    annotations: Mapping[str, Mask]
    checks: tuple[CheckResult, ...]
    labels: Mapping[str, Label]
    provenance: Provenance
    pasted: Composite | None
    objects: tuple[Located, ...] = ()
    source_masks: Mapping[str, LocatedMask] = field(default_factory=dict)
    redacted: int = 0
    repairs: tuple[str, ...] = ()

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
    checklist: Checklist | None = None,
) -> Outcome:
    """Make sense of an answer.

    Parameters
    ----------
    job : Job
        What was to be made.
    prepared : Prepared
        What was sent, and how; the last request, if there were several.
    answer : Answer
        What came back for it.
    backend : str
        Who sent it.
    able : Capabilities
        What the backend says of itself.
    columns : tuple of str
        Label columns of the table, for images without a source.
    checklist : Checklist, optional
        How it is judged; by default with the checks and limits that radgen brings along.

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
    pasted: Composite | None = None
    filled = 0
    masks: Mapping[str, Mask]
    judge = checklist or Checklist()
    if prepared.base is None:
        asked = prepared.request.size if isinstance(prepared.request, GenerateRequest) else (0, 0)
        mended = repaired(answer.image, asked, coloured=_has_colour(job))
        repairs, image = mended.repairs, _generated(job, mended.pixels)
        # A mask fits the picture as it came: where that was cut or enlarged, its place is not known.
        masks = {
            name: Mask(found)
            for name, found in answer.annotations.items()
            if found.any() and found.shape == image.shape and "frame" not in repairs
        }
        checks = judge.run(
            Evidence(
                operation=job.variant.operation,
                result=image,
                answer=answer.image,
                asked=asked,
                findings=wanted_findings(job),
            )
        )
    else:
        made = paste(job, prepared, answer, judge)
        info = replace(prepared.base.info, origin=ImageOrigin.SYNTHETIC)
        image = prepared.base.with_pixels(made.pasted.pixels, info=info)
        pasted, masks, checks, filled = made.pasted, made.annotations, made.checks, made.redacted
        if prepared.steps > 1:
            checks = severest(checks, judge.run(_whole(job, prepared, image, pasted)))
        repairs = _repairs(pasted)
    seen = _seen(masks, prepared, image)
    emulated = prepared.emulated or answer.emulated
    ground = _ground(prepared, image, keeps=able.keeps_labels and not emulated)
    return Outcome(
        image=image,
        mask=prepared.mask,
        annotations=masks,
        checks=checks,
        labels=_labels(job, able, columns, seen, emulated=emulated),
        provenance=_provenance(job, prepared, answer, backend, able),
        pasted=pasted,
        objects=(*follow(prepared.marks.objects, ground), *drawn(masks, seen)),
        source_masks=follow_masks(prepared.marks.masks, ground),
        redacted=filled,
        repairs=repairs,
    )


def _ground(prepared: Prepared, image: RadImage, *, keeps: bool) -> Ground:
    """Where the source lies in the result; only a variation that was told so leaves everything in place."""
    request = prepared.request
    return Ground(
        source_shape=prepared.source_shape or image.shape,
        shape=image.shape,
        offset=prepared.offset,
        mask=prepared.mask,
        stays=keeps and isinstance(request, VariationRequest) and request.keep_geometry,
    )


def _repairs(pasted: Composite) -> tuple[str, ...]:
    """What compositing mended, in the words of `repaired`."""
    done = {"luminance": pasted.recoloured, "size": pasted.resized}
    return tuple(name for name, was in done.items() if was)


def _has_colour(job: Job) -> bool:
    """Whether colour belongs in what was asked for; else it is grey whatever the model returned."""
    spec = job.spec
    return isinstance(spec, UltrasoundSpec) and (spec.tinted or spec.mode.is_coloured)


def _generated(job: Job, pixels: Pixels8) -> RadImage:
    """The mended answer, with what it is said to show."""
    spec = job.spec
    info = ImageInfo(modality=Modality.DX, origin=ImageOrigin.SYNTHETIC)
    if spec is not None:
        view, position = getattr(spec, "view", None), getattr(spec, "position", None)
        info = replace(
            info,
            modality=spec.modality,
            region=None if spec.region.is_custom else spec.region,
            view=view if isinstance(view, View) else None,
            laterality=spec.laterality,
            position=position,
        )
    return RadImage(pixels, info=info)


def _whole(job: Job, prepared: Prepared, image: RadImage, pasted: Composite) -> Evidence:
    """What the pieces of an image are together; what was sent and returned was judged piece by piece."""
    return Evidence(
        operation=job.variant.operation,
        result=image,
        source=prepared.base,
        mask=prepared.mask,
        pasted=pasted,
        findings=wanted_findings(job),
    )


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
    spec = job.spec
    wanted = spec.findings if spec is not None else ()
    if job.variant.finding is not None:
        wanted = (job.variant.finding,)
    # A variation that became an edit is redrawn by the model: its labels are anybody's guess.
    keeps = able.keeps_labels and not emulated
    devices = spec.devices if spec is not None else None
    return carry(
        labels, job.variant.operation, keeps_labels=keeps, wanted=wanted, shown=seen, devices=devices
    )


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
        seed=prepared.seed,
        prompt_sha256=hashlib.sha256(prepared.request.prompt.text.encode()).hexdigest(),
        lossy_format=None if answer.lossy_format is None else LossyFormat(answer.lossy_format),
        replayed=answer.replayed,
    )
