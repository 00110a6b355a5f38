"""What several checks need to know of an image, each computed when it is first asked for, and once."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from radgen.image import RadImage

__all__ = ["CENTRE_PX", "Local", "Measured", "Spectrum", "level_counts"]

CENTRE_PX = 1024
"""Texture is measured in the middle of the image, on at most so many rows and columns: at native
resolution, since any resize would change what is measured."""
LEAST_PX = 64
"""Images with a shorter side have no texture to speak of."""
EVEN_LEVELS = 2
"""Rows and columns at the border whose grey levels spread no more are a frame, not a picture."""
BLOCK_PX = 16
"""Side of the squares that local noise is measured in."""
SMALL_PX = 64
"""Side of the small picture that form is judged on."""
SECOND_DIFFERENCE = np.array([1, -2, 1], dtype=np.float32)
"""Twice, along rows and columns: Immerkaer's mask, which no plane and no edge along an axis passes."""
IMMERKAER = float(np.sqrt(np.pi / 2) / 6)
"""From the mean absolute value of that mask's response to the standard deviation of white noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """Noise and brightness, square by square of 16 x 16 pixels; only squares that are not clipped.

    Parameters
    ----------
    noise : (n,) float32
        Standard deviation in grey levels (Immerkaer).
    level : (n,) float32
        Mean grey level.
    """

    noise: NDArray[np.float32]
    level: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Power over spatial frequency, under a Hann window.

    Parameters
    ----------
    frequency : (n,) float64
        In cycles per pixel, up to 0.5.
    power : (n,) float64
        Mean power at that distance from zero, all directions together.
    each : (rows, cols // 2 + 1) float32
        Power of each frequency, as `scipy.fft.rfft2` orders them.
    """

    frequency: NDArray[np.float64]
    power: NDArray[np.float64]
    each: NDArray[np.float32]

    def mean(self, low: float, high: float) -> float:
        """Mean power in a band, in cycles per pixel."""
        return float(self.power[(self.frequency >= low) & (self.frequency < high)].mean())


