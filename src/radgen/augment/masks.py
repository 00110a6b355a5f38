"""From what a plan says about a mask to the mask of one image."""

from functools import reduce
from operator import and_, or_, sub

import numpy as np
from numpy.typing import NDArray

from radgen.augment.mask_spec import (
    AnatomyMask,
    BoxMask,
    DifferenceMask,
    EllipseMask,
    FileMask,
    IntersectionMask,
    MaskSpec,
    PolygonMask,
    RandomMask,
    SourceMask,
    UnionMask,
)
from radgen.detect import anatomy_mask
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io import Source, read_mask
from radgen.mask import Mask

__all__ = ["resolve_mask"]


def resolve_mask(spec: MaskSpec, image: RadImage, source: Source | None, rng: np.random.Generator) -> Mask:
    """The mask that a plan asks for, on a given image.

    Parameters
    ----------
    spec : MaskSpec
        What the plan says.
    image : RadImage
        The image it is for.
    source : Source, optional
        Where its table row may name a mask file.
    rng : numpy.random.Generator
        For random masks.

    Returns
    -------
    Mask
        Of the image's shape, never empty.

    Raises
    ------
    InputError
        If there is no such mask, it has another shape, or it is empty.

    Examples
    --------
    >>> image = RadImage(np.full((100, 80), 90, np.uint8))
    >>> spec = BoxMask(top=0.1, left=0.5, bottom=0.2, right=1.0, grow_px=10)
    >>> resolve_mask(spec, image, None, np.random.default_rng(0)).bounds
    (0, 30, 30, 80)
    """
    mask = _changed(spec, _drawn(spec, image, source, rng), image)
    mask.require(image.shape)
    return mask


def _drawn(spec: MaskSpec, image: RadImage, source: Source | None, rng: np.random.Generator) -> Mask:
    """The area itself, before anything is done to it."""
    match spec:
        case SourceMask() | FileMask():
            return _from_file(spec, image, source)
        case AnatomyMask():
            return anatomy_mask(image, spec.name)
        case RandomMask():
            return _random(spec, image, source, rng)
        case UnionMask() | IntersectionMask() | DifferenceMask():
            parts = [_changed(part, _drawn(part, image, source, rng), image) for part in spec.of]
            return reduce({"union": or_, "intersection": and_, "difference": sub}[spec.kind], parts)
        case BoxMask() | EllipseMask() | PolygonMask():
            return _shape(spec, image.shape)


def _shape(spec: BoxMask | EllipseMask | PolygonMask, shape: tuple[int, int]) -> Mask:
    """A plain shape in pixels; at least one of them is in a box or an ellipse."""
    rows, cols = shape
    match spec:
        case BoxMask():
            top, left = round(spec.top * rows), round(spec.left * cols)
            bottom, right = round(spec.bottom * rows), round(spec.right * cols)
            return Mask.box(
                shape, top=top, left=left, bottom=max(bottom, top + 1), right=max(right, left + 1)
            )
        case EllipseMask():
            return Mask.ellipse(
                shape,
                center=(spec.center[0] * rows - 0.5, spec.center[1] * cols - 0.5),
                radii=(max(spec.radii[0] * rows, 0.71), max(spec.radii[1] * cols, 0.71)),
            )
        case PolygonMask():
            return Mask.polygon(shape, [(row * rows - 0.5, col * cols - 0.5) for row, col in spec.points])


def _changed(spec: MaskSpec, mask: Mask, image: RadImage) -> Mask:
    """Holes filled, the largest part kept, grown, inverted: in this order."""
    if spec.fill_holes:
        mask = mask.fill_holes()
    if spec.largest:
        mask = mask.largest_component()
    if spec.grow_px:
        mask = mask.grow(spec.grow_px)
    if spec.grow_mm:
        spacing_mm = image.info.spacing_mm
        if spacing_mm is None:
            raise InputError(
                "grow_mm needs the distance between pixels, and the image does not tell it: use grow_px"
            )
        mask = mask.grow_mm(spec.grow_mm, spacing_mm)
    return ~mask if spec.invert else mask


def _from_file(spec: SourceMask | FileMask, image: RadImage, source: Source | None) -> Mask:
    path = spec.path if isinstance(spec, FileMask) else None if source is None else source.mask_path
    if path is None:
        raise InputError("the table names no mask for this image (column 'mask')")
    has_file = source is not None and source.path.name  # an image in memory has none
    mask = read_mask(
        path,
        source.path if source is not None and has_file else None,
        shape=image.shape,
        frame=0 if source is None else source.frame,
        select=spec.select or None,
        classes=spec.classes,
        names=(source.uri,) if source is not None and source.uri else (),
    )
    mask.require(image.shape)
    return mask


def _random(spec: RandomMask, image: RadImage, source: Source | None, rng: np.random.Generator) -> Mask:
    """A random shape in its region, or somewhere on the body."""
    if spec.within is None:
        return Mask.random(
            image.shape, spec.area_fraction, rng, kind=spec.shape, around=_somewhere_on_the_body(image)
        )
    region = _changed(spec.within, _drawn(spec.within, image, source, rng), image)
    return Mask.random(image.shape, spec.area_fraction, rng, kind=spec.shape, within=region)


def _somewhere_on_the_body(image: RadImage) -> Mask:
    """Pixels that are neither plain black nor plain white, away from the border if there are any."""
    shown = image.to_display()
    grey: NDArray[np.uint8] = shown.max(axis=2) if shown.ndim == 3 else shown.astype(np.uint8)
    rows, cols = grey.shape
    inside = np.zeros_like(grey, dtype=np.bool_)
    inside[rows // 6 : rows - rows // 6, cols // 6 : cols - cols // 6] = True
    body = inside & (grey > 8) & (grey < 247)
    if not body.any():
        body[rows // 2, cols // 2] = True
    return Mask(body)
