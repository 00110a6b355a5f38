"""How an image wants to be looked at: windows by name or number, and a robust range where a file gives none.

Numbers in, `Window` or `Range` out; nothing here knows a file format.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.image import LookupTable, Range, Window
from radgen.io.words import window_name_of
from radgen.terms import BodyRegion, Modality, WindowName
from radgen.terms.vocabulary import regions

__all__ = [
    "CT_WINDOWS",
    "OfferedWindow",
    "chosen",
    "ct_window_for",
    "parse_window",
    "robust_range",
    "shows_something",
]

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

_BONES = {"upper-limb", "lower-limb", "spine"}
"""Groups of regions whose CT is looked at for bone."""
_HEADS = {BodyRegion.BRAIN, BodyRegion.HEAD, BodyRegion.SKULL}
_SAMPLE_PX = 1 << 20
_FEWEST_GREYS = 1 / 64
"""A window that gives the image less than this share of the grey scale shows a flat grey."""


@dataclass(frozen=True, eq=False)
class OfferedWindow:
    """One of the ways in which a file offers to be looked at; they are alternatives (PS3.3 C.11.2.1.2).

    Parameters
    ----------
    voi : Window or LookupTable
        The window, or an item of the VOI LUT Sequence.
    name : WindowName, optional
        What the file calls it, if that is a known word; a file's own text is not handed on.
    """

    voi: Window | LookupTable
    name: WindowName | None = None


def chosen(wanted: int | str, offered: Sequence[OfferedWindow], *, in_hu: bool) -> OfferedWindow:
    """The window that a user means.

    Parameters
    ----------
    wanted : int or str
        Number in `offered`, from 0; a name in it; for CT the name of a preset; or ``"CENTER,WIDTH"``.
    offered : sequence of OfferedWindow
        By the file.
    in_hu : bool
        Whether presets make sense: modality values are Hounsfield units.

    Returns
    -------
    OfferedWindow
        The file's own wins over a preset of the same name.

    Raises
    ------
    InputError
        If there is no such window; the message lists what there is.

    Examples
    --------
    >>> offered = [OfferedWindow(Window(40, 350)), OfferedWindow(Window(-500, 1500), WindowName.LUNG)]
    >>> chosen("lung", offered, in_hu=True).voi.center, chosen("brain", offered, in_hu=True).voi.width
    (-500, 80)
    """
    if isinstance(wanted, int):
        if 0 <= wanted < len(offered):
            return offered[wanted]
        raise InputError(f"it has no window {wanted}: it offers {len(offered)}, numbered from 0")
    name = window_name_of(wanted)
    for item in offered:
        if name is not None and item.name is name:
            return item
    if "," in wanted or (in_hu and name is not None and name.value in CT_WINDOWS):
        return OfferedWindow(parse_window(name or wanted), name)
    names = dict.fromkeys(item.name.value for item in offered if item.name is not None)
    presets = f"; for CT, {', '.join(CT_WINDOWS)}" if in_hu else ""
    raise InputError(
        f"it has no window {wanted!r}: it offers {len(offered)} by number from 0"
        f"{', and by name ' + ', '.join(names) if names else ''}{presets}; or give CENTER,WIDTH"
    )


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
    known = regions().get(region) if region is not None else None
    bony = known is not None and not known.groups.isdisjoint(_BONES) and region is not BodyRegion.WHOLE_BODY
    if "BONE" in kernel or bony:
        return CT_WINDOWS["bone"]
    return CT_WINDOWS["brain" if region in _HEADS else "soft-tissue"]


def shows_something(voi: Window | LookupTable, low: float, high: float) -> bool:
    """Whether values from `low` to `high` keep any contrast under `voi`."""
    if low == high:
        return True
    if isinstance(voi, Window):
        first, last = voi.apply(np.array([low, high]))
        return bool(last - first >= _FEWEST_GREYS)
    start, stop = (int(np.clip(end - voi.first_mapped, 0, voi.entries.size - 1)) for end in (low, high))
    return bool(np.ptp(voi.entries[start : stop + 1]) >= _FEWEST_GREYS * voi.top)


def robust_range(
    values: NDArray[Any],
    modality: Modality,
    full: tuple[float, float],
    ignore: NDArray[np.bool_] | None = None,
    *,
    inverted: bool = False,
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
    inverted : bool
        True if large values are shown dark: the breast of a mammogram lies among the small ones then.

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
    low, high = _percentiles(sample, modality, full, inverted=inverted)
    if high <= low:
        low, high = float(sample.min()), float(sample.max())
    return Range(low, high) if high > low else Range(*full)


def _percentiles(
    sample: NDArray[np.float64], modality: Modality, full: tuple[float, float], *, inverted: bool
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
        breast = sample[(sample > _otsu(sample)) != inverted]
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
