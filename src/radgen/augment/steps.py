"""From a job and somebody who answers to all that was made: one request for most jobs, several for some.

In go prepared requests and their answers; out come what was made of them, and the next request. Pure:
who answers, and when, is the caller's business.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from radgen.augment.jobs import Job
from radgen.augment.prepare import (
    ERASED_OPERATIONS,
    FEATHERED_OPERATIONS,
    Prepared,
    prepare,
    prepare_tile,
)
from radgen.augment.progress import Progress
from radgen.composite import Composite, composite
from radgen.geometry import Placement
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.privacy import redacted
from radgen.protocol import Answer, Capabilities, EditRequest, Pixels8, VariationRequest
from radgen.quality import Checklist, Evidence
from radgen.terms import Finding

__all__ = ["advance", "carry_out", "paste", "wanted_findings"]


def carry_out(
    job: Job,
    ask: Callable[[Prepared], Answer],
    *,
    able: Capabilities,
    attempt: int = 0,
    image: RadImage | None = None,
    mask: Mask | None = None,
    hints: tuple[str, ...] = (),
    checklist: Checklist | None = None,
) -> tuple[Prepared, Answer]:
    """Make all requests of a job, each with what the ones before it made.

    Parameters
    ----------
    job : Job
        What is to be made.
    ask : callable
        Gets the answer to a request: a kept one, or a new one. What it raises ends the job; made again
        with the same attempt, the same requests are asked for in the same order.
    able : Capabilities
        What the backend accepts.
    attempt : int
        Which try at a better image; another one makes every request anew.
    image, mask, hints : optional
        As for `prepare`.
    checklist : Checklist, optional
        How pieces are judged.

    Returns
    -------
    Prepared, Answer
        The last request and its answer, for `finish`.

    Examples
    --------
    >>> from radgen.augment.jobs import expand
    >>> from radgen.augment.plan import load_plan
    >>> from radgen.io import Scan
    >>> from radgen.testing import FakeBackend
    >>> drawn = {"name": "drawn", "operation": "generate", "spec": {}, "size": [96, 80]}
    >>> job = next(expand(load_plan({"variants": [drawn]}), Scan(sources=()), backend="fake"))
    >>> fake = FakeBackend()
    >>> _, answer = carry_out(job, lambda prepared: fake.run(prepared.request), able=fake.capabilities)
    >>> answer.image.shape
    (96, 80)
    """
    prepared = prepare(job, able=able, attempt=attempt, image=image, mask=mask, hints=hints)
    answer = ask(prepared)
    while (following := advance(job, prepared, answer, able=able, checklist=checklist)) is not None:
        earlier, prepared, answer = answer, following, ask(following)
        # What holds for a part holds for the whole.
        answer = replace(
            answer,
            emulated=answer.emulated or earlier.emulated,
            lossy_format=answer.lossy_format or earlier.lossy_format,
        )
    return prepared, answer


def advance(
    job: Job,
    prepared: Prepared,
    answer: Answer,
    *,
    able: Capabilities,
    checklist: Checklist | None = None,
) -> Prepared | None:
    """The request that follows an answer.

    Parameters
    ----------
    job : Job
        What is being made.
    prepared, answer
        The latest request, and what came back.
    able : Capabilities
        What the backend accepts.
    checklist : Checklist, optional
        How what was made so far is judged.

    Returns
    -------
    Prepared or None
        ``None`` after the last.
    """
    step = prepared.key.step + 1
    if step == prepared.steps:
        return None
    progress = paste(job, prepared, answer, checklist)
    return prepare_tile(job, replace(prepared.key, step=step), able, prepared, progress)


def paste(job: Job, prepared: Prepared, answer: Answer, checklist: Checklist | None = None) -> Progress:
    """Put an answer in its place, and judge it there.

    Parameters
    ----------
    job : Job
        What is being made.
    prepared, answer
        A request that shows an image, and what came back.
    checklist : Checklist, optional
        How it is judged.

    Returns
    -------
    Progress
        Of the whole image, the steps before this one included.
    """
    part = prepared.tile or prepared
    assert part.base is not None  # noqa: S101 - what shows no image is not pasted
    pasted = _composited(job, part, answer)
    evidence = Evidence(
        operation=job.variant.operation,
        result=part.base.with_pixels(pasted.pixels),
        source=part.base,
        mask=part.mask,
        sent=_sent(part, answer),
        sent_mask=part.request.mask if isinstance(part.request, EditRequest) else None,
        answer=answer.image,
        pasted=pasted,
        findings=wanted_findings(job),
    )
    judge = checklist or Checklist()
    checks = judge.run(evidence) if prepared.tiling is None else judge.run_on_piece(evidence)
    piece = Progress(
        pasted=pasted,
        annotations=_annotations(part, answer),
        checks=checks,
        redacted=len(answer.redacted),
    )
    if prepared.tiling is None:
        return piece
    window, canvas = prepared.tiling.windows[prepared.key.step], prepared.canvas
    assert canvas is not None  # noqa: S101 - tiles lie on one
    return piece.laid(window, canvas.pixels, prepared.progress)


def wanted_findings(job: Job) -> tuple[Finding, ...]:
    """What is asked to be in the image."""
    if job.variant.finding is not None:
        return (job.variant.finding.finding,)
    return () if job.variant.spec is None else tuple(item.finding for item in job.variant.spec.findings)


def _sent(part: Prepared, answer: Answer) -> Pixels8:
    """What the model saw: the request's pixels, with what the guard had filled in them."""
    assert isinstance(part.request, EditRequest | VariationRequest)  # noqa: S101 - only these have a base
    return redacted(part.request.image, answer.redacted) if answer.redacted else part.request.image


def _composited(job: Job, part: Prepared, answer: Answer) -> Composite:
    operation = job.variant.operation
    assert part.base is not None and part.placement is not None and part.transport is not None  # noqa: S101, PT018
    return composite(
        part.base,
        _sent(part, answer),
        answer.image,
        mask=part.mask,
        placement=part.placement,
        transport=part.transport,
        erased=operation in ERASED_OPERATIONS,
        feather_px=job.variant.feather_px if operation in FEATHERED_OPERATIONS else 0.0,
        redacted=answer.redacted,
    )


def _annotations(part: Prepared, answer: Answer) -> dict[str, Mask]:
    """True masks from the canvas to the grid of what was edited, and never beyond what could change."""
    if part.placement is None:
        return {}
    found = {}
    for name, on_canvas in answer.annotations.items():
        if on_canvas.shape != part.placement.canvas:
            continue  # an answer of another size: its masks have no known place
        mask = _on_grid(on_canvas, part.placement)
        if part.mask is not None:
            mask &= part.mask.editable
        if mask.any():
            found[name] = Mask(mask)
    return found


def _on_grid(on_canvas: NDArray[np.bool_], placement: Placement) -> NDArray[np.bool_]:
    full = np.zeros(placement.source_shape, dtype=np.bool_)
    full[placement.crop.slices] = placement.undo(on_canvas.astype(np.float32)) > 0.5
    return full
