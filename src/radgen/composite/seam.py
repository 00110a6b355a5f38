"""What a seam looks like in numbers: three statistics of the pixels along a mask's edge.

They compare an image with itself, at the edge and a little away from it, so that they have no unit and
hold for stored values of any range. Real films without any edit scatter around zero.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.composite.noise import grey_of, noise_level
from radgen.geometry import Box
from radgen.mask import Mask

__all__ = ["SeamStatistics", "measure_seam"]

EDGE_PX = 2.0
"""So near to the edge, on both sides, a seam would show."""
AWAY_PX = (6.0, 14.0)
"""So far from it, on both sides, is what it is compared with."""
NOISE_PX = 14.0
"""Width of the bands inside and outside whose noise is compared."""
LEAST_POINTS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class SeamStatistics:
    """What a seam looks like; each number is ``None`` where it is not defined.

    Parameters
    ----------
    ring : float, optional
        Natural logarithm of the mean absolute gradient across the edge within 2 px of it, over that
        6 to 14 px away. Above zero the edge is a line; below, a smear.
    normal_tangential : float, optional
        Natural logarithm of the mean absolute gradient across the edge over that along it, within 2 px.
    noise : float, optional
        Natural logarithm of the noise inside over that outside, within 14 px. Below zero the inside
        is smoother.
    """

    ring: float | None
    normal_tangential: float | None
    noise: float | None


def measure_seam(pixels: NDArray[Any], mask: Mask) -> SeamStatistics:
    """Measure how an image looks along the edge of a mask.

    Parameters
    ----------
    pixels : (rows, cols[, 3])
        Values of any dtype.
    mask : Mask
        Of the same shape; the image's own borders are no edge.

    Returns
    -------
    SeamStatistics
        Numbers, or ``None`` for those that so small a mask or so flat an image does not define.

    Raises
    ------
    InputError
        If the mask is of another shape, or empty.

    Examples
    --------
    >>> film = np.random.default_rng(0).normal(100, 5, (96, 96))
    >>> hole = Mask.ellipse((96, 96), center=(48, 48), radii=(20, 20))
    >>> film[hole.editable] += 30
    >>> seam = measure_seam(film, hole)
    >>> seam.ring > 0.5, seam.normal_tangential > 0.5, abs(seam.noise) < 0.1
    (True, True, True)
    """
    mask.require((pixels.shape[0], pixels.shape[1]))
    top, left, bottom, right = mask.bounds
    far = int(AWAY_PX[1]) + 4
    around = Box(max(top - far, 0), max(left - far, 0), bottom + far, right + far).slices
    plane, inside = grey_of(pixels[around].astype(np.float32)), mask.editable[around]
    if inside.all():
        return SeamStatistics(ring=None, normal_tangential=None, noise=None)
    near = Mask(inside)
    signed = near.depth_inside() - near.depth_outside()
    across, along = _gradients(plane, signed)
    # Pixel centres next to the edge are half a pixel from it, and one from the nearest on the other side.
    distance = np.abs(signed) - np.float32(0.5)
    here = _mean(across, distance <= EDGE_PX)
    away = _mean(across, (distance >= AWAY_PX[0]) & (distance <= AWAY_PX[1]))
    tangential = _mean(along, distance <= EDGE_PX)
    noises = (noise_level(plane, (sign * signed > 0) & (distance <= NOISE_PX)) for sign in (1, -1))
    return SeamStatistics(
        ring=_log_ratio(here, away),
        normal_tangential=_log_ratio(here, tangential),
        noise=_log_ratio(*noises),
    )


def _gradients(
    plane: NDArray[np.float32], signed: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Absolute slopes across and along the edge, whose direction is that of the smoothed distance."""
    smooth = cv2.GaussianBlur(signed, (0, 0), 1.5)
    rows, cols = (cv2.Sobel(smooth, cv2.CV_32F, *order) for order in ((0, 1), (1, 0)))
    size = np.maximum(np.hypot(rows, cols), 1e-6)
    down, right = (cv2.Sobel(plane, cv2.CV_32F, *order, scale=1 / 8) for order in ((0, 1), (1, 0)))
    across = np.abs((down * rows + right * cols) / size)
    return across, np.abs((right * rows - down * cols) / size)


def _mean(values: NDArray[np.float32], where: NDArray[np.bool_]) -> float | None:
    chosen = values[where]
    return float(chosen.mean()) if chosen.size >= LEAST_POINTS else None


def _log_ratio(above: float | None, below: float | None) -> float | None:
    if above is None or below is None or min(above, below) <= 0:
        return None
    return float(np.log(above / below))
