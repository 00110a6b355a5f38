"""Pasting a model's answer back: inside the mask what it drew, outside it the source, bit for bit.

The model saw 8 bit codes of a `Transport`, and answers in codes. Its answer is matched in tone to what
surrounds the mask, bent to meet it without a step, and turned into native values as a **difference to
what was sent**: where the model changed nothing, nothing is lost to 8 bit. Outside the mask the source's
own array is used, so that equality is a matter of construction, not of tolerance.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.geometry import Placement, Transport
from radgen.image import Pixels, RadImage
from radgen.mask import Mask

__all__ = ["Composite", "Drift", "composite", "measure_drift", "membrane"]

RING_PX = 12.0
"""Width of the neighbourhood that tone is matched to."""
SEAM_PX = 3.0
"""Width of the neighbourhood that the answer is bent to meet."""
GAIN_LIMITS = (0.67, 1.5)
"""An answer further off than this is another picture, not another exposure."""
BAND_ROWS = 512
"""Rows that are turned into native values at a time, so that a large image needs little memory."""
RELAXATIONS = 4
LEAST_RING = 32
"""Fewer neighbours than this say nothing about tone."""


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
    """

    pixels: Pixels
    drift: Drift | None
    gain: float = 1.0
    offset: float = 0.0
    resized: bool = False
    recoloured: bool = False


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
    canvas = _like(answer, sent).astype(np.float32)
    window = placement.crop.slices
    local = None if mask is None else Mask(mask.editable[window])
    drift = measure_drift(sent, canvas, mask, placement)
    native = source.pixels[window]
    codes = native.astype(np.float32) if source.is_colour else transport.to_codes(native)
    # Only the difference is resampled, so that an answer equal to what was sent changes nothing at all.
    change = placement.undo(canvas - sent.astype(np.float32))
    base = _float_crop(placement, sent) if erased else codes
    drawn = base + change
    gain, offset = (1.0, 0.0) if local is None else _tone(drawn, codes, local, drift)
    if local is not None:
        drawn = _joined(drawn * np.float32(gain) + np.float32(offset), codes, local)
        if feather_px > 0 and not erased:
            weight = local.feather(feather_px)
            drawn = codes + (drawn - codes) * (weight[..., None] if codes.ndim == 3 else weight)
    pixels = _written(source, drawn, window, local, transport)
    return Composite(
        pixels=pixels, drift=drift, gain=gain, offset=offset, resized=resized, recoloured=recoloured
    )


def measure_drift(
    sent: NDArray[np.uint8], canvas: NDArray[Any], mask: Mask | None, placement: Placement
) -> Drift | None:
    """Compare an answer with what was sent, outside the mask and off the padding.

    Parameters
    ----------
    sent, canvas : (canvas rows, canvas cols[, 3])
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
    >>> measure_drift(sent, sent + 10, mask, place)
    Drift(mean_abs=10.0, p99=10.0, changed_fraction=1.0)
    """
    if mask is None:
        return None
    inside = placement.inner.slices
    outside = ~placement.apply_mask(mask).editable[inside]
    if not outside.any():
        return None
    apart = np.abs(canvas[inside].astype(np.float32) - sent[inside].astype(np.float32))[outside]
    return Drift(
        mean_abs=round(float(apart.mean()), 4),
        p99=round(float(np.percentile(apart, 99)), 4),
        changed_fraction=round(float((apart > 8).mean()), 6),
    )


