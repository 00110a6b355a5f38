"""An answer before it is pasted: in the size of what was sent, and put right in place and tone.

Nothing is computed but around the mask, on the piece of the canvas that is needed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.composite.drift import Drift, drift_outside
from radgen.composite.noise import grey_of
from radgen.composite.register import Alignment, Registration, register, registered
from radgen.composite.tone import Tone, match_tone
from radgen.geometry import Box, Placement
from radgen.mask import Mask

__all__ = ["Lent", "Righted", "around", "like", "put_right"]

Plane = NDArray[np.float32]

AROUND_PX = 32
"""Surroundings of the mask that are looked at, in pixels of the source and of the canvas."""
NO_TONE = Tone()


def like(answer: NDArray[np.uint8], sent: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The answer in the size and colour model of what was sent.

    Parameters
    ----------
    answer, sent : (rows, cols[, 3]) uint8
        What came back, and what the model saw.

    Returns
    -------
    array of the shape of `sent`, uint8

    Examples
    --------
    >>> like(np.zeros((4, 6, 3), np.uint8), np.zeros((8, 12), np.uint8)).shape
    (8, 12)
    """
    if answer.ndim == 3 and sent.ndim == 2:
        answer = np.asarray(cv2.cvtColor(answer, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    elif answer.ndim == 2 and sent.ndim == 3:
        answer = np.repeat(answer[..., None], 3, axis=2)
    if answer.shape[:2] != sent.shape[:2]:
        shrinks = answer.shape[0] >= sent.shape[0]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        size = (sent.shape[1], sent.shape[0])
        answer = np.asarray(cv2.resize(answer, size, interpolation=how), dtype=np.uint8)
    return answer


def around(mask: Mask, placement: Placement) -> Box | None:
    """The mask's box with its surroundings, as far as they were shown.

    Parameters
    ----------
    mask : Mask
        In the source's grid.
    placement : Placement
        What was shown of the source.

    Returns
    -------
    Box or None
        ``None`` if nothing of the mask was shown.

    Examples
    --------
    >>> place = Placement((900, 900), Box(0, 0, 900, 900), (900, 900), Box(0, 0, 900, 900))
    >>> around(Mask.box((900, 900), top=10, left=100, bottom=20, right=200), place)
    Box(top=0, left=68, bottom=52, right=232)
    """
    crop = placement.crop
    if not mask.editable[crop.slices].any():
        return None
    rows, cols = (ceil(AROUND_PX / min(scale, 1.0)) for scale in placement.scale)
    top, left, bottom, right = mask.bounds
    return Box(
        max(top - rows, crop.top),
        max(left - cols, crop.left),
        min(bottom + rows, crop.bottom),
        min(right + cols, crop.right),
    )


@dataclass(frozen=True, slots=True)
class Lent:
    """Part of the source, and what of the canvas shows it.

    Parameters
    ----------
    placement : Placement
        How the source lies on the canvas.
    part : Box
        Rows and columns of the source.

    Examples
    --------
    >>> from radgen.geometry import SizeRule
    >>> lent = Lent(Placement.fit((64, 48), SizeRule(multiple=16)), Box(10, 8, 30, 40))
    >>> lent.shown == lent.part, lent.back(np.ones((20, 32), np.float32)).shape
    (True, (20, 32))
    """

    placement: Placement
    part: Box

    @property
    def shown(self) -> Box:
        """Where the part lies on the canvas, inside the padding, with what its resampling looks at."""
        crop, part, limits = self.placement.crop, self.part, self.placement.inner.shape
        spans = (
            (part.top - crop.top, part.bottom - crop.top),
            (part.left - crop.left, part.right - crop.left),
        )
        edges = []
        for span, scale, limit in zip(spans, self.placement.scale, limits, strict=True):
            more = 0 if scale == 1 else ceil(4 * max(scale, 1.0)) + 1
            edges.append((max(floor(span[0] * scale) - more, 0), min(ceil(span[1] * scale) + more, limit)))
        (top, bottom), (left, right) = edges
        return Box(top, left, bottom, right)

    def whole(self, canvas: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """All of the canvas but the padding."""
        return canvas[self.placement.inner.slices]

    def seed(self, answer: NDArray[np.uint8]) -> int:
        """The same for the same answer: pasting is a pure function."""
        return int.from_bytes(hashlib.blake2b(answer[self.shown.slices].tobytes(), digest_size=8).digest())

    def back(self, plane: Plane) -> Plane:
        """What lies on that piece of the canvas, on the grid of the part."""
        inner = self.placement.inner
        if inner.shape == self.placement.crop.shape:
            return plane
        canvas = np.zeros(self.placement.canvas + plane.shape[2:], np.float32)
        canvas[inner.slices][self.shown.slices] = plane
        back: Plane = self.placement.undo(canvas, self.part)
        return back


@dataclass(frozen=True, eq=False, slots=True)
class Righted:
    """What of an answer is needed, put right in place and tone, and what was wrong with it.

    Parameters
    ----------
    codes : (rows, cols[, 3]) float32
        Of the piece of the canvas that was asked for.
    drift : Drift, optional
        ``None`` where there is nothing outside the mask.
    registration : Registration, optional
        ``None`` without a mask.
    tone : Tone
        What was applied.
    """

    codes: Plane
    drift: Drift | None = None
    registration: Registration | None = None
    tone: Tone = NO_TONE


def put_right(
    shown: NDArray[np.uint8],
    returned: NDArray[np.uint8],
    mask: Mask | None,
    lent: Lent,
    redacted: Sequence[tuple[int, int, int, int]] = (),
) -> Righted:
    """Move an answer to where it belongs and match its tone, by what lies outside the mask.

    Parameters
    ----------
    shown, returned : (rows, cols[, 3]) uint8
        What the model saw and what it returned, without the padding.
    mask : Mask, optional
        In the source's grid; ``None`` means that there is no outside to judge by.
    lent : Lent
        What is wanted of it.
    redacted : sequence of (int, int, int, int)
        Boxes (top, left, bottom, right) of the canvas where the model saw a filling instead of the source:
        they say nothing of the answer.

    Returns
    -------
    Righted
        Equal to what came back where the outside shows no reason to change it.

    Examples
    --------
    >>> place = Placement((64, 64), Box(0, 0, 64, 64), (64, 64), Box(0, 0, 64, 64))
    >>> sent, hole = np.full((64, 64), 90, np.uint8), Mask.box((64, 64), top=20, left=20, bottom=40, right=40)
    >>> put_right(sent, sent.copy(), hole, Lent(place, place.crop)).registration.alignment.value
    'same'
    """
    if mask is None:
        return Righted(returned[lent.shown.slices].astype(np.float32))
    compared = ~lent.placement.apply_mask(mask).editable
    for top, left, bottom, right in redacted:
        compared[top:bottom, left:right] = False
    outside = compared[lent.placement.inner.slices]
    drift, found = drift_outside(shown, returned, outside), register(shown, returned, outside)
    codes, tone = registered(returned, found, lent.shown), NO_TONE
    if found.alignment is not Alignment.SAME:
        near = lent.shown.slices
        tone = match_tone(grey_of(shown[near]), grey_of(codes), outside[near])
    return Righted(tone.applied(codes), drift, found, tone)
