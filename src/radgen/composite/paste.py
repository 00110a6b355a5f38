"""Pasting a model's answer back: the one function that does it all.

The model saw 8 bit codes of a `Transport`, and answers in codes. Its answer is moved to where it belongs,
matched in tone to what surrounds the mask, turned into a **difference to what was sent** (where the model
changed nothing, nothing is lost to 8 bit), bent to meet the source without a step, and given the noise of
its surroundings. Outside the mask the source's own array is used, so that equality is a matter of
construction, not of tolerance.
"""

import hashlib
from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.composite.drift import Drift, drift_outside
from radgen.composite.grain import grained, grey_of
from radgen.composite.join import joined
from radgen.composite.register import Alignment, Registration, register, registered
from radgen.composite.tone import Tone, match_tone
from radgen.errors import InputError
from radgen.geometry import Box, Placement, Transport
from radgen.image import Pixels, RadImage
from radgen.mask import Mask

__all__ = ["Composite", "composite"]

Plane = NDArray[np.float32]

AROUND_PX = 32
"""Surroundings of the mask that are looked at, in pixels of the source and of the canvas."""
BAND_ROWS = 512
"""Rows that are turned into native values at a time, so that a large image needs little memory."""
TOUCHED_CODES = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class Composite:
    """The outcome of pasting back.

    Parameters
    ----------
    pixels : array
        Of the source's shape and dtype; equal to the source's outside the mask.
    drift : Drift, optional
        Of the raw answer; ``None`` if there was nothing outside the mask.
    gain, offset : float
        Tone correction applied to the answer, in codes.
    resized, recoloured : bool
        Whether the answer came in another size, or in colour for a grey source (or the reverse).
    registration : Registration
        Where the answer lay, outside the mask, and whether it was moved back.
    grain : float
        Standard deviation of the noise that was given back inside the mask, in codes; 0 if none was.
    """

    pixels: Pixels
    drift: Drift | None
    gain: float = 1.0
    offset: float = 0.0
    resized: bool = False
    recoloured: bool = False
    registration: Registration = Registration(alignment=Alignment.UNCLEAR)
    grain: float = 0.0


def composite(
    source: RadImage,
    sent: NDArray[np.uint8],
    answer: NDArray[np.uint8],
    *,
    mask: Mask | None,
    placement: Placement,
    transport: Transport,
    erased: bool = False,
    feather_px: float = 0.0,
) -> Composite:
    """Turn an answer into native pixels that differ from the source inside the mask only.

    Parameters
    ----------
    source : RadImage
        What is edited.
    sent : (canvas rows, canvas cols[, 3]) uint8
        What the model saw.
    answer : (rows, cols[, 3]) uint8
        What came back, of any size, grey or RGB.
    mask : Mask, optional
        Of the source's shape; ``None`` if everything was open to change.
    placement, transport
        How `sent` was made.
    erased : bool
        True if `sent` did not show the source's own values inside the mask (they count as lost).
    feather_px : float
        Width of the blend with the source inside the mask's edge; of no use where it was erased.

    Returns
    -------
    Composite
        The new pixels and what was measured on the way.

    Raises
    ------
    InputError
        If mask or sent image do not fit the source.

    Examples
    --------
    >>> from radgen.geometry import SizeRule
    >>> source = RadImage(np.full((32, 32), 1000, np.uint16), bits_stored=12)
    >>> hole = Mask.box((32, 32), top=8, left=8, bottom=16, right=16)
    >>> place, curve = Placement.fit((32, 32), SizeRule()), Transport.fit(source)
    >>> sent = place.apply(curve.to_uint8(source.pixels))
    >>> vandal = np.full((32, 32), 255, np.uint8)                     # redraws everything
    >>> done = composite(source, sent, vandal, mask=hole, placement=place, transport=curve)
    >>> bool((done.pixels == 1000)[~hole.editable].all()), done.drift.changed_fraction
    (True, 1.0)
    """
    if sent.shape[:2] != placement.canvas or placement.source_shape != source.shape:
        raise InputError("the sent image, the placement and the source do not belong together")
    if mask is not None:
        mask.require(source.shape)
    resized, recoloured = answer.shape[:2] != placement.canvas, answer.ndim != sent.ndim
    inner = placement.inner.slices
    shown, returned = sent[inner], _like(answer, sent)[inner]
    part = placement.crop if mask is None else _around(mask, placement)
    if part is None:  # nothing of the mask was shown
        return Composite(pixels=source.pixels, drift=None, resized=resized, recoloured=recoloured)
    lent = _Lent(placement, part)
    near = lent.shown.slices
    drift, found, tone, local = None, Registration(alignment=Alignment.UNCLEAR), Tone(), None
    if mask is not None:
        outside = ~placement.apply_mask(mask).editable[inner]
        drift = drift_outside(shown, returned, outside)
        found = register(shown, returned, outside)
        local = Mask(mask.editable[part.slices])
    drawn = registered(returned, found, lent.shown)
    if mask is not None and found.alignment is not Alignment.SAME:
        tone = match_tone(*(grey_of(each) for each in (shown[near], drawn)), outside[near])
    native = source.pixels[part.slices]
    codes = native.astype(np.float32) if source.is_colour else transport.to_codes(native)
    # Only the difference is brought back, so that an answer equal to what was sent changes nothing at all.
    change = lent.back(tone.applied(drawn) - shown[near])
    drawn = (lent.back(shown[near].astype(np.float32)) if erased else codes) + change
    grain = 0.0
    if local is not None:
        drawn = joined(drawn, codes, local)
        drawn, grain = grained(drawn, codes, local, _touched(change, erased=erased), lent.seed(returned))
        if feather_px > 0 and not erased:
            weight = local.feather(feather_px)
            drawn = codes + (drawn - codes) * (weight[..., None] if codes.ndim == 3 else weight)
    return Composite(
        pixels=_written(source, drawn, part, local, transport),
        drift=drift,
        gain=tone.gain,
        offset=tone.offset,
        resized=resized,
        recoloured=recoloured,
        registration=found,
        grain=grain,
    )


@dataclass(frozen=True, slots=True)
class _Lent:
    """Part of the source, and what of the canvas shows it."""

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


def _around(mask: Mask, placement: Placement) -> Box | None:
    """The mask's box with its surroundings, as far as they were shown; ``None`` if it was not."""
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


def _touched(change: Plane, *, erased: bool) -> NDArray[np.bool_]:
    """Where the model changed anything worth speaking of, and in between."""
    if erased:
        return np.ones(change.shape[:2], np.bool_)
    moved = (np.abs(grey_of(change)) > TOUCHED_CODES).astype(np.float32)
    return np.asarray(cv2.blur(moved, (5, 5)) > 0.2)


def _like(answer: NDArray[np.uint8], sent: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The answer in the size and colour model of what was sent."""
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


def _written(
    source: RadImage,
    drawn: Plane,
    part: Box,
    local: Mask | None,
    transport: Transport,
) -> Pixels:
    """The source's array with what was drawn in its place, in native values, a band of rows at a time."""
    pixels = source.pixels.copy()
    area = pixels[part.slices]
    for start in range(0, area.shape[0], BAND_ROWS):
        band = slice(start, start + BAND_ROWS)
        where = np.ones(area[band].shape[:2], np.bool_) if local is None else local.editable[band]
        native = drawn[band][where] if source.is_colour else transport.to_native(drawn[band][where])
        area[band][where] = np.clip(np.rint(native), *source.value_range).astype(pixels.dtype)
    pixels.flags.writeable = False
    return pixels