def membrane(values: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Interpolate smoothly between known values, as a stretched skin would.

    A push-pull pyramid: averages of what is known are handed down to coarser grids and back up
    into the gaps (Gortler et al., The Lumigraph, SIGGRAPH 1996, section 3.4); linear in the pixels.

    Parameters
    ----------
    values : (rows, cols[, channels]) float32
        Anything where `known` is False.
    known : (rows, cols) bool
        True where `values` counts; if nowhere, zeros are returned.

    Returns
    -------
    array of the shape of `values`
        Equal to `values` where known.

    Examples
    --------
    >>> ramp = np.tile(np.arange(9, dtype=np.float32), (9, 1))
    >>> hole = np.ones((9, 9), np.bool_)
    >>> hole[4, 4] = False
    >>> bool(abs(membrane(ramp * hole, hole)[4, 4] - 4) < 0.5)
    True
    """
    return _stretched(values.reshape(*known.shape, -1), known).reshape(values.shape)


def _stretched(planes: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The same for (rows, cols, channels)."""
    if known.all():
        return planes
    if min(known.shape) <= 2 or not known.any():
        mean = planes[known].mean(axis=0) if known.any() else np.float32(0)
        return np.where(known[..., None], planes, mean).astype(np.float32)
    weight = known.astype(np.float32)[..., None]
    half = ((known.shape[1] + 1) // 2, (known.shape[0] + 1) // 2)
    total = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)[..., None]
    summed = cv2.resize(np.where(known[..., None], planes, 0), half, interpolation=cv2.INTER_AREA)
    mean = summed.reshape(*total.shape[:2], -1) / np.maximum(total, 1e-6)
    coarse = _stretched(mean.astype(np.float32), total[..., 0] > 1e-3)
    size = (known.shape[1], known.shape[0])
    filled = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR).reshape(planes.shape)
    for _ in range(RELAXATIONS):  # they remove the facets that the coarse grid leaves
        filled = np.where(known[..., None], planes, filled)
        filled = cv2.blur(filled, (3, 3), borderType=cv2.BORDER_REPLICATE).reshape(planes.shape)
    return np.where(known[..., None], planes, filled).astype(np.float32)


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


def _float_crop(placement: Placement, sent: NDArray[np.uint8]) -> NDArray[np.float32]:
    cropped: NDArray[np.float32] = placement.undo(sent.astype(np.float32))
    return cropped


def _tone(
    drawn: NDArray[np.float32], codes: NDArray[np.float32], mask: Mask, drift: Drift | None
) -> tuple[float, float]:
    """Gain and offset that match the answer to the source around the mask."""
    ring = mask.ring(RING_PX).editable
    if drift is None or drift.mean_abs == 0 or np.count_nonzero(ring) < LEAST_RING:
        return 1.0, 0.0
    # Smoothed first: the answer's noise is not the source's, and would look like contrast.
    theirs = cv2.GaussianBlur(drawn, (0, 0), 3.0)[ring]
    ours = cv2.GaussianBlur(codes, (0, 0), 3.0)[ring]
    spread = float(np.std(theirs))
    gain = float(np.clip(np.std(ours) / spread, *GAIN_LIMITS)) if spread > 1.0 else 1.0
    return gain, float(np.median(ours) - gain * np.median(theirs))


def _joined(drawn: NDArray[np.float32], codes: NDArray[np.float32], mask: Mask) -> NDArray[np.float32]:
    """Bend the answer so that it meets the source all along the mask's edge."""
    seam = mask.ring(SEAM_PX).editable
    if not seam.any():
        return drawn
    # The step at the edge, averaged along it so that neither image's noise is carried inside.
    weight = seam.astype(np.float32)
    heavy = weight if drawn.ndim == 2 else weight[..., None]
    mean_weight = np.maximum(cv2.GaussianBlur(weight, (0, 0), SEAM_PX), 1e-6)
    step = cv2.GaussianBlur((codes - drawn) * heavy, (0, 0), SEAM_PX)
    step = step / (mean_weight if drawn.ndim == 2 else mean_weight[..., None])
    joined: NDArray[np.float32] = drawn + membrane(step.astype(np.float32), seam)
    return joined


def _written(
    source: RadImage,
    drawn: NDArray[np.float32],
    window: tuple[slice, slice],
    local: Mask | None,
    transport: Transport,
) -> Pixels:
    """The source's array with what was drawn in its place, in native values, a band of rows at a time."""
    pixels = source.pixels.copy()
    area = pixels[window]
    for start in range(0, area.shape[0], BAND_ROWS):
        band = slice(start, start + BAND_ROWS)
        where = np.ones(area[band].shape[:2], np.bool_) if local is None else local.editable[band]
        native = drawn[band][where] if source.is_colour else transport.to_native(drawn[band][where])
        area[band][where] = np.clip(np.rint(native), *source.value_range).astype(pixels.dtype)
    pixels.flags.writeable = False
    return pixels
