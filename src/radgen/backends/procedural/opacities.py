"""Findings that add density within the lung: nodule, mass, consolidation.

Each function returns the added optical path, 1 standing for soft tissue in place of lung, zero outside the
mask; shape (rows, cols).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.film import Film, clouds, ramp
from radgen.backends.procedural.pyramid import Plane
from radgen.errors import UnsupportedRequestError
from radgen.terms import Finding, Severity

__all__ = ["consolidation", "focal_lesion"]

_RADIUS_FRACTION = {
    Finding.NODULE: {Severity.MILD: 0.014, Severity.MODERATE: 0.020, Severity.SEVERE: 0.030},
    Finding.MASS: {Severity.MILD: 0.042, Severity.MODERATE: 0.055, Severity.SEVERE: 0.075},
}
"""Of the longer side, about 40 cm of patient: a nodule is 1 to 3 cm wide, a mass more than 3 cm."""
_SMALLEST_FRACTION = {Finding.NODULE: 0.010, Finding.MASS: 0.038}
_LESION_PATH = {
    Finding.NODULE: {Severity.MILD: 0.34, Severity.MODERATE: 0.45, Severity.SEVERE: 0.58},
    Finding.MASS: {Severity.MILD: 0.55, Severity.MODERATE: 0.68, Severity.SEVERE: 0.80},
}
_CLOUD_PATH = {Severity.MILD: 0.42, Severity.MODERATE: 0.62, Severity.SEVERE: 0.80}


def focal_lesion(film: Film, finding: Finding, severity: Severity, rng: np.random.Generator) -> Plane:
    """Path of a nodule (round) or a mass (lobulated, faintly spiculated).

    Parameters
    ----------
    film : Film
        What is painted on.
    finding : Finding
        `NODULE` or `MASS`.
    severity : Severity
        Sets size and density.
    rng : numpy.random.Generator
        Draws place and shape.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        Added path in [0, 1].

    Raises
    ------
    UnsupportedRequestError
        If the mask holds no circle of the smallest size that bears the name.
    """
    room = float(film.depth_px.max()) / 1.35
    smallest = max(_SMALLEST_FRACTION[finding] * film.side_px, 2.5)
    if room < smallest:
        raise UnsupportedRequestError(
            f"the mask is too small for a {finding.value}: it needs room for a circle of "
            f"{2.7 * smallest:.0f} px, and holds one of {2 * film.depth_px.max():.0f} px"
        )
    radius = float(np.clip(_RADIUS_FRACTION[finding][severity] * film.side_px, smallest, room))
    row, col = _place(film, 1.35 * radius, rng)
    reach = int(2 * radius) + 3
    first_row, first_col = max(0, row - reach), max(0, col - reach)
    window = (slice(first_row, row + reach + 1), slice(first_col, col + reach + 1))
    rows, cols = film.mask[window].shape
    down = np.arange(rows)[:, None] + first_row - row
    across = np.arange(cols)[None] + first_col - col
    angle = np.arctan2(down, across)
    is_mass = finding is Finding.MASS
    outline = _lobes(angle, 0.16 if is_mass else 0.06, rng)
    relative = np.hypot(down, across) / (radius * outline)
    # A ball's path falls like a half circle; flattened, since tumours are dense to the rim.
    ball = np.sqrt(np.clip(1 - relative**2, 0, 1)) ** 0.8
    soft_px = max(0.8, (0.08 if is_mass else 0.12) * radius)
    path = cv2.GaussianBlur(ball.astype(np.float32), (0, 0), soft_px)
    mottle = 1 + 0.07 * clouds((rows, cols), max(radius / 2, 2), rng, 3)
    if is_mass:
        path = np.maximum(path, _spicules(angle, relative, rng))
    result = np.zeros(film.mask.shape, np.float32)
    result[window] = _LESION_PATH[finding][severity] * path * mottle
    return result


def _place(film: Film, radius_px: float, rng: np.random.Generator) -> tuple[int, int]:
    """A point with room around it, rather in dark (aerated) places than on the heart."""
    fitting = np.argwhere(film.depth_px >= min(radius_px, float(film.depth_px.max())))
    level = cv2.GaussianBlur(film.base, (0, 0), max(1.0, radius_px / 2))[fitting[:, 0], fitting[:, 1]]
    air = np.clip((film.soft - level) / film.span, 0.02, 1) ** 2
    row, col = fitting[rng.choice(len(fitting), p=air / air.sum())]
    return int(row), int(col)


def _lobes(angle: NDArray[np.float64], amount: float, rng: np.random.Generator) -> NDArray[np.float64]:
    outline = np.ones_like(angle)
    for waves in range(2, 6):
        outline += (
            amount * rng.normal() / np.sqrt(waves - 1) * np.cos(waves * angle + rng.uniform(0, 2 * np.pi))
        )
    return np.clip(outline, 0.7, 1.3)


def _spicules(
    angle: NDArray[np.float64], relative: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Short, thin, faint rays that leave the rim."""
    rays = np.zeros_like(angle)
    for direction in rng.uniform(-np.pi, np.pi, 14):
        turn = np.angle(np.exp(1j * (angle - direction)))
        length = rng.uniform(1.12, 1.32)
        thin = np.exp(-((turn * relative / 0.035) ** 2))
        rays = np.maximum(rays, 0.35 * thin * np.clip((length - relative) / 0.3, 0, 1))
    return rays


