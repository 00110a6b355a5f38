"""From a job to a request: read, mask, prompt, fit to the canvas. Pure but for reading."""

from dataclasses import dataclass, field, replace

import numpy as np

from radgen.augment.asking import edit_prompt, generation_prompt, variation_prompt
from radgen.augment.blanks import erased, padded
from radgen.augment.canvas import codes_of
from radgen.augment.hints import hinted
from radgen.augment.jobs import Job
from radgen.augment.masks import resolve_mask
from radgen.augment.objects import Marks
from radgen.augment.progress import Progress
from radgen.augment.references import show
from radgen.drive import AttemptKey, seed_for
from radgen.errors import InputError
from radgen.geometry import Box, Placement, Tiling, Transport
from radgen.image import RadImage
from radgen.io import read_image, read_mask
from radgen.mask import Mask
from radgen.protocol import (
    Capabilities,
    EditRequest,
    GenerateRequest,
    ImageRequest,
    VariationRequest,
)
from radgen.terms import ImageOrigin, Modality, Operation, Verb

__all__ = ["Prepared", "prepare", "prepare_tile"]

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
        How `base` was put on the canvas and into 8 bit. Of a job in several steps, the placement is
        each tile's own, and the transport is the coarsest so far.
    emulated : bool
        True if a variation was turned into an unmasked edit.
    marks : Marks
        Objects and masks of the source.
    tiling : Tiling, optional
        The steps of a job that needs several; `base` and `mask` are those of the whole.
    tile : Prepared, optional
        Of such a job, what this request shows: an edit of one window, like any other.
    progress : Progress, optional
        What the steps before this one made; ``None`` before the first.
    seed : int
        The seed of the job's first request.
    references_origin : ImageOrigin, optional
        Where the pixels of its references come from, if it has any.
    hints : tuple of str
        What the prompt says because an earlier attempt lacked it.
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
    marks: Marks = field(default_factory=Marks)
    tiling: Tiling | None = None
    tile: "Prepared | None" = None
    progress: Progress | None = None
    seed: int = 0
    references_origin: ImageOrigin | None = None
    hints: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """How many requests the job needs."""
        return 1 if self.tiling is None else len(self.tiling.windows)

    @property
    def canvas(self) -> RadImage | None:
        """What is edited, with what the steps before this one drew."""
        if self.base is None or self.progress is None:
            return self.base
        return self.base.with_pixels(self.progress.pasted.pixels)


