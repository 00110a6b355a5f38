"""From a job to a request: read, mask, prompt, fit to the canvas. Pure but for reading."""

from dataclasses import dataclass, replace

import numpy as np

from radgen.augment.jobs import Job
from radgen.augment.masks import resolve_mask
from radgen.augment.plan import Margins, Variant
from radgen.drive import AttemptKey, seed_for
from radgen.errors import InputError, UnsupportedRequestError
from radgen.geometry import Placement, Transport
from radgen.image import RadImage
from radgen.io import read_image
from radgen.mask import Mask
from radgen.prompt import FindingSpec, Prompt, RadiographSpec, render
from radgen.protocol import (
    Capabilities,
    EditRequest,
    GenerateRequest,
    ImageRequest,
    Pixels8,
    VariationRequest,
)
from radgen.terms import BodyRegion, ImageOrigin, Laterality, Modality, Operation, Position, Verb

__all__ = ["Prepared", "prepare"]

REMOVE_GROW_PX = 3
"""How far a mask for removal is grown: what is to go has soft edges."""
ERASED_OPERATIONS = frozenset({Operation.RESTORE, Operation.REMOVE, Operation.EXTEND})
FEATHERED_OPERATIONS = frozenset({Operation.EDIT, Operation.ADD_FINDING})


@dataclass(frozen=True, eq=False, kw_only=True)
class Prepared:
    """A request, and what is needed to make sense of its answer.

    Parameters
    ----------
    request : ImageRequest
        What the backend gets.
    key : AttemptKey
        Under which it is sent and kept.
    base : RadImage, optional
        What is edited: the source, or the source on a larger canvas; ``None`` for ``generate``.
    offset : (int, int)
        Where the source's first pixel lies in `base`.
    source_shape : (int, int), optional
        Rows and columns of the source.
    mask : Mask, optional
        Of the shape of `base`; ``None`` if the whole image is open to change.
    placement, transport : optional
        How `base` was put on the canvas and into 8 bit.
    emulated : bool
        True if a variation was turned into an unmasked edit.
    """

    request: ImageRequest
    key: AttemptKey
    base: RadImage | None = None
    offset: tuple[int, int] = (0, 0)
    source_shape: tuple[int, int] | None = None
    mask: Mask | None = None
    placement: Placement | None = None
    transport: Transport | None = None
    emulated: bool = False

    @property
    def origin(self) -> ImageOrigin | None:
        """Where the pixels in the request come from."""
        return None if self.base is None else self.base.info.origin


def prepare(
    job: Job,
    *,
    able: Capabilities,
    step: int = 0,
    attempt: int = 0,
    image: RadImage | None = None,
    mask: Mask | None = None,
) -> Prepared:
    """Make the request of a job.

    Parameters
    ----------
    job : Job
        What is to be made.
    able : Capabilities
        What the backend accepts.
    step, attempt : int
        Which request of the job, and which try at it; they determine the seed.
    image : RadImage, optional
        The source's image if it is in memory already; by default it is read.
    mask : Mask, optional
        A mask to use instead of the one that the variant describes.

    Returns
    -------
    Prepared
        The request and its context.

    Raises
    ------
    InputError
        If the source cannot be read or the mask does not fit it.

    Examples
    --------
    >>> from radgen.augment.jobs import expand
    >>> from radgen.augment.plan import load_plan
    >>> from radgen.io import Scan
    >>> drawn = {"name": "drawn", "operation": "generate", "spec": {}, "size": [96, 80]}
    >>> plan = load_plan({"variants": [drawn]})
    >>> job = next(expand(plan, Scan(sources=()), backend="procedural"))
    >>> prepare(job, able=Capabilities(verbs={"generate"})).request.size
    (96, 80)
    """
    key = AttemptKey(job.id, step, attempt)
    operation = job.variant.operation
    if operation is Operation.GENERATE:
        return _generation(job.variant, key, able)
    if image is None:
        image = _read(job)
    if operation is Operation.VARY:
        return _variation(job.variant, key, able, image)
    if operation is Operation.EXTEND and job.variant.margins is not None:
        base, offset = _padded(image, job.variant.margins)
        original = Mask.box(
            base.shape,
            top=offset[0],
            left=offset[1],
            bottom=offset[0] + image.shape[0],
            right=offset[1] + image.shape[1],
        )
        return replace(_edit(job, key, able, base, ~original), offset=offset, source_shape=image.shape)
    return _edit(job, key, able, image, _mask(job, image, mask))


def _read(job: Job) -> RadImage:
    """The source's image, with what its table row adds to its header."""
    if job.source is None:
        raise InputError(f"{job.variant.operation.value} needs a source image")
    image = read_image(job.source.path, frame=job.source.frame)
    told, read = job.source.info, image.info
    info = replace(
        read,
        modality=told.modality if told.modality is not Modality.OT else read.modality,
        region=told.region or read.region,
        view=told.view or read.view,
        laterality=told.laterality or read.laterality,
        position=told.position or read.position,
    )
    return replace(image, info=info)


