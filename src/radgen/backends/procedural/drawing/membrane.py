"""Inflate a flat shape: a membrane held at its edge rises to the form that a radiograph would show.

Over a strip the square root of twice the height is a cylinder, over an ellipse an ellipsoid; in between it
is smooth, without the creases that a distance to the edge has.

References
----------
Joshi and Carr, Repousse: automatic inflation of 2D artwork, Eurographics workshop on sketch-based
interfaces and modeling (2008).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["half_depth", "membrane"]

_KERNEL = np.array([[0, 0.25, 0], [0.25, 0, 0.25], [0, 0.25, 0]], np.float32)
_SMALLEST_PX = 12


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
    height: NDArray[np.float32] = np.zeros(mask.shape, np.float32)
    sweeps = 60
    if min(mask.shape) > _SMALLEST_PX:
        rows, cols = mask.shape
        small = cv2.resize(inside, ((cols + 1) // 2, (rows + 1) // 2), interpolation=cv2.INTER_AREA)
        coarse = membrane(small > 0.5)
        height = np.asarray(4 * cv2.resize(coarse, (cols, rows)), np.float32)
        sweeps = 10
    for _ in range(sweeps):
        height = (cv2.filter2D(height, -1, _KERNEL, borderType=cv2.BORDER_CONSTANT) + 0.25) * inside
    return np.asarray(height, np.float32)


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
    >>> outer, inner = half_depth(disc, 5.0)
    >>> [round(float(half[24, 24])) for half in (outer, inner)]
    [14, 11]
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
