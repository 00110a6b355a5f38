"""Swept tubes and plates as clouds of weighted points, and the picture that such a cloud makes.

A point carries attenuation times volume. Its picture is that amount spread over the cell it falls in, so
tangents, overlaps, end-on vessels and cone-beam magnification come out of the geometry by themselves.
"""

from dataclasses import dataclass

import numpy as np

from radgen.backends.procedural.phantom.beam import Beam
from radgen.backends.procedural.phantom.shape import Field

__all__ = ["Cloud", "Tube", "deposit", "fill_tube", "merge", "plate"]

_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Cloud:
    """Weighted points.

    Parameters
    ----------
    points_mm : ndarray
        (N, 3) patient coordinates.
    weights : ndarray
        (N,) attenuation (per mm) times volume (mm^3).
    """

    points_mm: Field
    weights: Field


@dataclass(frozen=True, slots=True)
class Tube:
    """A curve with an elliptic cross-section.

    Parameters
    ----------
    curve_mm : ndarray
        (N, 3) points of the axis.
    half_mm : ndarray
        (N, 2) half axes: along ``tall`` and across it.
    tall : ndarray
        (N, 3) or (3,) direction of the first half axis, about perpendicular to the curve.
    shell_mm : float
        Thickness of the outer layer; 0 for none.
    shell_per_mm, core_per_mm : float
        Attenuation of outer layer and inside, relative to what they replace.
    strength : ndarray, optional
        (N,) factor along the curve.
    """

    curve_mm: Field
    half_mm: Field
    tall: Field
    shell_mm: float
    shell_per_mm: float
    core_per_mm: float
    strength: Field | None = None


def merge(clouds: list[Cloud]) -> Cloud:
    """Put clouds together.

    Parameters
    ----------
    clouds : list of Cloud
        The parts.

    Returns
    -------
    Cloud
        All their points.
    """
    return Cloud(
        np.concatenate([c.points_mm for c in clouds]).astype(np.float32),
        np.concatenate([c.weights for c in clouds]).astype(np.float32),
    )


