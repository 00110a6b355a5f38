"""From modality values to brightness, for looking only (PS3.3 C.11.2, PS3.4 N.2): there is no way back."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.image.values import LookupTable, Rescale

__all__ = ["DisplayMap", "Range", "VoiFunction", "Window"]


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
    presentation : LookupTable, optional
        A Presentation LUT Sequence, from the output of `voi` to brightness (PS3.3 C.11.6). It says for
        itself what is bright: with it, `inverted` is False.

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
    presentation: LookupTable | None = None

    def brightness(self, stored: NDArray[Any], rescale: Rescale | None) -> NDArray[np.float32]:
        """Map stored values (any shape) to brightness 0..1 as float32."""
        values: NDArray[Any] = stored
        if self.modality is not None:
            values = self.modality.apply(values)
        elif rescale is not None:
            values = rescale.apply(values)
        shown = self.voi.apply(values)
        if isinstance(self.voi, LookupTable):
            shown = np.clip(shown / self.voi.top, 0.0, 1.0)
        if self.presentation is not None:
            table = self.presentation
            # Its inputs span the whole output of the VOI transform, which is 0..1 here.
            shown = table.apply(np.rint(shown * (table.entries.size - 1)) + table.first_mapped) / table.top
        if self.inverted:
            shown = 1.0 - shown
        if self.padding is not None:
            low, high = self.padding
            shown = np.where((stored >= low) & (stored <= high), 0.0, shown)
        return shown.astype(np.float32)
