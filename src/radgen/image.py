"""A radiological image in memory: the scanner's own numbers, and how to look at them.

`RadImage.pixels` are stored values and stay what they are. `DisplayMap` turns them into brightness
for looking (DICOM PS3.4 N.2: modality, then VOI, then presentation) and has no way back: a window
throws values away. What goes to a model and comes back is `radgen.geometry.Transport`'s business.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.terms import BodyRegion, ImageOrigin, Laterality, Modality, Position, View, take_terms

__all__ = [
    "DisplayMap",
    "ImageInfo",
    "LookupTable",
    "RadImage",
    "Range",
    "Rescale",
    "VoiFunction",
    "Window",
    "look_up",
]

Pixels = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.int16]
BAND_PX = 1 << 20
"""Pixels that are looked up at a time."""
NATIVE_DTYPES = (np.uint8, np.uint16, np.int16)


@dataclass(frozen=True, slots=True)
class Rescale:
    """Linear modality transform: ``value = stored * slope + intercept`` (PS3.3 C.11.1).

    Parameters
    ----------
    slope, intercept : float
        The slope is not zero.
    unit : str, optional
        Of the values, for example ``"HU"``.

    Examples
    --------
    >>> Rescale(1.0, -1024.0, "HU").apply(np.array([1024.0]))
    array([0.])
    """

    slope: float
    intercept: float
    unit: str | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.slope) and np.isfinite(self.intercept)) or self.slope == 0:
            raise InputError(
                f"rescale slope {self.slope} and intercept {self.intercept} carry no image: "
                "the slope must be a number other than zero"
            )

    def apply(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """Stored values to modality values (any shape), as float64."""
        return stored.astype(np.float64) * self.slope + self.intercept


@dataclass(frozen=True, eq=False)
class LookupTable:
    """A DICOM LUT: stored or modality values to table entries (PS3.3 C.11.1.1.1, C.11.2.1.1).

    Parameters
    ----------
    first_mapped : int
        Input value of the first entry; inputs below take the first entry, inputs above the last.
    entries : (n,) array
        Output values. Copied if writeable, and write-protected.

    Examples
    --------
    >>> LookupTable(10, np.array([5, 6, 7])).apply(np.array([0, 11, 99]))
    array([5., 6., 7.])
    """

    first_mapped: int
    entries: NDArray[Any]

    def __post_init__(self) -> None:
        if self.entries.ndim != 1 or self.entries.size == 0:
            raise InputError("a lookup table needs at least one entry")
        if self.entries.flags.writeable:
            entries = self.entries.copy()
            entries.flags.writeable = False
            object.__setattr__(self, "entries", entries)

    def apply(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Look values up (any shape)."""
        index = np.clip(np.floor(values) - self.first_mapped, 0, self.entries.size - 1)
        found: NDArray[np.float64] = self.entries[index.astype(np.intp)].astype(np.float64)
        return found


