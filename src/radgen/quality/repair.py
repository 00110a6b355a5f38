"""What is mended for free in a generated picture instead of being bought again: colour, frame, size.

A picture in, the picture as it will be stored out, with the names of what was done. Only what loses
nothing is done: a tint of a grey picture, an even frame that a provider put around it, another size of
the same proportions.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from radgen.image import RadImage
from radgen.protocol import Pixels8
from radgen.quality.measured import Measured

__all__ = ["Repaired", "repaired"]

MOST_FRAME = 0.08
"""Share of a side; more than that is a letterbox, and too much of the picture would be lost."""
SAME_ASPECT = 0.02
"""Relative error of the proportions that nobody sees."""
LEAST_SCALE = 1 / 1.5
"""Smaller pictures are not enlarged: what is missing would be made up."""


@dataclass(frozen=True, slots=True, eq=False)
class Repaired:
    """A picture, and what was done to it.

    Parameters
    ----------
    pixels : (rows, cols) uint8
        Grey.
    repairs : tuple of str
        Of ``"luminance"``, ``"frame"`` and ``"size"``, in this order.
    """

    pixels: Pixels8
    repairs: tuple[str, ...] = ()


def repaired(answer: Pixels8, asked: tuple[int, int], *, coloured: bool = False) -> Repaired:
    """Mend what can be mended.

    Parameters
    ----------
    answer : (rows, cols[, 3]) uint8
        As it came.
    asked : (int, int)
        Rows and columns that were asked for.
    coloured : bool
        Whether colour belongs there, as in Doppler ultrasound.

    Returns
    -------
    Repaired
        Of the size that was asked for, unless the proportions differ or it is much too small.

    Examples
    --------
    >>> tinted = np.random.default_rng(0).integers(40, 200, (96, 96, 3)).astype(np.uint8)
    >>> tinted[:3], tinted[-3:], tinted[:, :3], tinted[:, -3:] = 255, 255, 255, 255
    >>> mended = repaired(tinted, (64, 64))
    >>> mended.pixels.shape, mended.repairs
    ((64, 64), ('luminance', 'frame', 'size'))
    """
    pixels, done = answer, []
    if pixels.ndim == 3 and not coloured:
        red, green, blue = cv2.split(pixels)
        if (red != green).any() or (green != blue).any():
            done.append("luminance")
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    box = _framed(pixels if pixels.ndim == 2 else pixels.max(axis=2))
    if box is not None:
        top, left, bottom, right = box
        pixels = pixels[top:bottom, left:right]
        done.append("frame")
    shape = pixels.shape[:2]
    if shape != asked and _same_picture(shape, asked, loose=box is not None):
        shrinks = pixels.shape[0] >= asked[0]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        pixels = np.asarray(cv2.resize(pixels, asked[::-1], interpolation=how), dtype=np.uint8)
        if answer.shape[:2] != asked:
            done.append("size")
    return Repaired(np.ascontiguousarray(pixels), tuple(done))


def _framed(pixels: Pixels8) -> tuple[int, int, int, int] | None:
    """What lies within a thin even frame on all four sides; ``None`` if there is no such frame.

    A black border is left alone: collimated films have it.
    """
    top, left, bottom, right = Measured(RadImage(pixels)).field
    rows, cols = pixels.shape[:2]
    sides = (top / rows, left / cols, 1 - bottom / rows, 1 - right / cols)
    if min(sides) <= 0 or max(sides) > MOST_FRAME or pixels[0].mean() < 16:
        return None
    return top, left, bottom, right


def _same_picture(shape: tuple[int, ...], asked: tuple[int, int], *, loose: bool) -> bool:
    """Whether a change of size loses nothing but resolution; a cut frame may have been uneven."""
    scales = asked[0] / shape[0], asked[1] / shape[1]
    aspect = max(scales) / min(scales) - 1
    return aspect <= (2 * SAME_ASPECT if loose else SAME_ASPECT) and max(scales) <= 1 / LEAST_SCALE
