"""Text in pixels to pixels without it: boxes are filled with what surrounds them. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Box", "grown", "redacted"]

Box = tuple[int, int, int, int]
"""(top, left, bottom, right), ends excluded."""
MARGIN_FRACTION = 0.5
"""Of the text's height, by which its box is grown: readers cut letters short."""
RING_PX = 4


def grown(box: Box, shape: tuple[int, int]) -> Box:
    """A box with half the text's height around it.

    Parameters
    ----------
    box : Box
        As a reader found it.
    shape : (int, int)
        Rows and columns of the picture.

    Returns
    -------
    Box
        Within the picture.

    Examples
    --------
    >>> grown((10, 10, 20, 60), (100, 62))
    (5, 5, 25, 62)
    """
    top, left, bottom, right = box
    margin = max(2, round(MARGIN_FRACTION * min(bottom - top, right - left)))
    return (
        max(top - margin, 0),
        max(left - margin, 0),
        min(bottom + margin, shape[0]),
        min(right + margin, shape[1]),
    )


def redacted(pixels: NDArray[np.uint8], boxes: Sequence[Box]) -> NDArray[np.uint8]:
    """Fill boxes with the median of what surrounds each.

    Parameters
    ----------
    pixels : (rows, cols[, 3]) uint8
        A picture; it stays as it is.
    boxes : sequence of Box
        What to fill, all of it.

    Returns
    -------
    (rows, cols[, 3]) uint8
        Equal to `pixels` outside the boxes; inside one, every pixel has the same value.

    Examples
    --------
    >>> film = np.full((40, 60), 90, np.uint8)
    >>> film[10:20, 10:50] = 255
    >>> bool((redacted(film, [(10, 10, 20, 50)]) == 90).all())
    True
    """
    hidden = np.zeros(pixels.shape[:2], dtype=np.bool_)
    for top, left, bottom, right in boxes:
        hidden[top:bottom, left:right] = True
    out = pixels.copy()
    for top, left, bottom, right in boxes:
        around = np.s_[max(top - RING_PX, 0) : bottom + RING_PX, max(left - RING_PX, 0) : right + RING_PX]
        ring = pixels[around][~hidden[around]]
        level = np.median(ring, axis=0) if ring.size else np.zeros(pixels.shape[2:])
        out[top:bottom, left:right] = np.rint(level).astype(np.uint8)
    return out
