"""The same image, slightly different everywhere: gently deformed, otherwise exposed, more or less noisy.

Nothing is flipped or rotated, borders stay where they are, and what is purely black (collimation, background)
stays so.
Deciding (`decide_variation`) is apart from doing (`apply_variation`).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError

__all__ = ["Variation", "apply_variation", "decide_variation", "vary", "vary_exposure"]

_GRID = 6
_LARGEST_SHIFT_FRACTION = 0.013
"""Farthest that any pixel moves, as a fraction of the shorter side."""
_BLACK = 2


@dataclass(frozen=True, slots=True, eq=False)
class Variation:
    """One drawn variation.

    Parameters
    ----------
    shifts_fraction : ndarray of float64, shape (6, 6, 2)
        Displacements (rows, columns) at control points, as fractions of the shorter side; at most 0.013.
    gamma : float
        Exponent of the tone curve; 1 changes nothing.
    gain : float
        Contrast about the middle of the curve; 1 changes nothing.
    local_contrast : float
        Relative change of contrast against the surroundings; 0 changes nothing.
    grain : float
        Added noise (positive) or removed noise (negative), as a fraction of the image's own; in [-1, 1].
    grain_seed : int
        Seed of the added noise.
    """

    shifts_fraction: NDArray[np.float64]
    gamma: float
    gain: float
    local_contrast: float
    grain: float
    grain_seed: int


def decide_variation(rng: np.random.Generator, strength: float, *, deform: bool) -> Variation:
    """Draw a variation.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance; the same state gives the same variation.
    strength : float
        From 0 (none) to 1 (as much as leaves the anatomy alone).
    deform : bool
        Whether pixels may move.

    Returns
    -------
    Variation
        What to do.

    Raises
    ------
    InputError
        If `strength` is outside [0, 1].

    Examples
    --------
    >>> decide_variation(np.random.default_rng(3), 0.0, deform=True).gamma
    1.0
    """
    if not 0.0 <= strength <= 1.0:
        raise InputError(f"strength must lie in [0, 1], got {strength}")
    shifts = rng.normal(0, 0.55, (_GRID, _GRID, 2))
    length = np.hypot(shifts[..., 0], shifts[..., 1])[..., None]
    shifts *= _LARGEST_SHIFT_FRACTION / np.maximum(length, 1.0)
    return Variation(
        shifts_fraction=shifts * (strength if deform else 0.0),
        gamma=float(np.exp(strength * rng.uniform(-0.22, 0.22))),
        gain=float(1 + strength * rng.uniform(-0.12, 0.12)),
        local_contrast=float(strength * rng.uniform(-0.18, 0.25)),
        grain=float(strength * rng.uniform(-0.5, 0.8)),
        grain_seed=int(rng.integers(2**63)),
    )


def apply_variation(image: NDArray[np.uint8], variation: Variation) -> NDArray[np.uint8]:
    """Apply a drawn variation.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols) or (rows, cols, 3)
        Grey levels, or colours.
    variation : Variation
        From `decide_variation`.

    Returns
    -------
    ndarray of uint8, same shape
        The image, slightly different.
    """
    if image.dtype != np.uint8 or image.ndim not in {2, 3} or image.size == 0:
        raise InputError(f"expected uint8 (rows, cols) or (rows, cols, 3), got {image.dtype} {image.shape}")
    black = _background(image)
    moved = _deform(image, variation.shifts_fraction, black)
    toned = _expose(moved, variation)
    result = np.clip(np.rint(_grain(toned, moved, variation)), 0, 255).astype(np.uint8)
    result[black] = image[black]
    return result


def vary(image: NDArray[np.uint8], rng: np.random.Generator, strength: float) -> NDArray[np.uint8]:
    """Deform gently, expose differently, change the noise.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols) or (rows, cols, 3)
        Grey levels, or colours.
    rng : numpy.random.Generator
        Source of chance.
    strength : float
        From 0 (the image itself) to 1.

    Returns
    -------
    ndarray of uint8, same shape
        The variation.

    Examples
    --------
    >>> film = np.full((32, 32), 90, np.uint8)
    >>> bool((vary(film, np.random.default_rng(0), 0.0) == film).all())
    True
    """
    variation = decide_variation(rng, strength, deform=True)
    return image.copy() if strength == 0 else apply_variation(image, variation)


def vary_exposure(image: NDArray[np.uint8], rng: np.random.Generator, strength: float) -> NDArray[np.uint8]:
    """Change exposure and noise only; no pixel moves.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols) or (rows, cols, 3)
        Grey levels, or colours.
    rng : numpy.random.Generator
        Source of chance.
    strength : float
        From 0 (the image itself) to 1.

    Returns
    -------
    ndarray of uint8, same shape
        The variation.

    Examples
    --------
    >>> film = np.full((32, 32), 90, np.uint8)
    >>> vary_exposure(film, np.random.default_rng(0), 0.5).shape
    (32, 32)
    """
    variation = decide_variation(rng, strength, deform=False)
    return image.copy() if strength == 0 else apply_variation(image, variation)


def _background(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Black areas of some size; single black pixels of the anatomy do not count."""
    dark = (image.reshape(*image.shape[:2], -1).max(axis=2) <= _BLACK).astype(np.uint8)
    return cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0


