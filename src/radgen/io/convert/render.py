"""Brightness of an image at a wanted depth and size, with what is to be drawn over it."""

from collections.abc import Callable
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.image import RadImage
from radgen.io.convert.area import average_areas
from radgen.io.dicom.graphics import Graphics

__all__ = ["render", "shape_to_show"]

_ROWS_AT_ONCE = 64
_SQUARE_ENOUGH = 0.01
_MOST_ELONGATED = 20
_LUT_TAKES_16_BITS = int(cv2.__version__.split(".", maxsplit=1)[0]) >= 5


def render(
    image: RadImage,
    bits: Literal[8, 16] = 8,
    *,
    aspect: float = 1.0,
    size: int | None = None,
    graphics: Graphics | None = None,
) -> NDArray[Any]:
    """Render an image with square pixels, small enough.

    A pixel of a smaller picture is the mean brightness of the area that it covers. Averaging stored values
    and windowing afterwards is not the same.

    Parameters
    ----------
    image : RadImage
        Grey or colour.
    bits : {8, 16}
        Depth; colour is always 8.
    aspect : float
        Height of a pixel divided by its width.
    size : int, optional
        Longest side of the result in pixels; nothing is ever enlarged.
    graphics : Graphics, optional
        Overlays to draw in white, and a shutter to close, at the image's own size.

    Returns
    -------
    (rows, cols[, 3]) uint8 or uint16
        Brightness. Without a size and with square pixels, what `RadImage.to_display` gives.

    Examples
    --------
    >>> image = RadImage(np.array([[0, 100, 200, 255]], np.uint8))
    >>> render(image), render(image, size=2)
    (array([[  0, 100, 200, 255]], dtype=uint8), array([[ 50, 228]], dtype=uint8))
    """
    new = shape_to_show(image.shape, aspect, size)
    if image.is_colour:
        pixels: NDArray[Any] = image.pixels if graphics is None else graphics.drawn_on(image.pixels)
        return pixels if new == image.shape else cv2.resize(pixels, new[::-1], interpolation=cv2.INTER_AREA)
    dtype = np.uint8 if bits == 8 else np.uint16
    white = float(np.iinfo(dtype).max)
    table = _table(image) * np.float32(white)
    if new != image.shape:
        return average_areas(_bands(image, table, white, graphics), image.shape, new, dtype)
    band = _bands(image, np.rint(table).astype(dtype), white, graphics)
    out = np.empty(image.shape, dtype)
    for top in range(0, image.shape[0], _ROWS_AT_ONCE):
        out[top : top + _ROWS_AT_ONCE] = band(top, top + _ROWS_AT_ONCE)
    return out


def shape_to_show(shape: tuple[int, int], aspect: float = 1.0, size: int | None = None) -> tuple[int, int]:
    """The shape of a picture with square pixels that is small enough; the coarser side keeps its pixels.

    Parameters
    ----------
    shape : (int, int)
        (rows, cols) as stored.
    aspect : float
        Height of a pixel divided by its width; within 1 % of a square, or beyond 1 to 20, which no device
        makes, it counts as one.
    size : int, optional
        Longest side of the result in pixels.

    Returns
    -------
    (int, int)
        (rows, cols), neither larger than before.

    Examples
    --------
    >>> shape_to_show((100, 50), aspect=0.5), shape_to_show((100, 50), size=10)
    ((50, 50), (10, 5))
    """
    if abs(aspect - 1) <= _SQUARE_ENOUGH or not 1 / _MOST_ELONGATED < aspect < _MOST_ELONGATED:
        aspect = 1.0
    height, width = shape[0] * aspect, float(shape[1])  # in units of a pixel's width
    unit = max(aspect, 1.0)
    if size is not None:
        unit = max(unit, height / size, width / size)
    return max(round(height / unit), 1), max(round(width / unit), 1)


def _table(image: RadImage) -> NDArray[np.float32]:
    """Brightness 0..1 of every value that the pixels' type can hold, 0 first and negative values last."""
    size = image.pixels.dtype.itemsize
    domain = np.arange(1 << 8 * size, dtype=f"u{size}").view(image.pixels.dtype)
    return image.display.brightness(domain.astype(np.int32), image.rescale)


def _bands(
    image: RadImage, table: NDArray[Any], white: float, graphics: Graphics | None
) -> Callable[[int, int], NDArray[Any]]:
    """From a first row and one behind the last, those rows through the table, and what lies over them."""
    indices = image.pixels.view(f"u{image.pixels.dtype.itemsize}")
    fast = indices.itemsize == 1 or _LUT_TAKES_16_BITS

    def band(top: int, bottom: int) -> NDArray[Any]:
        rows = indices[top:bottom]
        shown: NDArray[Any] = cv2.LUT(rows, table).reshape(rows.shape) if fast else table[rows]
        if graphics is not None:
            shown[graphics.shutter[top:bottom]] = graphics.shutter_brightness * white
            shown[graphics.overlays[top:bottom]] = white
        return shown

    return band
