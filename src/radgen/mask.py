"""Where an image may change.

True = may change, everywhere in radgen; providers' polarities live in their adapters.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError

__all__ = ["Mask"]

FARTHEST_PX = 1 << 20
"""Corners beyond this are mistakes, and more than OpenCV's fixed-point numbers hold."""


@dataclass(frozen=True, eq=False)
class Mask:
    """An editable area.

    Parameters
    ----------
    editable : (rows, cols) bool
        True where pixels may change. Copied if writeable, and write-protected.

    Raises
    ------
    InputError
        For another dtype or number of axes, or an array without pixels.

    Examples
    --------
    >>> mask = Mask.box((4, 4), top=1, left=1, bottom=3, right=3)
    >>> mask.area_px, mask.coverage_fraction
    (4, 0.25)
    """

    editable: NDArray[np.bool_]

    def __post_init__(self) -> None:
        editable = self.editable
        if editable.ndim != 2 or editable.dtype != np.bool_ or editable.size == 0:
            raise InputError(f"a mask is (rows, cols) bool, not {editable.shape} {editable.dtype}")
        if editable.flags.writeable:
            editable = editable.copy()
            editable.flags.writeable = False
        object.__setattr__(self, "editable", editable)

    # -- making ------------------------------------------------------------------------------------

    @classmethod
    def box(cls, shape: tuple[int, int], *, top: int, left: int, bottom: int, right: int) -> Self:
        """A rectangle of rows ``top:bottom`` and columns ``left:right``; what lies outside is cut off."""
        editable = np.zeros(shape, dtype=np.bool_)
        editable[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = True
        return cls(editable)

    @classmethod
    def ellipse(
        cls, shape: tuple[int, int], *, center: tuple[float, float], radii: tuple[float, float]
    ) -> Self:
        """An ellipse around ``center`` (row, column) with ``radii`` (rows, columns) in pixels."""
        rows, cols = np.ogrid[: shape[0], : shape[1]]
        if min(radii) <= 0:
            raise InputError(f"radii {radii} are not above zero")
        return cls(((rows - center[0]) / radii[0]) ** 2 + ((cols - center[1]) / radii[1]) ** 2 <= 1.0)

    @classmethod
    def polygon(cls, shape: tuple[int, int], points: Sequence[tuple[float, float]]) -> Self:
        """A filled polygon through ``points`` (row, column) in pixels."""
        if len(points) < 3:
            raise InputError(f"a polygon needs three points, not {len(points)}")
        canvas = np.zeros(shape, dtype=np.uint8)
        places = np.rint([(col, row) for row, col in points])
        if not (np.abs(places) < FARTHEST_PX).all():
            raise InputError("a corner of the polygon is no place near an image")
        corners = places.astype(np.int32)
        cv2.fillPoly(canvas, [corners], 1)
        return cls(canvas.astype(np.bool_))

    # -- measuring ---------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.editable.shape[0], self.editable.shape[1]

    @property
    def area_px(self) -> int:
        """Number of editable pixels."""
        return int(np.count_nonzero(self.editable))

    @property
    def coverage_fraction(self) -> float:
        """Editable share of the image, 0..1."""
        return self.area_px / self.editable.size

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """Smallest box around the editable pixels: (top, left, bottom, right), ends excluded.

        Raises
        ------
        InputError
            If nothing is editable.
        """
        rows = np.flatnonzero(self.editable.any(axis=1))
        if rows.size == 0:
            raise InputError("the mask is empty: nothing may change")
        cols = np.flatnonzero(self.editable.any(axis=0))
        return int(rows[0]), int(cols[0]), int(rows[-1]) + 1, int(cols[-1]) + 1

    def require(self, shape: tuple[int, int]) -> None:
        """Refuse a mask that does not fit an image or allows no change.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the image.

        Raises
        ------
        InputError
            If the shapes differ, or the mask is empty.
        """
        if self.shape != shape:
            raise InputError(
                f"the mask is {self.shape[0]}x{self.shape[1]} and the image {shape[0]}x{shape[1]} "
                "(rows x columns): they must be equal"
            )
        if self.area_px == 0:
            raise InputError("the mask is empty: nothing may change")

    # -- arithmetic --------------------------------------------------------------------------------

    def __or__(self, other: Self) -> Self:
        return type(self)(self.editable | self._alike(other))

    def __and__(self, other: Self) -> Self:
        return type(self)(self.editable & self._alike(other))

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.editable & ~self._alike(other))

    def __invert__(self) -> Self:
        return type(self)(~self.editable)

    def _alike(self, other: Self) -> NDArray[np.bool_]:
        """The other's pixels, if it is of the same shape: numpy would stretch a single row."""
        if other.shape != self.shape:
            raise InputError(f"masks of {self.shape} and {other.shape} (rows, columns) do not combine")
        return other.editable

    def grow(self, px: float) -> Self:
        """Everything within ``px`` pixels (Euclidean) of the area; a negative number shrinks it."""
        if px < 0:
            return ~(~self).grow(-px)
        if self.area_px == 0:
            return self
        # Distances are only needed near the area: on a large image that is a small window.
        top, left, bottom, right = self.bounds
        reach = math.ceil(px) + 1
        rows = slice(max(top - reach, 0), bottom + reach)
        cols = slice(max(left - reach, 0), right + reach)
        grown = np.zeros_like(self.editable)
        grown[rows, cols] = _distance_to(self.editable[rows, cols]) <= px
        return type(self)(grown)

    def ring(self, px: float) -> Self:
        """What lies outside the area within ``px`` pixels of it: the neighbourhood to blend with."""
        return self.grow(px) - self

    def depth_inside(self) -> NDArray[np.float32]:
        """Distance to the nearest pixel outside, in pixels; 0 outside. The image's border is no edge."""
        return _distance_to(~self.editable)

    def depth_outside(self) -> NDArray[np.float32]:
        """Distance to the nearest editable pixel, in pixels; 0 inside."""
        return _distance_to(self.editable)

    def feather(self, px: float) -> NDArray[np.float32]:
        """Blending weight: 0 outside, rising smoothly to 1 within ``px`` pixels **inside** the edge.

        Parameters
        ----------
        px : float
            Width of the ramp in pixels; 0 gives the mask itself.

        Returns
        -------
        (rows, cols) float32
            0..1, exactly 0 wherever nothing may change.
        """
        if px <= 0:
            return self.editable.astype(np.float32)
        ramp = np.clip(self.depth_inside() / np.float32(px + 1), 0.0, 1.0)
        smooth: NDArray[np.float32] = ramp * ramp * (3.0 - 2.0 * ramp)
        return smooth


def _distance_to(target: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Euclidean distance of every pixel to the nearest True; infinite where there is none."""
    if not target.any():
        return np.full(target.shape, np.inf, dtype=np.float32)
    distance = cv2.distanceTransform((~target).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance, dtype=np.float32)
