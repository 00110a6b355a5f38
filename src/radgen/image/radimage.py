"""Native pixels with what is needed to show and describe them."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.image.display import DisplayMap, Range
from radgen.image.values import Rescale, look_up
from radgen.terms import (
    BodyRegion,
    ImageOrigin,
    Laterality,
    Modality,
    Position,
    View,
    WindowName,
    take_terms,
)

__all__ = ["ImageInfo", "Pixels", "RadImage"]

Pixels = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.int16]
NATIVE_DTYPES = (np.uint8, np.uint16, np.int16)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInfo:
    """What is known about an image, in enumerated values only: nothing here can name a patient.

    Parameters
    ----------
    modality, region, view, laterality, position
        As far as they are known.
    spacing_mm : (float, float), optional
        Distance between the centres of neighbouring rows, and of neighbouring columns, in mm.
    pixel_aspect : float, optional
        Height of a pixel divided by its width, where it is known without the spacing (Pixel Aspect Ratio,
        PS3.3 C.7.6.3.1.7).
    origin : ImageOrigin
        Acquired from a person, or made.
    window : WindowName, optional
        What the window that the image is shown with is called, if its file names it with a known word.
    lossy : bool
        True if a lossy compression ever touched the pixels: what it took does not come back.
    """

    modality: Modality = Modality.OT
    region: BodyRegion | None = None
    view: View | None = None
    laterality: Laterality | None = None
    position: Position | None = None
    spacing_mm: tuple[float, float] | None = None
    pixel_aspect: float | None = None
    origin: ImageOrigin = ImageOrigin.ACQUIRED
    window: WindowName | None = None
    lossy: bool = False

    def __post_init__(self) -> None:
        take_terms(
            self,
            modality=Modality,
            region=BodyRegion,
            view=View,
            laterality=Laterality,
            position=Position,
            origin=ImageOrigin,
            window=WindowName,
        )

    @property
    def aspect(self) -> float:
        """Height of a pixel divided by its width: by the spacing, else by the aspect ratio; 1 if unknown."""
        if self.spacing_mm is not None:
            return self.spacing_mm[0] / self.spacing_mm[1]
        return self.pixel_aspect or 1.0


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
