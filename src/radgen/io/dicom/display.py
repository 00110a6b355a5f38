"""The greyscale pipeline of a DICOM header as a `DisplayMap` (PS3.4 N.2).

Modality LUT, then VOI LUT or window, then presentation. What is absent, empty or absurd is replaced by a
robust default: in public samples a third of the CT headers and most others have no usable window.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.image import DisplayMap, ImageInfo, LookupTable, Range, Rescale, VoiFunction, Window
from radgen.io.dicom.header import Header
from radgen.io.dicom.layout import PixelLayout
from radgen.io.dicom.tables import tables_of
from radgen.io.voi import OfferedWindow, chosen, ct_window_for, robust_range, shows_something
from radgen.io.words import window_name_of
from radgen.terms import Modality, WindowName

__all__ = ["display_of", "offered_windows", "rescale_of"]

_ROWS_AT_ONCE = 256
_UNITS = {"HU", "OD", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT"}


def rescale_of(header: Header) -> Rescale | None:
    """Rescale Slope and Intercept of the frame (PS3.3 C.11.1), ``None`` if absent or the identity.

    CT without a Rescale Type is in HU by definition of the CT image IOD (PS3.3 C.8.2.1.1.2). A slope of
    zero carries no image and counts as absent.
    """
    source = header.macro("PixelValueTransformationSequence")
    slope, intercept = source.numbers("RescaleSlope"), source.numbers("RescaleIntercept")
    if not slope and not intercept:
        return None
    unit: str | None = source.word("RescaleType")
    if unit == "US":  # unspecified, and said so
        unit = None
    elif unit not in _UNITS:
        unit = "HU" if header.word("Modality") == "CT" else None
    factor, offset = (slope or [1.0])[0], (intercept or [0.0])[0]
    usable = np.isfinite(factor) and np.isfinite(offset) and factor != 0
    if not usable or (factor == 1.0 and offset == 0.0 and unit is None):
        return None
    return Rescale(factor, offset, unit)


@dataclass(frozen=True, eq=False)
class _Values:
    """The stored values of a frame, and what they mean.

    `padding` is the inclusive range that is none of them; `low` and `high` are the ends of what is, as
    modality values.
    """

    layout: PixelLayout
    pixels: NDArray[Any]
    rescale: Rescale | None
    table: LookupTable | None
    padding: tuple[int, int] | None
    low: float
    high: float

    def in_units(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """Stored to modality values."""
        return _modality(stored, self.table, self.rescale)

    @property
    def full(self) -> tuple[float, float]:
        """Smallest and largest modality value that the stored bits can hold."""
        first, last = np.sort(self.in_units(np.array(_stored_ends(self.layout))))
        return float(first), float(last)

    @property
    def in_hu(self) -> bool:
        """Whether modality values are Hounsfield units."""
        return self.rescale is not None and self.rescale.unit == "HU"


def display_of(
    header: Header,
    layout: PixelLayout,
    pixels: NDArray[Any],
    rescale: Rescale | None,
    info: ImageInfo,
    wanted: int | str | None = None,
) -> tuple[DisplayMap, WindowName | None]:
    """How a grey frame is to be shown, and what its window is called.

    Parameters
    ----------
    header, layout : Header, PixelLayout
        What the file says.
    pixels : (rows, cols) array
        Stored values.
    rescale : Rescale, optional
        Of the same frame.
    info : ImageInfo
        Modality and body region decide the default where the file gives no usable VOI.
    wanted : int or str, optional
        The user's choice of a window, see `radgen.io.voi.chosen`; by default the first usable one.

    Returns
    -------
    (DisplayMap, WindowName or None)
        MONOCHROME1 and presentation shape INVERSE say the same thing (PS3.3 C.8.11.3.1.2): together, too,
        they invert once.

    Raises
    ------
    InputError
        If there is no window such as the user wants.
    """
    values = _values(header, layout, pixels, rescale)
    offered = offered_windows(header, layout)
    if wanted is not None:
        item: OfferedWindow | None = chosen(wanted, offered, in_hu=values.in_hu)
    else:
        item = next((item for item in offered if shows_something(item.voi, values.low, values.high)), None)
    inverted = _is_inverted(header, layout, rescale, decided=item is not None)
    # P-Values are brightness by definition: whoever gives a table of them has settled what is white.
    presentation = next(
        (table for table, _ in tables_of(header, "PresentationLUTSequence", signed=False)), None
    )
    voi = item.voi if item is not None else _default(header, values, info, inverted=inverted)
    display = DisplayMap(
        voi,
        modality=values.table,
        inverted=inverted and presentation is None,
        padding=values.padding,
        presentation=presentation,
    )
    return display, None if item is None else item.name


def offered_windows(header: Header, layout: PixelLayout) -> Sequence[OfferedWindow]:
    """Every VOI that the frame's header offers and that is one: LUTs first, as they win over windows.

    Parameters
    ----------
    header, layout : Header, PixelLayout
        What the file says.

    Returns
    -------
    sequence of OfferedWindow
        In the file's order (PS3.3 C.11.2.1.2); widths that a function does not allow are left out.
    """
    source = header.macro("FrameVOILUTSequence")
    rescale = None if header.items("ModalityLUTSequence") else rescale_of(header)
    ends = _modality(np.array(_stored_ends(layout)), None, rescale)
    signed = float(ends.min()) < 0 and not header.items("ModalityLUTSequence")
    offered = [
        OfferedWindow(table, window_name_of(text))
        for table, text in tables_of(source, "VOILUTSequence", signed=signed)
    ]
    word = source.word("VOILUTFunction")
    function = VoiFunction(word) if word in set(VoiFunction) else VoiFunction.LINEAR
    names = source.words("WindowCenterWidthExplanation")
    pairs = zip(source.numbers("WindowCenter"), source.numbers("WindowWidth"), strict=False)
    for number, (center, width) in enumerate(pairs):
        try:
            window = Window(center, width, function)
        except InputError:
            continue
        offered.append(OfferedWindow(window, window_name_of(names[number]) if number < len(names) else None))
    return offered


def _is_inverted(header: Header, layout: PixelLayout, rescale: Rescale | None, *, decided: bool) -> bool:
    """Whether small values are white.

    For-processing images whose look nobody has decided follow physics: less X-ray is brighter, as on a
    film. Pixel Intensity Relationship Sign (0028,1041) is 1 where less X-ray gives smaller values.
    """
    sign = header.integer("PixelIntensityRelationshipSign")
    if not decided and header.word("PresentationIntentType") == "FOR PROCESSING" and sign in {1, -1}:
        return (sign == 1) != (rescale is not None and rescale.slope < 0)
    return layout.photometric == "MONOCHROME1" or header.word("PresentationLUTShape") == "INVERSE"


def _values(header: Header, layout: PixelLayout, pixels: NDArray[Any], rescale: Rescale | None) -> _Values:
    table = next((table for table, _ in tables_of(header, "ModalityLUTSequence", signed=layout.signed)), None)
    padding = _padding(header, layout)
    ends = np.array(_ends(pixels, padding))
    if table is None:
        ends = np.sort(_modality(ends, table, rescale))
    else:  # a table need not rise
        through = _modality(np.arange(int(ends[0]), int(ends[1]) + 1), table, rescale)
        ends = np.array([through.min(), through.max()])
    return _Values(layout, pixels, rescale, table, padding, float(ends[0]), float(ends[1]))


def _stored_ends(layout: PixelLayout) -> tuple[int, int]:
    """Smallest and largest stored value that the stored bits can hold."""
    lowest = -(1 << (layout.bits_stored - 1)) if layout.signed else 0
    return lowest, lowest + (1 << layout.bits_stored) - 1


def _modality(
    stored: NDArray[Any], table: LookupTable | None, rescale: Rescale | None
) -> NDArray[np.float64]:
    if table is not None:
        return table.apply(stored)
    return (rescale or Rescale(1.0, 0.0)).apply(stored)


def _default(header: Header, values: _Values, info: ImageInfo, *, inverted: bool) -> Window | Range:
    """A window for CT, and a robust range for everything else."""
    if info.modality is Modality.CT and values.in_hu and values.low < 0:
        window = ct_window_for(info.region, header.word("ConvolutionKernel"))
        if shows_something(window, values.low, values.high):
            return window
    if info.modality is Modality.OT and values.layout.bits_stored <= 8:
        return Range(*values.full)  # a screenshot or a scan: shown as it is
    # A small sample of the image will do.
    step = max(int(np.sqrt(values.pixels.size / (1 << 20))), 1)
    stored = values.pixels[::step, ::step]
    ignore = None if values.padding is None else ~_outside(stored, values.padding)
    return robust_range(values.in_units(stored), info.modality, values.full, ignore, inverted=inverted)


def _padding(header: Header, layout: PixelLayout) -> tuple[int, int] | None:
    """Pixel Padding Value and Range Limit as stored values (PS3.3 C.7.5.1.1.2)."""
    value, limit = header.integer("PixelPaddingValue"), header.integer("PixelPaddingRangeLimit")
    if value is None:
        return None
    ends = sorted(_as_stored(end, layout) for end in (value, value if limit is None else limit))
    return ends[0], ends[1]


def _as_stored(value: int, layout: PixelLayout) -> int:
    """A padding value with the sign of the pixels: its VR is ambiguous and often read the other way."""
    allocated, stored = (16 if layout.shape.bits_allocated == 16 else 8), layout.bits_stored
    value &= (1 << allocated) - 1
    if not layout.signed:
        return value
    # Some writers leave the bits above High Bit empty instead of repeating the sign.
    width = stored if value >> stored == 0 else allocated
    return value - (1 << width) if value >> (width - 1) else value


def _ends(pixels: NDArray[Any], padding: tuple[int, int] | None) -> tuple[float, float]:
    """Smallest and largest stored value that is no padding; of all if everything is."""
    if padding is None:
        return cv2.minMaxLoc(pixels)[:2]  # one pass, and with a mask ten times as fast as numpy's
    ends: list[float] = []
    for top in range(0, pixels.shape[0], _ROWS_AT_ONCE):  # a mask of all is half an image more
        strip = pixels[top : top + _ROWS_AT_ONCE]
        kept = _outside(strip, padding)
        if kept.any():
            ends += cv2.minMaxLoc(strip, kept.view(np.uint8))[:2]
    return (min(ends), max(ends)) if ends else _ends(pixels, None)


def _outside(stored: NDArray[Any], padding: tuple[int, int]) -> NDArray[np.bool_]:
    """True where a value is no padding."""
    return (stored < padding[0]) | (stored > padding[1])