@dataclass(frozen=True, eq=False)
class Measured:
    """An image as the checks see it.

    Parameters
    ----------
    image : RadImage
        Any.

    Examples
    --------
    >>> framed = np.zeros((80, 100), np.uint8)
    >>> framed[10:70, 20:90] = np.random.default_rng(0).integers(50, 200, (60, 70))
    >>> seen = Measured(RadImage(framed))
    >>> seen.field
    (10, 20, 70, 90)
    >>> seen.spectrum is None  # too small to have one
    True
    """

    image: RadImage

    @cached_property
    def shown(self) -> NDArray[np.uint8]:
        """(rows, cols[, 3]): what a radiologist would see."""
        return np.asarray(self.image.to_display(), dtype=np.uint8)

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """(rows, cols): the same as luminance."""
        if self.shown.ndim == 2:
            return self.shown
        return np.asarray(cv2.cvtColor(self.shown, cv2.COLOR_RGB2GRAY), dtype=np.uint8)

    @cached_property
    def field(self) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) without even rows and columns at the border; everything if all is."""
        even_rows, even_cols = (_even(self.grey, axis) for axis in (1, 0))
        if even_rows.all() or even_cols.all():
            return 0, 0, *self.grey.shape
        top, bottom = int(np.argmin(even_rows)), int(np.argmin(even_rows[::-1]))
        left, right = int(np.argmin(even_cols)), int(np.argmin(even_cols[::-1]))
        return top, left, self.grey.shape[0] - bottom, self.grey.shape[1] - right

    @cached_property
    def inner(self) -> NDArray[np.uint8]:
        """The field's pixels."""
        top, left, bottom, right = self.field
        return self.grey[top:bottom, left:right]

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(256,): how many pixels of the field have each grey level."""
        return level_counts(self.inner)

    def percentiles(self, *percent: float) -> NDArray[np.float64]:
        """Grey levels below which so many percent of the field lie."""
        share = np.cumsum(self.counts) / self.counts.sum()
        return np.searchsorted(share, np.array(percent) / 100.0).astype(np.float64)

    @cached_property
    def small(self) -> NDArray[np.float32]:
        """(64, 64) float32: the field, squeezed into a square."""
        small = cv2.resize(self.inner, (SMALL_PX, SMALL_PX), interpolation=cv2.INTER_AREA)
        return small.astype(np.float32)

    @cached_property
    def centre(self) -> NDArray[np.uint8] | None:
        """The middle of the field, with sides that are multiples of 16; ``None`` if it is too small."""
        rows, cols = (min(side, CENTRE_PX) // BLOCK_PX * BLOCK_PX for side in self.inner.shape)
        if min(rows, cols) < LEAST_PX:
            return None
        top, left = (self.inner.shape[0] - rows) // 2, (self.inner.shape[1] - cols) // 2
        return np.ascontiguousarray(self.inner[top : top + rows, left : left + cols])

    @cached_property
    def residual(self) -> NDArray[np.int16] | None:
        """What no smooth structure explains: second differences of second differences, in grey levels."""
        if self.centre is None:
            return None
        mask = SECOND_DIFFERENCE
        return np.asarray(cv2.sepFilter2D(self.centre, cv2.CV_16S, mask, mask), dtype=np.int16)

    @cached_property
    def noise(self) -> float | None:
        """Standard deviation of the noise, in grey levels (Immerkaer, CVIU 1996)."""
        if self.residual is None:
            return None
        return IMMERKAER * float(cv2.norm(self.residual, cv2.NORM_L1)) / self.residual.size

    @cached_property
    def local(self) -> Local | None:
        """Noise and brightness of the squares that are not clipped."""
        if self.centre is None or self.residual is None:
            return None
        size = (self.centre.shape[1] // BLOCK_PX, self.centre.shape[0] // BLOCK_PX)
        absolute = np.abs(self.residual).astype(np.float32)
        noise = np.float32(IMMERKAER) * cv2.resize(absolute, size, interpolation=cv2.INTER_AREA)
        level = cv2.resize(self.centre.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        usable = (level > 4) & (level < 251)
        return Local(noise[usable].astype(np.float32), level[usable].astype(np.float32))

    @cached_property
    def spectrum(self) -> Spectrum | None:
        """Of the middle of the field; ``None`` if it is too small, or even."""
        if self.centre is None:
            return None
        rows, cols = self.centre.shape
        window, bins, counted = _polar(rows, cols)
        values = self.centre.astype(np.float32)
        values -= np.float32(values.mean())
        values *= window
        transform = scipy.fft.rfft2(values)
        power = transform.real**2 + transform.imag**2
        sums = np.bincount(bins, weights=power.ravel(), minlength=counted.size)
        kept = counted > 0
        if not sums[kept][1:].any():
            return None
        frequency = np.arange(counted.size) / max(rows, cols)
        half = kept & (frequency > 0) & (frequency <= 0.5)
        radial = sums[half] / counted[half]
        return Spectrum(frequency[half], np.maximum(radial, 1e-9), power)


def level_counts(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many values there are of each of the 256 grey levels, all channels together.

    Parameters
    ----------
    pixels : (rows, cols[, channels]) uint8
        Any.

    Returns
    -------
    (256,) int64
        Adds up to the number of values.
    """
    flat = np.ascontiguousarray(pixels).reshape(pixels.shape[0], -1)
    return cv2.calcHist([flat], [0], None, [256], [0, 256]).ravel().astype(np.int64)


def _even(grey: NDArray[np.uint8], axis: int) -> NDArray[np.bool_]:
    """Rows (axis 1) or columns (axis 0) that are of one grey level, near enough."""
    high, low = (ends.astype(np.int16) for ends in (grey.max(axis=axis), grey.min(axis=axis)))
    return np.asarray(high - low <= EVEN_LEVELS)


@lru_cache(maxsize=8)
def _polar(rows: int, cols: int) -> tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.int64]]:
    """A Hann window; for each frequency the number of its ring; and how many frequencies each ring has."""
    window = np.outer(np.hanning(rows), np.hanning(cols)).astype(np.float32)
    down, across = np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(cols)[None]
    ring = np.rint(np.hypot(down, across) * max(rows, cols)).astype(np.intp).ravel()
    return window, ring, np.bincount(ring)
