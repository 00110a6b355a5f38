"""Rows of brightness in, a smaller picture out: each new pixel is the mean of the area that it covers."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["average_areas"]

_DOWN_PX, _ACROSS_PX = 24, 48
"""Old pixels of an axis that become new ones in one product: with more, too many weights are zero."""
_MOST_STEPS = 1 << 18
"""Multiplications in one product: BLAS libraries start threads for larger ones, and files are the better
thing to do in parallel."""
_GROUP_PX = 1 << 20
"""Pixels, new in height and old in width, that are held at a time."""


class _Block(NamedTuple):
    """New pixels ``first`` to ``last`` of an axis, and the weights (old, new) of ``low`` to ``high``."""

    first: int
    last: int
    low: int
    high: int
    weights: NDArray[np.float32]


def average_areas(
    band: Callable[[int, int], NDArray[np.float32]],
    old: tuple[int, int],
    new: tuple[int, int],
    dtype: type[np.uint8 | np.uint16],
) -> NDArray[Any]:
    """Reduce a picture by averaging areas, exactly: the one rounding is that of the result.

    Both axes are matrix products with the few weights that are not zero, on bands that fit the cache.

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
    down, across = _blocks(old[0], new[0], _DOWN_PX), _blocks(old[1], new[1], _ACROSS_PX)
    for group in _groups(down, old[1]):
        first = group[0].first
        tall = np.empty((group[-1].last - first, old[1]), np.float32)
        for block in group:
            _down(block, band(block.low, block.high), tall[block.first - first : block.last - first])
        out[first : group[-1].last] = np.rint(_across(across, tall, new[1]))
    return out


def _groups(blocks: tuple[_Block, ...], cols: int) -> Iterator[tuple[_Block, ...]]:
    """Blocks whose new rows, at the old width, are held at the same time."""
    height = blocks[0].last - blocks[0].first
    count = max(_GROUP_PX // (height * cols), 1)
    for start in range(0, len(blocks), count):
        yield blocks[start : start + count]


def _down(block: _Block, rows: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """The new rows of a block, still at the old width."""
    step = max(_MOST_STEPS // block.weights.size, 1)
    for left in range(0, rows.shape[1], step):
        np.matmul(block.weights.T, rows[:, left : left + step], out=out[:, left : left + step])


def _across(blocks: tuple[_Block, ...], rows: NDArray[np.float32], cols: int) -> NDArray[np.float32]:
    """Rows at the new width."""
    out = np.empty((len(rows), cols), np.float32)
    for block in blocks:
        step = max(_MOST_STEPS // block.weights.size, 1)
        for top in range(0, len(rows), step):
            part = rows[top : top + step, block.low : block.high]
            np.matmul(part, block.weights, out=out[top : top + step, block.first : block.last])
    return out


@lru_cache(maxsize=16)
def _blocks(old: int, new: int, covered_px: int) -> tuple[_Block, ...]:
    """An axis of `old` pixels cut into blocks of `new` ones; images of a folder often share their sizes."""
    scale = old / new
    count = min(max(round(covered_px / scale), 1), 16)
    edges = np.arange(new + 1) * scale
    blocks = []
    for first in range(0, new, count):
        own = edges[first : first + count + 1]
        low, high = int(own[0]), min(int(np.ceil(own[-1])), old)
        covered = np.arange(low, high)[:, None]
        overlap = np.minimum(own[1:], covered + 1) - np.maximum(own[:-1], covered)
        weights = (np.maximum(overlap, 0.0) / scale).astype(np.float32)
        blocks.append(_Block(first, first + weights.shape[1], low, high, weights))
    return tuple(blocks)
