"""Levels of detail of an image with a hole: from full resolution down to a thumbnail, and back up.

A pixel of a coarser level is the weighted mean of the *known* pixels below it: nothing leaks out of the hole.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Level", "build_levels", "expand"]

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
