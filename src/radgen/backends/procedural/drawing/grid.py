"""The picture's grid in millimetres, and where an outline falls on it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.curve import Points

__all__ = ["Grid", "Patch", "fitted_grid", "patch_of"]

_SUBPIXEL_BITS = 4


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells that cover a field around the origin.

    Parameters
    ----------
    rows, cols : int
        Cells.
    cell_mm : float
        Width of a cell.

    Examples
    --------
    >>> Grid(4, 4, 2.0).to_px(np.array([[0.0, 1.0]])).tolist()
    [[1.5, 2.0]]
    """

    rows: int
    cols: int
    cell_mm: float

    def to_px(self, points_mm: Points) -> Points:
        """Column and row of points.

        Parameters
        ----------
        points_mm : ndarray, shape (n, 2)
            (x, y) in mm.

        Returns
        -------
        ndarray, shape (n, 2)
            (column, row), fractional.
        """
        return np.asarray(points_mm / self.cell_mm + np.array([0.5 * (self.cols - 1), 0.5 * (self.rows - 1)]))

    def axes_mm(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where the cells' middles lie.

        Returns
        -------
        x, y : ndarray
            (1, cols) and (rows, 1), in mm.
        """
        x = (np.arange(self.cols, dtype=np.float32) - 0.5 * (self.cols - 1)) * np.float32(self.cell_mm)
        y = (np.arange(self.rows, dtype=np.float32) - 0.5 * (self.rows - 1)) * np.float32(self.cell_mm)
        return x[None, :], y[:, None]


def fitted_grid(
    size: tuple[int, int], field_mm: tuple[float, float], longest_px: tuple[int, int] = (384, 1024)
) -> Grid:
    """A grid for drawing: finer than small pictures, coarser than large ones.

    Parameters
    ----------
    size : tuple of int
        (rows, cols) of the picture.
    field_mm : tuple of float
        (height, width) of what has to fit into the picture.
    longest_px : tuple of int
        Least and most cells along the longer side.

    Returns
    -------
    Grid
        The same field at another resolution: anatomy does not depend on the size asked for.

    Examples
    --------
    >>> fitted_grid((64, 32), (200.0, 80.0))
    Grid(rows=384, cols=192, cell_mm=0.520...)
    """
    rows, cols = size
    longest = float(np.clip(1.5 * max(size), *longest_px))
    factor = longest / max(size)
    cell = max(field_mm[0] / rows, field_mm[1] / cols) / factor
    return Grid(max(1, round(rows * factor)), max(1, round(cols * factor)), cell)


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A rectangle of cells around a shape; it may reach beyond the grid.

    Parameters
    ----------
    top, left : int
        Its first row and column on the grid, possibly negative.
    mask : ndarray of bool, shape (rows, cols)
        The shape.
    """

    top: int
    left: int
    mask: NDArray[np.bool_]

    def overlap(self, grid: Grid) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
        """Where patch and grid meet.

        Parameters
        ----------
        grid : Grid
            The grid.

        Returns
        -------
        tuple or None
            Slices of the grid and of the patch; ``None`` if they do not meet.
        """
        rows, cols = self.mask.shape
        top, left = max(0, self.top), max(0, self.left)
        bottom, right = min(grid.rows, self.top + rows), min(grid.cols, self.left + cols)
        if top >= bottom or left >= right:
            return None
        inner = slice(top - self.top, bottom - self.top), slice(left - self.left, right - self.left)
        return (slice(top, bottom), slice(left, right)), inner


def patch_of(outline_mm: Points, grid: Grid, holes_mm: tuple[Points, ...] = ()) -> Patch:
    """Fill an outline.

    Parameters
    ----------
    outline_mm : ndarray, shape (n, 2)
        A closed curve in mm.
    grid : Grid
        The grid.
    holes_mm : tuple of ndarray
        Closed curves that are left out.

    Returns
    -------
    Patch
        With a margin of two cells.

    Examples
    --------
    >>> patch = patch_of(np.array([[-2.0, -2], [2, -2], [2, 2], [-2, 2]]), Grid(8, 8, 1.0))
    >>> patch.top, patch.left, int(patch.mask.sum())
    (-1, -1, 25)
    """
    px = grid.to_px(outline_mm)
    left, top = (int(v) - 2 for v in np.floor(px.min(axis=0)))
    right, bottom = (int(v) + 3 for v in np.ceil(px.max(axis=0)))
    canvas = np.zeros((bottom - top, right - left), np.uint8)
    rings = [grid.to_px(ring) for ring in (outline_mm, *holes_mm)]
    corners = [np.rint((r - np.array([left, top])) * 2**_SUBPIXEL_BITS).astype(np.int32) for r in rings]
    cv2.fillPoly(canvas, corners, 1, shift=_SUBPIXEL_BITS)
    return Patch(top, left, canvas.view(np.bool_))
