"""What a model is shown in place of pixels that are not there, or count as lost: something plain. Pure."""

import numpy as np

from radgen.augment.plan import Margins
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.mask import Mask

__all__ = ["erased", "padded"]


def erased(image: RadImage, mask: Mask) -> RadImage:
    """Paint what counts as lost in one plain grey, so that no model can peek at it.

    Parameters
    ----------
    image : RadImage
        What is to be shown.
    mask : Mask
        What counts as lost.

    Returns
    -------
    RadImage
        With the median of the mask's surroundings inside it.
    """
    ring, pixels = mask.ring(16).editable, image.pixels.copy()
    around = ring if ring.any() else ~mask.editable
    fill = np.median(pixels[around], axis=0) if around.any() else _black(image)
    pixels[mask.editable] = np.rint(fill).astype(pixels.dtype)
    pixels.flags.writeable = False
    return image.with_pixels(pixels)


def padded(image: RadImage, margins: Margins) -> tuple[RadImage, tuple[int, int]]:
    """Put an image on a larger, black canvas.

    Parameters
    ----------
    image : RadImage
        What is to be extended.
    margins : Margins
        How far, at each border.

    Returns
    -------
    RadImage, (int, int)
        The canvas, and the row and column of the image's first pixel there.

    Raises
    ------
    InputError
        If the margins are less than a pixel.
    """
    rows, cols = image.shape
    top, bottom = round(margins.top * rows), round(margins.bottom * rows)
    left, right = round(margins.left * cols), round(margins.right * cols)
    if top + bottom + left + right == 0:
        raise InputError(f"the margins are less than a pixel of this {rows}x{cols} image")
    canvas = np.empty((rows + top + bottom, cols + left + right, *image.pixels.shape[2:]), image.pixels.dtype)
    canvas[:] = _black(image)
    canvas[top : top + rows, left : left + cols] = image.pixels
    canvas.flags.writeable = False
    return image.with_pixels(canvas), (top, left)


def _black(image: RadImage) -> int:
    """The stored value among the image's extremes that is shown darker."""
    ends = np.array([image.pixels.min(), image.pixels.max()])
    return int(ends[np.argmin(image.display.brightness(ends, image.rescale))])
