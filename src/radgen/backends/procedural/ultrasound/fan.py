"""The field of a transducer: beams and depths, and where they lie in the picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.grid import Grid

__all__ = ["Fan", "fitted_fan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """A sector between two arcs.

    Parameters
    ----------
    radius_mm : float
        Of the transducer's face; a phased array's is small.
    half_deg : float
        Half the opening.
    depth_mm : float
        From the face.
    """

    radius_mm: float
    half_deg: float
    depth_mm: float

    @property
    def top_mm(self) -> float:
        """Height of the upper edge's ends below the arcs' centre."""
        return self.radius_mm * float(np.cos(np.deg2rad(self.half_deg)))

    @property
    def field_mm(self) -> tuple[float, float]:
        """(height, width) of the box around it."""
        reach = self.radius_mm + self.depth_mm
        return reach - self.top_mm, 2 * reach * float(np.sin(np.deg2rad(self.half_deg)))

    def points_mm(self, depths: int, beams: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where the samples lie; the origin is the middle of the face.

        Parameters
        ----------
        depths, beams : int
            Samples along a beam, and beams.

        Returns
        -------
        x, y : ndarray of float32, shape (depths, beams)
            To the right and down, in mm.
        """
        angle = np.deg2rad(np.linspace(-self.half_deg, self.half_deg, beams, dtype=np.float32))[None, :]
        reach = self.radius_mm + np.linspace(0, self.depth_mm, depths, dtype=np.float32)[:, None]
        return reach * np.sin(angle), reach * np.cos(angle) - np.float32(self.radius_mm)

    def convert(self, lines: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
        """Scan conversion: from beams to the picture.

        Parameters
        ----------
        lines : ndarray of float32, shape (depths, beams)
            Values along beams.
        grid : Grid
            The picture, whose upper edge touches the fan's.

        Returns
        -------
        ndarray of float32, shape (rows, cols)
            0 outside the fan.
        """
        depths, beams = lines.shape
        x, y = grid.axes_mm()
        y = y + np.float32(0.5 * self.field_mm[0] + self.top_mm)
        reach, angle = np.hypot(x, y), np.rad2deg(np.arctan2(x, y))
        row = (reach - self.radius_mm) / self.depth_mm * (depths - 1)
        col = (angle + self.half_deg) / (2 * self.half_deg) * (beams - 1)
        out = cv2.remap(lines, col.astype(np.float32), row.astype(np.float32), cv2.INTER_LINEAR)
        inside = (row >= 0) & (row <= depths - 1) & (col >= 0) & (col <= beams - 1)
        return np.where(inside, out, np.float32(0))


def fitted_fan(fan: Fan, size: tuple[int, int]) -> Grid:
    """The picture's grid with the fan as large as fits.

    Parameters
    ----------
    fan : Fan
        The field.
    size : tuple of int
        (rows, cols) of the picture.

    Returns
    -------
    Grid
        A cell per pixel, with a small margin.

    Examples
    --------
    >>> fitted_fan(Fan(radius_mm=50, half_deg=30, depth_mm=150), (512, 512)).rows
    512
    """
    height, width = fan.field_mm
    cell = 1.06 * max(height / size[0], width / size[1])
    return Grid(size[0], size[1], cell)
