"""Native values to 8 bit for a model and back: not a window, for a window cannot be undone.

A display window maps whole ranges of values to plain black or white. The transport follows its look,
but keeps a slope everywhere, so that every value it covers has a way back within half a code.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from radgen.image import DisplayMap, RadImage, look_up
from radgen.mask import Mask

__all__ = ["Transport"]

KNOTS = 65
"""Knots of the piecewise linear curve."""
LEAST_SHARE = 0.1
"""Share of the 255 codes spread evenly over all values, however much of them the window shows."""
RING_PX = 16.0
"""Width of the neighbourhood of a mask whose values are covered too."""


@dataclass(frozen=True, slots=True)
class Transport:
    """A strictly monotonic, piecewise linear map between native values and codes 0..255.

    Codes rise with brightness, so the native values of an inverted image are listed with falling codes.
    Values beyond the outermost knots saturate.

    Parameters
    ----------
    native : tuple of float
        Stored values of the knots, strictly increasing.
    codes : tuple of float
        Their codes, strictly increasing or strictly decreasing, within 0..255.

    Examples
    --------
    >>> transport = Transport((-1000.0, 3000.0), (0.0, 255.0))
    >>> codes = transport.to_uint8(np.array([[-1000, 0, 3000]], np.int16))
    >>> codes.tolist(), np.round(transport.to_native(codes)).tolist()
    ([[0, 64, 255]], [[-1000.0, 4.0, 3000.0]])
    """

    native: tuple[float, ...]
    codes: tuple[float, ...]

    @classmethod
    def fit(cls, image: RadImage, mask: Mask | None = None) -> Self:
        """Choose the curve for an image; plain or mirrored where 8 bit suffice.

        Parameters
        ----------
        image : RadImage
            What is to be sent.
        mask : Mask, optional
            What is to be edited: its values and its ring's are covered even where the display
            window shows them as plain black or white, the more so the more of them it hides.

        Returns
        -------
        Transport
            Covers every value of the image, or of the mask and its ring.

        Raises
        ------
        InputError
            If the mask does not fit the image, or is empty.
        """
        falling = not image.is_colour and _falls(image)
        if image.pixels.dtype == np.uint8:
            return cls((0.0, 255.0), (255.0, 0.0) if falling else (0.0, 255.0))
        cared_for: NDArray[Any] = image.pixels
        if mask is not None:
            mask.require(image.shape)
            cared_for = image.pixels[mask.grow(RING_PX).editable]
        low, high = int(cared_for.min()), int(cared_for.max())
        shown_low, shown_high = _shown_range(image)
        hidden = np.count_nonzero((cared_for < shown_low) | (cared_for > shown_high)) / cared_for.size
        low, high = min(low, shown_low), max(high, shown_high)
        high = max(high, low + 1)
        share = LEAST_SHARE + (1.0 - 2 * LEAST_SHARE) * hidden
        knots = [np.linspace(low, high, 3), np.linspace(shown_low, shown_high, KNOTS)]
        native = np.unique(np.rint(np.concatenate(knots)))
        shown = _unpadded(image).brightness(native, image.rescale).astype(np.float64)
        even = (native - low) / (high - low)
        even = 1.0 - even if falling else even
        codes = 255.0 * ((1.0 - share) * _without_kinks(shown, falling=falling) + share * even)
        return cls(tuple(native.tolist()), tuple(codes.tolist()))

    @property
    def max_step(self) -> float:
        """Native values per code where the curve is flattest: twice the largest rounding error."""
        return float(np.max(np.diff(self.native) / np.abs(np.diff(self.codes))))

    def to_codes(self, pixels: NDArray[Any]) -> NDArray[np.float32]:
        """Native values (any shape) to unrounded codes 0..255."""
        first, table = self._table(pixels)
        return look_up(table, pixels, first)

    def to_uint8(self, pixels: NDArray[Any]) -> NDArray[np.uint8]:
        """Native values (any shape) to what is sent."""
        first, table = self._table(pixels)
        return look_up(np.rint(table).astype(np.uint8), pixels, first)

    def _table(self, pixels: NDArray[Any]) -> tuple[int, NDArray[np.float32]]:
        """The codes of every stored value that occurs, and the first of these values."""
        first, last = int(pixels.min()), int(pixels.max())
        domain = np.arange(first, last + 1, dtype=np.float64)
        return first, np.interp(domain, self.native, self.codes).astype(np.float32)

    def to_native(self, codes: NDArray[Any]) -> NDArray[np.float64]:
        """Codes (any shape) to native values, not rounded."""
        native, knots = np.asarray(self.native), np.asarray(self.codes)
        if knots[0] > knots[-1]:
            native, knots = native[::-1], knots[::-1]
        return np.asarray(np.interp(codes, knots, native), dtype=np.float64)


def _shown_range(image: RadImage) -> tuple[int, int]:
    """Smallest and largest stored value that the display does not show as plain black or white."""
    low, high = image.value_range
    domain = np.arange(low, high + 1, dtype=np.int32)
    brightness = image.display.brightness(domain, image.rescale)
    if image.display.padding is not None:
        first, last = image.display.padding
        brightness = np.where((domain >= first) & (domain <= last), np.nan, brightness)
    visible = np.flatnonzero((brightness > 0.004) & (brightness < 0.996))
    if visible.size == 0:
        return low, high
    return int(domain[visible[0]]), int(domain[visible[-1]])


def _unpadded(image: RadImage) -> DisplayMap:
    """The display without its padding: a hole that is painted black has no place on a steady curve."""
    return replace(image.display, padding=None)


def _falls(image: RadImage) -> bool:
    """Whether larger stored values are shown darker."""
    first, last = _unpadded(image).brightness(np.array(image.value_range), image.rescale)
    if first != last:
        return bool(last < first)
    return image.display.inverted != (image.rescale is not None and image.rescale.slope < 0)


def _without_kinks(values: NDArray[np.float64], *, falling: bool) -> NDArray[np.float64]:
    """The nearest curve from above that only rises (or only falls)."""
    if falling:
        return np.maximum.accumulate(values[::-1])[::-1]
    return np.maximum.accumulate(values)
