"""From stored values to modality values: rescale and lookup tables (PS3.3 C.11.1)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError

__all__ = ["LookupTable", "Rescale", "look_up"]

BAND_PX = 1 << 20
"""Pixels that are looked up at a time."""


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
    bits : int
        Depth of the entries as the LUT Descriptor declares it; 0 for as many as the largest entry needs.

    Raises
    ------
    InputError
        If there is no entry, or an entry needs more than `bits`.

    Examples
    --------
    >>> table = LookupTable(10, np.array([5, 6, 7]), bits=4)
    >>> table.apply(np.array([0, 11, 99])), table.top
    (array([5., 6., 7.]), 15)
    """

    first_mapped: int
    entries: NDArray[Any]
    bits: int = 0

    def __post_init__(self) -> None:
        if self.entries.ndim != 1 or self.entries.size == 0:
            raise InputError("a lookup table needs at least one entry")
        if self.bits and (self.bits < 0 or float(self.entries.max()) > self.top):
            raise InputError(
                f"a lookup table of {self.bits} bits cannot hold the entry {self.entries.max()}: "
                "give the bits that its largest entry needs, or 0"
            )
        if self.entries.flags.writeable:
            entries = self.entries.copy()
            entries.flags.writeable = False
            object.__setattr__(self, "entries", entries)

    @property
    def top(self) -> int:
        """The largest output that the table's depth allows: 2^bits - 1 (PS3.3 C.11.2.1.1)."""
        bits = self.bits or max(int(self.entries.max()), 1).bit_length()
        return (1 << bits) - 1

    def apply(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Look values up (any shape)."""
        # In floating point: unsigned values below the first entry would wrap around.
        index = np.clip(np.floor(values, dtype=np.float64) - self.first_mapped, 0, self.entries.size - 1)
        found: NDArray[np.float64] = self.entries[index.astype(np.intp)].astype(np.float64)
        return found


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