class VoiFunction(StrEnum):
    """VOI LUT Function (0028,1056)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True, slots=True)
class Window:
    """A value-of-interest window (PS3.3 C.11.2.1.2 and C.11.2.1.3).

    Parameters
    ----------
    center, width : float
        In modality values (HU for CT).
    function : VoiFunction
        Shape of the ramp; ``LINEAR`` is DICOM's default and offset by half a value.

    Raises
    ------
    InputError
        For a width the function does not allow.

    Examples
    --------
    >>> Window(40, 400).apply(np.array([-160.0, 39.5, 240.0]))
    array([0. , 0.5, 1. ])
    """

    center: float
    width: float
    function: VoiFunction = VoiFunction.LINEAR

    def __post_init__(self) -> None:
        smallest = 1.0 if self.function is VoiFunction.LINEAR else np.nextafter(0, 1)
        if not np.isfinite(self.center) or not np.isfinite(self.width) or self.width < smallest:
            raise InputError(
                f"window center {self.center}, width {self.width} is not a {self.function} window"
            )

    def apply(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Modality values (any shape) to brightness 0..1."""
        values = np.asarray(values, dtype=np.float64)
        if self.function is VoiFunction.SIGMOID:
            with np.errstate(over="ignore"):  # a width next to nothing is a threshold
                exponent = np.clip(-4.0 * (values - self.center) / self.width, -700, 700)
            return 1.0 / (1.0 + np.exp(exponent))
        if self.function is VoiFunction.LINEAR_EXACT:
            with np.errstate(over="ignore"):
                return np.clip((values - self.center) / self.width + 0.5, 0.0, 1.0)
        if self.width == 1:  # the standard's formula divides by zero here and means a threshold
            return np.where(values > self.center - 0.5, 1.0, 0.0)
        return np.clip((values - (self.center - 0.5)) / (self.width - 1) + 0.5, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Range:
    """Everything from ``low`` (dark) to ``high`` (bright), in modality values; for images without a VOI.

    Parameters
    ----------
    low, high : float
        Where both are equal, whatever lies above is bright.

    Raises
    ------
    InputError
        If an end is no number, or `high` lies below `low`.

    Examples
    --------
    >>> Range(0, 10).apply(np.array([-5, 5, 20]))
    array([0. , 0.5, 1. ])
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high)) or self.high < self.low:
            raise InputError(f"{self.low} to {self.high} is no range: give two numbers, the smaller first")

    def apply(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Modality values (any shape) to brightness 0..1."""
        values = np.asarray(values, dtype=np.float64)
        if self.high == self.low:
            return np.where(values > self.low, 1.0, 0.0)
        with np.errstate(over="ignore"):
            return np.clip((values - self.low) / (self.high - self.low), 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class DisplayMap:
    """Native values to brightness 0..1 for looking. Forward only.

    Parameters
    ----------
    voi : Window or LookupTable or Range
        The value of interest transform.
    modality : LookupTable, optional
        A Modality LUT Sequence, where a linear rescale does not do.
    inverted : bool
        True when the smallest value is white (MONOCHROME1 or presentation shape INVERSE, never both).
    padding : (int, int), optional
        Inclusive range of stored values that are padding and shown black
        (PixelPaddingValue, PS3.3 C.7.5.1.1.2).

    Examples
    --------
    >>> dark = DisplayMap(Range(0, 255), inverted=True)
    >>> dark.brightness(np.array([255], np.uint8), None)
    array([0.], dtype=float32)
    """

    voi: Window | LookupTable | Range
    modality: LookupTable | None = None
    inverted: bool = False
    padding: tuple[int, int] | None = None

    def brightness(self, stored: NDArray[Any], rescale: Rescale | None) -> NDArray[np.float32]:
        """Map stored values (any shape) to brightness 0..1 as float32."""
        values: NDArray[Any] = stored
        if self.modality is not None:
            values = self.modality.apply(values)
        elif rescale is not None:
            values = rescale.apply(values)
        shown = self.voi.apply(values)
        if isinstance(self.voi, LookupTable):
            entries = self.voi.entries
            shown = (shown - float(entries.min())) / max(float(entries.max()) - float(entries.min()), 1.0)
        if self.inverted:
            shown = 1.0 - shown
        if self.padding is not None:
            low, high = self.padding
            shown = np.where((stored >= low) & (stored <= high), 0.0, shown)
        return shown.astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInfo:
    """What is known about an image, in enumerated values only: nothing here can name a patient.

    Parameters
    ----------
    modality, region, view, laterality, position
        As far as they are known.
    spacing_mm : (float, float), optional
        Distance between the centres of neighbouring rows, and of neighbouring columns, in mm.
    origin : ImageOrigin
        Acquired from a person, or made.
    """

    modality: Modality = Modality.OT
    region: BodyRegion | None = None
    view: View | None = None
    laterality: Laterality | None = None
    position: Position | None = None
    spacing_mm: tuple[float, float] | None = None
    origin: ImageOrigin = ImageOrigin.ACQUIRED

    def __post_init__(self) -> None:
        take_terms(
            self,
            modality=Modality,
            region=BodyRegion,
            view=View,
            laterality=Laterality,
            position=Position,
            origin=ImageOrigin,
        )


@dataclass(frozen=True, eq=False)
class RadImage:
    """Native pixels with what is needed to show and describe them.

    Parameters
    ----------
    pixels : (rows, cols) uint8, uint16 or int16, or (rows, cols, 3) uint8
        Stored values. The array is copied if it is writeable, and write-protected.
    rescale : Rescale, optional
        Stored values to HU and the like.
    display : DisplayMap, optional
        How to look at it; by default the full range of the stored bits.
    info : ImageInfo
        Enumerated facts.
    bits_stored : int, optional
        How many bits of the dtype are in use (12 for many radiographs); by default all.

    Raises
    ------
    InputError
        For an empty array, another number of axes or dtype, or more bits than the dtype has.

    Examples
    --------
    >>> image = RadImage(np.arange(6, dtype=np.uint16).reshape(2, 3), bits_stored=12)
    >>> image.shape, image.value_range, image.pixels.flags.writeable
    ((2, 3), (0, 4095), False)
    """

    pixels: Pixels
    rescale: Rescale | None = None
    display: DisplayMap = field(default_factory=lambda: DisplayMap(Range(0, 0)))
    info: ImageInfo = field(default_factory=ImageInfo)
    bits_stored: int = 0

    def __post_init__(self) -> None:
        pixels = self.pixels
        if pixels.dtype not in NATIVE_DTYPES:
            raise InputError(f"pixels are {pixels.dtype}: radgen works on uint8, uint16 and int16")
        colour = pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8
        if not (pixels.ndim == 2 or colour) or pixels.size == 0:
            raise InputError(
                f"an image of shape {pixels.shape} and type {pixels.dtype} is neither (rows, cols) grey "
                "nor (rows, cols, 3) uint8 colour"
            )
        if pixels.flags.writeable:
            pixels = pixels.copy()
            pixels.flags.writeable = False
        object.__setattr__(self, "pixels", pixels)
        bits = pixels.dtype.itemsize * 8
        if not 0 <= self.bits_stored <= bits:
            raise InputError(f"bits_stored is {self.bits_stored}: {pixels.dtype} holds 1 to {bits}")
        object.__setattr__(self, "bits_stored", self.bits_stored or bits)
        if isinstance(self.display.voi, Range) and self.display.voi.low == self.display.voi.high == 0:
            table = self.display.modality
            ends = self._modality(np.array(self.value_range)) if table is None else table.entries
            whole = replace(self.display, voi=Range(float(ends.min()), float(ends.max())))
            object.__setattr__(self, "display", whole)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.pixels.shape[0], self.pixels.shape[1]

    @property
    def is_colour(self) -> bool:
        """True for (rows, cols, 3)."""
        return self.pixels.ndim == 3

    @property
    def value_range(self) -> tuple[int, int]:
        """Smallest and largest stored value that `bits_stored` bits can hold."""
        if self.pixels.dtype == np.int16:
            return -(1 << (self.bits_stored - 1)), (1 << (self.bits_stored - 1)) - 1
        return 0, (1 << self.bits_stored) - 1

    def values(self) -> NDArray[np.float64]:
        """Modality values (HU for CT), same shape as `pixels`, as float64."""
        return self._modality(self.pixels)

    def _modality(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """Stored values (any shape) to modality values."""
        if self.display.modality is not None:
            return self.display.modality.apply(stored)
        return (self.rescale or Rescale(1.0, 0.0)).apply(stored)

    def to_display(self, bits: int = 8) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """Render what a radiologist would see.

        Parameters
        ----------
        bits : {8, 16}
            Depth of the output.

        Returns
        -------
        (rows, cols[, 3]) uint8 or uint16
            Brightness, black is 0. Colour stays as it is.

        Raises
        ------
        InputError
            For another depth, or 16 bit colour.
        """
        if bits not in {8, 16} or (self.is_colour and bits != 8):
            raise InputError(f"display at {bits} bits is not offered: 8, or 16 for grey images")
        if self.is_colour:
            return self.pixels.astype(np.uint8)
        dtype = np.uint8 if bits == 8 else np.uint16
        native = np.iinfo(self.pixels.dtype)
        # One table entry per possible stored value: exact, and far cheaper than floats per pixel.
        domain = np.arange(native.min, native.max + 1, dtype=np.int32)
        brightness = self.display.brightness(domain, self.rescale)
        table = np.rint(brightness * np.float32(np.iinfo(dtype).max)).astype(dtype)
        return look_up(table, self.pixels, native.min)

    def with_pixels(self, pixels: Pixels, **changes: Any) -> Self:  # noqa: ANN401 - fields of the dataclass
        """The same image with other pixels (and other fields, if named)."""
        return replace(self, pixels=pixels, **changes)


def look_up(table: NDArray[Any], pixels: NDArray[Any], first: int) -> NDArray[Any]:
    """Replace stored values by entries of a table.

    Parameters
    ----------
    table : (n,) array
        What to put for each value.
    pixels : integer array
        Stored values (any shape), from ``first`` to ``first + n - 1``.
    first : int
        Value of the first entry.

    Returns
    -------
    array of the shape of `pixels` and the dtype of `table`
        Looked up a band at a time: an index of 8 bytes a pixel is too much for a large image.

    Examples
    --------
    >>> look_up(np.array([5.0, 6.0]), np.array([[10, 11]]), first=10)
    array([[5., 6.]])
    """
    out = np.empty(pixels.shape, dtype=table.dtype)
    rows = max(1, BAND_PX // max(pixels[0].size, 1))
    for start in range(0, pixels.shape[0], rows):
        band = pixels[start : start + rows]
        np.take(table, band.astype(np.intp) - first, out=out[start : start + rows])
    return out
