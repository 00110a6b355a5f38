"""The noise of a film, measured around a mask and given back inside it where a model smoothed it away.

Noise is measured in three octaves, by diagonal Haar differences away from structure: edges and ribs run
through them unseen, for what is straight cancels. What is missing inside is added, in each octave, as
noise blurred to that width, with the level dependence that the surroundings show.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.mask import Mask

__all__ = ["grained", "grey_of", "noise_level"]

Plane = NDArray[np.float32]
Bits = NDArray[np.bool_]
Vector = NDArray[np.float64]

STEPS_PX = (1, 2, 4)
"""Sides of the squares that are compared: an octave each."""
BLURS_PX = (0.0, 0.7, 1.6)
"""Widths of the noises that are mixed."""
RING_PX = 16.0
"""Width of the neighbourhood whose noise is taken for the mask's."""
LEAST_POINTS = 64
CLEAR_LACK = (0.15, 0.35)
"""Share of the variance that may be missing by chance, and that is surely missing."""
LEAST_LACK = 0.05
"""Less than this on average is left alone."""
LEAST_SHARE = 0.05
NEAR_PX = 6.0
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
    >>> round(noise_level(noisy, np.ones((64, 64), np.bool_)), 1)
    3.0
    """
    grey = grey_of(plane)
    return _sigma(_response(grey, step_px), _calm(grey, where) & _eroded(where, step_px))


def grained(drawn: Plane, codes: Plane, mask: Mask, touched: Bits, seed: int) -> tuple[Plane, float]:
    """Give what was drawn the noise of its surroundings, where it is clearly smoother.

    Parameters
    ----------
    drawn, codes : (rows, cols[, 3]) float32
        What is to be pasted and the source, in codes, around the mask too.
    mask : Mask
        Where it is pasted.
    touched : (rows, cols) bool
        Where the model changed anything: the rest has the source's own noise.
    seed : int
        The same gives the same noise.

    Returns
    -------
    array of the shape of `drawn`, float
        With noise added where it is missing; and the root mean square of what was added there, in codes:
        0 if nothing was.

    Examples
    --------
    >>> film = np.random.default_rng(0).normal(100, 5, (96, 96)).astype(np.float32)
    >>> hole = Mask.box((96, 96), top=30, left=30, bottom=66, right=66)
    >>> smooth = np.full_like(film, 100)
    >>> _, added = grained(smooth, film, hole, hole.editable, seed=1)
    >>> 4 < added < 5.5
    True
    """
    around = _Noise.of(grey_of(codes), mask.ring(RING_PX).editable)
    if around is None:
        return drawn, 0.0
    target = grey_of(drawn)
    share = np.where(touched & mask.editable, around.share(target), np.float32(0))
    visible = share > LEAST_SHARE
    lack = _lack(target, visible, share * np.float32(around.sigmas[0]))
    if not visible.any() or lack[visible].mean() < LEAST_LACK:
        return drawn, 0.0
    smooth = visible & (lack >= lack[visible].mean())
    amounts = _amounts(_octaves(target, smooth), around.sigmas, _rms(share[smooth]))
    noise = _mixed(target.shape, amounts, seed) * (np.float32(around.sigmas[0]) * share * np.sqrt(lack))
    return drawn + (noise if drawn.ndim == 2 else noise[..., None]), _rms(noise[visible])


@dataclass(frozen=True, slots=True, eq=False)
class _Noise:
    """The noise of an area: its deviation in each octave, and its share of that at each level."""

    sigmas: Vector
    levels: Vector
    ratios: Vector
    lowest: float
    highest: float

    @classmethod
    def of(cls, plane: Plane, where: Bits) -> "_Noise | None":
        """Of an area of a film; ``None`` if it is too small, or has no noise."""
        lowest, highest = max(float(plane.min()), 0.0), min(float(plane.max()), 255.0)
        level = _level_of(plane)
        where = where & (level > lowest + MARGIN_CODES) & (level < highest - MARGIN_CODES)
        sigmas = _octaves(plane, where)
        if sigmas is None or sigmas[0] < LEAST_SIGMA:
            return None
        calm = _calm(plane, where) & _eroded(where, 1)
        response, at = np.abs(_response(plane, 1))[calm], level[calm]
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


def _lack(plane: Plane, where: Bits, wanted: Plane) -> Plane:
    """What part of the finest noise's variance is missing near each pixel: 0..1, and 0 unless clearly."""
    at = where & _eroded(where, 1)
    weight = at.astype(np.float32)
    most = np.square(3.0 * wanted)  # an edge is not noise
    power = np.minimum(np.square(_response(plane, 1)), most) * weight
    size = (0, 0), NEAR_PX
    there = cv2.GaussianBlur(power, *size) / np.maximum(
        cv2.GaussianBlur(np.square(wanted) * weight, *size), 1e-6
    )
    lack = np.clip(1.0 - there, 0.0, 1.0)
    sure = np.clip((lack - CLEAR_LACK[0]) / (CLEAR_LACK[1] - CLEAR_LACK[0]), 0.0, 1.0)
    return np.where(where, lack * sure, 0.0).astype(np.float32)