def _deform(
    image: NDArray[np.uint8], shifts_fraction: NDArray[np.float64], black: NDArray[np.bool_]
) -> NDArray[np.float32]:
    if not shifts_fraction.any():
        return image.astype(np.float32)
    rows, cols = image.shape[:2]
    shorter = min(rows, cols)
    shifts = cv2.resize(shifts_fraction.astype(np.float32), (cols, rows), interpolation=cv2.INTER_LINEAR)
    shifts = cv2.blur(shifts, (max(1, cols // 8), max(1, rows // 8))) * shorter
    free = np.zeros((rows + 2, cols + 2), np.uint8)
    free[1:-1, 1:-1] = ~black
    # Borders and the outline of the background stay in place; inner pixels move freely.
    reach = cv2.distanceTransform(free, cv2.DIST_L2, 3)[1:-1, 1:-1] / (0.08 * shorter)
    hold = cv2.blur(np.clip(reach, 0, 1), (5, 5)) * (reach > 1.5 / (0.08 * shorter))
    row, col = np.mgrid[0:rows, 0:cols].astype(np.float32)
    moved = cv2.remap(
        image,
        col + shifts[..., 1] * hold,
        row + shifts[..., 0] * hold,
        cv2.INTER_LANCZOS4,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved, np.float32)


def _expose(image: NDArray[np.float32], variation: Variation) -> NDArray[np.float32]:
    """Tone curve through black and white, then contrast against the surroundings."""
    tone = np.linspace(0, 1, 256) ** variation.gamma
    # The gain turns about mid-grey and dies out towards black and white, so that nothing is clipped there.
    tone += (variation.gain - 1) * (tone - 0.5) * 4 * tone * (1 - tone)
    curve = (255 * np.clip(tone, 0, 1)).astype(np.float32)
    toned = curve[np.clip(np.rint(image), 0, 255).astype(np.uint8)]
    if variation.local_contrast == 0:
        return toned
    size = max(3, round(0.06 * min(image.shape[:2])) | 1)
    around = cv2.blur(cv2.blur(toned, (size, size)), (size, size))
    present = np.clip(toned / 16, 0, 1)
    return np.asarray(toned + variation.local_contrast * present * (toned - around), np.float32)


def _grain(
    toned: NDArray[np.float32], moved: NDArray[np.float32], variation: Variation
) -> NDArray[np.float32]:
    if variation.grain == 0:
        return toned
    if variation.grain < 0:
        soft = cv2.GaussianBlur(toned, (3, 3), 0.7)
        return np.asarray(toned + variation.grain * (toned - soft), np.float32)
    rng = np.random.default_rng(variation.grain_seed)
    noise = rng.standard_normal(toned.shape[:2], dtype=np.float32) * np.float32(
        variation.grain * _noise_of(moved)
    )
    present = np.clip(toned / 16, 0, 1)
    return np.asarray(toned + present * (noise if toned.ndim == 2 else noise[..., None]), np.float32)


def _noise_of(image: NDArray[np.float32]) -> float:
    """Standard deviation of the noise (Immerkaer 1996), at least half a grey level."""
    grey = np.ascontiguousarray(image if image.ndim == 2 else image.mean(axis=2))
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    ripple = np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel))
    # The median instead of the mean: edges and markers are not noise.
    return float(np.clip(np.median(ripple) / (0.6745 * 6), 0.5, 8.0))
