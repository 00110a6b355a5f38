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
CLEARLY_SMOOTHER = 0.85
"""Of the noise around the mask: only what has less than that is given grain."""
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
    return _level(_response(grey, step_px), _calm(_steepness(grey), where), where, step_px)


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
        With noise added where it is missing; and the deviation of what was added there, in codes: 0 if
        nothing was.

    Examples
    --------
    >>> film = np.random.default_rng(0).normal(100, 5, (96, 96)).astype(np.float32)
    >>> hole = Mask.box((96, 96), top=30, left=30, bottom=66, right=66)
    >>> smooth = np.full_like(film, 100)
    >>> _, added = grained(smooth, film, hole, hole.editable, seed=1)
    >>> 4.5 < added < 5.5
    True
    """
    inside = touched & mask.editable
    source, target = grey_of(codes), grey_of(drawn)
    lowest, highest = float(source.min()) + MARGIN_CODES, float(source.max()) - MARGIN_CODES
    level = cv2.GaussianBlur(source, (0, 0), 2.0)
    ring = mask.ring(RING_PX).editable & (level > lowest) & (level < highest)
    around = _Noise.of(source, level, ring)
    if around is None or around.sigmas[0] < LEAST_SIGMA:
        return drawn, 0.0
    new_level = np.asarray(cv2.GaussianBlur(target, (0, 0), 2.0), dtype=np.float32)
    share = _share(new_level, max(lowest, MARGIN_CODES), min(highest, 255.0 - MARGIN_CODES))
    share *= around.ratio(new_level)
    visible = inside & (share > 0.05)
    missing = _missing(target, visible, around.sigmas * _rms(share[visible]))
    if missing is None:
        return drawn, 0.0
    typical = _rms(share[visible])
    noise = _noise(target.shape, missing / typical, seed) * np.where(inside, share, np.float32(0))
    grown = drawn + (noise if drawn.ndim == 2 else noise[..., None])
    return grown, float(noise[visible].std())


@dataclass(frozen=True, slots=True, eq=False)
class _Noise:
    """The noise of an area: its deviation in each octave, and how it depends on the level."""

    sigmas: Vector
    levels: Vector
    ratios: Vector

    @classmethod
    def of(cls, plane: Plane, level: NDArray[Any], where: Bits) -> "_Noise | None":
        sigmas = _octaves(plane, where)
        if sigmas is None:
            return None
        calm = where & _eroded(where, 1) & (_steepness(plane) <= _median(_steepness(plane), where))
        response, at = np.abs(_response(plane, 1))[calm], level[calm]
        count = min(BINS, response.size // BIN_POINTS)
        if count < 2:
            return cls(sigmas, np.zeros(1), np.ones(1))
        parts = np.array_split(np.argsort(at, kind="stable"), count)
        ratios = np.array([response[part].mean() for part in parts]) / max(float(response.mean()), 1e-6)
        levels = np.array([at[part].mean() for part in parts], dtype=np.float64)
        return cls(sigmas, levels, np.clip(ratios, *RATIO_LIMITS).astype(np.float64))

    def ratio(self, level: Plane) -> Plane:
        """The noise at a level, in units of the area's."""
        return np.interp(level, self.levels, self.ratios).astype(np.float32)


def _share(level: Plane, lowest: float, highest: float) -> Plane:
    """0 in black and in white, 1 between them."""
    share: Plane = np.clip(np.minimum(level - lowest, highest - level) / MARGIN_CODES + 1.0, 0.0, 1.0)
    return share


def _missing(plane: Plane, where: Bits, wanted: Vector) -> Vector | None:
    """Amounts of each of the blurred noises that bring an area to what is wanted; ``None`` if none do."""
    there = _octaves(plane, where)
    if there is None or there[0] >= CLEARLY_SMOOTHER * wanted[0]:
        return None
    from scipy.optimize import nnls  # noqa: PLC0415 - rarely needed, slow to load

    lacking = np.clip(np.square(wanted) - np.square(there), 0.0, None)
    # Every octave counts alike, however little noise it holds.
    scale = np.maximum(np.square(wanted), 1e-6)[:, None]
    amounts, _ = nnls(_mixture() / scale, lacking / scale[:, 0])
    return np.sqrt(amounts)


def _noise(shape: tuple[int, ...], amounts: Vector, seed: int) -> Plane:
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
    calm = _calm(_steepness(plane), where)
    sigmas: list[float] = []
    for step in STEPS_PX:
        found = _level(_response(plane, step), calm, where, step)
        if found is None and not sigmas:
            return None
        sigmas.append(sigmas[-1] if found is None else found)
    return np.array(sigmas)


def _steepness(plane: Plane) -> Plane:
    smooth = cv2.GaussianBlur(plane, (0, 0), 2.0)
    rows, cols = (cv2.Sobel(smooth, cv2.CV_32F, *order) for order in ((0, 1), (1, 0)))
    return np.asarray(cv2.magnitude(rows, cols), dtype=np.float32)


def _median(plane: Plane, where: Bits) -> float:
    return float(np.median(plane[where])) if where.any() else 0.0


def _calm(steepness: Plane, where: Bits) -> Bits:
    """The half of an area that is least steep."""
    return where & (steepness <= _median(steepness, where))


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


def _level(response: Plane, calm: Bits, where: Bits, step_px: int) -> float | None:
    """Deviation from the mean absolute response, the rare large ones left out."""
    values = np.abs(response[calm & _eroded(where, step_px)])
    if values.size < LEAST_POINTS:
        return None
    values = values[values <= 4.0 * values.mean()]
    return float(np.sqrt(np.pi / 2) * values.mean())


def _rms(values: NDArray[Any]) -> float:
    return float(np.sqrt(np.square(values).mean())) if values.size else 1.0
