"""How bright and contrasty an answer is against what was sent, seen around the mask.

Both are smoothed alike, so that neither's noise is taken for contrast. A robust fit then explains the
answer by what was sent, and also by its curvature and slope: to first order, that is what a blur and a
small misplacement add, and they are no matter of tone.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Tone", "match_tone"]

Plane = NDArray[np.float32]
Bits = NDArray[np.bool_]

GAIN_LIMITS = (0.67, 1.5)
"""An answer further off than this is another picture, not another exposure."""
BLOCK_PX = 3
"""Sides of the squares whose means are compared."""
SMOOTH_BLOCKS = 1.0
LEAST_POINTS = 32
"""Fewer neighbours than this say nothing about tone."""
LEAST_CORRELATION, LEAST_AGREED = 0.97, 0.7
"""Less alike than this is another picture, whose contrast means nothing."""
WORST_ERROR = 0.02
"""Standard error of the gain beyond which the surroundings are too flat to tell contrast."""
CORRELATED_POINTS = 9.0
"""Smoothed neighbours share their noise: so many count as one."""
LEAST_CODES = 0.25
"""A correction smaller than this is none."""
ROUNDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """What turns an answer's codes into those of what was sent: ``gain * codes + offset``.

    Parameters
    ----------
    gain, offset : float
        1 and 0 if nothing is to be corrected, or nothing can be said.
    """

    gain: float = 1.0
    offset: float = 0.0

    def applied(self, codes: Plane) -> Plane:
        """The corrected codes, of any shape; the array itself where there is nothing to correct."""
        if self == Tone():
            return codes
        return codes * np.float32(self.gain) + np.float32(self.offset)


def match_tone(sent: Plane, answer: Plane, outside: Bits) -> Tone:
    """Find the tone correction for an answer.

    Parameters
    ----------
    sent, answer : (rows, cols) float32
        Codes around the mask, of what was sent and of what came back in the same place.
    outside : (rows, cols) bool
        True where nothing was to change; nothing else is looked at.

    Returns
    -------
    Tone
        Gain and offset where the surroundings have contrast in both, within 0.67..1.5; an offset alone
        where they have none; the identity where fewer than 32 points count.

    Examples
    --------
    >>> rows, cols = np.indices((64, 64)).astype(np.float32)
    >>> sent = 100 + 40 * np.sin(rows / 9) * np.cos(cols / 11)
    >>> tone = match_tone(sent, 0.8 * sent + 20, np.ones((64, 64), np.bool_))
    >>> round(tone.gain, 3), round(tone.offset, 1)
    (1.25, -25.0)
    """
    # A clipped value says only that it was at least so dark or so bright.
    clear = outside & (answer > 0.5) & (answer < 254.5) & (sent > 0.5) & (sent < 254.5)
    share = _blocks(clear.astype(np.float32))
    usable = cv2.erode(share, np.ones((3, 3), np.uint8)) > 0.99
    if np.count_nonzero(usable) < LEAST_POINTS:
        return Tone()
    ours, theirs = (
        _smooth(_blocks(np.where(clear, plane, np.float32(0))), share) for plane in (sent, answer)
    )
    wanted = theirs[usable].astype(np.float64)
    basis = np.stack([part[usable] for part in _explanations(ours)], axis=1).astype(np.float64)
    gain, error, correlation = _contrast(basis, wanted)
    here, there = float(np.median(basis[:, 0])), float(np.median(wanted))
    if correlation < LEAST_CORRELATION or error > WORST_ERROR * gain:
        gain = 1.0
    gain = float(np.clip(1.0 / gain, *GAIN_LIMITS))
    # About the middle of the values, so that a wrong gain would do the least harm.
    offset = here - gain * there
    corrected = gain * np.percentile(wanted, [5, 50, 95]) + offset
    if np.abs(corrected - np.percentile(wanted, [5, 50, 95])).max() < LEAST_CODES:
        return Tone()
    return Tone(gain=gain, offset=offset)


def _blocks(plane: Plane) -> Plane:
    """Means of squares; what is left over at the end is dropped."""
    rows, cols = (max(side // BLOCK_PX, 1) for side in plane.shape)
    whole = plane[: rows * BLOCK_PX, : cols * BLOCK_PX]
    return np.asarray(cv2.resize(whole, (cols, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)


def _smooth(plane: Plane, share: Plane) -> Plane:
    """Smoothed over what is clear only."""
    total = np.maximum(cv2.GaussianBlur(share, (0, 0), SMOOTH_BLOCKS), 1e-3)
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), SMOOTH_BLOCKS) / total, dtype=np.float32)


def _explanations(plane: Plane) -> list[Plane]:
    """The values, and what blur and misplacement would add to them."""
    curved = cv2.Laplacian(plane, cv2.CV_32F)
    down, across = cv2.Sobel(plane, cv2.CV_32F, 0, 1), cv2.Sobel(plane, cv2.CV_32F, 1, 0)
    return [np.asarray(part, dtype=np.float32) for part in (plane, curved, down, across)]


def _contrast(basis: NDArray[np.float64], wanted: NDArray[np.float64]) -> tuple[float, float, float]:
    """Slope of the answer's values over those sent, its standard error, and their correlation."""
    columns = np.hstack([basis - basis.mean(axis=0), np.ones((len(basis), 1))])
    spread = columns.std(axis=0)
    if spread[0] < 0.3 or wanted.std() < 0.3:
        return 1.0, np.inf, 0.0
    weight = np.ones(len(wanted))
    found, normal, rest = np.zeros(columns.shape[1]), np.eye(columns.shape[1]), 1.0
    for _ in range(ROUNDS):
        normal = (columns * weight[:, None]).T @ columns + 1e-6 * len(wanted) * np.eye(columns.shape[1])
        found = np.linalg.solve(normal, columns.T @ (weight * wanted))
        left = wanted - columns @ found
        rest = max(1.4826 * float(np.median(np.abs(left))), 0.02)
        weight = np.square(np.clip(1.0 - np.square(left / (4.7 * rest)), 0.0, None))
    error = rest * float(np.sqrt(CORRELATED_POINTS * np.linalg.inv(normal)[0, 0]))
    kept = weight > 0
    alike = float(np.corrcoef(basis[kept, 0], wanted[kept])[0, 1]) if kept.sum() > 2 else 0.0
    agreed = float(kept.mean())
    return float(found[0]), error, alike if found[0] > 0 and agreed > LEAST_AGREED else 0.0
