"""An image to a small grey picture that detectors work on, and their findings back to its full size."""

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.image import RadImage

__all__ = ["Grey", "enlarge", "field_box", "picture_shape", "small_picture"]

Grey = NDArray[np.float32]
"""(rows, cols) float32, 0..1 unless said otherwise."""

TAILS_PERCENT = (0.5, 99.5)
SMALLEST_RANGE = 1.5 / 255.0
"""Brightness that varies less than this shows nothing."""
FRAME_SPREAD = 0.02
"""Rows and columns at the border whose brightness varies less are a frame."""


def picture_shape(shape: tuple[int, int], longest_px: int) -> tuple[int, int]:
    """Rows and columns of a picture whose longest side has a limit.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image.
    longest_px : int
        The limit; what is smaller stays as it is.

    Returns
    -------
    (int, int)
        Rows and columns.

    Examples
    --------
    >>> picture_shape((3000, 2400), 100), picture_shape((30, 24), 100)
    ((100, 80), (30, 24))
    """
    scale = min(1.0, longest_px / max(shape))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def small_picture(image: RadImage, longest_px: int) -> Grey:
    """What a radiologist would see, small, grey and stretched.

    Parameters
    ----------
    image : RadImage
        Any image.
    longest_px : int
        Longest side of the picture; smaller images stay as large as they are.

    Returns
    -------
    (rows, cols) float32
        Brightness, with the darkest and the brightest half percent cut off at 0 and 1.

    Raises
    ------
    InputError
        If the image is one even area.

    Examples
    --------
    >>> ramp = RadImage(np.tile(np.arange(256, dtype=np.uint8), (128, 1)))
    >>> small_picture(ramp, 64).shape
    (32, 64)
    """
    shown = image.to_display(8 if image.is_colour else 16)
    rows, cols = picture_shape(image.shape, longest_px)
    small = cv2.resize(shown, (cols, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
    grey = (small.max(axis=2) if small.ndim == 3 else small) / np.float32(np.iinfo(shown.dtype).max)
    low, high = (float(tail) for tail in np.percentile(grey, TAILS_PERCENT))
    if high - low < SMALLEST_RANGE:  # a little on an empty ground
        low, high = float(grey.min()), float(grey.max())
    if high - low < SMALLEST_RANGE:
        raise InputError("the image is one even area: there is nothing to find in it")
    stretched: Grey = np.clip((grey - low) / (high - low), 0.0, 1.0).astype(np.float32)
    return stretched


def field_box(grey: Grey, *, shrunk: bool = False) -> tuple[int, int, int, int]:
    """The part of a picture that is left without even rows and columns at its border.

    Parameters
    ----------
    grey : (rows, cols) float32
        Brightness 0..1.
    shrunk : bool
        Whether the picture is smaller than its image: the line beside a frame is half frame then.

    Returns
    -------
    (int, int, int, int)
        (top, left, bottom, right), ends excluded; everything if all is even.

    Examples
    --------
    >>> framed = np.zeros((6, 8), np.float32)
    >>> framed[2:5, 1:7] = 1
    >>> field_box(framed)
    (2, 1, 5, 7)
    """
    box = []
    for lines in (grey, grey.T, grey[::-1], grey.T[::-1]):
        low, high = np.percentile(lines, (2.0, 98.0), axis=1)
        frame = (high - low <= FRAME_SPREAD) & (np.abs(high - high[0]) <= FRAME_SPREAD)
        lines_off = int(np.argmin(frame))
        box.append(lines_off + (shrunk and lines_off > 0))
    top, left, bottom, right = box
    return top, left, grey.shape[0] - bottom, grey.shape[1] - right


def enlarge(field: Grey, shape: tuple[int, int]) -> Grey:
    """A smooth field of a small picture at the size of the image.

    Parameters
    ----------
    field : (rows, cols) float32
        Something that changes slowly, such as a distance or a log-odds.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    (rows, cols) float32
        Interpolated; where a threshold crosses it there are no steps.

    Examples
    --------
    >>> enlarge(np.array([[0.0, 1.0]], np.float32), (1, 4)).tolist()
    [[0.0, 0.25, 0.75, 1.0]]
    """
    return np.asarray(cv2.resize(field, shape[::-1], interpolation=cv2.INTER_LINEAR), dtype=np.float32)
