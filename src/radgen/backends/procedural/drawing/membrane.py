"""Inflate a flat shape: a membrane held at its edge rises to the form that a radiograph would show.

Over a strip the square root of twice the height is a cylinder, over an ellipse an ellipsoid; in between it
is smooth, without the creases that a distance to the edge has.

References
----------
Joshi and Carr, Repousse: automatic inflation of 2D artwork, Eurographics workshop on sketch-based
interfaces and modeling (2008).
"""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["half_depth", "membrane"]

_KERNEL = np.array([[0, 0.25, 0], [0.25, 0, 0.25], [0, 0.25, 0]], np.float32)
_SMALLEST_PX = 12
_CYCLES = 3
Plane: TypeAlias = NDArray[np.float32]


def membrane(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Height of a membrane under unit load: minus its Laplacian is 1 inside, and it is 0 outside.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, cols)
        The shape, with a margin.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        Height in square pixels.

    Examples
    --------
    >>> strip = np.zeros((96, 23), bool)
    >>> strip[:, 2:21] = True
    >>> bool(abs(membrane(strip)[48, 11] - 0.5 * 10**2) < 1.5)
    True
    """
    inside = mask.astype(np.float32)
    load = 0.25 * inside
    height = _first_guess(load, inside)
    for _ in range(_CYCLES):
        height = _cycle(height, load, inside)
    return height


def _first_guess(load: Plane, inside: Plane) -> Plane:
    """The membrane of about the same shape on coarser grids, which may join what lies close together."""
    rows, cols = inside.shape
    if min(rows, cols) <= _SMALLEST_PX:
        return _smoothed(np.zeros_like(inside), load, inside, 60)
    coarse = (cv2.resize(inside, _half(rows, cols), interpolation=cv2.INTER_AREA) > 0.5).astype(np.float32)
    guess = _first_guess(np.float32(0.25) * coarse, coarse)
    finer = 4 * cv2.resize(guess, (cols, rows), interpolation=cv2.INTER_LINEAR) * inside
    # Small grids cost little and carry the error of their coarse outlines on: they are worked out in full.
    return _smoothed(np.asarray(finer, np.float32), load, inside, max(6, 1500 // max(rows, cols)))


def _cycle(height: Plane, load: Plane, inside: Plane) -> Plane:
    """One V-cycle of multigrid: smooth, correct what is left on a grid half as fine, smooth again."""
    if min(inside.shape) <= _SMALLEST_PX:
        return _smoothed(height, load, inside, 60)
    height = _smoothed(height, load, inside, 1)
    rows, cols = inside.shape
    half = _half(rows, cols)
    left = (load + _neighbours(height) - height) * inside
    # Only cells that lie wholly inside: a grid that joins fingers or closes holes would diverge.
    coarse = (cv2.resize(inside, half, interpolation=cv2.INTER_AREA) > 0.999).astype(np.float32)
    coarse_left = 4 * cv2.resize(left, half, interpolation=cv2.INTER_AREA) * coarse
    correction = _cycle(np.zeros_like(coarse), np.asarray(coarse_left, np.float32), coarse)
    height = height + cv2.resize(correction, (cols, rows), interpolation=cv2.INTER_LINEAR) * inside
    return _smoothed(np.asarray(height, np.float32), load, inside, 2)


def _half(rows: int, cols: int) -> tuple[int, int]:
    """Width and height of a grid half as fine."""
    return (cols + 1) // 2, (rows + 1) // 2


def _neighbours(height: Plane) -> Plane:
    """Mean of the four neighbours."""
    return np.asarray(cv2.filter2D(height, -1, _KERNEL, borderType=cv2.BORDER_CONSTANT), np.float32)


def _smoothed(height: Plane, load: Plane, inside: Plane, sweeps: int) -> Plane:
    """Damped Jacobi sweeps."""
    for _ in range(sweeps):
        height = (np.float32(0.2) * height + np.float32(0.8) * (_neighbours(height) + load)) * inside
    return height


def half_depth(mask: NDArray[np.bool_], shell_px: NDArray[np.float32] | float) -> tuple[
    NDArray[np.float32], NDArray[np.float32]
]:  # fmt: skip
    """Half thickness of the inflated shape, and of what its shell encloses.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, cols)
        The shape, with a margin.
    shell_px : ndarray or float
        Thickness of the shell.

    Returns
    -------
    outer, inner : ndarray of float32, shape (rows, cols)
        In pixels.

    Examples
    --------
    >>> disc = np.hypot(*np.mgrid[-24:25, -24:25]) < 20
    >>> outer, _ = half_depth(disc, 5.0)
    >>> abs(float(outer[24, 24]) - 20 / 2**0.5) < 0.5
    True
    """
    height = membrane(mask)
    outer = np.sqrt(2 * height)
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    # Over a strip of half width w, height = d (w - d / 2) at a distance d from its edge: that gives w.
    width = cv2.GaussianBlur(
        np.where(depth > 0, height / np.maximum(depth, 0.5) + 0.5 * depth, 0), (0, 0), 1.0
    )
    shell = np.minimum(np.float32(1.0) * shell_px, np.maximum(width, 0.0))
    inner = np.sqrt(np.maximum(2 * height - shell * (2 * width - shell), 0))
    return outer.astype(np.float32), np.asarray(inner, np.float32)