def _resample(tube: Tube, step_mm: float) -> tuple[Field, Field, Field, Field, Field]:
    """Axis points a step apart, with half axes, strength, tall directions and tangents."""
    curve = tube.curve_mm
    gaps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(gaps)])
    count = max(4, int(length[-1] / step_mm))
    at = (np.arange(count) + 0.5) * (length[-1] / count)
    points = np.stack([np.interp(at, length, curve[:, k]) for k in range(3)], axis=1)
    half = np.stack([np.interp(at, length, tube.half_mm[:, k]) for k in range(2)], axis=1)
    strength = np.ones(count) if tube.strength is None else np.interp(at, length, tube.strength)
    tall = np.broadcast_to(tube.tall, curve.shape)
    tall = np.stack([np.interp(at, length, tall[:, k]) for k in range(3)], axis=1)
    tangent = np.gradient(points, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    return points, half, strength * (length[-1] / count), tall, tangent


def fill_tube(tube: Tube, cell_mm: float) -> Cloud:
    """Fill a tube with points, dense enough for cells of this width.

    Parameters
    ----------
    tube : Tube
        The shape.
    cell_mm : float
        Width of the cells of the picture to come.

    Returns
    -------
    Cloud
        The points.
    """
    points, half, step, tall, tangent = (a.astype(np.float32) for a in _resample(tube, cell_mm))
    across = np.cross(tangent, tall)
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
    tall = np.cross(across, tangent)
    columns = max(3, int(np.ceil(2.0 * half[:, 0].max() / cell_mm)))
    layers = int(np.clip(np.ceil(half[:, 1].max() / 2.4), 3, 8))
    # Positions walk with the golden ratio from row to row, so that no lattice beats against that of the
    # cells.
    shift = (np.arange(len(points)) * _GOLDEN % 1.0).astype(np.float32)[:, None]
    u = ((np.arange(columns)[None, :] + shift) / columns * 2.0 - 1.0)[:, :, None]
    chord = np.sqrt(1.0 - u * u)
    walk = (
        np.arange(len(points))[:, None] * _GOLDEN + np.arange(columns)[None, :] * 0.7548776662466927
    ) % 1.0
    walk = walk.astype(np.float32)
    v = chord * ((np.arange(layers)[None, None, :] + walk[:, :, None]) / layers * 2.0 - 1.0)
    rim = (1.0 - np.sqrt(u * u + v * v)) * half.min(axis=1)[:, None, None]
    shell = (
        np.clip((tube.shell_mm - rim) / max(0.4 * tube.shell_mm, 1e-3) + 0.5, 0.0, 1.0)
        if tube.shell_mm
        else 0.0
    )
    per_mm = tube.core_per_mm + (tube.shell_per_mm - tube.core_per_mm) * shell
    area = (4.0 * half[:, 0] * half[:, 1] / (columns * layers))[:, None, None] * chord
    weights = np.broadcast_to(per_mm * area * step[:, None, None], v.shape)
    where = (
        points[:, None, None, :]
        + (u * half[:, 0][:, None, None])[..., None] * tall[:, None, None, :]
        + (v * half[:, 1][:, None, None])[..., None] * across[:, None, None, :]
    )
    return Cloud(where.reshape(-1, 3).astype(np.float32), weights.reshape(-1).astype(np.float32))


def plate(corners_mm: Field, thickness_mm: float, per_mm: float, cell_mm: float) -> Cloud:
    """Fill a thin four-cornered plate with points.

    Parameters
    ----------
    corners_mm : ndarray
        (4, 3) corners in order around the plate.
    thickness_mm : float
        How thick it is.
    per_mm : float
        Attenuation relative to what it replaces.
    cell_mm : float
        Width of the cells of the picture to come.

    Returns
    -------
    Cloud
        The points.
    """
    a, b, c, d = corners_mm
    n = max(4, int(max(np.linalg.norm(b - a), np.linalg.norm(c - d)) / (0.8 * cell_mm)))
    m = max(4, int(max(np.linalg.norm(d - a), np.linalg.norm(c - b)) / (0.8 * cell_mm)))
    s, t = ((np.arange(n) + 0.5) / n)[:, None, None], ((np.arange(m) + 0.5) / m)[None, :, None]
    points = a * (1 - s) * (1 - t) + b * s * (1 - t) + c * s * t + d * (1 - s) * t
    along = (b - a) * (1 - t) + (c - d) * t
    over = (d - a) * (1 - s) + (c - b) * s
    area = np.linalg.norm(np.cross(along + 0 * s, over + 0 * t), axis=-1) / (n * m)
    return Cloud(
        points.reshape(-1, 3).astype(np.float32),
        (area * thickness_mm * per_mm).reshape(-1).astype(np.float32),
    )


def deposit(cloud: Cloud, beam: Beam) -> Field:
    """Picture of a cloud: attenuation summed along the beam, per cell.

    Parameters
    ----------
    cloud : Cloud
        The points.
    beam : Beam
        The exposure and its grid.

    Returns
    -------
    ndarray
        (rows, cols) float32.

    Examples
    --------
    >>> from radgen.backends.procedural.phantom.beam import aim
    >>> from radgen.terms import View
    >>> beam = aim(View.PA, (64, 64), 0.0, 1.0)
    >>> one = Cloud(np.zeros((1, 3), np.float32), np.ones(1, np.float32))
    >>> round(float(deposit(one, beam).sum() * beam.cell_mm**2), 3)
    1.0
    """
    row, col, depth = beam.project(cloud.points_mm)
    keep = (row > 0) & (row < beam.rows - 1) & (col > 0) & (col < beam.cols - 1)
    row, col, depth = row[keep], col[keep], depth[keep]
    spread = beam.cell_mm * (beam.source_mm + depth) / beam.source_mm
    weights = cloud.weights[keep] / (spread * spread)
    first_row, first_col = row.astype(np.int32), col.astype(np.int32)
    down, right = row - first_row, col - first_col
    index = first_row * beam.cols + first_col
    total = np.zeros(beam.rows * beam.cols)
    for offset, share in (
        (0, (1 - down) * (1 - right)), (1, (1 - down) * right),
        (beam.cols, down * (1 - right)), (beam.cols + 1, down * right),
    ):  # fmt: skip
        total += np.bincount(index + offset, weights * share, beam.rows * beam.cols)
    return total.reshape(beam.rows, beam.cols).astype(np.float32)
