"""Where an image lies on a backend's canvas: applied before sending, undone after."""

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
    def fit(cls, shape: tuple[int, int], rule: SizeRule, mask: Mask | None = None) -> Self:
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

        Returns
        -------
        Placement
            The decision.
        """
        whole = cls._centred(shape, Box(0, 0, *shape), rule)
        if mask is None or min(whole.scale) >= 1.0:
            return whole
        around = cls._centred(shape, _context(mask, rule), rule)
        return around if min(around.scale) > min(whole.scale) else whole

    @classmethod
    def _centred(cls, shape: tuple[int, int], crop: Box, rule: SizeRule) -> Self:
        canvas = rule.canvas_for(crop.shape)
        scale = min(canvas[0] / crop.shape[0], canvas[1] / crop.shape[1])
        if scale > 1.0 and rule.allows(canvas) and not rule.sizes:
            # The canvas was rounded up to a multiple: pad rather than stretch by a few pixels.
            wanted = max(1.0, (rule.min_pixels / (crop.shape[0] * crop.shape[1])) ** 0.5)
            scale = min(scale, wanted)
        rows = min(max(round(crop.shape[0] * scale), 1), canvas[0])
        cols = min(max(round(crop.shape[1] * scale), 1), canvas[1])
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
        touched = mask.editable[self.crop.slices].astype(np.float32)
        canvas[self.inner.slices] = _resized(touched, self.inner.shape) > 0
        return Mask(canvas)

    def undo(self, canvas: NDArray[Any]) -> NDArray[Any]:
        """Bring an array on the canvas back to the grid of the crop.

        Parameters
        ----------
        canvas : (canvas rows, canvas cols[, 3])
            What came back.

        Returns
        -------
        (crop rows, crop cols[, 3])
            Same dtype.
        """
        return _resized(canvas[self.inner.slices], self.crop.shape)


def _context(mask: Mask, rule: SizeRule) -> Box:
    """A box around the mask with surroundings, kept inside the image, as large as costs no resolution."""
    top, left, bottom, right = mask.bounds
    extents = bottom - top, right - left
    sides = tuple(
        min(length, max(round(extent * CONTEXT), extent + 2 * CONTEXT_PX, least))
        for extent, length, least in zip(extents, mask.shape, rule.canvas_for((1, 1)), strict=True)
    )
    canvas = rule.canvas_for((sides[0], sides[1]))
    scale = min(canvas[0] / sides[0], canvas[1] / sides[1], 1.0)
    rows, cols = (max(int(side * scale), extent) for side, extent in zip(sides, extents, strict=True))
    first = min(max((top + bottom - rows) // 2, 0), mask.shape[0] - rows)
    start = min(max((left + right - cols) // 2, 0), mask.shape[1] - cols)
    return Box(first, start, first + rows, start + cols)


def _resized(array: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """Resample to (rows, cols), pixel areas averaged when shrinking; unchanged when equal."""
    if array.shape[:2] == shape:
        return array
    shrinks = shape[0] <= array.shape[0] and shape[1] <= array.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(array, (shape[1], shape[0]), interpolation=how)
