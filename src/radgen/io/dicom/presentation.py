"""Stored values and how to look at them: from a `RadImage` to attributes of the Image Pixel and LUT modules.

Pure: keyword to value, nothing is encoded here. The way back is `radgen.io.dicom.display`.
"""

from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np

from radgen.errors import InputError
from radgen.image import LookupTable, RadImage, Range, Rescale, VoiFunction, Window

__all__ = ["Typed", "decimal_string", "describe_pixels"]

_UNITS = {"HU", "OD", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT"}
"""Defined terms of Rescale Type (0028,1054)."""
_LARGEST_SIDE_PX = 65535
_LARGEST_ENTRY = 65535


class Typed(NamedTuple):
    """The value of an attribute whose value representation depends on other attributes."""

    vr: Literal["US", "SS", "OW", "OB"]
    value: Any


def describe_pixels(image: RadImage) -> dict[str, Any]:
    """Everything of an image but its enumerated facts.

    Parameters
    ----------
    image : RadImage
        Grey of any dtype, or 8-bit RGB.

    Returns
    -------
    dict
        Keyword to value. Pixels are little endian, of even length.

    Raises
    ------
    InputError
        For what DICOM cannot hold: more than 65535 rows or columns, values beyond `bits_stored`, and lookup
        tables that are too long or not of whole numbers.

    Examples
    --------
    >>> described = describe_pixels(RadImage(np.zeros((2, 3), np.int16), bits_stored=12))
    >>> described["BitsStored"], described["PixelRepresentation"], described["WindowWidth"]
    (12, 1, '4096')
    """
    if max(image.shape) > _LARGEST_SIDE_PX:
        raise InputError(
            f"DICOM holds images of up to 65535 rows and columns, and this one has {image.shape}"
        )
    pixels, bits = image.pixels, 8 * image.pixels.dtype.itemsize
    data = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("<")).tobytes()
    described: dict[str, Any] = {
        "Rows": image.shape[0],
        "Columns": image.shape[1],
        "SamplesPerPixel": 3 if image.is_colour else 1,
        "PhotometricInterpretation": _photometric(image),
        "BitsAllocated": bits,
        "BitsStored": bits if image.is_colour else image.bits_stored,
        "HighBit": (bits if image.is_colour else image.bits_stored) - 1,
        "PixelRepresentation": int(pixels.dtype == np.int16),
        "PixelData": Typed("OW" if bits == 16 else "OB", data + b"\0" * (len(data) % 2)),
    }
    if image.info.spacing_mm is not None:
        # Without a Calibration Type (0028,0A02): nothing was calibrated here, and of a projection radiograph
        # the reader keeps whichever spacing there is (PS3.3 10.7.1.1).
        described["PixelSpacing"] = [decimal_string(side) for side in image.info.spacing_mm]
    elif image.info.pixel_aspect is not None:
        ratio = Fraction(image.info.pixel_aspect).limit_denominator(1000)
        described["PixelAspectRatio"] = [ratio.numerator, ratio.denominator]
    if image.is_colour:
        return {**described, "PlanarConfiguration": 0}
    _require_in_range(image)
    return {**described, **_modality(image), **_voi(image), **_presentation(image), **_padding(image)}


def _photometric(image: RadImage) -> str:
    if image.is_colour:
        return "RGB"
    return "MONOCHROME1" if image.display.inverted else "MONOCHROME2"


def _require_in_range(image: RadImage) -> None:
    """Refuse values that a reader would cut off at Bits Stored (0028,0101)."""
    (low, high), found = image.value_range, (int(image.pixels.min()), int(image.pixels.max()))
    if found[0] < low or found[1] > high:
        raise InputError(
            f"its values go from {found[0]} to {found[1]}, and bits_stored={image.bits_stored} holds {low} "
            f"to {high}: set bits_stored to what the values need"
        )


def _modality(image: RadImage) -> dict[str, Any]:
    """Modality LUT, or rescale, or neither (PS3.3 C.11.1)."""
    if image.display.modality is not None:
        item = _table(image.display.modality, "modality", signed=image.pixels.dtype == np.int16)
        return {"ModalityLUTSequence": [item | {"ModalityLUTType": "US"}]}
    rescale = image.rescale
    if rescale is None:
        return {}
    return {
        "RescaleSlope": decimal_string(rescale.slope),
        "RescaleIntercept": decimal_string(rescale.intercept),
        "RescaleType": rescale.unit if rescale.unit in _UNITS else "US",  # unspecified
    }


