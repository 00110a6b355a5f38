"""From what a plan says about a mask to the mask of one image."""

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.augment.plan import BoxMask, EllipseMask, FileMask, MaskSpec, RandomMask, SourceMask
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
    >>> spec = BoxMask(top=0.1, left=0.5, bottom=0.2, right=1.0)
    >>> resolve_mask(spec, image, None, np.random.default_rng(0)).bounds
    (10, 40, 20, 80)
    """
    rows, cols = image.shape
    match spec:
        case SourceMask():
            if source is None or source.mask_path is None:
                raise InputError("the table names no mask for this image (column 'mask')")
            mask = read_mask(source.mask_path)
        case FileMask():
            mask = read_mask(spec.path)
        case BoxMask():
            mask = Mask.box(
                image.shape,
                top=round(spec.top * rows),
                left=round(spec.left * cols),
                bottom=max(round(spec.bottom * rows), round(spec.top * rows) + 1),
                right=max(round(spec.right * cols), round(spec.left * cols) + 1),
            )
        case EllipseMask():
            mask = Mask.ellipse(
                image.shape,
                center=(spec.center[0] * rows - 0.5, spec.center[1] * cols - 0.5),
                radii=(max(spec.radii[0] * rows, 0.71), max(spec.radii[1] * cols, 0.71)),
            )
        case RandomMask():
            mask = _blob(image, spec.area_fraction, rng)
    mask.require(image.shape)
    return mask


def _blob(image: RadImage, area_fraction: float, rng: np.random.Generator) -> Mask:
    """An irregular shape of a wanted area, somewhere on the body: thresholded smooth noise, nearest first."""
    rows, cols = image.shape
    center = _somewhere_on_the_body(image, rng)
    noise = rng.standard_normal((9, 9)).astype(np.float32)
    wobble = cv2.resize(noise, (cols, rows), interpolation=cv2.INTER_CUBIC)
    radius = np.sqrt(area_fraction * rows * cols / np.pi)
    y, x = np.ogrid[:rows, :cols]
    distance = np.hypot(y - center[0], x - center[1]) / max(radius, 0.5)
    score = (distance + 0.12 * wobble).astype(np.float32)
    wanted = int(np.clip(round(area_fraction * rows * cols), 1, rows * cols))
    limit = np.partition(score.ravel(), wanted - 1)[wanted - 1]
    return Mask(score <= limit)


def _somewhere_on_the_body(image: RadImage, rng: np.random.Generator) -> tuple[int, int]:
    """A random pixel that is neither plain black nor plain white, away from the border if there is one."""
    shown = image.to_display()
    grey: NDArray[np.uint8] = shown.max(axis=2) if shown.ndim == 3 else shown.astype(np.uint8)
    rows, cols = grey.shape
    inside = np.zeros_like(grey, dtype=np.bool_)
    inside[rows // 6 : rows - rows // 6, cols // 6 : cols - cols // 6] = True
    body = np.flatnonzero(inside & (grey > 8) & (grey < 247))
    if body.size == 0:
        return rows // 2, cols // 2
    row, col = divmod(int(rng.choice(body)), cols)
    return row, col
