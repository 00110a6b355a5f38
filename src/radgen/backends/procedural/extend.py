"""Continue an image beyond its borders: outlines run on and soften, texture comes from alike places.

What lies outside cannot be known, so nothing is invented that would look like an organ, and nothing is
mirrored: only the slow part is extrapolated, line by line, and fine detail is copied from where the image is
as bright and as busy.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.pyramid import Bits, Level, Plane
from radgen.backends.procedural.shifts import label_shifts

__all__ = ["Margins", "continue_outward", "extend_shutters", "margins_of"]

_SLOW_PX = 2.0
"""Standard deviation that parts slow from fine, in pixels of the coarsest level."""
_STEEPEST = 0.8
_LOOK_PX = 8
_NEARNESS = 4.0
"""What copying texture from as far away as the longer side costs, in variances of the detail."""
_FADING_FRACTION = 0.03
_SHUTTER_PX = 2
_SHUTTER_GREY = 12.0
_SHUTTER_SHARE = 0.8
"""A border whose outermost pixels are black on so much of its length is the shadow of the shutters."""


@dataclass(frozen=True, slots=True)
class Margins:
    """Width of the bands to be made along the four borders, in pixels.

    Parameters
    ----------
    top_px, bottom_px, left_px, right_px : int
        Zero where nothing is to be made.
    """

    top_px: int
    bottom_px: int
    left_px: int
    right_px: int

    def __bool__(self) -> bool:
        return any((self.top_px, self.bottom_px, self.left_px, self.right_px))


def margins_of(mask: Bits) -> Margins:
    """Bands that lie outside the bounding box of everything known.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, cols)
        True where content is to be made; at least one pixel is False.

    Returns
    -------
    Margins
        Widths of the bands in pixels.

    Examples
    --------
    >>> mask = np.zeros((6, 8), bool)
    >>> mask[:2] = mask[4, 4] = True
    >>> margins_of(mask)
    Margins(top_px=2, bottom_px=0, left_px=0, right_px=0)
    """
    rows, cols = (np.flatnonzero((~mask).any(axis=axis)) for axis in (1, 0))
    return Margins(
        int(rows[0]), mask.shape[0] - 1 - int(rows[-1]), int(cols[0]), mask.shape[1] - 1 - int(cols[-1])
    )


def continue_outward(level: Level, rng: np.random.Generator) -> tuple[Plane, NDArray[np.int32]]:
    """Fill the bands along the borders of a small image.

    Parameters
    ----------
    level : Level
        The coarsest level; its hole is what lies outside the bounding box of the known.
    rng : numpy.random.Generator
        Draws the shifts that are tried for texture.

    Returns
    -------
    values : ndarray of float32, shape (rows, cols, channels)
        The level without a hole.
    sources : ndarray of int32, shape (n, 2)
        Where the texture of each hole pixel came from, in the order of ``numpy.argwhere(level.hole)``.
    """
    margins = margins_of(level.hole)
    rows, cols = level.hole.shape
    inner = level.values[margins.top_px : rows - margins.bottom_px, margins.left_px : cols - margins.right_px]
    slow = cv2.GaussianBlur(inner, (0, 0), _SLOW_PX, borderType=cv2.BORDER_REPLICATE).reshape(inner.shape)
    power = np.square(inner - slow).mean(axis=2)
    busy = np.sqrt(cv2.GaussianBlur(power, (0, 0), _SLOW_PX, borderType=cv2.BORDER_REPLICATE))[..., None]
    grown = np.concatenate([slow, busy], axis=2)
    for turns, width in (
        (1, margins.right_px),
        (3, margins.left_px),
        (0, margins.top_px),
        (2, margins.bottom_px),
    ):
        turned = np.rot90(grown, turns)
        grown = np.ascontiguousarray(np.rot90(_grow_up(turned, width), -turns))
    low, busy = grown[..., :-1], grown[..., -1:]
    alike = np.concatenate([low.mean(axis=2, keepdims=True), 4 * busy], axis=2).astype(np.float32)
    detail = level.values - low
    sources = label_shifts(level, detail, alike, _NEARNESS, rng)
    depth = cv2.distanceTransform(level.hole.astype(np.uint8), cv2.DIST_L2, 3)[level.hole]
    # The farther out, the less is claimed.
    fading = np.exp(-depth / (_FADING_FRACTION * max(rows, cols)))[:, None]
    result = level.values.copy()
    result[level.hole] = low[level.hole] + fading * detail[sources[:, 0], sources[:, 1]]
    return result.astype(np.float32), sources


def extend_shutters(planes: Plane, outside: Bits) -> tuple[Plane, Bits]:
    """Continue black collimation: nothing was exposed there, so nothing lies beyond it.

    Parameters
    ----------
    planes : ndarray of float32, shape (rows, cols, channels)
        The image with bands along its borders still to be made.
    outside : ndarray of bool, shape (rows, cols)
        True in these bands.

    Returns
    -------
    planes : ndarray, same shape
        With the bands beyond a black border filled.
    outside : ndarray of bool, same shape
        True in the bands that are left.

    Examples
    --------
    >>> film = np.full((8, 40, 1), 120, np.float32)
    >>> film[:, 10:13] = 2
    >>> band = np.zeros((8, 40), bool)
    >>> band[:, :10] = True
    >>> filled, left = extend_shutters(film, band)
    >>> float(filled[:, :10].max()), bool(left.any())
    (2.0, False)
    """
    margins = margins_of(outside)
    rows, cols = outside.shape
    top, bottom, left, right = (
        margins.top_px,
        rows - margins.bottom_px,
        margins.left_px,
        cols - margins.right_px,
    )
    known = planes[top:bottom, left:right]
    sides = (
        (margins.top_px, known[:_SHUTTER_PX], np.s_[:top, :]),
        (margins.bottom_px, known[-_SHUTTER_PX:], np.s_[bottom:, :]),
        (margins.left_px, known[:, :_SHUTTER_PX], np.s_[:, :left]),
        (margins.right_px, known[:, -_SHUTTER_PX:], np.s_[:, right:]),
    )
    planes, outside = planes.copy(), outside.copy()
    exposed = np.percentile(known, 90) > 4 * _SHUTTER_GREY
    for width_px, edge, band in sides:
        if width_px and exposed and (edge <= _SHUTTER_GREY).all(axis=2).mean() >= _SHUTTER_SHARE:
            planes[band] = np.median(edge, axis=(0, 1))
            outside[band] = False
    return planes, outside


def _grow_up(low: Plane, width_px: int) -> Plane:
    """Add rows above: each continues the one below it along the directions of the edges there."""
    if width_px == 0:
        return low
    lean = _leaning(low)
    line = low[: min(2, len(low))].mean(axis=0)
    at = np.arange(low.shape[1], dtype=np.float32)
    lines = []
    for step in range(width_px):
        # Bend back to upright on the way: a short look does not justify a long straight line.
        lean_here = lean * np.exp(-step / (0.7 * width_px + 4))
        origin = at - lean_here
        line = np.stack([np.interp(origin, at, line[:, k]) for k in range(line.shape[1])], axis=1)
        lean = np.interp(origin, at, lean)
        soft = cv2.GaussianBlur(line.astype(np.float32), (1, 5), 0.55, borderType=cv2.BORDER_REPLICATE)
        line = soft.reshape(line.shape)
        lines.append(line)
    return np.concatenate([np.stack(lines[::-1]), low]).astype(np.float32)


def _leaning(low: Plane) -> NDArray[np.float64]:
    """Columns by which edges move per row upward, at the top of the image, strong edges counting most."""
    top = low[:_LOOK_PX].mean(axis=2)
    down, across = np.gradient(top) if min(top.shape) > 1 else (np.zeros_like(top), np.zeros_like(top))
    product = cv2.GaussianBlur((down * across).sum(axis=0)[None].astype(np.float32), (0, 0), 3.0)[0]
    energy = cv2.GaussianBlur((across**2).sum(axis=0)[None].astype(np.float32), (0, 0), 3.0)[0]
    return np.asarray(np.clip(product / (energy + 4.0), -_STEEPEST, _STEEPEST), np.float64)
