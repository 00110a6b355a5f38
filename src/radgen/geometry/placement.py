"""Where an image lies on a backend's canvas: applied before sending, undone after."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.geometry.sizes import SizeRule
from radgen.mask import Mask

__all__ = ["Box", "Placement"]

CONTEXT = 3.0
"""Side of the context crop, in sides of the mask's box: a model needs to see what surrounds a hole."""

CONTEXT_PX = 64
"""Surroundings on every side that even the smallest mask gets, in pixels."""

SQUARE_ENOUGH = 0.01
"""Pixels whose sides differ by no more than this share are left alone: resampling would cost more."""
LARGEST_ASPECT = 20.0
"""Pixels further from square than this are taken for a wrong header."""


class Box(NamedTuple):
    """Rows ``top:bottom`` and columns ``left:right`` of an array."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.bottom - self.top, self.right - self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """The box as an index."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True, slots=True)
class Placement:
    """Part of an image (``crop``), scaled into part of a canvas (``inner``).

    Coordinates follow pixel centres: canvas ``x`` is image ``(x + 0.5 - offset) / scale - 0.5``.

    Parameters
    ----------
    source_shape : (int, int)
        Rows and columns of the image.
    crop : Box
        What is shown of it.
    canvas : (int, int)
        Rows and columns sent.
    inner : Box
        Where the crop lies on the canvas; the rest is padding.

    Examples
    --------
    >>> place = Placement.fit((100, 60), SizeRule(multiple=16))
    >>> place.canvas, place.scale
    ((112, 64), (1.0, 1.0))
    >>> image = np.arange(6000, dtype=np.uint16).reshape(100, 60)
    >>> bool((place.undo(place.apply(image)) == image).all())
    True
    """

    source_shape: tuple[int, int]
    crop: Box
    canvas: tuple[int, int]
    inner: Box

    @classmethod
    def fit(
        cls, shape: tuple[int, int], rule: SizeRule, mask: Mask | None = None, *, aspect: float = 1.0
    ) -> Self:
        """Decide how an image of ``shape`` is sent to a backend with ``rule``.

        The whole image is sent where it fits without being scaled down. If it does not, and a mask is
        given whose surroundings do, only these are sent, so that the edit keeps its native resolution.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the image.
        rule : SizeRule
            What the backend accepts.
        mask : Mask, optional
            What is to be edited.
        aspect : float
            Height of a pixel divided by its width. On the canvas pixels are square: the side along which
            they are longer is enlarged, so that neither loses resolution.

        Returns
        -------
        Placement
            The decision.

        Examples
        --------
        >>> tall = Placement.fit((100, 60), SizeRule(), aspect=2.0)
        >>> tall.canvas, tall.scale
        ((200, 60), (2.0, 1.0))
        """
        stretch = stretch_of(aspect)
        whole = cls._centred(shape, Box(0, 0, *shape), rule, stretch)
        if mask is None or min(whole.scale) >= 1.0:
            return whole
        around = cls._centred(shape, _context(mask, rule, stretch), rule, stretch)
        return around if min(around.scale) > min(whole.scale) else whole

    @classmethod
    def _centred(
        cls, shape: tuple[int, int], crop: Box, rule: SizeRule, stretch: tuple[float, float]
    ) -> Self:
        square = _stretched(crop.shape, stretch)
        canvas = rule.canvas_for(square)
        scale = min(canvas[0] / square[0], canvas[1] / square[1])
        if scale > 1.0 and rule.allows(canvas) and not rule.sizes:
            # The canvas was rounded up to a multiple: pad rather than stretch by a few pixels.
            wanted = max(1.0, (rule.min_pixels / (square[0] * square[1])) ** 0.5)
            scale = min(scale, wanted)
        rows = min(max(round(square[0] * scale), 1), canvas[0])
        cols = min(max(round(square[1] * scale), 1), canvas[1])
        top, left = (canvas[0] - rows) // 2, (canvas[1] - cols) // 2
        return cls(shape, crop, canvas, Box(top, left, top + rows, left + cols))

    @property
    def scale(self) -> tuple[float, float]:
        """Canvas pixels per image pixel along rows and columns."""
        return (
            self.inner.shape[0] / self.crop.shape[0],
            self.inner.shape[1] / self.crop.shape[1],
        )

    def apply(self, image: NDArray[Any], fill: float = 0) -> NDArray[Any]:
        """Lay an array of the image's shape onto the canvas.

        Parameters
        ----------
        image : (rows, cols[, 3])
            Any dtype that can be resized.
        fill : float
            Value of the padding.

        Returns
        -------
        (canvas rows, canvas cols[, 3])
            Same dtype.
        """
        canvas = np.full(self.canvas + image.shape[2:], fill, dtype=image.dtype)
        canvas[self.inner.slices] = _resized(image[self.crop.slices], self.inner.shape)
        return canvas

    def apply_mask(self, mask: Mask) -> Mask:
        """The mask on the canvas: True wherever an editable pixel is touched, however slightly."""
        canvas = np.zeros(self.canvas, dtype=np.bool_)
        if self.inner.shape == self.crop.shape:
            canvas[self.inner.slices] = mask.editable[self.crop.slices]
            return Mask(canvas)
        touched = mask.editable[self.crop.slices].astype(np.float32)
        # Not the kernel of images: its overshoot reaches further than the pixel does.
        canvas[self.inner.slices] = _resized(touched, self.inner.shape, enlarge=cv2.INTER_LINEAR) > 0
        return Mask(canvas)

    def undo(self, canvas: NDArray[Any], part: Box | None = None) -> NDArray[Any]:
        """Bring an array on the canvas back to the grid of the crop.

        Parameters
        ----------
        canvas : (canvas rows, canvas cols[, 3])
            What came back.
        part : Box, optional
            What is wanted of it, in the image's own rows and columns, within the crop; by default all.
            Where that is enlarged, nothing but the part is made of it.

        Returns
        -------
        (crop rows, crop cols[, 3]) or (part rows, part cols[, 3])
            Same dtype.

        Examples
        --------
        >>> place = Placement((100, 60), Box(0, 0, 100, 60), (50, 30), Box(0, 0, 50, 30))
        >>> place.undo(np.ones((50, 30), np.float32), Box(10, 10, 20, 40)).shape
        (10, 30)
        """
        shown = canvas[self.inner.slices]
        if part is None or part == self.crop:
            return _resized(shown, self.crop.shape)
        top, left = part.top - self.crop.top, part.left - self.crop.left
        if max(self.scale) > 1 or self.scale == (1.0, 1.0):
            whole = _resized(shown, self.crop.shape)
            return whole[top : top + part.shape[0], left : left + part.shape[1]]
        rows, cols = self.scale
        steps = np.array([[cols, 0, (left + 0.5) * cols - 0.5], [0, rows, (top + 0.5) * rows - 0.5]])
        how = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(shown, steps, part.shape[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)


def stretch_of(aspect: float) -> tuple[float, float]:
    """By how much rows and columns are enlarged to make pixels square; never shrunk.

    Parameters
    ----------
    aspect : float
        Height of a pixel divided by its width.

    Returns
    -------
    (float, float)
        One of them is 1; both, if the pixels are square enough or the aspect cannot be true.

    Examples
    --------
    >>> stretch_of(2.0), stretch_of(0.5), stretch_of(1.001)
    ((2.0, 1.0), (1.0, 2.0), (1.0, 1.0))
    """
    if not 1 / LARGEST_ASPECT <= aspect <= LARGEST_ASPECT or abs(aspect - 1.0) <= SQUARE_ENOUGH:
        return 1.0, 1.0
    return max(aspect, 1.0), max(1.0 / aspect, 1.0)


def _stretched(shape: tuple[int, int], stretch: tuple[float, float]) -> tuple[int, int]:
    """A shape in square pixels."""
    return round(shape[0] * stretch[0]), round(shape[1] * stretch[1])


def _context(mask: Mask, rule: SizeRule, stretch: tuple[float, float]) -> Box:
    """A box around the mask with surroundings, kept inside the image, as large as costs no resolution."""
    top, left, bottom, right = mask.bounds
    extents = bottom - top, right - left
    least = rule.canvas_for((1, 1))
    sides = [
        min(length, max(round(extent * CONTEXT), extent + 2 * CONTEXT_PX, math.floor(side / longer)))
        for extent, length, side, longer in zip(extents, mask.shape, least, stretch, strict=True)
    ]
    square = _stretched((sides[0], sides[1]), stretch)
    canvas = rule.canvas_for(square)
    scale = min(canvas[0] / square[0], canvas[1] / square[1], 1.0)
    rows, cols = (max(int(side * scale), extent) for side, extent in zip(sides, extents, strict=True))
    first = min(max((top + bottom - rows) // 2, 0), mask.shape[0] - rows)
    start = min(max((left + right - cols) // 2, 0), mask.shape[1] - cols)
    return Box(first, start, first + rows, start + cols)


def _resized(
    array: NDArray[Any], shape: tuple[int, int], *, enlarge: int = cv2.INTER_LANCZOS4
) -> NDArray[Any]:
    """Resample to (rows, cols): sides that shrink by averaging pixel areas, then those that grow."""
    within = min(shape[0], array.shape[0]), min(shape[1], array.shape[1])
    if within != array.shape[:2]:
        array = cv2.resize(array, within[::-1], interpolation=cv2.INTER_AREA)
    if within != shape:
        array = cv2.resize(array, shape[::-1], interpolation=enlarge)
    return array
