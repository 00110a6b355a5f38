"""How far a raw answer strayed where it should have changed nothing."""

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.geometry import Placement
from radgen.mask import Mask

__all__ = ["Drift", "drift_outside", "measure_drift"]

CHANGED_CODES = 8
"""More than this is seen."""
BAND_ROWS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far an answer strayed where it should have changed nothing, in codes 0..255.

    Parameters
    ----------
    mean_abs, p99 : float
        Mean and 99th percentile of the absolute difference outside the mask.
    changed_fraction : float
        Share of the pixels outside the mask that moved by more than 8 codes.
    """

    mean_abs: float
    p99: float
    changed_fraction: float


def measure_drift(
    sent: NDArray[np.uint8], canvas: NDArray[np.uint8], mask: Mask | None, placement: Placement
) -> Drift | None:
    """Compare an answer with what was sent, outside the mask and off the padding.

    Parameters
    ----------
    sent, canvas : (canvas rows, canvas cols[, 3]) uint8
        Codes sent, and codes that came back.
    mask : Mask, optional
        In the image's own grid; ``None`` means that there is no outside.
    placement : Placement
        How the image lies on the canvas.

    Returns
    -------
    Drift or None
        ``None`` where there is nothing outside the mask.

    Examples
    --------
    >>> from radgen.geometry import SizeRule
    >>> sent = np.full((8, 8), 50, np.uint8)
    >>> place, mask = Placement.fit((8, 8), SizeRule()), Mask.box((8, 8), top=0, left=0, bottom=8, right=4)
    >>> measure_drift(sent, sent + np.uint8(10), mask, place)
    Drift(mean_abs=10.0, p99=10.0, changed_fraction=1.0)
    """
    if mask is None:
        return None
    inner = placement.inner.slices
    return drift_outside(sent[inner], canvas[inner], ~placement.apply_mask(mask).editable[inner])


def drift_outside(
    sent: NDArray[np.uint8], answer: NDArray[np.uint8], outside: NDArray[np.bool_]
) -> Drift | None:
    """Compare an answer with what was sent where nothing was to change.

    Parameters
    ----------
    sent, answer : (rows, cols[, 3]) uint8
        Codes sent, and codes that came back.
    outside : (rows, cols) bool
        True where nothing was to change.

    Returns
    -------
    Drift or None
        ``None`` if that is nowhere.

    Examples
    --------
    >>> sent = np.zeros((4, 4), np.uint8)
    >>> drift_outside(sent, sent + np.uint8(9), np.ones((4, 4), np.bool_))
    Drift(mean_abs=9.0, p99=9.0, changed_fraction=1.0)
    """
    counts = np.zeros(256, np.int64)
    for start in range(0, sent.shape[0], BAND_ROWS):
        band = slice(start, start + BAND_ROWS)
        counts += _histogram(cv2.absdiff(sent[band], answer[band]), outside[band])
    total = int(counts.sum())
    if total == 0:
        return None
    # Of 256 possible differences the histogram knows all that the pixels know.
    reached = np.cumsum(counts)
    place = 0.99 * (total - 1)
    below, above = (int(np.searchsorted(reached, rank, side="right")) for rank in (floor(place), ceil(place)))
    return Drift(
        mean_abs=round(float(counts @ np.arange(256)) / total, 4),
        p99=round(below + (above - below) * (place % 1), 4),
        changed_fraction=round(float(counts[CHANGED_CODES + 1 :].sum()) / total, 6),
    )


def _histogram(values: NDArray[Any], where: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How often each of 256 values occurs, in all channels."""
    planes = values.reshape(*where.shape, -1)
    area = where.view(np.uint8)
    found = [cv2.calcHist([planes], [n], area, [256], [0, 256]) for n in range(planes.shape[2])]
    return np.asarray(np.rint(np.sum(found, axis=0)), dtype=np.int64).ravel()