def _generation(variant: Variant, key: AttemptKey, able: Capabilities) -> Prepared:
    if variant.spec is None:
        raise InputError("generate needs a spec")
    text = variant.prompt or render(Operation.GENERATE, Modality.DX, variant.spec)
    request = GenerateRequest(
        prompt=Prompt(text, variant.spec), size=able.size_rule.canvas_for(variant.size), seed=seed_for(key)
    )
    return Prepared(request=request, key=key)


def _variation(variant: Variant, key: AttemptKey, able: Capabilities, image: RadImage) -> Prepared:
    transport, placement = Transport.fit(image), Placement.fit(image.shape, able.size_rule)
    sent = placement.apply(_codes(image, transport))
    prompt = Prompt(variant.prompt or render(Operation.VARY, image.info.modality))
    # Moving anatomy is harmless on frontal films; elsewhere a label may depend on where things are.
    frontal = image.info.view is not None and image.info.view.is_frontal
    native = Verb.VARIATION in able.verbs
    request: ImageRequest
    if native:
        request = VariationRequest(
            prompt=prompt,
            image=sent,
            strength=variant.strength,
            keep_geometry=not frontal,
            seed=seed_for(key),
        )
    else:
        request = EditRequest(prompt=prompt, image=sent, seed=seed_for(key))
    return Prepared(
        request=request,
        key=key,
        base=image,
        source_shape=image.shape,
        placement=placement,
        transport=transport,
        emulated=not native,
    )


def _edit(job: Job, key: AttemptKey, able: Capabilities, base: RadImage, mask: Mask) -> Prepared:
    operation = job.variant.operation
    # Erased before anything is measured: not even the choice of the curve may tell what was there.
    shown = _erased(base, mask) if operation in ERASED_OPERATIONS else base
    transport = Transport.fit(shown, mask)
    placement = Placement.fit(base.shape, able.size_rule, mask)
    codes = _codes(shown, transport)
    request = EditRequest(
        prompt=_edit_prompt(job.variant, base, mask),
        image=placement.apply(codes),
        mask=placement.apply_mask(mask).editable,
        seed=seed_for(key),
    )
    return Prepared(
        request=request,
        key=key,
        base=base,
        source_shape=base.shape,
        mask=mask,
        placement=placement,
        transport=transport,
    )


def _codes(image: RadImage, transport: Transport) -> Pixels8:
    return image.pixels.astype(np.uint8) if image.is_colour else transport.to_uint8(image.pixels)


def _mask(job: Job, image: RadImage, mask: Mask | None) -> Mask:
    """The given mask, or the variant's on this image; the same for every attempt."""
    if mask is None:
        if job.variant.mask is None:
            raise InputError(f"{job.variant.operation.value} needs a mask")
        rng = np.random.default_rng(seed_for(AttemptKey(f"{job.id}-mask")))
        mask = resolve_mask(job.variant.mask, image, job.source, rng)
    mask.require(image.shape)
    return mask.grow(REMOVE_GROW_PX) if job.variant.operation is Operation.REMOVE else mask


def _erased(image: RadImage, mask: Mask) -> RadImage:
    """Paint what counts as lost in one plain grey, so that no model can peek at it."""
    ring, pixels = mask.ring(16).editable, image.pixels.copy()
    around = ring if ring.any() else ~mask.editable
    fill = np.median(pixels[around], axis=0) if around.any() else _black(image)
    pixels[mask.editable] = np.rint(fill).astype(pixels.dtype)
    pixels.flags.writeable = False
    return image.with_pixels(pixels)


def _padded(image: RadImage, margins: Margins) -> tuple[RadImage, tuple[int, int]]:
    """The image on a larger, black canvas, and where it lies there."""
    rows, cols = image.shape
    top, bottom = round(margins.top * rows), round(margins.bottom * rows)
    left, right = round(margins.left * cols), round(margins.right * cols)
    if top + bottom + left + right == 0:
        raise InputError(f"the margins are less than a pixel of this {rows}x{cols} image")
    canvas = np.empty((rows + top + bottom, cols + left + right, *image.pixels.shape[2:]), image.pixels.dtype)
    canvas[:] = _black(image)
    canvas[top : top + rows, left : left + cols] = image.pixels
    canvas.flags.writeable = False
    return image.with_pixels(canvas), (top, left)


def _black(image: RadImage) -> int:
    """The stored value among the image's extremes that is shown darker."""
    ends = np.array([image.pixels.min(), image.pixels.max()])
    return int(ends[np.argmin(image.display.brightness(ends, image.rescale))])


def _edit_prompt(variant: Variant, base: RadImage, mask: Mask) -> Prompt:
    if variant.finding is None:
        return Prompt(variant.prompt or render(variant.operation, base.info.modality))
    spec = _finding_spec(variant.finding, base, mask)
    return Prompt(variant.prompt or render(Operation.ADD_FINDING, base.info.modality, spec), spec)


def _finding_spec(finding: FindingSpec, base: RadImage, mask: Mask) -> RadiographSpec:
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
    if finding.laterality is None and info.view.is_frontal:
        center = float(np.flatnonzero(mask.editable.any(axis=0)).mean())
        side = Laterality.RIGHT if center < mask.shape[1] / 2 else Laterality.LEFT
        finding = replace(finding, laterality=side)
    return RadiographSpec(
        region=info.region or BodyRegion.CHEST,
        view=info.view,
        position=info.position or Position.ERECT,
        findings=(finding,),
    )