def consolidation(film: Film, severity: Severity, rng: np.random.Generator) -> Plane:
    """Path of an ill-defined cloudy opacity with air bronchograms.

    Parameters
    ----------
    film : Film
        What is painted on.
    severity : Severity
        Sets extent and density.
    rng : numpy.random.Generator
        Draws the clouds and the bronchi.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        Added path in [0, 1].

    Raises
    ------
    UnsupportedRequestError
        If the mask is too narrow for an opacity that fades within it.
    """
    deepest = float(film.depth_px.max())
    if deepest < max(0.02 * film.side_px, 4.0):
        raise UnsupportedRequestError(
            f"the mask is too narrow for a consolidation: {2 * deepest:.0f} px, "
            f"at least {2 * max(0.02 * film.side_px, 4.0):.0f} px are needed for it to fade within"
        )
    shape = (film.mask.shape[0], film.mask.shape[1])
    form = clouds(shape, 1.2 * deepest, rng)
    # The clouds shift the edge to and fro, so that the opacity does not repeat the mask's outline.
    envelope = ramp(film.depth_px / deepest + 0.16 * form, 0.12, 0.75) * film.fade(2.0, 0.4 * deepest)
    cloud = np.clip(0.82 + 0.22 * clouds(shape, 0.6 * deepest, rng), 0.25, 1.2)
    air = _bronchi(film, deepest, rng)
    return np.asarray(_CLOUD_PATH[severity] * envelope * cloud * (1 - 0.28 * air), np.float32)


def _bronchi(film: Film, deepest_px: float, rng: np.random.Generator) -> Plane:
    """Branching tubes that run from the medial side outwards and thin out."""
    canvas = np.zeros(film.mask.shape, np.uint8)
    rows, cols = np.nonzero(film.depth_px >= 0.5 * deepest_px)
    start = np.array([rows.mean(), cols.mean() - film.lateral * 0.7 * deepest_px])
    width = max(1.0, 0.0038 * film.side_px)
    walks = [(start, rng.uniform(-0.9, 0.9), width, 0.9 * deepest_px) for _ in range(2)]
    while walks:
        at, heading, thick, length = walks.pop()
        if thick < 0.5 * width or length < 4:
            continue
        points = [at]
        for _ in range(6):
            heading += rng.normal(0, 0.12)
            step = np.array([np.sin(heading), film.lateral * np.cos(heading)]) * length / 6
            points.append(points[-1] + step)
        corners = np.rint(np.array(points)[:, ::-1] * 8).astype(np.int32)
        cv2.polylines(canvas, [corners], False, 255, max(1, round(thick)), cv2.LINE_AA, shift=3)
        walks += [(points[-1], heading + turn, 0.72 * thick, 0.65 * length) for turn in (-0.45, 0.5)]
    return np.asarray(
        cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), max(0.7, 0.35 * width)), np.float32
    )
