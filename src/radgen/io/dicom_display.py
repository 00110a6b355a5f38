"""The greyscale pipeline of a DICOM header as a `DisplayMap` (PS3.4 N.2).

Modality LUT, then VOI LUT or window, then presentation. What is absent, empty or absurd is replaced by a
robust default: in public samples a third of the CT headers and most others have no usable window.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.image import DisplayMap, LookupTable, Range, Rescale, VoiFunction, Window
from radgen.io.dicom_header import Header
from radgen.io.dicom_pixels import PixelLayout
from radgen.io.voi import ct_window_for, robust_range, shows_something
from radgen.terms import BodyRegion, Modality

__all__ = ["display_of", "rescale_of"]

_UNITS = {"HU", "OD", "US", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT"}


def rescale_of(header: Header) -> Rescale | None:
    """Rescale Slope and Intercept of the frame (PS3.3 C.11.1), ``None`` if absent or the identity.

    CT without a Rescale Type is in HU by definition of the CT image IOD (PS3.3 C.8.2.1.1.2).
    """
    source = header.macro("PixelValueTransformationSequence")
    slope, intercept = source.numbers("RescaleSlope"), source.numbers("RescaleIntercept")
    if not slope and not intercept:
        return None
    unit: str | None = source.word("RescaleType")
    if unit not in _UNITS:
        unit = "HU" if header.word("Modality") == "CT" else None
    factor, offset = (slope or [1.0])[0], (intercept or [0.0])[0]
    usable = np.isfinite(factor) and np.isfinite(offset) and factor != 0
    if not usable or (factor == 1.0 and offset == 0.0 and unit is None):
        return None
    return Rescale(factor, offset, unit)


def display_of(
    header: Header,
    layout: PixelLayout,
    pixels: NDArray[Any],
    rescale: Rescale | None,
    region: BodyRegion | None,
    modality: Modality,
) -> DisplayMap:
    """How a grey frame is to be shown.

    Parameters
    ----------
    header, layout : Header, PixelLayout
        What the file says.
    pixels : (rows, cols) array
        Stored values.
    rescale : Rescale, optional
        Of the same frame.
    region, modality
        Decide the default where the file gives no usable VOI.

    Returns
    -------
    DisplayMap
        MONOCHROME1 and presentation shape INVERSE say the same thing (PS3.3 C.8.11.3.1.2): together, too,
        they invert once.
    """
    table = _table(header, "ModalityLUTSequence", signed=layout.signed)
    padding = _padding(header, layout)
    inverted = layout.photometric == "MONOCHROME1" or header.word("PresentationLUTShape") == "INVERSE"
    # Modality values of a small sample of the image; the ends are exact.
    ends = np.array([pixels.min(), pixels.max()])
    kept = _without(pixels, padding)
    if kept is not None and kept.any():
        ends = np.array(
            [np.min(pixels, where=kept, initial=ends[1]), np.max(pixels, where=kept, initial=ends[0])]
        )
    low, high = np.sort(_modality(ends, table, rescale))
    found: LookupTable | Window | Range | None = _lut_of(header, signed=low < 0)
    found = found or _window_of(header, float(low), float(high))
    if found is None:
        found = _default(
            header, layout, pixels, rescale, table, kept, region, modality, (float(low), float(high))
        )
    return DisplayMap(found, modality=table, inverted=inverted, padding=padding)


def _modality(
    stored: NDArray[Any], table: LookupTable | None, rescale: Rescale | None
) -> NDArray[np.float64]:
    if table is not None:
        return table.apply(stored)
    return (rescale or Rescale(1.0, 0.0)).apply(stored)


def _default(  # noqa: PLR0913, PLR0917 - everything that decides it
    header: Header,
    layout: PixelLayout,
    pixels: NDArray[Any],
    rescale: Rescale | None,
    table: LookupTable | None,
    kept: NDArray[np.bool_] | None,
    region: BodyRegion | None,
    modality: Modality,
    ends: tuple[float, float],
) -> Window | Range:
    if modality is Modality.CT and rescale is not None and rescale.unit == "HU" and ends[0] < 0:
        window = ct_window_for(region, header.word("ConvolutionKernel"))
        if shows_something(window, *ends):
            return window
    bits = layout.bits_stored
    stored = np.array([-(1 << (bits - 1)), (1 << (bits - 1)) - 1] if layout.signed else [0, (1 << bits) - 1])
    full = np.sort(_modality(stored, table, rescale))
    if modality is Modality.OT and bits <= 8:
        return Range(float(full[0]), float(full[1]))  # a screenshot or a scan: shown as it is
    step = max(int(np.sqrt(pixels.size / (1 << 20))), 1)
    values = _modality(pixels[::step, ::step], table, rescale)
    ignore = None if kept is None else ~kept[::step, ::step]
    return robust_range(values, modality, (float(full[0]), float(full[1])), ignore)


def _window_of(header: Header, low: float, high: float) -> Window | None:
    """The first usable window, ``None`` if none is (PS3.3 C.11.2.1.2)."""
    source = header.macro("FrameVOILUTSequence")
    word = source.word("VOILUTFunction")
    function = VoiFunction(word) if word in set(VoiFunction) else VoiFunction.LINEAR
    for center, width in zip(source.numbers("WindowCenter"), source.numbers("WindowWidth"), strict=False):
        try:
            window = Window(center, width, function)
        except InputError:
            continue
        if shows_something(window, low, high):
            return window
    return None


def _lut_of(header: Header, *, signed: bool) -> LookupTable | None:
    return _table(header.macro("FrameVOILUTSequence"), "VOILUTSequence", signed=signed)


def _table(header: Header, keyword: str, *, signed: bool) -> LookupTable | None:
    """The first item of a LUT sequence (PS3.3 C.11.1.1.1), ``None`` if absent or damaged."""
    items = header.items(keyword)
    if not items:
        return None
    item = Header(items[0], header.syntax, header.little_endian)
    descriptor = [int(number) for number in item.numbers("LUTDescriptor")]
    if len(descriptor) != 3:
        return None
    count = descriptor[0] or 1 << 16  # 2^16 does not fit into its 16 bits and is written as 0
    first = descriptor[1]
    # pydicom may read the first value with the wrong sign where the VR is implicit.
    if signed and first > 0x7FFF:
        first -= 1 << 16
    elif not signed and first < 0:
        first += 1 << 16
    entries = _entries(item, count)
    return None if entries is None else LookupTable(first, entries)


def _entries(item: Header, count: int) -> NDArray[np.uint16] | None:
    data = item.raw("LUTData")
    if isinstance(data, bytes):
        wide = "<u2" if item.little_endian else ">u2"
        dtype = wide if len(data) >= 2 * count else "u1"
        entries = np.frombuffer(
            data[: len(data) // np.dtype(dtype).itemsize * np.dtype(dtype).itemsize], dtype
        )
    else:
        numbers = np.array(item.numbers("LUTData"))
        entries = (numbers.astype(np.int64) & 0xFFFF).astype(np.uint16)
    if entries.size < count or np.ptp(entries[:count]) == 0:
        return None  # cut off, or a table that shows nothing
    return entries[:count].astype(np.uint16)


def _padding(header: Header, layout: PixelLayout) -> tuple[int, int] | None:
    """Pixel Padding Value and Range Limit as stored values (PS3.3 C.7.5.1.1.2)."""
    value, limit = header.integer("PixelPaddingValue"), header.integer("PixelPaddingRangeLimit")
    if value is None:
        return None
    ends = sorted(_as_stored(end, layout) for end in (value, value if limit is None else limit))
    return ends[0], ends[1]


def _as_stored(value: int, layout: PixelLayout) -> int:
    """A padding value with the sign of the pixels: its VR is ambiguous and often read the other way."""
    bits = 16 if layout.shape.bits_allocated == 16 else 8
    value &= (1 << bits) - 1
    return value - (1 << bits) if layout.signed and value >> (bits - 1) else value


def _without(pixels: NDArray[Any], padding: tuple[int, int] | None) -> NDArray[np.bool_] | None:
    if padding is None:
        return None
    return (pixels < padding[0]) | (pixels > padding[1])
