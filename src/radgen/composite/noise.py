"""How noisy a film is, in three octaves and by brightness, measured away from its structure.

Diagonal Haar differences see little of anatomy: ramps, and edges along rows and columns, cancel in them.
What is left of it is avoided by looking where the smoothed image is least steep.
"""

from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["STEPS_PX", "Noise", "calm_part", "eroded", "grey_of", "noise_level", "octaves", "response_of"]

Plane = NDArray[np.float32]
Bits = NDArray[np.bool_]
Vector = NDArray[np.float64]

STEPS_PX = (1, 2, 4)
"""Sides of the squares that are compared: an octave each."""
LEAST_POINTS = 64
SMOOTH_PX = 2.0
LEAST_SIGMA = 0.1
"""Codes: less noise than that cannot be told from rounding."""
MARGIN_CODES = 4.0
"""So near to the darkest and the brightest there is no noise to see: collimation, saturation."""
BINS, BIN_POINTS = 4, 400
RATIO_LIMITS = (0.25, 2.5)


def grey_of(plane: NDArray[Any]) -> Plane:
    """One value per pixel: the mean of the colours.

    Parameters
    ----------
    plane : (rows, cols[, 3])
        Grey or colour.

    Returns
    -------
    (rows, cols) float32

    Examples
    --------
    >>> grey_of(np.array([[[0, 3, 6]]], np.uint8)).tolist()
    [[3.0]]
    """
    flat = plane if plane.ndim == 2 else plane.mean(axis=2)
    return np.asarray(flat, dtype=np.float32)


def noise_level(plane: NDArray[Any], where: Bits, step_px: int = 1) -> float | None:
    """Standard deviation of the noise, away from structure.

    Diagonal Haar differences of the means of squares of `step_px` pixels, over the half of the area where
    the smoothed image is least steep. White noise of deviation 1 gives 1 at every step.

    Parameters
    ----------
    plane : (rows, cols[, 3])
        An image in any unit.
    where : (rows, cols) bool
        Where to look.
    step_px : int
        Side of the squares: 1 for the finest noise.

    Returns
    -------
    float or None
        In the image's unit; ``None`` for fewer than 64 points.

    Examples
    --------
    >>> noisy = np.random.default_rng(0).normal(50, 3, (64, 64)) + 2 * np.arange(64)
    >>> round(noise_level(noisy, np.ones((64, 64), np.bool_)))
    3
    """
    grey = grey_of(plane)
    return _sigma(response_of(grey, step_px), calm_part(grey, where) & eroded(where, step_px))


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """The noise of an area: its deviation in each octave, and its share of that at each level.

    Parameters
    ----------
    sigmas : (3,) float64
        Standard deviation in each octave, in codes.
    levels, ratios : array
        Brightness, and the finest noise there in units of the whole area's.
    lowest, highest : float
        Black and white: there is no noise to see near them.

    Examples
    --------
    >>> film = np.random.default_rng(0).normal(100, 5, (99, 99)).astype(np.float32)
    >>> noise = Noise.of(film, np.ones((99, 99), np.bool_))
    >>> np.round(noise.sigmas).tolist(), bool(noise.share(np.zeros((9, 9), np.float32)).any())
    ([5.0, 5.0, 5.0], False)
    """

    sigmas: Vector
    levels: Vector
    ratios: Vector
    lowest: float
    highest: float

    @classmethod
    def of(cls, plane: Plane, where: Bits) -> Self | None:
        """Of an area of a film; ``None`` if it is too small, or has no noise."""
        lowest, highest = max(float(plane.min()), 0.0), min(float(plane.max()), 255.0)
        level = _level_of(plane)
        where = where & (level > lowest + MARGIN_CODES) & (level < highest - MARGIN_CODES)
        sigmas = octaves(plane, where)
        if sigmas is None or sigmas[0] < LEAST_SIGMA:
            return None
        calm = calm_part(plane, where) & eroded(where, 1)
        response, at = np.abs(response_of(plane, 1))[calm], level[calm]
        count = min(BINS, response.size // BIN_POINTS)
        if count < 2:
            return cls(sigmas, np.zeros(1), np.ones(1), lowest, highest)
        parts = np.array_split(np.argsort(at, kind="stable"), count)
        ratios = np.array([response[part].mean() for part in parts]) / max(float(response.mean()), 1e-6)
        levels = np.array([at[part].mean() for part in parts], dtype=np.float64)
        return cls(sigmas, levels, np.clip(ratios, *RATIO_LIMITS).astype(np.float64), lowest, highest)

    def share(self, plane: Plane) -> Plane:
        """How much noise there is at each pixel's level, in units of the area's: none in black and white."""
        level = _level_of(plane)
        inward = np.minimum(level - self.lowest, self.highest - level) / np.float32(MARGIN_CODES)
        ratio = np.interp(level, self.levels, self.ratios)
        return np.asarray(np.clip(inward - 1.0, 0.0, 1.0) * ratio, dtype=np.float32)


def octaves(plane: Plane, where: Bits) -> Vector | None:
    """The noise in each octave; where an area is too narrow for the coarser ones, as in the finer.

    Parameters
    ----------
    plane : (rows, cols) float32
        An image in any unit.
    where : (rows, cols) bool
        Where to look.

    Returns
    -------
    (3,) float64 or None
        Standard deviations from the finest to the coarsest; ``None`` where not even that can be told.

    Examples
    --------
    >>> white = np.random.default_rng(0).normal(0, 3, (99, 99)).astype(np.float32)
    >>> np.round(octaves(white, np.ones((99, 99), np.bool_))).tolist()
    [3.0, 3.0, 3.0]
    """
    calm = calm_part(plane, where)
    sigmas: list[float] = []
    for step in STEPS_PX:
        found = _sigma(response_of(plane, step), calm & eroded(where, step))
        if found is None and not sigmas:
            return None
        sigmas.append(sigmas[-1] if found is None else found)
    return np.array(sigmas)


def _level_of(plane: Plane) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), SMOOTH_PX), dtype=np.float32)


