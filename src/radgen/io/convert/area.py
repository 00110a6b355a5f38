"""Rows of brightness in, a smaller picture out: each new pixel is the mean of the area that it covers."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["average_areas"]

_BAND_PX = 1 << 20
"""Pixels at the old size that are held at a time. Each band is a handful of long calls: threads that convert
other files would wait for the interpreter between many short ones."""


class _Band(NamedTuple):
    """New rows ``first`` to ``last``, and their weights on the old rows ``low`` to ``high``."""

    first: int
    last: int
    low: int
    high: int
    weights: "csr_array"


def average_areas(
    band: Callable[[int, int], NDArray[np.float32]],
    old: tuple[int, int],
    new: tuple[int, int],
    dtype: type[np.uint8 | np.uint16],
) -> NDArray[Any]:
    """Reduce a picture by averaging areas, exactly: the one rounding is that of the result.

    Rows are averaged by a product with a sparse matrix, which is several times as fast as resizing both
    axes at once; columns by OpenCV.

    Parameters
    ----------
    band : callable
        From a first row and one behind the last, those rows as (n, cols) float32. Asked from top to bottom;
        bands may share a row.
    old, new : (int, int)
        (rows, cols) before and after; no axis grows.
    dtype : numpy.uint8 or numpy.uint16
        Of the result.

    Returns
    -------
    (rows, cols) array
        Rounded.

    Examples
    --------
    >>> ramp = np.arange(12, dtype=np.float32).reshape(2, 6)
    >>> average_areas(lambda top, bottom: ramp[top:bottom], (2, 6), (1, 4), np.uint8)
    array([[3, 5, 6, 8]], dtype=uint8)
    """
    out = np.empty(new, dtype)
    for part in _bands(old[0], new[0], max(_BAND_PX // old[1], 1)):
        tall = part.weights @ band(part.low, part.high)
        if new[1] != old[1]:
            tall = cv2.resize(tall, (new[1], len(tall)), interpolation=cv2.INTER_AREA)
        out[part.first : part.last] = np.rint(tall)
    return out


@lru_cache(maxsize=16)
def _bands(old: int, new: int, height: int) -> tuple[_Band, ...]:
    """An axis of `old` pixels in bands of about `height`; images of a folder often share their sizes."""
    count = max(int(height * new / old), 1)
    return tuple(_cut(old, new, count))


def _cut(old: int, new: int, count: int) -> Iterator[_Band]:
    from scipy.sparse import csr_array  # noqa: PLC0415 - slow to import, and only reducing needs it

    edges = np.arange(new + 1) * (old / new)
    for first in range(0, new, count):
        own = edges[first : first + count + 1]
        low, high = int(own[0]), min(int(np.ceil(own[-1])), old)
        starts = np.floor(own[:-1]).astype(int)
        ends = np.minimum(np.ceil(own[1:]).astype(int), old)
        covered = np.concatenate([np.arange(start, end) for start, end in zip(starts, ends, strict=True)])
        row = np.repeat(np.arange(len(starts)), ends - starts)
        overlap = np.minimum(own[row + 1], covered + 1) - np.maximum(own[row], covered)
        weights = (np.maximum(overlap, 0.0) * (new / old)).astype(np.float32)
        shape = (len(starts), high - low)
        yield _Band(first, first + len(starts), low, high, csr_array((weights, (row, covered - low)), shape))
