"""Pixels as a pipeline takes and gives them: RGB, and masks that are white where the image may change."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from radgen.protocol import EditRequest, ImageRequest, Pixels8, VariationRequest

__all__ = ["answered", "mask_of", "picture_of"]


def picture_of(request: EditRequest | VariationRequest) -> Image.Image:
    """The image in RGB."""
    return Image.fromarray(request.image).convert("RGB")


def mask_of(request: EditRequest) -> Image.Image:
    """White where it may change; all white without a mask."""
    mask = np.ones(request.size, np.bool_) if request.mask is None else request.mask
    return Image.fromarray(np.where(mask, np.uint8(255), np.uint8(0)))


def answered(drawn: NDArray[np.float32], request: ImageRequest) -> Pixels8 | None:
    """What a pipeline drew, as 8 bit; grey, by luminance, if what it was shown is grey.

    Parameters
    ----------
    drawn : (rows, cols, 3) float
        Values from 0 to 1.
    request : ImageRequest
        What was asked.

    Returns
    -------
    (rows, cols[, 3]) uint8 or None
        ``None`` if a value is no number, as half precision may give.

    Examples
    --------
    >>> from radgen.prompt import Prompt
    >>> asked = VariationRequest(prompt=Prompt("x"), image=np.zeros((2, 2), np.uint8))
    >>> answered(np.full((2, 2, 3), 0.5, np.float32), asked)
    array([[128, 128],
           [128, 128]], dtype=uint8)
    """
    if not np.isfinite(drawn).all():
        return None
    pixels = np.round(np.clip(drawn, 0.0, 1.0) * 255.0).astype(np.uint8)
    if isinstance(request, EditRequest | VariationRequest) and request.image.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    return pixels
