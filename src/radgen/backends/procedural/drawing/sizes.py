"""Which sizes of pictures can be drawn, and how a drawing gets to its size."""

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError

__all__ = ["require_size", "resized"]


def require_size(size: tuple[int, int]) -> None:
    """Refuse a size, before any work.

    Parameters
    ----------
    size : tuple of int
        (rows, cols) wanted: from 64 to 2048, no side more than three times the other.

    Raises
    ------
    InputError
        If it cannot be drawn.

    Examples
    --------
    >>> require_size((512, 640))
    >>> require_size((512, 48))
    Traceback (most recent call last):
    radgen.errors.InputError: size 512x48 (rows x cols) cannot be drawn: ...
    """
    rows, cols = size
    if not (min(size) >= 64 and max(size) <= 2048 and max(size) <= 3 * min(size)):
        raise InputError(
            f"size {rows}x{cols} (rows x cols) cannot be drawn: sides from 64 to 2048, "
            "none over three times the other"
        )


def resized(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """A plane at the picture's own size.

    Parameters
    ----------
    plane : ndarray of float32, shape (rows, cols)
        On the drawing's grid.
    size : tuple of int
        (rows, cols) wanted.

    Returns
    -------
    ndarray of float32
        Averaged or interpolated.

    Examples
    --------
    >>> resized(np.ones((8, 8), np.float32), (4, 4)).shape
    (4, 4)
    """
    how = cv2.INTER_AREA if size[0] <= plane.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(plane, (size[1], size[0]), interpolation=how))
