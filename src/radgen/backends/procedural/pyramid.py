"""Levels of detail of an image with a hole: from full resolution down to a thumbnail, and back up.

A pixel of a coarser level is the weighted mean of the *known* pixels below it: nothing leaks out of the hole.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Level", "build_levels", "expand", "membrane"]

Plane = NDArray[np.float32]
Bits = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution of an image with a hole.

    Parameters
    ----------
    values : ndarray of float32, shape (rows, cols, channels)
        Grey levels; meaningless where `hole` is True.
    hole : ndarray of bool, shape (rows, cols)
        True where nothing is known.
    usable : ndarray of bool, shape (rows, cols)
        True where pixels may be copied from.
    """

    values: Plane
    hole: Bits
    usable: Bits


def expand(coarse: Plane, shape: tuple[int, int]) -> Plane:
    """Resample a coarser level to the next finer one, smoothly.

    Parameters
    ----------
    coarse : ndarray of float32, shape (rows, cols, channels)
        The coarser level.
    shape : tuple of int
        Rows and columns of the finer level.

    Returns
    -------
    ndarray of float32, shape (*shape, channels)
        The same content at the finer sampling.
    """
    up = cv2.pyrUp(coarse, dstsize=(shape[1], shape[0]))
    return np.asarray(up, np.float32).reshape(*shape, coarse.shape[2])


def _halve(plane: Plane) -> Plane:
    down = np.asarray(cv2.pyrDown(plane), np.float32)
    return down.reshape(*down.shape[:2], -1)


def _halve_known(values: Plane, hole: Bits) -> tuple[Plane, Plane]:
    weight = (~hole).astype(np.float32)[..., None]
    total = _halve(weight)
    mean = _halve(values * weight) / np.maximum(total, np.float32(1e-6))
    return np.asarray(mean, np.float32), total[..., 0]


def build_levels(values: Plane, hole: Bits, usable: Bits, coarsest_px: int) -> list[Level]:
    """Halve until the longer side is at most `coarsest_px`.

    Parameters
    ----------
    values : ndarray of float32, shape (rows, cols, channels)
        Grey levels.
    hole, usable : ndarray of bool, shape (rows, cols)
        As in `Level`.
    coarsest_px : int
        Largest side of the coarsest level in pixels.

    Returns
    -------
    list of Level
        Finest first.
    """
    levels = [Level(values, hole, usable)]
    while max(levels[-1].hole.shape) > coarsest_px and min(levels[-1].hole.shape) >= 16:
        last = levels[-1]
        smaller, weight = _halve_known(last.values, last.hole)
        kept = _halve(last.usable.astype(np.float32)[..., None])[..., 0]
        coarse_hole = weight < 0.5
        if bool(coarse_hole.all()):
            break
        levels.append(Level(smaller, coarse_hole, (kept > 0.5) & ~coarse_hole))
    return levels


def membrane(values: Plane, unknown: Bits) -> Plane:
    """Stretch the known values smoothly over the unknown ones (push-pull interpolation).

    Parameters
    ----------
    values : ndarray of float32, shape (rows, cols, channels)
        Grey levels.
    unknown : ndarray of bool, shape (rows, cols)
        Where to interpolate; at least one pixel must be known.

    Returns
    -------
    ndarray of float32, shape (rows, cols, channels)
        `values` where known, a smooth surface elsewhere.

    References
    ----------
    .. [1] S. J. Gortler et al., "The Lumigraph", SIGGRAPH 1996, section 3.4 (push-pull).

    Examples
    --------
    >>> ramp = np.tile(np.arange(9, dtype=np.float32), (9, 1))[..., None]
    >>> hole = np.zeros((9, 9), bool)
    >>> hole[4, 4] = True
    >>> bool(abs(membrane(ramp, hole)[4, 4, 0] - 4) < 0.5)
    True
    """
    if not unknown.any():
        return values
    if min(unknown.shape) <= 2:
        mean = values[~unknown].mean(axis=0) if (~unknown).any() else 0.0
        return np.where(unknown[..., None], mean, values).astype(np.float32)
    smaller, weight = _halve_known(values, unknown)
    below = membrane(smaller, weight <= 1e-3)
    stretched = expand(below, (unknown.shape[0], unknown.shape[1]))
    result = np.where(unknown[..., None], stretched, values).astype(np.float32)
    for _ in range(4):
        # A few relaxation steps remove the facets that the coarse grid leaves.
        soft = cv2.blur(result, (3, 3)).reshape(result.shape)
        result = np.where(unknown[..., None], soft, values).astype(np.float32)
    return result
