"""Smooth shapes: tables over height, ellipsoids, and how much of a cell a shape fills."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ellipsoid", "Field", "Profile", "fill_fraction", "soft_union"]

Field: TypeAlias = NDArray[np.floating]

_GRID_MM = np.arange(-700.0, 701.0)


@dataclass(frozen=True, slots=True)
class Profile:
    """A smooth function of height, from a few knots.

    Parameters
    ----------
    values : ndarray
        Values on a 1 mm grid from -700 mm to 700 mm.

    Examples
    --------
    >>> float(Profile.through([(-100, 2.0), (100, 4.0)])(0.0))
    3.0
    """

    values: NDArray[np.float32]

    @classmethod
    def through(cls, knots: list[tuple[float, float]], smooth_mm: float = 6.0) -> "Profile":
        """Interpolate knots and round their corners.

        Parameters
        ----------
        knots : list of (float, float)
            Height and value, in any order.
        smooth_mm : float
            Standard deviation of the rounding, in mm.

        Returns
        -------
        Profile
            The function.
        """
        heights, values = np.array(sorted(knots), dtype=np.float64).T
        table = np.interp(_GRID_MM, heights, values)
        reach = int(3 * smooth_mm) + 1
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / smooth_mm) ** 2)
        padded = np.pad(table, reach, mode="edge")
        return cls(np.convolve(padded, kernel / kernel.sum(), mode="valid").astype(np.float32))

    def __call__(self, z_mm: Field | float) -> Field:
        """Value at a height.

        Parameters
        ----------
        z_mm : ndarray or float
            Height.

        Returns
        -------
        ndarray
            float32, of the same shape.
        """
        out: Field = np.interp(np.asarray(z_mm), _GRID_MM, self.values).astype(np.float32)
        return out


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """An ellipsoid in patient space.

    Parameters
    ----------
    centre_mm : tuple of float
        Centre (x, y, z): to the patient's left, forward, up.
    radii_mm : tuple of float
        Half axes before rotation.
    roll_deg : float
        Rotation in the coronal plane; positive lowers the left end.
    lift : float
        How much longer the upper half is than the lower.

    Examples
    --------
    >>> ball = Ellipsoid((0, 0, 0), (10, 10, 10))
    >>> round(float(ball.distance_mm(np.float32(15), np.float32(0), np.float32(0))), 3)
    5.0
    """

    centre_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]
    roll_deg: float = 0.0
    lift: float = 1.0

    def _height(self, z: Field) -> Field:
        """Height over the centre, as if the upper half were no longer than the lower."""
        dz: Field = z - self.centre_mm[2]
        return dz if self.lift == 1.0 else np.where(dz > 0, dz / np.float32(self.lift), dz)

    def level(self, x: Field, y: Field, z: Field) -> Field:
        """Square of the normalised radius: 1 on the surface.

        Parameters
        ----------
        x, y, z : ndarray
            Patient coordinates in mm, of shapes that broadcast.

        Returns
        -------
        ndarray
            The level, of the broadcast shape.
        """
        angle = np.deg2rad(self.roll_deg)
        c, s = float(np.cos(angle)), float(np.sin(angle))
        a, b, d = (1.0 / r**2 for r in self.radii_mm)
        dx, dy, dz = x - self.centre_mm[0], y - self.centre_mm[1], self._height(z)
        # x and y share one image axis and z has the other: only the mixed term needs the whole grid.
        flat = (a * c * c + d * s * s) * dx * dx + b * dy * dy
        tall = (a * s * s + d * c * c) * dz * dz
        out: Field = flat + tall
        if self.roll_deg:
            out = out + (2.0 * (d - a) * s * c * dx) * dz
        return out

    def distance_mm(self, x: Field, y: Field, z: Field) -> Field:
        """Distance to the surface along the radius, negative inside.

        Parameters
        ----------
        x, y, z : ndarray
            Patient coordinates in mm, of shapes that broadcast.

        Returns
        -------
        ndarray
            Signed distance in mm.
        """
        dx, dy, dz = x - self.centre_mm[0], y - self.centre_mm[1], self._height(z)
        radius_sq = (dx * dx + dy * dy) + dz * dz
        level = np.maximum(self.level(x, y, z), 1e-6)
        out: Field = np.sqrt(radius_sq) - np.sqrt(radius_sq / level)
        return out


def soft_union(levels: list[Field]) -> Field:
    """Blend levels (1 on each surface) into one normalised radius.

    Parameters
    ----------
    levels : list of ndarray
        Squares of normalised radii, as `Ellipsoid.level` gives them.

    Returns
    -------
    ndarray
        Normalised radius of the blended body: 1 on its surface, smaller inside.

    Examples
    --------
    >>> float(soft_union([np.array(4.0), np.array(1e9)]))
    2.0
    """
    total: Field | None = None
    for level in levels:
        power = 1.0 / np.maximum(level, 0.05)
        power = power * power
        power = power * power
        total = power if total is None else total + power
    if total is None:
        raise ValueError("soft_union needs one level at least")
    out: Field = 1.0 / np.sqrt(np.sqrt(np.sqrt(total)))
    return out


def fill_fraction(distance_mm: Field, cell_mm: float) -> Field:
    """How much of a cell lies inside, from the distance of its middle to the surface.

    Parameters
    ----------
    distance_mm : ndarray
        Signed distance, negative inside.
    cell_mm : float
        Extent of the cell across the surface.

    Returns
    -------
    ndarray
        Fraction in [0, 1].

    Examples
    --------
    >>> fill_fraction(np.array([-9.0, 0.0, 9.0]), 3.0)
    array([1. , 0.5, 0. ])
    """
    out: Field = np.clip(0.5 - distance_mm * (1.0 / cell_mm), 0.0, 1.0)
    return out
