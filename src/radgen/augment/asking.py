"""What a job asks a model for, in words and as a description. Pure."""

from dataclasses import replace

import numpy as np

from radgen.augment.jobs import Job
from radgen.augment.variant import Variant
from radgen.drive import AttemptKey
from radgen.errors import InputError, UnsupportedRequestError
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.prompt import FindingSpec, Prompt, RadiographSpec, Style, parse, render, spec_from
from radgen.protocol import Capabilities
from radgen.terms import BodyRegion, Laterality, Modality, Operation, Position
from radgen.terms.vocabulary import FindingFacts, facts_of

__all__ = ["edit_prompt", "generation_prompt", "variation_prompt"]


def generation_prompt(job: Job, key: AttemptKey) -> Prompt:
    """What a generated image is to show; a retry keeps the words.

    Parameters
    ----------
    job : Job
        A job that generates.
    key : AttemptKey
        Seeds the paraphrase.

    Returns
    -------
    Prompt
        With the description of this copy.
    """
    variant, spec = job.variant, job.spec
    if spec is None:
        raise InputError("generate needs a spec")
    words = job.seed_for(replace(key, attempt=0)) if variant.paraphrase else None
    text = variant.prompt or render(
        Operation.GENERATE, spec.modality, spec, style=variant.style or Style.CONCISE, seed=words
    )
    return Prompt(text, spec, own_words=variant.prompt is not None)


def variation_prompt(variant: Variant, image: RadImage) -> Prompt:
    """What a variation is to change, and what it is to keep.

    Parameters
    ----------
    variant : Variant
        The line of the plan.
    image : RadImage
        What is varied.

    Returns
    -------
    Prompt
        Without a description.
    """
    known = spec_from(image.info) if variant.style is not None else None
    style = variant.style or Style.CONCISE
    text = variant.prompt or render(Operation.VARY, image.info.modality, known, style=style)
    return Prompt(text, own_words=variant.prompt is not None)


def edit_prompt(variant: Variant, able: Capabilities, base: RadImage, mask: Mask) -> Prompt:
    """What is to be done to the masked area.

    Parameters
    ----------
    variant : Variant
        The line of the plan.
    able : Capabilities
        For a backend that reads no sentences, a plain one is parsed.
    base : RadImage
        What is edited.
    mask : Mask
        Where; a finding without a side gets the mask's.

    Returns
    -------
    Prompt
        With a description of what is to be added, if anything is.

    Raises
    ------
    InputError
        If a finding is to be added and the view is not known.
    UnsupportedRequestError
        If a finding is to be added to something other than a radiograph.
    """
    modality, style = base.info.modality, variant.style or Style.CONCISE
    if variant.finding is None:
        known = spec_from(base.info) if variant.style is not None else None
        text = variant.prompt or render(variant.operation, modality, known, style=style)
        added = () if able.reads_prompts or variant.prompt is None else _added(variant.prompt)
        asked = _finding_spec(added, base, mask) if added else None
        return Prompt(text, asked, own_words=variant.prompt is not None)
    spec = _finding_spec((variant.finding,), base, mask)
    text = variant.prompt or render(Operation.ADD_FINDING, modality, spec, style=style)
    return Prompt(text, spec, own_words=variant.prompt is not None)


def _added(prompt: str) -> tuple[FindingSpec, ...]:
    """Findings that a plain sentence adds, for backends that read descriptions only."""
    found = parse(prompt)
    adds = found.operation in {None, Operation.ADD_FINDING} and found.spec is not None
    return found.spec.findings if adds and found.spec is not None else ()


def _finding_spec(findings: tuple[FindingSpec, ...], base: RadImage, mask: Mask) -> RadiographSpec:
    """The film as it is, and what is to be added; the side is the mask's if the plan names none."""
    info = base.info
    if info.modality is not Modality.OT and not info.modality.is_projection_radiograph:
        raise UnsupportedRequestError(
            f"findings are added to radiographs, and this is {info.modality.value}: "
            "restrict the variant with where.modalities"
        )
    if info.view is None:
        raise InputError(
            "the view is not known, and a finding looks different in each: add a column 'view' "
            "(PA, AP, LL or RL) to the label table"
        )
    if info.view.is_frontal:
        center = float(np.flatnonzero(mask.editable.any(axis=0)).mean())
        side = Laterality.RIGHT if center < mask.shape[1] / 2 else Laterality.LEFT
        findings = tuple(replace(item, laterality=side) if _takes(item) else item for item in findings)
    return RadiographSpec(
        region=info.region or BodyRegion.CHEST,
        view=info.view,
        position=info.position or Position.ERECT,
        findings=findings,
    )


def _takes(finding: FindingSpec) -> bool:
    """Whether a finding has a side that is left open."""
    known = facts_of(finding.finding)
    return finding.laterality is None and (not isinstance(known, FindingFacts) or known.sided)
