"""What every reader asks of pixels: a size that fits into memory, and grey where colour is none."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError

__all__ = ["grey_if_equal", "require_area"]

_MOST_PX = 16384 * 16384
_ROWS_AT_ONCE = 256


def require_area(rows: int, cols: int) -> None:
    """Refuse an image of more pixels than 16384 x 16384, before any of them is decoded.

    Raises
    ------
    InputError
        If there are more.

    Examples
    --------
    >>> require_area(12000, 12000)
    """
    if rows * cols > _MOST_PX:
        raise InputError(
            f"it claims {rows}x{cols} pixels, and radgen reads up to 16384x16384: cut it into parts"
        )


def grey_if_equal(pixels: NDArray[Any]) -> NDArray[Any]:
    """One channel of a colour image whose three channels are all the same; anything else as it is.

    Parameters
    ----------
    pixels : (rows, cols[, 3]) array
        Any integer type.

    Returns
    -------
    (rows, cols) or (rows, cols, 3) array
        Same type.

    Examples
    --------
    >>> grey_if_equal(np.zeros((4, 5, 3), np.uint8)).shape
    (4, 5)
    """
    if pixels.ndim != 3:
        return pixels
    for top in range(0, pixels.shape[0], _ROWS_AT_ONCE):  # in strips: a comparison of all is one more image
        strip = pixels[top : top + _ROWS_AT_ONCE]
        if not np.array_equal(strip[..., 0], strip[..., 1]) or not np.array_equal(
            strip[..., 1], strip[..., 2]
        ):
            return pixels
    return np.ascontiguousarray(pixels[..., 0])
