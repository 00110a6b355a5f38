"""Outlines between pixels to the pixels inside them, by the even-odd rule."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["fill_even_odd"]

_ON_EDGE_PX = 0.01
"""Corners are written in patient coordinates with some three decimals of a millimetre."""


def fill_even_odd(shape: tuple[int, int], outlines: Iterable[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Fill closed outlines together: a pixel is in if its centre is inside an odd number of them, or on one.

    An outline inside another is a hole, and so is the inner part of a keyhole. Centres on an edge are in,
    as writers of contours run through the centres of the outermost pixels, around holes as well.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    outlines : iterable of (n, 2) float64
        Corners as (row, column), whole numbers at pixel centres. They may lie outside the image.

    Returns
    -------
    (rows, cols) bool
        True inside.

    Examples
    --------
    >>> square = np.array([(1, 1), (1, 3), (3, 3), (3, 1)], float)
    >>> int(fill_even_odd((5, 5), [square]).sum())
    9
    """
    crossings = np.zeros((shape[0], shape[1] + 1), dtype=np.int32)
    edge = np.zeros(shape, dtype=np.bool_)
    for outline in outlines:
        for start, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
            _cross(crossings, start, end)
            _trace(edge, start, end)
    inside = (np.cumsum(crossings[:, :-1], axis=1) & 1).astype(np.bool_)
    filled: NDArray[np.bool_] = inside | edge
    return filled


def _cross(crossings: NDArray[np.int32], start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
    """Count, in every row that the edge crosses, the first column to its right."""
    upper, lower = (start, end) if start[0] <= end[0] else (end, start)
    first = int(np.clip(np.ceil(upper[0]), 0, crossings.shape[0]))
    last = int(np.clip(np.ceil(lower[0]), 0, crossings.shape[0]))  # the lower end belongs to the next edge
    if first >= last:
        return
    rows = np.arange(first, last)
    columns = upper[1] + (rows - upper[0]) * ((lower[1] - upper[1]) / (lower[0] - upper[0]))
    crossings[rows, np.clip(np.ceil(columns), 0, crossings.shape[1] - 1).astype(np.int64)] += 1


def _trace(on_edge: NDArray[np.bool_], start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
    """Mark the pixels whose centres the edge runs through."""
    span = end - start
    major = int(abs(span[1]) > abs(span[0]))
    low, high = sorted((start[major], end[major]))
    top = on_edge.shape[major]
    first = int(np.clip(np.ceil(low - _ON_EDGE_PX), 0, top))
    steps = np.arange(first, int(np.clip(np.floor(high + _ON_EDGE_PX), -1, top - 1)) + 1)
    slope = span[1 - major] / span[major] if span[major] else 0.0
    others = start[1 - major] + (np.clip(steps, low, high) - start[major]) * slope
    nearest = np.rint(others)
    hit = (np.abs(others - nearest) <= _ON_EDGE_PX) & (nearest >= 0) & (nearest < on_edge.shape[1 - major])
    places = steps[hit], nearest[hit].astype(np.int64)
    on_edge[places if major == 0 else places[::-1]] = True
