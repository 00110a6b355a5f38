"""Bending what was drawn so that it meets what surrounds it, by a correction stretched like a skin."""

from math import floor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.mask import Mask

__all__ = ["SEAM_PX", "joined", "membrane"]

SEAM_PX = 3.0
"""Width of the neighbourhood that the answer is bent to meet."""
GRAIN_PX = 1.0
"""Width of what is finer than that: noise, and edges that run across."""
RELAXATIONS = 4


def joined(drawn: NDArray[np.float32], codes: NDArray[np.float32], mask: Mask) -> NDArray[np.float32]:
    """Bend what was drawn so that it meets the source all along the mask's edge.

    Parameters
    ----------
    drawn, codes : (rows, cols[, 3]) float32
        What is to be pasted, around the mask too, and the source.
    mask : Mask
        Where it is pasted.

    Returns
    -------
    array of the shape of `drawn`
        Of use inside the mask only.

    Examples
    --------
    >>> codes = np.full((32, 32), 90, np.float32)
    >>> hole = Mask.box((32, 32), top=8, left=8, bottom=24, right=24)
    >>> bool(np.abs(joined(codes + 20, codes, hole) - codes)[hole.editable].max() < 0.01)
    True
    """
    seam = _seam(mask)
    apart = codes - drawn
    if not seam.any() or not apart[seam].any():
        return drawn
    # The step at the edge, averaged along it so that neither image's noise is carried inside.
    weight = seam.astype(np.float32)
    met = drawn + membrane(_blurred(apart, weight, SEAM_PX, share=1.0), seam)
    # What is left of it is met as well, but fades within a pixel or two: grain is no wider.
    return np.asarray(met + _blurred(codes - met, weight, GRAIN_PX, share=0.5), dtype=np.float32)


def _blurred(
    plane: NDArray[np.float32], weight: NDArray[np.float32], blur_px: float, *, share: float
) -> NDArray[np.float32]:
    """The mean of what counts near each pixel; with a share below 1 it fades where little of it is near."""
    near = np.maximum(cv2.GaussianBlur(weight, (0, 0), blur_px), 1e-6) ** np.float32(share)
    if plane.ndim == 3:
        weight, near = weight[..., None], near[..., None]
    return np.asarray(cv2.GaussianBlur(plane * weight, (0, 0), blur_px) / near, dtype=np.float32)


def _seam(mask: Mask) -> NDArray[np.bool_]:
    """As ``mask.ring(SEAM_PX)``: for so small a distance a dilation is quicker than distances."""
    reach = np.arange(-floor(SEAM_PX), floor(SEAM_PX) + 1)
    disc = (np.hypot(reach[:, None], reach) <= SEAM_PX).astype(np.uint8)
    return (cv2.dilate(mask.editable.view(np.uint8), disc) > 0) & ~mask.editable


def membrane(values: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Interpolate smoothly between known values, as a stretched skin would.

    A push-pull pyramid: averages of what is known are handed down to coarser grids and back up
    into the gaps (Gortler et al., The Lumigraph, SIGGRAPH 1996, section 3.4); linear in the pixels.

    Parameters
    ----------
    values : (rows, cols[, channels]) float32
        Anything where `known` is False.
    known : (rows, cols) bool
        True where `values` counts; if nowhere, zeros are returned.

    Returns
    -------
    array of the shape of `values`
        Equal to `values` where known.

    Examples
    --------
    >>> ramp = np.tile(np.arange(9, dtype=np.float32), (9, 1))
    >>> hole = np.ones((9, 9), np.bool_)
    >>> hole[4, 4] = False
    >>> bool(abs(membrane(ramp * hole, hole)[4, 4] - 4) < 0.5)
    True
    """
    return _stretched(values.reshape(*known.shape, -1), known).reshape(values.shape)


def _stretched(planes: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The same for (rows, cols, channels)."""
    if known.all():
        return planes
    if min(known.shape) <= 2 or not known.any():
        mean = planes[known].mean(axis=0) if known.any() else np.float32(0)
        return np.where(known[..., None], planes, mean).astype(np.float32)
    weight = known.astype(np.float32)[..., None]
    half = ((known.shape[1] + 1) // 2, (known.shape[0] + 1) // 2)
    total = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)[..., None]
    summed = cv2.resize(np.where(known[..., None], planes, 0), half, interpolation=cv2.INTER_AREA)
    mean = summed.reshape(*total.shape[:2], -1) / np.maximum(total, 1e-6)
    coarse = _stretched(mean.astype(np.float32), total[..., 0] > 1e-3)
    size = (known.shape[1], known.shape[0])
    filled: NDArray[Any] = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR).reshape(planes.shape)
    for _ in range(RELAXATIONS):  # they remove the facets that the coarse grid leaves
        np.copyto(filled, planes, where=known[..., None])
        filled = cv2.blur(filled, (3, 3), borderType=cv2.BORDER_REPLICATE).reshape(planes.shape)
    np.copyto(filled, planes, where=known[..., None])
    return filled
