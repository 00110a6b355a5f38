"""One object that somebody marked in an image, and the same object after the image was cut, moved or resized.

Places are distances in pixels from the image's top left corner, rows first: the pixel in row r and column c
reaches from (r, c) to (r + 1, c + 1). That is how COCO counts as well, columns first.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from radgen.annotation.fill import fill_even_odd
from radgen.annotation.regions import Region, compressed, runs_of
from radgen.errors import InputError
from radgen.geometry import Box, Placement
from radgen.mask import FARTHEST_PX

__all__ = ["Annotation", "Edges", "Polygon", "is_text"]

Polygon = tuple[tuple[float, float], ...]
"""Corners as (row, column)."""


class Edges(NamedTuple):
    """A box by its four edges; each lies between pixels or inside them."""

    top: float
    left: float
    bottom: float
    right: float


@dataclass(frozen=True, slots=True)
class Annotation:
    """An object in an image: a box, perhaps with polygons or an area of pixels inside it.

    Make one with `boxed`, `outlined` or `filled`.

    Parameters
    ----------
    label : str
        What it is, in the words of whoever marked it.
    edges : Edges
        The smallest box around it.
    polygons : tuple of Polygon
        Its outline; several if it is in pieces.
    region : Region, optional
        Its pixels.

    Raises
    ------
    InputError
        If the label is blank, or the box is none or no place near an image.

    Examples
    --------
    >>> nodule = Annotation.boxed("nodule", top=10, left=20, bottom=18, right=30)
    >>> nodule.shifted(5, 0).edges
    Edges(top=15, left=20, bottom=23, right=30)
    >>> nodule.cropped((12, 100)).area_px, nodule.cropped((10, 100))
    (20.0, None)
    """

    label: str
    edges: Edges
    polygons: tuple[Polygon, ...] = ()
    region: Region | None = None

    def __post_init__(self) -> None:
        if not is_text(self.label):
            raise InputError("an object's label is blank or no Unicode text: say what it is")
        top, left, bottom, right = self.edges
        if not all(abs(edge) < FARTHEST_PX for edge in self.edges):
            raise InputError("an object has an edge that is no place near an image")
        if not (top < bottom and left < right):
            raise InputError("an object's box has no area: top is above bottom, and left before right")

    # -- making ------------------------------------------------------------------------------------

    @classmethod
    def boxed(cls, label: str, *, top: float, left: float, bottom: float, right: float) -> Self:
        """A box by its edges."""
        return cls(label, Edges(top, left, bottom, right))

    @classmethod
    def outlined(cls, label: str, polygons: Sequence[Sequence[tuple[float, float]]]) -> Self:
        """One or more polygons, each through three or more (row, column)."""
        if not polygons or min(map(len, polygons)) < 3:
            raise InputError("a polygon needs three points or more")
        kept = tuple(tuple((row, col) for row, col in polygon) for polygon in polygons)
        return cls(label, _around(kept), kept)

    @classmethod
    def filled(cls, label: str, pixels: NDArray[np.bool_]) -> Self | None:
        """The pixels that are True in a (rows, cols) array; ``None`` if there is none."""
        region = Region.of(pixels)
        return None if region is None else cls._of(label, region)

    @classmethod
    def _of(cls, label: str, region: Region) -> Self:
        return cls(label, Edges(*map(float, region.box)), region=region)

    # -- measuring ---------------------------------------------------------------------------------

    @property
    def area_px(self) -> float:
        """Pixels it covers: of the region, inside the polygons, or inside the box."""
        if self.region is not None:
            return float(np.count_nonzero(self.region.pixels()))
        if self.polygons:
            return sum(map(_area, self.polygons))
        return float((self.edges.bottom - self.edges.top) * (self.edges.right - self.edges.left))

    def patch(self, shape: tuple[int, int]) -> tuple[Box, NDArray[np.bool_]]:
        """Its pixels, without the rest of the image.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the image.

        Returns
        -------
        box : Box
            Rows and columns of the image that it touches.
        pixels : (rows, cols) bool
            Of that box; True where the centre of a pixel is inside. It may be all False, or empty.
        """
        top, left = (
            min(max(math.floor(edge), 0), side) for edge, side in zip(self.edges, shape, strict=False)
        )
        bottom = max(min(math.ceil(self.edges.bottom), shape[0]), top)
        right = max(min(math.ceil(self.edges.right), shape[1]), left)
        box = Box(top, left, bottom, right)
        pixels = np.zeros(box.shape, dtype=np.bool_)
        if self.region is not None:
            first_row, first_col = self.region.box.top, self.region.box.left
            window = slice(top - first_row, bottom - first_row), slice(left - first_col, right - first_col)
            return box, self.region.pixels()[window] if pixels.size else pixels
        for polygon in self.polygons:
            pixels |= fill_even_odd(box.shape, [np.array(polygon) - (top + 0.5, left + 0.5)])
        if not self.polygons:
            rows = slice(_first(self.edges.top, top), _first(self.edges.bottom, top))
            pixels[rows, _first(self.edges.left, left) : _first(self.edges.right, left)] = True
        return box, pixels

    def pixels(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Its pixels on an image of that shape: True where the centre of a pixel is inside."""
        box, patch = self.patch(shape)
        pixels = np.zeros(shape, dtype=np.bool_)
        pixels[box.slices] = patch
        return pixels

    def counts(self, shape: tuple[int, int]) -> str:
        """Its pixels on an image of that shape as COCO's compressed run lengths."""
        return compressed(runs_of(self.pixels(shape)))

    # -- moving ------------------------------------------------------------------------------------

    def shifted(self, rows: int, cols: int) -> Self:
        """The object where an image lies that was moved by whole pixels, down and to the right."""
        if self.region is not None:
            box = self.region.box
            moved = Box(box.top + rows, box.left + cols, box.bottom + rows, box.right + cols)
            return self._of(self.label, replace(self.region, box=moved))
        edges = Edges(*(edge + by for edge, by in zip(self.edges, (rows, cols) * 2, strict=True)))
        polygons = tuple(tuple((row + rows, col + cols) for row, col in part) for part in self.polygons)
        return replace(self, edges=edges, polygons=polygons)

    def cropped(self, shape: tuple[int, int]) -> Self | None:
        """What is inside an image of `shape` (rows, columns); ``None`` if nothing is."""
        if (
            self.edges.top >= 0 <= self.edges.left
            and self.edges.bottom <= shape[0]
            and self.edges.right <= shape[1]
        ):
            return self
        if self.region is not None:
            box, pixels = self.patch(shape)
            region = Region.of(pixels, box.top, box.left)
            return None if region is None else self._of(self.label, region)
        if self.polygons:
            parts = tuple(part for polygon in self.polygons if _area(part := _clipped(polygon, shape)) > 0)
            return replace(self, edges=_around(parts), polygons=parts) if parts else None
        (top, left), (bottom, right) = (
            (max(edge, 0) for edge in self.edges[:2]),
            map(min, self.edges[2:], shape),
        )
        edges = Edges(top, left, bottom, right)
        return replace(self, edges=edges) if top < bottom and left < right else None

    def resized(self, scale: tuple[float, float]) -> Self | None:
        """The object on an image that was scaled.

        Parameters
        ----------
        scale : (float, float)
            New pixels per old pixel along rows and columns.

        Returns
        -------
        Annotation or None
            ``None`` if no pixel of a region is left.

        Raises
        ------
        InputError
            If a scale is not above zero.
        """
        if not (0 < scale[0] < math.inf and 0 < scale[1] < math.inf):
            raise InputError(f"scale {scale} is not above zero")
        if self.region is not None:
            return self._resampled(self.region, scale)
        edges = Edges(*(edge * by for edge, by in zip(self.edges, scale * 2, strict=True)))
        polygons = tuple(
            tuple((row * scale[0], col * scale[1]) for row, col in part) for part in self.polygons
        )
        return replace(self, edges=edges, polygons=polygons)

    def placed(self, placement: Placement) -> Self | None:
        """The object on a backend's canvas; ``None`` if it is outside the crop that is shown there."""
        crop, inner = placement.crop, placement.inner
        cut = self.shifted(-crop.top, -crop.left).cropped(crop.shape)
        scaled = None if cut is None else cut.resized(placement.scale)
        return None if scaled is None else scaled.shifted(inner.top, inner.left)

    def _resampled(self, region: Region, scale: tuple[float, float]) -> Self | None:
        """Every new pixel is the old one that its centre lies in."""
        places = []
        for first, last, by in zip(region.box[:2], region.box[2:], scale, strict=True):
            new = np.arange(math.floor(first * by), math.ceil(last * by))
            old = np.floor((new + 0.5) / by).astype(np.int64)
            inside = (old >= first) & (old < last)
            places.append((new[inside], old[inside] - first))
        (rows, old_rows), (cols, old_cols) = places
        if rows.size == 0 or cols.size == 0:
            return None
        scaled = Region.of(region.pixels()[np.ix_(old_rows, old_cols)], int(rows[0]), int(cols[0]))
        return None if scaled is None else self._of(self.label, scaled)


