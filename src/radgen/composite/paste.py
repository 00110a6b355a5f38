"""Pasting a model's answer back: the one function that does it all.

The model saw 8 bit codes of a `Transport`, and answers in codes. Its answer is moved to where it belongs,
matched in tone to what surrounds the mask, turned into a **difference to what was sent** (where the model
changed nothing, nothing is lost to 8 bit), bent to meet the source without a step, and given the noise of
its surroundings. Outside the mask the source's own array is used, so that equality is a matter of
construction, not of tolerance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.composite.answer import Lent, around, like, put_right
from radgen.composite.drift import Drift
from radgen.composite.grain import grained
from radgen.composite.join import joined
from radgen.composite.noise import grey_of
from radgen.composite.register import Registration
from radgen.errors import InputError
from radgen.geometry import Box, Placement, Transport
from radgen.image import Pixels, RadImage
from radgen.mask import Mask

__all__ = ["Composite", "composite"]

Plane = NDArray[np.float32]

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
    registration : Registration, optional
        Where the answer lay, outside the mask, and whether it was moved back; ``None`` if everything was
        open to change.
    grain : float
        Standard deviation of the noise that was given back inside the mask, in codes; 0 if none was.
    """

    pixels: Pixels
    drift: Drift | None
    gain: float = 1.0
    offset: float = 0.0
    resized: bool = False
    recoloured: bool = False
    registration: Registration | None = None
    grain: float = 0.0


def composite(  # noqa: PLR0913 - what was asked, sent, answered and kept out meets here and nowhere else
    source: RadImage,
    sent: NDArray[np.uint8],
    answer: NDArray[np.uint8],
    *,
    mask: Mask | None,
    placement: Placement,
    transport: Transport,
    erased: bool = False,
    feather_px: float = 0.0,
    redacted: Sequence[tuple[int, int, int, int]] = (),
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
    redacted : sequence of (int, int, int, int)
        Boxes (top, left, bottom, right) of `sent` that the model saw filled; nothing is compared there.

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
    part = placement.crop if mask is None else around(mask, placement)
    if part is None:  # nothing of the mask was shown
        return Composite(pixels=source.pixels, drift=None, resized=resized, recoloured=recoloured)
    lent = Lent(placement, part)
    shown, returned = lent.whole(sent), lent.whole(like(answer, sent))
    near = lent.shown.slices
    righted = put_right(shown, returned, mask, lent, redacted)
    native = source.pixels[part.slices]
    codes = native.astype(np.float32) if source.is_colour else transport.to_codes(native)
    # Only the difference is brought back, so that an answer equal to what was sent changes nothing at all.
    change = lent.back(righted.codes - shown[near])
    drawn = (lent.back(shown[near].astype(np.float32)) if erased else codes) + change
    local, grain = None, 0.0
    if mask is not None:
        local = Mask(mask.editable[part.slices])
        touched = _touched(change, erased=erased)
        drawn, grain = grained(joined(drawn, codes, local), codes, local, touched, lent.seed(returned))
        drawn = drawn if erased else _feathered(drawn, codes, local, feather_px)
    return Composite(
        pixels=_written(source, drawn, part, local, transport),
        drift=righted.drift,
        gain=righted.tone.gain,
        offset=righted.tone.offset,
        resized=resized,
        recoloured=recoloured,
        registration=righted.registration,
        grain=grain,
    )


def _touched(change: Plane, *, erased: bool) -> NDArray[np.bool_]:
    """Where the model changed anything worth speaking of, and in between."""
    if erased:
        return np.ones(change.shape[:2], np.bool_)
    moved = (np.abs(grey_of(change)) > TOUCHED_CODES).astype(np.float32)
    return np.asarray(cv2.blur(moved, (5, 5)) > 0.2)


def _feathered(drawn: Plane, codes: Plane, mask: Mask, feather_px: float) -> Plane:
    """Blended with the source inside the mask's edge."""
    if feather_px <= 0:
        return drawn
    weight = mask.feather(feather_px)
    blended: Plane = codes + (drawn - codes) * (weight[..., None] if codes.ndim == 3 else weight)
    return blended


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
