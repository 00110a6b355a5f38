"""How an image wants to be looked at: windows by name, and a robust range where a file gives none.

Numbers in, `Window` or `Range` out; nothing here knows a file format.
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.image import Range, Window
from radgen.terms import BodyRegion, Modality

__all__ = ["CT_WINDOWS", "ct_window_for", "parse_window", "robust_range", "shows_something"]

CT_WINDOWS: Mapping[str, Window] = {
    "abdomen": Window(60, 400),
    "angiography": Window(300, 600),
    "bone": Window(400, 1800),
    "brain": Window(40, 80),
    "liver": Window(60, 160),
    "lung": Window(-600, 1500),
    "mediastinum": Window(40, 400),
    "soft-tissue": Window(40, 400),
    "stroke": Window(40, 40),
    "subdural": Window(75, 215),
}
"""CT windows by name, in HU."""

_BONES = {
    BodyRegion.ANKLE, BodyRegion.CERVICAL_SPINE, BodyRegion.ELBOW, BodyRegion.EXTREMITY, BodyRegion.FOOT,
    BodyRegion.FOREARM, BodyRegion.HAND, BodyRegion.HIP, BodyRegion.KNEE, BodyRegion.LEG,
    BodyRegion.LUMBAR_SPINE, BodyRegion.SHOULDER, BodyRegion.THIGH, BodyRegion.THORACIC_SPINE,
    BodyRegion.WRIST,
}  # fmt: skip
_HEADS = {BodyRegion.BRAIN, BodyRegion.HEAD, BodyRegion.SKULL}
_SAMPLE_PX = 1 << 20
_FEWEST_GREYS = 1 / 64
"""A window that gives the image less than this share of the grey scale shows a flat grey."""


def parse_window(text: str) -> Window:
    """A window by name (for CT), or as ``"CENTER,WIDTH"`` in modality values.

    Parameters
    ----------
    text : str
        Such as ``"lung"`` or ``"40,400"``.

    Returns
    -------
    Window
        A linear window.

    Raises
    ------
    InputError
        For an unknown name or numbers that are no window.

    Examples
    --------
    >>> parse_window("lung").center, parse_window("40, 80").width
    (-600, 80.0)
    """
    name = text.strip().lower().replace(" ", "-").replace("_", "-")
    if name in CT_WINDOWS:
        return CT_WINDOWS[name]
    try:
        center, width = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"window {text!r} is neither CENTER,WIDTH nor one of {', '.join(CT_WINDOWS)}"
        ) from None
    return Window(center, width)


def ct_window_for(region: BodyRegion | None, kernel: str) -> Window:
    """The usual CT window of a body region; a lung or bone reconstruction kernel decides first."""
    if "LUNG" in kernel:
        return CT_WINDOWS["lung"]
    if "BONE" in kernel or region in _BONES:
        return CT_WINDOWS["bone"]
    return CT_WINDOWS["brain" if region in _HEADS else "soft-tissue"]


def shows_something(window: Window, low: float, high: float) -> bool:
    """Whether values from `low` to `high` keep any contrast under `window`."""
    if low == high:
        return True
    first, last = window.apply(np.array([low, high]))
    return bool(last - first >= _FEWEST_GREYS)


def robust_range(
    values: NDArray[Any],
    modality: Modality,
    full: tuple[float, float],
    ignore: NDArray[np.bool_] | None = None,
) -> Range:
    """A range that shows an image which tells no window of its own.

    Parameters
    ----------
    values : (rows, cols) array
        Modality values.
    modality : Modality
        Ultrasound and fluoroscopy keep the full range; PT and NM end at their 99.9th percentile; MR leaves
        zeros out; everything else is cut at percentiles of the middle of the image, where no collimator,
        marker or padding is.
    full : (float, float)
        Smallest and largest value the stored bits can hold.
    ignore : (rows, cols) bool, optional
        True for padding.

    Returns
    -------
    Range
        In modality values.

    Examples
    --------
    >>> ramp = np.linspace(0, 4000, 10000).reshape(100, 100)
    >>> shown = robust_range(ramp, Modality.CR, (0, 65535))
    >>> 150 < shown.low < 350 < 3650 < shown.high < 3850
    True
    """
    if modality in {Modality.US, Modality.XA, Modality.RF}:
        return Range(*full)
    step = max(int(np.sqrt(values.size / _SAMPLE_PX)), 1)
    trim = [side // 20 for side in values.shape]
    inner = (slice(trim[0], values.shape[0] - trim[0], step), slice(trim[1], values.shape[1] - trim[1], step))
    sample = values[inner].astype(np.float64)
    kept = np.isfinite(sample) if ignore is None else ~ignore[inner]
    sample = sample[kept]
    if sample.size == 0:
        return Range(*full)
    low, high = _percentiles(sample, modality, full)
    if high <= low:
        low, high = float(sample.min()), float(sample.max())
    return Range(low, high) if high > low else Range(*full)


def _percentiles(
    sample: NDArray[np.float64], modality: Modality, full: tuple[float, float]
) -> tuple[float, float]:
    if modality in {Modality.PT, Modality.NM}:
        return min(float(sample.min()), 0.0), float(np.percentile(sample, 99.9))
    if modality is Modality.MR:
        sample = sample[sample != 0] if np.any(sample) else sample
        return _cut(sample, 0.5, 99.5)
    # Saturated pixels are direct exposure or a collimator: they say nothing of the body.
    inside = sample[(sample > full[0]) & (sample < full[1])]
    sample = inside if inside.size > sample.size // 20 else sample
    if modality is Modality.MG:
        breast = sample[sample > _otsu(sample)]
        return _cut(breast if breast.size else sample, 1.0, 99.8)
    return _cut(sample, 0.5, 99.5)


def _cut(sample: NDArray[np.float64], low: float, high: float) -> tuple[float, float]:
    ends = np.percentile(sample, [low, high])
    return float(ends[0]), float(ends[1])


def _otsu(sample: NDArray[np.float64]) -> float:
    """The value between background air and breast."""
    low, span = float(sample.min()), max(float(np.ptp(sample)), 1e-9)
    levels = ((sample - low) / span * 255).astype(np.uint8)
    level, _ = cv2.threshold(levels.reshape(1, -1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return low + float(level) / 255 * span