def _amounts(there: Vector | None, sigmas: Vector, share: float) -> Vector:
    """Deviations of the blurred noises whose mixture has the colour of what is missing, and 1 when finest."""
    from scipy.optimize import nnls  # noqa: PLC0415 - rarely needed, slow to load

    wanted = np.square(sigmas * share)
    # Every octave counts alike, however little noise it holds.
    missing = 1.0 - (0.0 if there is None else np.minimum(np.square(there) / wanted, 0.95))
    variances, _ = nnls(_mixture() / wanted[:, None], np.broadcast_to(missing, wanted.shape))
    return np.sqrt(variances / max(float(_mixture()[0] @ variances), 1e-9))


def _mixed(shape: tuple[int, ...], amounts: Vector, seed: int) -> Plane:
    """Blurred noises of these deviations, mixed."""
    rng = np.random.default_rng(seed)
    total = np.zeros(shape, np.float32)
    for amount, blur_px in zip(amounts, BLURS_PX, strict=True):
        if amount > 0:
            total += np.float32(amount) * _blurred(rng.standard_normal(shape, np.float32), blur_px)
    return total


def _blurred(plane: Plane, blur_px: float) -> Plane:
    """White noise of some width, and of the deviation it had."""
    if blur_px == 0:
        return plane
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), blur_px) / _shrinks(blur_px), dtype=np.float32)


@lru_cache(maxsize=len(BLURS_PX))
def _shrinks(blur_px: float) -> float:
    """By what factor a blur lowers the deviation of white noise."""
    kernel = cv2.getGaussianKernel(round(blur_px * 8 + 1) | 1, blur_px)  # float images: four sigmas
    return float(np.square(kernel).sum())


@lru_cache(maxsize=1)
def _mixture() -> Vector:
    """Variance in each octave (rows) of each of the blurred noises of deviation 1 (columns)."""
    impulse = np.zeros((64, 64), np.float32)
    impulse[32, 32] = 1.0
    answers = [[_response(_blurred(impulse, blur_px), step) for blur_px in BLURS_PX] for step in STEPS_PX]
    return np.array([[float(np.square(answer).sum()) for answer in row] for row in answers])


def _octaves(plane: Plane, where: Bits) -> Vector | None:
    """The noise in each octave; where an area is too narrow for the coarser ones, as in the finer."""
    calm = _calm(plane, where)
    sigmas: list[float] = []
    for step in STEPS_PX:
        found = _sigma(_response(plane, step), calm & _eroded(where, step))
        if found is None and not sigmas:
            return None
        sigmas.append(sigmas[-1] if found is None else found)
    return np.array(sigmas)


def _level_of(plane: Plane) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), SMOOTH_PX), dtype=np.float32)


def _calm(plane: Plane, where: Bits) -> Bits:
    """The half of an area where the smoothed image is least steep."""
    smooth = _level_of(plane)
    rows, cols = (cv2.Sobel(smooth, cv2.CV_32F, *order) for order in ((0, 1), (1, 0)))
    steepness = cv2.magnitude(rows, cols)
    return where & (steepness <= (np.median(steepness[where]) if where.any() else 0.0))


def _response(plane: Plane, step_px: int) -> Plane:
    """Diagonal differences of the means of squares, of the deviation of white noise, at every pixel."""
    side = 2 * step_px
    signs = np.ones((side, side), np.float32)
    signs[:step_px, step_px:] = signs[step_px:, :step_px] = -1
    return np.asarray(cv2.filter2D(plane, -1, signs / np.float32(side)), dtype=np.float32)


def _eroded(where: Bits, step_px: int) -> Bits:
    """Where the squares lie in an area altogether."""
    side = np.ones((2 * step_px, 2 * step_px), np.uint8)
    return cv2.erode(where.view(np.uint8), side, borderValue=0) > 0


def _sigma(response: Plane, where: Bits) -> float | None:
    """Deviation from the mean absolute response, the rare large ones left out."""
    values = np.abs(response[where])
    if values.size < LEAST_POINTS:
        return None
    values = values[values <= 4.0 * values.mean()]
    return float(np.sqrt(np.pi / 2) * values.mean())


def _rms(values: NDArray[Any]) -> float:
    return float(np.sqrt(np.square(values).mean())) if values.size else 1.0