def _voi(image: RadImage) -> dict[str, Any]:
    """Window or VOI LUT (PS3.3 C.11.2)."""
    voi = image.display.voi
    if isinstance(voi, LookupTable):
        return {"VOILUTSequence": [_table(voi, "VOI", signed=_can_be_negative(image))]}
    window = voi if isinstance(voi, Window) else _window_of(voi)
    found: dict[str, Any] = {
        "WindowCenter": decimal_string(window.center),
        "WindowWidth": decimal_string(window.width),
    }
    if window.function is not VoiFunction.LINEAR:
        found["VOILUTFunction"] = window.function.value
    if image.info.window is not None:
        found["WindowCenterWidthExplanation"] = image.info.window.value.upper()
    return found


def _can_be_negative(image: RadImage) -> bool:
    """Whether values that go into a VOI LUT may be negative: its descriptor is signed then (C.11.2.1.1)."""
    if image.display.modality is not None:
        return False
    rescale = image.rescale or Rescale(1.0, 0.0)
    return bool(rescale.apply(np.array(image.value_range)).min() < 0)


def _window_of(shown: Range) -> Window:
    """The linear window that shows the same: its ramp ends half a value before and after (C.11.2.1.2.1)."""
    return Window((shown.low + shown.high + 1) / 2, shown.high - shown.low + 1)


def _presentation(image: RadImage) -> dict[str, Any]:
    table = image.display.presentation
    return {} if table is None else {"PresentationLUTSequence": [_table(table, "presentation", signed=False)]}


def _padding(image: RadImage) -> dict[str, Any]:
    """Pixel Padding Value and Range Limit (PS3.3 C.7.5.1.1.2), as far as a pixel can have such a value."""
    if image.display.padding is None:
        return {}
    native = np.iinfo(image.pixels.dtype)
    low, high = max(image.display.padding[0], native.min), min(image.display.padding[1], native.max)
    if low > high:
        return {}
    vr: Literal["US", "SS"] = "SS" if native.min < 0 else "US"
    found = {"PixelPaddingValue": Typed(vr, low), "PixelPaddingRangeLimit": Typed(vr, high)}
    return found if low < high else {"PixelPaddingValue": Typed(vr, low)}


def _table(table: LookupTable, name: str, *, signed: bool) -> dict[str, Any]:
    """An item of a LUT sequence (PS3.3 C.11.1.1.1); `signed` tells of its inputs."""
    entries, first = table.entries, table.first_mapped
    if not signed and first < 0:  # entries that no value asks for
        entries, first = entries[min(-first, entries.size - 1) :], 0
    count = entries.size
    whole = bool(np.equal(np.rint(entries), entries).all())
    in_range = entries.min() >= 0 and entries.max() <= _LARGEST_ENTRY and count <= 1 << 16
    if not (whole and in_range and (-(1 << 15) <= first < 1 << 15 if signed else 0 <= first < 1 << 16)):
        raise InputError(
            f"its {name} lookup table has {count} entries from {entries.min()} to {entries.max()}, the first "
            f"for {first}: DICOM holds up to 65536 whole numbers from 0 to 65535, the first for a value of "
            "16 bits"
        )
    if name != "modality":  # what is shown is relative to the depth, and in images that is 8 or 16 only
        entries = np.rint(entries * (_LARGEST_ENTRY / table.top))
    depth = 8 if entries.max() < 1 << 8 else 16
    data = entries.astype("u1" if depth == 8 else "<u2").tobytes()
    vr: Literal["US", "SS"] = "SS" if signed else "US"
    # 65536 entries are written as 0; in a signed field, counts beyond 32767 wrap.
    length = (count + (1 << 15)) % (1 << 16) - (1 << 15) if signed else count % (1 << 16)
    return {
        "LUTDescriptor": Typed(vr, [length, first, depth]),
        "LUTData": Typed("OW", data + b"\0" * (len(data) % 2)),
    }


def decimal_string(value: float) -> str:
    """A number as Decimal String (PS3.5 6.2): exact where 16 characters can be, else as near as they can.

    Parameters
    ----------
    value : float
        Finite.

    Returns
    -------
    str
        16 characters at most.

    Examples
    --------
    >>> decimal_string(40.0), decimal_string(-1 / 3)
    ('40', '-0.3333333333333')
    """
    text, digits = repr(float(value)).removesuffix(".0"), 17
    while len(text) > 16:
        text, digits = f"{value:.{digits}g}", digits - 1
    return text