def prepare(
    job: Job,
    *,
    able: Capabilities,
    attempt: int = 0,
    image: RadImage | None = None,
    mask: Mask | None = None,
    hints: tuple[str, ...] = (),
) -> Prepared:
    """Make the first request of a job; nearly all jobs have no other.

    Parameters
    ----------
    job : Job
        What is to be made.
    able : Capabilities
        What the backend accepts.
    attempt : int
        Which try at a better image; the seed depends on it.
    image, mask : optional
        If they are in memory already; by default the source is read and the variant describes the mask.
    hints : tuple of str
        What an earlier attempt lacked: said in the prompt, if the backend reads prompts.

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
    key = AttemptKey(job.id, 0, attempt)
    prepared = _first(job, key, able, image, mask)
    request, seed = hinted(prepared.request, hints, able), job.seed_for(key)
    prepared = replace(prepared, request=request, hints=hints, seed=seed)
    if job.variant.references is None or not isinstance(prepared.request, EditRequest):
        return prepared
    shown, origin = show(job.references, job.variant.references, able.size_rule)
    return replace(prepared, request=replace(prepared.request, references=shown), references_origin=origin)


def _first(
    job: Job, key: AttemptKey, able: Capabilities, image: RadImage | None, mask: Mask | None
) -> Prepared:
    """The first request, by operation."""
    operation = job.variant.operation
    if operation is Operation.GENERATE:
        return _generation(job, key, able)
    if image is None:
        image = _read(job)
    marks = _marks(job, image)
    if operation is Operation.VARY:
        return replace(_variation(job, key, able, image), marks=marks)
    if operation is Operation.EXTEND and job.variant.margins is not None:
        base, offset = padded(image, job.variant.margins)
        known = Box(*offset, offset[0] + image.shape[0], offset[1] + image.shape[1])
        prepared = _extension(job, key, able, base, known)
        return replace(prepared, offset=offset, source_shape=image.shape, marks=marks)
    return replace(_edit(job, key, able, image, _mask(job, image, mask)), marks=marks)


def prepare_tile(
    job: Job, key: AttemptKey, able: Capabilities, whole: Prepared, progress: Progress
) -> Prepared:
    """Make a later request of a job that needs several.

    Parameters
    ----------
    job : Job
        What is being made.
    key : AttemptKey
        Which step, and which attempt.
    able : Capabilities
        What the backend accepts.
    whole : Prepared
        Any earlier request of the same attempt.
    progress : Progress
        What all earlier steps made.

    Returns
    -------
    Prepared
        The request and its context.
    """
    assert whole.base is not None and whole.tiling is not None  # noqa: S101, PT018 - else no later step
    window, hole = whole.tiling.windows[key.step], whole.tiling.hole(key.step)
    pixels = progress.pasted.pixels[window.slices]
    tile = _edit(job, key, able, whole.base.with_pixels(pixels), hole)
    assert isinstance(whole.request, EditRequest) and isinstance(tile.request, EditRequest)  # noqa: S101, PT018
    return replace(
        whole,
        request=hinted(replace(tile.request, references=whole.request.references), whole.hints, able),
        key=key,
        transport=_coarser(whole.transport, tile.transport),
        tile=tile,
        progress=progress,
    )


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


def _marks(job: Job, image: RadImage) -> Marks:
    """The objects and masks of the source, if they are for an image of this size."""
    if job.source is None:
        return Marks()
    told = job.source.annotations
    size = f"{image.shape[0]}x{image.shape[1]} (rows x columns)"
    if told.shape is not None and told.shape != image.shape:
        rows, cols = told.shape
        raise InputError(f"its objects are marked in an image of {rows}x{cols}, not {size}: mark them anew")
    if any(item.cropped(image.shape) is None for item in told.objects):
        raise InputError(f"an object is marked outside of it, and it is {size}: correct its annotations")
    masks = {}
    for name, file in told.masks.items():
        try:
            masks[name] = read_mask(
                file.path,
                job.source.path,
                shape=image.shape,
                frame=job.source.frame,
                names=(job.source.uri,),
            )
        except InputError as error:
            # What a plan may edit is checked where it is edited; where it is not, it only stays behind.
            if name != "source":
                raise InputError(f"its {name} mask: {str(error).removeprefix(f'{file.path}: ')}") from None
    return Marks(told.objects, masks)


def _generation(job: Job, key: AttemptKey, able: Capabilities) -> Prepared:
    request = GenerateRequest(
        prompt=generation_prompt(job, key),
        size=able.size_rule.canvas_for(job.variant.size),
        seed=job.seed_for(key),
    )
    return Prepared(request=request, key=key)


def _variation(job: Job, key: AttemptKey, able: Capabilities, image: RadImage) -> Prepared:
    variant = job.variant
    transport = Transport.fit(image)
    placement = Placement.fit(image.shape, able.size_rule, aspect=image.info.aspect)
    sent = placement.apply(codes_of(image, transport))
    prompt = variation_prompt(variant, image)
    # Moving anatomy is harmless on frontal films; elsewhere a label may depend on where things are.
    frontal = image.info.view is not None and image.info.view.is_frontal
    native = Verb.VARIATION in able.verbs
    request: ImageRequest
    if native:
        request = VariationRequest(
            prompt=prompt,
            image=sent,
            strength=variant.strength,
            keep_geometry=variant.keep_geometry or not frontal,
            seed=job.seed_for(key),
        )
    else:
        request = EditRequest(prompt=prompt, image=sent, seed=job.seed_for(key))
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
    shown = erased(base, mask) if operation in ERASED_OPERATIONS else base
    transport = Transport.fit(shown, mask)
    placement = Placement.fit(base.shape, able.size_rule, mask, aspect=base.info.aspect)
    codes = codes_of(shown, transport)
    request = EditRequest(
        prompt=edit_prompt(job.variant, able, base, mask),
        image=placement.apply(codes),
        mask=placement.apply_mask(mask).editable,
        seed=job.seed_for(key),
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


def _extension(job: Job, key: AttemptKey, able: Capabilities, base: RadImage, known: Box) -> Prepared:
    """One request, if the border can be shown at native resolution; else the first of several."""
    beyond = ~Mask.box(base.shape, top=known.top, left=known.left, bottom=known.bottom, right=known.right)
    aspect = base.info.aspect
    at_once = Placement.fit(base.shape, able.size_rule, beyond, aspect=aspect)
    tiling = Tiling.fit(base.shape, known, able.size_rule, aspect=aspect)
    if min(at_once.scale) >= 1.0 or not tiling.windows:
        return _edit(job, key, able, base, beyond)
    shown = base.with_pixels(base.pixels[tiling.windows[0].slices])
    tile = _edit(job, key, able, shown, tiling.hole(0))
    return replace(tile, base=base, mask=beyond, placement=None, tiling=tiling, tile=tile)


def _coarser(first: Transport | None, second: Transport | None) -> Transport | None:
    known = [transport for transport in (first, second) if transport is not None]
    return max(known, key=lambda transport: transport.max_step, default=None)


def _mask(job: Job, image: RadImage, mask: Mask | None) -> Mask:
    """The given mask, or the variant's on this image; the same for every attempt."""
    if mask is None:
        if job.variant.mask is None:
            raise InputError(f"{job.variant.operation.value} needs a mask")
        rng = np.random.default_rng(seed_for(AttemptKey(f"{job.drawn_as}-mask")))
        mask = resolve_mask(job.variant.mask, image, job.source, rng)
    mask.require(image.shape)
    return mask.grow(REMOVE_GROW_PX) if job.variant.operation is Operation.REMOVE else mask
