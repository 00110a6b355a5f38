"""The geometry of one exposure: a point source, a flat detector, and where a point falls on it."""

from dataclasses import dataclass, replace

import numpy as np

from radgen.backends.procedural.phantom.shape import Field
from radgen.terms import View

__all__ = ["Beam", "aim"]


@dataclass(frozen=True, slots=True)
class Beam:
    """A cone beam onto a grid of cells.

    Lengths are the person's standard millimetres (see `anatomy.Person`), measured in the plane through the
    carina that is parallel to the detector: there a cell is ``cell_mm`` wide. The beam axis d runs
    from the source to the detector.

    Parameters
    ----------
    rows, cols : int
        Cells of the grid.
    cell_mm : float
        Width of a cell.
    centre_mm : tuple of float
        Where the central ray meets that plane: (u to the right of the image, z up).
    across, along : tuple of float
        Patient (x, y) of the unit vectors u and d.
    source_mm, detector_mm : float
        Distances of source and detector from the plane.
    """

    rows: int
    cols: int
    cell_mm: float
    centre_mm: tuple[float, float]
    across: tuple[float, float]
    along: tuple[float, float]
    source_mm: float
    detector_mm: float

    def at_depth(self, depth_mm: float) -> tuple[Field, Field, Field, float]:
        """Patient coordinates of the cells' rays at one depth.

        Parameters
        ----------
        depth_mm : float
            Depth d along the axis.

        Returns
        -------
        x, y, z : ndarray
            Shapes (1, cols), (1, cols) and (rows, 1).
        spread : float
            Width of a cell there, relative to ``cell_mm``.
        """
        spread = (self.source_mm + depth_mm) / self.source_mm
        step = np.float32(self.cell_mm * spread)
        u = (np.arange(self.cols, dtype=np.float32) - 0.5 * (self.cols - 1)) * step + self.centre_mm[0]
        z = self.centre_mm[1] - (np.arange(self.rows, dtype=np.float32) - 0.5 * (self.rows - 1)) * step
        u = u[None, :]
        x = u * self.across[0] + depth_mm * self.along[0]
        y = u * self.across[1] + depth_mm * self.along[1]
        return x.astype(np.float32), y.astype(np.float32), z[:, None], spread

    def project(self, points_mm: Field) -> tuple[Field, Field, Field]:
        """Where points fall.

        Parameters
        ----------
        points_mm : ndarray
            (N, 3) patient coordinates.

        Returns
        -------
        row, column, depth_mm : ndarray
            Fractional cell indices and depth, each (N,).
        """
        x, y, z = points_mm[:, 0], points_mm[:, 1], points_mm[:, 2]
        depth = x * self.along[0] + y * self.along[1]
        shrink = self.source_mm / (self.source_mm + depth) / self.cell_mm
        u = x * self.across[0] + y * self.across[1] - self.centre_mm[0]
        row = 0.5 * (self.rows - 1) - (z - self.centre_mm[1]) * shrink
        return row, u * shrink + 0.5 * (self.cols - 1), depth

    def regrid(self, cell_mm: float) -> "Beam":
        """Cover the same field with other cells.

        Parameters
        ----------
        cell_mm : float
            Width wanted; the result's is the nearest that divides the field's width.

        Returns
        -------
        Beam
            The same exposure on another grid.
        """
        cols = max(24, round(self.cols * self.cell_mm / cell_mm))
        cell = self.cols * self.cell_mm / cols
        return replace(self, cols=cols, rows=max(24, round(self.rows * self.cell_mm / cell)), cell_mm=cell)


def aim(
    view: View, size: tuple[int, int], yaw_deg: float, scale: float, aim_mm: tuple[float, float] = (0.0, 0.0)
) -> Beam:
    """Set up source, patient and detector as for this view, so that the chest fills the frame.

    Parameters
    ----------
    view : View
        PA and lateral films are taken from 180 cm, AP films from about 1 m.
    size : tuple of int
        (rows, cols) of the picture.
    yaw_deg : float
        Rotation of the patient away from the exact view.
    scale : float
        The person's size (see `anatomy.Person`).

    aim_mm : tuple of float
        How far off the central ray is: (to the right of the image, up).

    Returns
    -------
    Beam
        The exposure, a cell per pixel.

    Examples
    --------
    >>> aim(View.PA, (64, 64), 0.0, 1.0).source_mm > aim(View.AP, (64, 64), 0.0, 1.0).source_mm
    True
    """
    rows, cols = size
    tall, wide = (318.0, 322.0) if view.is_frontal else (334.0, 290.0)
    cell = max(tall / rows, wide / cols)
    turn = {View.PA: (1, 0, 0, 1), View.AP: (1, 0, 0, -1)}.get(view, (0, -1, 1, 0))
    if view is View.RIGHT_LATERAL:
        turn = (0, 1, -1, 0)
    angle = np.deg2rad(yaw_deg)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    ux, uy, dx, dy = turn
    distance = (1050.0 if view is View.AP else 1800.0) / scale
    detector = 150.0 if view.is_frontal else 190.0
    side = 0.0 if view.is_frontal else (8.0 if view is View.LEFT_LATERAL else -8.0)
    return Beam(
        rows=rows,
        cols=cols,
        cell_mm=cell,
        centre_mm=(side + aim_mm[0], -38.0 + aim_mm[1]),
        across=(c * ux - s * uy, s * ux + c * uy),
        along=(c * dx - s * dy, s * dx + c * dy),
        source_mm=distance - detector,
        detector_mm=detector,
    )