def calm_part(plane: Plane, where: Bits) -> Bits:
    """The half of an area, at each brightness, where the smoothed image is least steep.

    At each brightness: of a film that is noisier where it is bright, the dark half would be least steep.

    Parameters
    ----------
    plane : (rows, cols) float32
        An image in any unit.
    where : (rows, cols) bool
        The area.

    Returns
    -------
    (rows, cols) bool

    Examples
    --------
    >>> bool(calm_part(np.zeros((4, 4), np.float32), np.ones((4, 4), np.bool_)).all())
    True
    """
    smooth = _level_of(plane)
    rows, cols = (cv2.Sobel(smooth, cv2.CV_32F, *order) for order in ((0, 1), (1, 0)))
    steepness, levels = cv2.magnitude(rows, cols)[where], smooth[where]
    if levels.size == 0:
        return where
    part = np.searchsorted(np.quantile(levels, np.arange(1, BINS) / BINS), levels)
    limits = np.array([np.median(steepness[part == n]) if (part == n).any() else 0.0 for n in range(BINS)])
    calm = np.zeros_like(where)
    calm[where] = steepness <= limits[part]
    return calm


def response_of(plane: Plane, step_px: int) -> Plane:
    """Diagonal differences of the means of squares, of the deviation of white noise, at every pixel.

    Parameters
    ----------
    plane : (rows, cols) float32
        An image in any unit.
    step_px : int
        Side of the squares.

    Returns
    -------
    (rows, cols) float32

    Examples
    --------
    >>> ramp = np.tile(np.arange(9, dtype=np.float32), (9, 1))
    >>> float(np.abs(response_of(ramp, 2)[3:6, 3:6]).max())
    0.0
    """
    side = 2 * step_px
    signs = np.ones((side, side), np.float32)
    signs[:step_px, step_px:] = signs[step_px:, :step_px] = -1
    return np.asarray(cv2.filter2D(plane, -1, signs / np.float32(side)), dtype=np.float32)


def eroded(where: Bits, step_px: int) -> Bits:
    """Where the squares lie in an area altogether.

    Parameters
    ----------
    where : (rows, cols) bool
        The area.
    step_px : int
        Side of the squares.

    Returns
    -------
    (rows, cols) bool

    Examples
    --------
    >>> int(eroded(np.ones((5, 5), np.bool_), 1).sum())
    16
    """
    side = np.ones((2 * step_px, 2 * step_px), np.uint8)
    return cv2.erode(where.view(np.uint8), side, borderValue=0) > 0


def _sigma(response: Plane, where: Bits) -> float | None:
    """Deviation from the mean absolute response, the rare large ones left out."""
    values = np.abs(response[where])
    if values.size < LEAST_POINTS:
        return None
    values = values[values <= 4.0 * values.mean()]
    return float(np.sqrt(np.pi / 2) * values.mean())
