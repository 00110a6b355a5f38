"""Outlines in millimetres: smooth curves through a few points, tubes around axes, mirrors and moves.

Points are (x, y) in the plane of the picture: x to the right, y down.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Knots", "Points", "around", "blob", "mirrored", "moved", "opened", "ring", "tube"]

Points: TypeAlias = NDArray[np.float64]
Knots: TypeAlias = Sequence[tuple[float, float]] | Points

_STEPS = 10
"""Points drawn between two knots."""


def ring(knots: Knots) -> Points:
    """A closed smooth curve through its knots (Catmull-Rom).

    Parameters
    ----------
    knots : sequence of (float, float)
        Points in mm, in order around the shape; a repeated knot makes a corner.

    Returns
    -------
    ndarray, shape (n, 2)
        The curve.

    Examples
    --------
    >>> ring([(0, 0), (2, 0), (2, 2), (0, 2)]).shape
    (40, 2)
    """
    points = np.asarray(knots, np.float64)
    return _between(np.roll(points, 1, 0), points, np.roll(points, -1, 0), np.roll(points, -2, 0))


def opened(knots: Knots) -> Points:
    """A smooth curve from the first knot to the last (Catmull-Rom).

    Parameters
    ----------
    knots : sequence of (float, float)
        Points in mm.

    Returns
    -------
    ndarray, shape (n, 2)
        The curve.

    Examples
    --------
    >>> opened([(0, 0), (1, 0), (2, 1)])[-1].tolist()
    [2.0, 1.0]
    """
    points = np.asarray(knots, np.float64)
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    curve = _between(padded[:-3], padded[1:-2], padded[2:-1], padded[3:])
    return np.concatenate([curve, points[-1:]])


def _between(a: Points, b: Points, c: Points, d: Points) -> Points:
    """Points from each b to its c."""
    t = (np.arange(_STEPS) / _STEPS)[None, :, None]
    a, b, c, d = (p[:, None, :] for p in (a, b, c, d))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.asarray(curve.reshape(-1, 2))


def tube(axis: Knots, half_mm: Sequence[float]) -> Points:
    """The outline of something long around an axis.

    Parameters
    ----------
    axis : sequence of (float, float)
        Knots of its axis in mm.
    half_mm : sequence of float
        Half widths at equal steps along the axis, from end to end.

    Returns
    -------
    ndarray, shape (n, 2)
        A closed curve.

    Examples
    --------
    >>> outline = tube([(0, 0), (0, 10)], [2, 1, 2])
    >>> outline.min(axis=0).round(3).tolist(), outline.max(axis=0).round(3).tolist()
    ([-2.0, 0.0], [2.0, 10.0])
    """
    curve = opened(axis)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    count = 8 * len(half_mm)
    at = np.linspace(0.0, length[-1], count)
    middle = np.stack([np.interp(at, length, curve[:, k]) for k in (0, 1)], axis=1)
    steps = np.linspace(0.0, 1.0, len(half_mm))
    table = opened(list(zip(steps, half_mm, strict=True)))
    half = np.interp(np.linspace(0, 1, count), table[:, 0], table[:, 1])[:, None]
    along = np.gradient(middle, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    across = along[:, ::-1] * np.array([1.0, -1.0])
    return np.concatenate([middle + half * across, (middle - half * across)[::-1]])


def around(centre: tuple[float, float], radii: tuple[float, float], tilt_deg: float = 0.0) -> Points:
    """An ellipse.

    Parameters
    ----------
    centre, radii : tuple of float
        Middle and half axes (x, y) in mm.
    tilt_deg : float
        Rotation, clockwise as seen.

    Returns
    -------
    ndarray, shape (n, 2)
        A closed curve.

    Examples
    --------
    >>> around((5, 5), (2, 1)).max(axis=0).round(6).tolist()
    [7.0, 6.0]
    """
    angle = np.arange(64) * (2 * np.pi / 64)
    points = np.stack([radii[0] * np.cos(angle), radii[1] * np.sin(angle)], axis=1)
    return moved(points, tilt_deg, 1.0, centre)


def blob(
    centre: tuple[float, float], radii: tuple[float, float], rough: float, rng: np.random.Generator
) -> Points:
    """An ellipse with an irregular edge.

    Parameters
    ----------
    centre, radii : tuple of float
        Middle and half axes (x, y) in mm.
    rough : float
        Irregularity relative to the radii.
    rng : numpy.random.Generator
        What it is drawn from.

    Returns
    -------
    ndarray, shape (n, 2)
        A closed curve.

    Examples
    --------
    >>> blob((0, 0), (4, 4), 0.1, np.random.default_rng(0)).shape
    (90, 2)
    """
    angle = np.arange(9) * (2 * np.pi / 9)
    reach = 1.0 + rough * rng.uniform(-1.0, 1.0, 9)
    points = np.stack([radii[0] * reach * np.cos(angle), radii[1] * reach * np.sin(angle)], axis=1)
    return ring(points + np.array(centre))


def mirrored(points: Knots) -> Points:
    """The same on the other side of x = 0.

    Parameters
    ----------
    points : sequence of (float, float)
        Points in mm.

    Returns
    -------
    ndarray, shape (n, 2)
        The mirrored points.

    Examples
    --------
    >>> mirrored([(1, 2)]).tolist()
    [[-1.0, 2.0]]
    """
    return np.asarray(np.asarray(points, np.float64) * np.array([-1.0, 1.0]))


def moved(
    points: Knots, turn_deg: float = 0.0, scale: float = 1.0, to: tuple[float, float] = (0.0, 0.0)
) -> Points:
    """Turn about the origin, scale, and shift.

    Parameters
    ----------
    points : sequence of (float, float)
        Points in mm.
    turn_deg : float
        Clockwise as seen.
    scale : float
        Factor.
    to : tuple of float
        Where the origin goes.

    Returns
    -------
    ndarray, shape (n, 2)
        The moved points.

    Examples
    --------
    >>> moved([(1, 0)], 90.0, 2.0, (5, 5)).round(6).tolist()
    [[5.0, 7.0]]
    """
    angle = np.deg2rad(turn_deg)
    c, s = np.cos(angle), np.sin(angle)
    turned = np.asarray(points, np.float64) @ np.array([[c, s], [-s, c]])
    return np.asarray(scale * turned + np.array(to))
