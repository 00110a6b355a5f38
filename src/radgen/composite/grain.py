"""The noise of a film, given back inside a mask where a model smoothed it away.

What is missing near each pixel is added, as a mixture of noises of several widths that has the colour of
what is missing, and with the dependence on brightness that the surroundings show.
"""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.composite.noise import STEPS_PX, Noise, calm_part, eroded, grey_of, octaves, response_of
from radgen.mask import Mask

__all__ = ["grained"]

Plane = NDArray[np.float32]
Bits = NDArray[np.bool_]
Vector = NDArray[np.float64]

BLURS_PX = (0.0, 0.5, 0.8, 1.2, 2.0)
"""Widths of the noises that are mixed."""
RING_PX = 16.0
"""Width of the neighbourhood whose noise is taken for the mask's."""
NEAR_PX = 6.0
"""Width of the neighbourhood in which noise is missed."""
CLEAR_LACK = (0.15, 0.35)
"""Share of the variance that may be missing by chance, and that is surely missing."""
LEAST_LACK = 0.05
"""Less than this on average is left alone."""
LEAST_SHARE = 0.05
FAINT = 0.01
WIDE = 0.4
"""Noise whose finest octave has less than this of the next is wide."""


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
    around = Noise.of(grey_of(codes), mask.ring(RING_PX).editable)
    if around is None:
        return drawn, 0.0
    target = grey_of(drawn)
    share = np.where(touched & mask.editable, around.share(target), np.float32(0))
    visible = share > LEAST_SHARE
    # Of noise that is wide the finest octave holds little but rounding.
    octave = 0 if around.sigmas[0] > WIDE * around.sigmas[1] else 1
    wanted = share * np.float32(around.sigmas[octave])
    lack = _lack(target, visible, wanted, STEPS_PX[octave])
    if not visible.any() or lack[visible].mean() < LEAST_LACK:
        return drawn, 0.0
    smooth = visible & (lack >= lack[visible].mean())
    amounts = _amounts(octaves(target, smooth), around.sigmas, _rms(share[smooth]), octave)
    noise = _mixed(target.shape, amounts, seed) * wanted * np.sqrt(lack)
    return drawn + (noise if drawn.ndim == 2 else noise[..., None]), _rms(noise[visible])


def _lack(plane: Plane, where: Bits, wanted: Plane, step_px: int) -> Plane:
    """What part of the noise's variance is missing near each pixel: 0..1, and 0 unless clearly."""
    at = calm_part(plane, where) & eroded(where, step_px)
    weight = at.astype(np.float32)
    expected = np.square(wanted) * weight
    # An edge is not noise: no more counts than noise would have.
    power = np.minimum(np.square(response_of(plane, step_px)), 9.0 * expected) * weight
    # Where nothing near is calm, it is as in the rest.
    usual = np.float32(FAINT * power.sum() / max(float(expected.sum()), 1e-6))
    near = (cv2.GaussianBlur(each, (0, 0), NEAR_PX) for each in (power, expected))
    scale = np.float32(max(_rms(wanted[where]), 1e-6)) ** 2
    there = (next(near) + usual * scale) / (next(near) + np.float32(FAINT) * scale)
    lack = np.clip(1.0 - there, 0.0, 1.0)
    sure = np.clip((lack - CLEAR_LACK[0]) / (CLEAR_LACK[1] - CLEAR_LACK[0]), 0.0, 1.0)
    return np.where(where, lack * sure, 0.0).astype(np.float32)


def _amounts(there: Vector | None, sigmas: Vector, share: float, octave: int) -> Vector:
    """Deviations of the blurred noises whose mixture has the colour that is missing, and 1 in an octave."""
    from scipy.optimize import nnls  # noqa: PLC0415 - rarely needed, slow to load

    wanted = np.square(sigmas * share)
    wanted = np.maximum(wanted, 1e-4 * wanted.max())
    # Every octave counts alike, however little noise it holds.
    missing = 1.0 - (0.0 if there is None else np.minimum(np.square(there) / wanted, 0.95))
    variances, _ = nnls(_mixture() / wanted[:, None], np.broadcast_to(missing, wanted.shape))
    return np.asarray(np.sqrt(variances / max(float(_mixture()[octave] @ variances), 1e-9)), dtype=np.float64)


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
    answers = [[response_of(_blurred(impulse, blur_px), step) for blur_px in BLURS_PX] for step in STEPS_PX]
    return np.array([[float(np.square(answer).sum()) for answer in row] for row in answers])


def _rms(values: NDArray[Any]) -> float:
    return float(np.sqrt(np.square(values).mean())) if values.size else 1.0