def is_text(text: str) -> bool:
    """Whether a text says something and can be written: JSON may hold halves of letters.

    Examples
    --------
    >>> is_text("nodule"), is_text(" "), is_text(chr(0xD800))
    (True, False, False)
    """
    return bool(text.strip()) and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _first(edge: float, origin: int) -> int:
    """The first pixel whose centre does not lie before an edge, counted from `origin`."""
    return max(math.ceil(edge - 0.5) - origin, 0)


def _around(polygons: Sequence[Polygon]) -> Edges:
    rows = [row for polygon in polygons for row, _ in polygon]
    cols = [col for polygon in polygons for _, col in polygon]
    return Edges(min(rows), min(cols), max(rows), max(cols))


def _area(polygon: Polygon) -> float:
    """Twice the area is the sum of the cross products of neighbouring corners (Gauss)."""
    following = (*polygon[1:], *polygon[:1])
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, following, strict=True))) / 2


def _clipped(polygon: Polygon, shape: tuple[int, int]) -> Polygon:
    """What lies inside an image: cut at one border after the other (Sutherland and Hodgman 1974)."""
    for axis in (0, 1):
        for limit, sign in ((0, 1), (shape[axis], -1)):
            polygon = _cut(polygon, axis, limit, sign)
    return polygon


def _cut(polygon: Polygon, axis: int, limit: float, sign: int) -> Polygon:
    """The part with ``sign * corner[axis] >= sign * limit``."""
    kept: list[tuple[float, float]] = []
    for start, end in zip((*polygon[-1:], *polygon[:-1]), polygon, strict=True):
        before, after = sign * (start[axis] - limit), sign * (end[axis] - limit)
        if (before < 0) != (after < 0):
            share = before / (before - after)
            other = start[1 - axis] + share * (end[1 - axis] - start[1 - axis])
            kept.append((limit, other) if axis == 0 else (other, limit))
        if after >= 0:
            kept.append(end)
    return tuple(kept)
