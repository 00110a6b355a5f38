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
from radgen.mask.shapes import RandomKind, random_area

__all__ = ["FARTHEST_PX", "Mask"]

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

    @classmethod
    def random(
        cls,
        shape: tuple[int, int],
        area_fraction: float,
        rng: np.random.Generator,
        *,
        kind: RandomKind = "blob",
        within: Self | None = None,
        around: Self | None = None,
    ) -> Self:
        """A random shape of a wanted area.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns.
        area_fraction : float
            Wanted share of the image, above 0 and up to 1; at least one pixel is taken.
        rng : numpy.random.Generator
            The same state gives the same shape.
        kind : {"blob", "ellipse", "polygon", "strokes"}
            What is drawn; strokes are those of a brush.
        within : Mask, optional
            Region that the shape does not leave; what it cuts off is made up for elsewhere in it.
        around : Mask, optional
            Where the centre may be; by default anywhere in the region.

        Returns
        -------
        Mask
            Of the area asked for, within 1 %.

        Raises
        ------
        InputError
            If the area does not fit the region, or a mask has another shape.

        Examples
        --------
        >>> lower_half = Mask.box((100, 80), top=50, left=0, bottom=100, right=80)
        >>> hole = Mask.random((100, 80), 0.1, np.random.default_rng(1), kind="ellipse", within=lower_half)
        >>> hole.area_px, (hole - lower_half).area_px
        (800, 0)
        """
        if not 0 < area_fraction <= 1:
            raise InputError(f"area_fraction is {area_fraction}: above 0 and up to 1")
        everywhere = cls(np.ones(shape, dtype=np.bool_))
        region = everywhere if within is None else within
        centers = region if around is None else around
        return cls(
            random_area(
                shape,
                area_fraction * shape[0] * shape[1],
                rng,
                kind=kind,
                within=everywhere._alike(region),
                around=everywhere._alike(centers),
            )
        )

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
    def components(self) -> int:
        """Number of connected parts; pixels that touch at a corner are connected."""
        return int(cv2.connectedComponents(self.editable.astype(np.uint8), connectivity=8)[0]) - 1

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
        window = self._window(math.ceil(px) + 1, math.ceil(px) + 1)
        grown = np.zeros_like(self.editable)
        grown[window] = _distance_to(self.editable[window]) <= px
        return type(self)(grown)

    def _window(self, rows: int, cols: int) -> tuple[slice, slice]:
        """Rows and columns of the box around the area, and so many more on each side."""
        top, left, bottom, right = self.bounds
        return slice(max(top - rows, 0), bottom + rows), slice(max(left - cols, 0), right + cols)

    def grow_mm(self, mm: float, spacing_mm: tuple[float, float]) -> Self:
        """Everything within ``mm`` millimetres of the area; a negative number shrinks it.

        Parameters
        ----------
        mm : float
            Distance in mm.
        spacing_mm : (float, float)
            Between the centres of neighbouring rows, and of neighbouring columns, as
            `ImageInfo.spacing_mm`; they may differ.

        Returns
        -------
        Mask
            Of the same shape.

        Raises
        ------
        InputError
            If a spacing is not above zero.

        Examples
        --------
        >>> dot = Mask.box((9, 9), top=4, left=4, bottom=5, right=5)
        >>> dot.grow_mm(2.0, spacing_mm=(2.0, 1.0)).bounds
        (3, 2, 6, 7)
        """
        if not all(math.isfinite(side) and side > 0 for side in spacing_mm):
            raise InputError(f"a spacing of {spacing_mm} mm is none: both must be above zero")
        if spacing_mm[0] == spacing_mm[1]:
            return self.grow(mm / spacing_mm[0])
        if mm < 0:
            return ~(~self).grow_mm(-mm, spacing_mm)
        if self.area_px == 0:
            return self
        from scipy.ndimage import distance_transform_edt  # noqa: PLC0415 - rarely needed, slow to load

        window = self._window(*(math.ceil(mm / side) + 1 for side in spacing_mm))
        grown = np.zeros_like(self.editable)
        away = distance_transform_edt(~self.editable[window], sampling=spacing_mm)
        grown[window] = away <= mm * (1 + 1e-6)  # three times 0.1 mm is more than 0.3 mm
        return type(self)(grown)

    def largest_component(self) -> Self:
        """The connected part with the most pixels, the first of several; pixels touch at corners too."""
        count, labels, stats, _ = cv2.connectedComponentsWithStats(
            self.editable.astype(np.uint8), connectivity=8
        )
        if count <= 2:
            return self
        areas = stats[1:, cv2.CC_STAT_AREA]
        largest = 1 + np.flatnonzero(areas == areas.max())
        # OpenCV numbers parts by blocks of pixels: the first of equal ones is the one that begins first.
        first = labels.flat[np.isin(labels, largest).argmax()]
        return type(self)(labels == first)

    def fill_holes(self) -> Self:
        """The area and what it encloses: whatever no path of pixels side by side joins to the border."""
        outside = np.pad(~self.editable, 1, constant_values=True).astype(np.uint8)
        _, labels = cv2.connectedComponents(outside, connectivity=4)
        return type(self)(labels[1:-1, 1:-1] != labels[0, 0])

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
