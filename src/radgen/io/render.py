"""Brightness of an image at a wanted depth and size."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.image import RadImage, Window

__all__ = ["render", "resized"]

_ROWS_AT_ONCE = 2048
_SQUARE_ENOUGH = 0.01


def render(image: RadImage, bits: int = 8, window: Window | None = None) -> NDArray[Any]:
    """Render an image, in strips: a large one would need several times its size at once.

    Parameters
    ----------
    image : RadImage
        Grey or colour.
    bits : {8, 16}
        Depth; colour is always 8.
    window : Window, optional
        Instead of the image's own; colour has none.

    Returns
    -------
    (rows, cols[, 3]) uint8 or uint16
        Brightness.
    """
    if image.is_colour:
        return image.to_display()
    if window is not None:
        image = replace(image, display=replace(image.display, voi=window))
    strips = [
        image.with_pixels(image.pixels[top : top + _ROWS_AT_ONCE]).to_display(bits)
        for top in range(0, image.shape[0], _ROWS_AT_ONCE)
    ]
    return strips[0] if len(strips) == 1 else np.concatenate(strips)


def resized(pixels: NDArray[Any], aspect: float = 1.0, size: int | None = None) -> NDArray[Any]:
    """Make pixels square and the image small enough, by averaging areas; nothing is ever enlarged.

    Parameters
    ----------
    pixels : (rows, cols[, 3]) uint8 or uint16
        Brightness: averaging stored values and windowing afterwards is not the same.
    aspect : float
        Height of a pixel divided by its width.
    size : int, optional
        Longest side of the result in pixels.

    Returns
    -------
    (rows, cols[, 3]) array
        Same type.

    Examples
    --------
    >>> resized(np.zeros((100, 50), np.uint8), aspect=0.5).shape
    (50, 50)
    >>> resized(np.zeros((100, 50), np.uint8), size=10).shape
    (10, 5)
    """
    rows, cols = pixels.shape[:2]
    aspect = aspect if abs(aspect - 1) > _SQUARE_ENOUGH else 1.0
    height, width = rows * aspect, float(cols)  # in units of a pixel's width
    unit = max(aspect, 1.0)  # the coarser side keeps its pixels
    if size is not None:
        unit = max(unit, height / size, width / size)
    new = max(round(height / unit), 1), max(round(width / unit), 1)
    if new == (rows, cols):
        return pixels
    return cv2.resize(np.ascontiguousarray(pixels), (new[1], new[0]), interpolation=cv2.INTER_AREA)
