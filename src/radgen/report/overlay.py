"""A mask over its image, as a radiologist sees the image: from both to one RGB PNG."""

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.image import RadImage
from radgen.io import encode_display_png
from radgen.io.convert.render import render, shape_to_show
from radgen.mask import Mask

__all__ = ["overlay"]

COLOUR = (230, 159, 0)
"""Orange of Okabe and Ito: far from every grey (47 CIELAB units or more) for the colour-blind as well."""
OPACITY = 0.25
LINE_SHARE = 1 / 400
"""Width of the outline, as a share of the longest side."""


def overlay(image: RadImage, mask: Mask) -> bytes:
    """Draw a mask over its image.

    Parameters
    ----------
    image : RadImage
        Grey or colour; shown with square pixels.
    mask : Mask
        Of the same shape. It is tinted, and outlined on the outside, so that the line hides nothing of it.

    Returns
    -------
    bytes
        An RGB PNG file without metadata.

    Raises
    ------
    InputError
        If the mask is of another shape, or empty.

    Examples
    --------
    >>> from radgen.io import decode_png
    >>> film = RadImage(np.full((40, 30), 90, np.uint8))
    >>> drawn = decode_png(overlay(film, Mask.box(film.shape, top=10, left=10, bottom=20, right=20)))
    >>> drawn.shape, drawn[15, 15].tolist(), drawn[15, 9].tolist(), drawn[0, 0].tolist()
    ((40, 30, 3), [125, 107, 68], [230, 159, 0], [90, 90, 90])
    """
    mask.require(image.shape)
    aspect = image.info.aspect
    shown = render(image, aspect=aspect)
    shape = shape_to_show(image.shape, aspect)
    covered = _resized(mask.editable, shape)
    picture = np.dstack([shown] * 3) if shown.ndim == 2 else shown.copy()
    inside, colour = picture[covered].astype(np.float32), np.array(COLOUR, np.float32)
    picture[covered] = np.rint(inside + OPACITY * (colour - inside)).astype(np.uint8)
    width = max(1, round(max(shape) * LINE_SHARE))
    picture[Mask(covered).ring(width).editable] = COLOUR
    return encode_display_png(picture)


def _resized(editable: NDArray[np.bool_], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The mask on the grid that is shown; a pixel of it that is covered in part counts."""
    if editable.shape == shape:
        return editable
    share = cv2.resize(editable.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA)
    covered: NDArray[np.bool_] = np.asarray(share) > 0
    return covered
