"""What is measured of one image, as named numbers. Pure: arrays in, numbers out, on display levels 0..255.

Each function is what one `Scoring` means. Only what can be known is measured: against the true pixels where
something was erased or planted, against the source elsewhere. No number says whether anatomy or pathology is
right.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.composite import measure_seam, membrane
from radgen.geometry import Box
from radgen.mask import Mask
from radgen.quality.metrics import ssim

__all__ = [
    "Levels",
    "added",
    "are_copies",
    "coarse",
    "continued",
    "likeness",
    "removed",
    "restored",
    "varied",
]

Levels = NDArray[np.float32]
"""(rows, cols) brightness, 0..255."""
PROFILE_PX = 5
"""Width over which a profile is averaged, so that it compares anatomy and not grain."""
SSIM_MARGIN_PX = 8
COARSE_PX = 64
"""Images are compared for likeness at this size, where grain is gone and anatomy is not."""
COPY_LEVELS = 1.0
"""Mean difference of display levels below which a variation is a copy."""


def restored(truth: Levels, result: Levels, mask: Mask) -> dict[str, float]:
    """How near a filled hole comes to what was there.

    Parameters
    ----------
    truth, result : (rows, cols) float32
        The film before it was erased, and what was made of it.
    mask : Mask
        The hole.

    Returns
    -------
    dict
        ``psnr_db`` inside, ``gain_db`` over a smooth fill, ``ssim`` of the surroundings, ``profile_error``
        (mean absolute difference of the two profiles through the hole's centre, in levels).

    Examples
    --------
    >>> film = np.random.default_rng(0).normal(100, 9, (64, 64)).astype(np.float32)
    >>> hole = Mask.ellipse((64, 64), center=(32, 32), radii=(9, 9))
    >>> restored(film, film, hole)["profile_error"]
    0.0
    """
    psnr_db = _psnr_db(truth, result, mask)
    smooth = membrane(np.where(mask.editable, np.float32(0), truth), ~mask.editable)
    window = _around(mask).slices
    return {
        "psnr_db": psnr_db,
        "gain_db": psnr_db - _psnr_db(truth, smooth, mask),
        "ssim": ssim(truth[window], result[window], data_range=255.0),
        "profile_error": _profile_error(truth, result, mask),
    }


def continued(result: Levels, at: Box, step: Mask | None = None) -> dict[str, float]:
    """How a continued film looks where the old one ends.

    Parameters
    ----------
    result : (rows, cols) float32
        After the step.
    at : Box
        Where the film lies in it that everything began with.
    step : Mask, optional
        What this step drew; by default everything outside `at`.

    Returns
    -------
    dict
        ``area_factor`` and the seam's ``ring``, ``normal_tangential`` and ``noise``, as far as they are
        defined (`radgen.composite.measure_seam`).

    Examples
    --------
    >>> film = np.random.default_rng(0).normal(100, 9, (96, 96)).astype(np.float32)
    >>> continued(film, Box(24, 24, 72, 72))["area_factor"]
    4.0
    """
    if step is None:
        step = ~Mask.box(result.shape, top=at.top, left=at.left, bottom=at.bottom, right=at.right)
    seam = measure_seam(result, step)
    found = {"ring": seam.ring, "normal_tangential": seam.normal_tangential, "noise": seam.noise}
    rows, cols = at.shape
    return {
        "area_factor": result.size / (rows * cols),
        **{name: value for name, value in found.items() if value is not None},
    }


def removed(truth: Levels, planted: Levels, result: Levels, mask: Mask) -> dict[str, float]:
    """How much of a planted thing is left.

    Parameters
    ----------
    truth, planted, result : (rows, cols) float32
        The film without it, with it, and what was made of that.
    mask : Mask
        Where it was to be removed.

    Returns
    -------
    dict
        ``residual_fraction``: the share of the planted brightness that still varies with it (least squares;
        0 is none, 1 is all), and ``psnr_db`` inside.

    Examples
    --------
    >>> film = np.full((32, 32), 80, np.float32)
    >>> with_it = film.copy()
    >>> with_it[10:20, 10:20] = 200
    >>> spot = Mask.box((32, 32), top=8, left=8, bottom=22, right=22)
    >>> removed(film, with_it, with_it, spot)["residual_fraction"]
    1.0
    """
    inside = mask.editable
    thing, left = (planted - truth)[inside], (result - truth)[inside]
    thing, left = thing - thing.mean(), left - left.mean()
    power = float((thing * thing).sum())
    residual = float((thing * left).sum()) / power if power > 0 else 0.0
    return {"residual_fraction": abs(residual), "psnr_db": _psnr_db(truth, result, mask)}


def added(source: Levels, result: Levels, mask: Mask) -> dict[str, float]:
    """How much a finding changed where it was asked for.

    Parameters
    ----------
    source, result : (rows, cols) float32
        Before and after.
    mask : Mask
        Where.

    Returns
    -------
    dict
        ``change_inside``: mean absolute difference in levels.

    Examples
    --------
    >>> film = np.full((16, 16), 80, np.float32)
    >>> added(film, film + 5, Mask.box((16, 16), top=2, left=2, bottom=9, right=9))
    {'change_inside': 5.0}
    """
    return {"change_inside": float(np.abs(result - source)[mask.editable].mean())}


def varied(source: Levels, result: Levels) -> dict[str, float]:
    """How a variation relates to its source.

    Parameters
    ----------
    source, result : (rows, cols) float32
        Before and after; the result is compared at the source's size.

    Returns
    -------
    dict
        ``change`` (mean absolute difference in levels), ``likeness`` and ``is_copy``.

    Examples
    --------
    >>> film = np.random.default_rng(0).normal(100, 30, (128, 128)).astype(np.float32)
    >>> varied(film, film)["is_copy"]
    1.0
    """
    if result.shape != source.shape:
        resized = cv2.resize(result, source.shape[::-1], interpolation=cv2.INTER_AREA)
        result = np.asarray(resized, dtype=np.float32)
    change = float(np.abs(result - source).mean())
    return {"change": change, "likeness": likeness(source, result), "is_copy": float(change < COPY_LEVELS)}


def likeness(first: Levels, second: Levels) -> float:
    """How alike two pictures are in what they show: the best correlation over small shifts.

    Parameters
    ----------
    first, second : (rows, cols) float32
        Of any size.

    Returns
    -------
    float
        -1 .. 1; radiographs of the same view of two people reach about 0.8.

    Examples
    --------
    >>> film = np.random.default_rng(0).normal(100, 30, (128, 128)).astype(np.float32)
    >>> round(likeness(film, np.roll(film, 4, axis=1)), 1)
    1.0
    """
    margin = COARSE_PX // 16
    one, other = coarse(first), coarse(second)
    inner = other[margin:-margin, margin:-margin]
    return float(cv2.matchTemplate(one, inner, cv2.TM_CCOEFF_NORMED).max())


def coarse(picture: Levels) -> Levels:
    """A picture so small that grain is gone and anatomy is not.

    Parameters
    ----------
    picture : (rows, cols) float32
        Levels.

    Returns
    -------
    (64, 64) float32
        Levels.

    Examples
    --------
    >>> coarse(np.zeros((512, 300), np.float32)).shape
    (64, 64)
    """
    small = cv2.resize(picture, (COARSE_PX, COARSE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32)


def are_copies(first: Levels, second: Levels) -> bool:
    """Whether two pictures of one size show the same, but for grain.

    Parameters
    ----------
    first, second : (rows, cols) float32
        Levels, such as `coarse` gives.

    Returns
    -------
    bool
        True for a mean difference below one level.

    Examples
    --------
    >>> are_copies(np.zeros((64, 64), np.float32), np.ones((64, 64), np.float32))
    False
    """
    return float(np.abs(first - second).mean()) < COPY_LEVELS


def _psnr_db(truth: Levels, result: Levels, mask: Mask) -> float:
    """Inside the mask; 99 for no difference at all, so that medians stay finite."""
    error = float(np.square(truth - result)[mask.editable].mean())
    return min(10.0 * np.log10(255.0**2 / error), 99.0) if error > 0 else 99.0


def _profile_error(truth: Levels, result: Levels, mask: Mask) -> float:
    inside = mask.editable
    rows, cols = np.nonzero(inside)
    half = PROFILE_PX // 2
    row, col = int(rows.mean()), int(cols.mean())
    across = slice(max(row - half, 0), row + half + 1), slice(cols.min(), cols.max() + 1)
    down = slice(rows.min(), rows.max() + 1), slice(max(col - half, 0), col + half + 1)
    apart = [np.abs((truth - result)[across].mean(axis=0)), np.abs((truth - result)[down].mean(axis=1))]
    return float(np.concatenate(apart).mean())


def _around(mask: Mask) -> Box:
    top, left, bottom, right = mask.bounds
    grown = Mask.box(mask.shape, top=top, left=left, bottom=bottom, right=right).grow(SSIM_MARGIN_PX)
    return Box(*grown.bounds)
