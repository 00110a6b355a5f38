"""Where an answer lies: its shift and scale against what was sent, seen outside the mask only.

The model may hand back the picture a little moved or enlarged. Where the outside says so clearly, it is
moved back; where it does not, nothing is moved, and that is said.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.composite.motion import Motion, find_motion
from radgen.geometry import Box

__all__ = ["Alignment", "Registration", "register", "registered"]

Plane = NDArray[np.float32]
Bits = NDArray[np.bool_]

MOST_SHIFT_FRACTION, MOST_SCALE = 0.06, 0.06
"""Further off than this is another picture."""
LEAST_CORRELATION = 0.5
"""Less alike than this is another picture."""
CLEARLY_LOWER = 0.95
"""What remains of the difference, at most, if the motion is real."""
LEAST_MOTION_PX = 0.1
"""Less than this is not worth a resampling."""
WORST_ERROR_PX = 0.25
"""Standard error of the shift beyond which the picture does not pin it down."""


class Alignment(StrEnum):
    """What was found out about where an answer lies."""

    SAME = "same"
    IN_PLACE = "in place"
    MOVED = "moved"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Where an answer lies: what was sent at ``x`` is found at ``centre + scale (x - centre) + shift``.

    Parameters
    ----------
    alignment : Alignment
        ``SAME``: equal outside the mask; ``IN_PLACE``: different, but where it belongs; ``MOVED``: moved,
        by `shift_px` and `scale`; ``UNCLEAR``: the outside does not say (redrawn, flat, too small).
    shift_px : (float, float)
        Rows and columns, in pixels of the canvas.
    scale : float
        About the centre.
    """

    alignment: Alignment
    shift_px: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0


def register(sent: NDArray[np.uint8], answer: NDArray[np.uint8], outside: Bits) -> Registration:
    """Find out where an answer lies.

    Parameters
    ----------
    sent, answer : (rows, cols[, 3]) uint8
        What the model saw, and what it returned, of the same shape.
    outside : (rows, cols) bool
        True where nothing was to change; nothing else is looked at.

    Returns
    -------
    Registration
        The identity unless the outside says clearly that the answer moved.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sent = cv2.GaussianBlur(rng.integers(0, 256, (128, 128)).astype(np.uint8), (0, 0), 2)
    >>> outside = np.ones((128, 128), np.bool_)
    >>> outside[40:80, 40:80] = False
    >>> found = register(sent, np.roll(sent, (3, -2), (0, 1)), outside)
    >>> found.alignment, [round(px) for px in found.shift_px]
    (<Alignment.MOVED: 'moved'>, [3, -2])
    >>> register(sent, 255 - sent, outside).alignment
    <Alignment.UNCLEAR: 'unclear'>
    """
    if not outside.any():
        return Registration(alignment=Alignment.UNCLEAR)
    if not _differ(sent, answer, outside):
        return Registration(alignment=Alignment.SAME)
    motion = find_motion(_grey(sent), _grey(answer), outside)
    if motion is None or not _is_clear(motion, max(sent.shape)):
        return Registration(alignment=Alignment.UNCLEAR)
    shift = motion.shift_px
    reach = np.abs(shift) + abs(motion.scale - 1.0) * np.array(sent.shape[:2]) / 2
    if reach.max() < LEAST_MOTION_PX:
        return Registration(alignment=Alignment.IN_PLACE)
    if motion.remains > CLEARLY_LOWER:
        still = reach.max() < 2 * WORST_ERROR_PX  # so small a motion hardly shows in what remains
        return Registration(alignment=Alignment.IN_PLACE if still else Alignment.UNCLEAR)
    return Registration(
        alignment=Alignment.MOVED, shift_px=(float(shift[0]), float(shift[1])), scale=motion.scale
    )


def registered(answer: NDArray[np.uint8], found: Registration | None, part: Box) -> Plane:
    """Move part of an answer back to where it belongs.

    Parameters
    ----------
    answer : (rows, cols[, 3]) uint8
        What came back, whole.
    found : Registration, optional
        Where it lies; ``None`` if nobody looked.
    part : Box
        What is wanted of it.

    Returns
    -------
    (part rows, part cols[, 3]) float32
        Not resampled unless something moved; beyond its borders the answer is continued.

    Examples
    --------
    >>> answer = np.arange(64, dtype=np.uint8).reshape(8, 8)
    >>> moved = Registration(alignment=Alignment.MOVED, shift_px=(1.0, 0.0))
    >>> registered(answer, moved, Box(2, 2, 3, 5)).tolist()
    [[26.0, 27.0, 28.0]]
    """
    if found is None or found.alignment is not Alignment.MOVED:
        return answer[part.slices].astype(np.float32)
    centre = (np.array(answer.shape[:2]) - 1) / 2
    start = centre + found.scale * (np.array([part.top, part.left]) - centre) + np.array(found.shift_px)
    # Only what is looked at is converted, and a little more for the kernel.
    first = np.clip(np.floor(start).astype(int) - 5, 0, np.array(answer.shape[:2]) - 1)
    last = np.ceil(start + found.scale * np.array(part.shape)).astype(int) + 6
    piece = answer[first[0] : max(last[0], first[0] + 1), first[1] : max(last[1], first[1] + 1)]
    row, col = start - first
    matrix = np.array([[found.scale, 0, col], [0, found.scale, row]])
    how = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    size = (part.shape[1], part.shape[0])
    moved = cv2.warpAffine(piece.astype(np.float32), matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(moved, 0, 255).astype(np.float32)


def _grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _differ(sent: NDArray[np.uint8], answer: NDArray[np.uint8], outside: Bits) -> bool:
    """Whether anything outside is not the same."""
    different = sent != answer
    return bool(((different if different.ndim == 2 else different.any(axis=2)) & outside).any())


def _is_clear(motion: Motion, longest: int) -> bool:
    """Whether it is pinned down, the pictures are alike, and it is not further than an answer strays."""
    return bool(
        motion.error_px <= WORST_ERROR_PX
        and motion.correlation >= LEAST_CORRELATION
        and np.abs(motion.shift_px).max() <= MOST_SHIFT_FRACTION * longest
        and abs(motion.scale - 1.0) <= MOST_SCALE
    )
