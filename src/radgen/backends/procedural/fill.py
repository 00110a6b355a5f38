"""Reconstruct a masked area from its surroundings: structure first, then texture and noise.

An image and a mask come in; the same image comes out with the masked area continued from what is around it.
Holes inside are closed with pieces of the surroundings; bands along the borders are continued outward.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.blend import join_pieces
from radgen.backends.procedural.extend import continue_outward, extend_shutters, margins_of
from radgen.backends.procedural.pyramid import Bits, Level, Plane, build_levels, expand
from radgen.backends.procedural.shifts import label_shifts
from radgen.backends.procedural.texture import (
    HALF_PATCH_PX,
    SourceMap,
    copy_band,
    describe,
    refine_sources,
    search_sources,
)
from radgen.composite import membrane
from radgen.errors import InputError, UnsupportedRequestError

__all__ = ["fill"]

_COARSEST_PX = 112
_FEWEST_SOURCES = 50
_COHERENCE = 0.1
"""Part of the variance by which a source may look worse if all neighbours are copied from next to it."""
_GRAIN_LEVELS = 1
"""Finest levels whose detail is grain rather than anatomy."""
_SEARCHED_PX = 20_000
"""Most pixels that are looked through for a source."""


def fill(image: NDArray[np.uint8], mask: Bits, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Continue the surroundings into the masked area.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols) or (rows, cols, 3)
        Grey levels, or colours.
    mask : ndarray of bool, shape (rows, cols)
        True where the content is to be made anew; it may touch borders and have several parts.
    rng : numpy.random.Generator
        Decides between equally plausible continuations.

    Returns
    -------
    ndarray of uint8, same shape
        Equal to `image` outside `mask`.

    Raises
    ------
    InputError
        If shapes or types do not fit.
    UnsupportedRequestError
        If the mask leaves no pixel to continue from.

    Examples
    --------
    >>> film = np.full((32, 32), 90, np.uint8)
    >>> film[:, 16:] = 160
    >>> hole = np.zeros((32, 32), bool)
    >>> hole[10:20, 12:22] = True
    >>> bool((fill(film, hole, np.random.default_rng(1)) == film).mean() > 0.95)
    True
    """
    check_image_and_mask(image, mask)
    if mask.all():
        raise UnsupportedRequestError("the mask covers the whole image: nothing to continue from")
    if not mask.any():
        return image.copy()
    planes: Plane = image.reshape(*mask.shape, -1).astype(np.float32)
    margins = margins_of(mask)
    rows, cols = mask.shape
    known = (slice(margins.top_px, rows - margins.bottom_px), slice(margins.left_px, cols - margins.right_px))
    planes[known] = _close_holes(planes[known], mask[known], rng)
    if margins:
        outside = np.ones_like(mask)
        outside[known] = False
        planes, outside = extend_shutters(planes, outside)
        if outside.any():
            planes = _complete(planes, outside, ~mask, continue_outward, rng, grain_only=True)
    made = np.clip(np.rint(planes), 0, 255).astype(np.uint8).reshape(image.shape)
    result = image.copy()
    result[mask] = made[mask]
    return result


def _close_holes(planes: Plane, hole: Bits, rng: np.random.Generator) -> Plane:
    if not hole.any():
        return planes
    window = _context(hole)
    result = planes.copy()
    result[window] = _complete(planes[window], hole[window], ~hole[window], _copy_pieces, rng)
    return result


def _copy_pieces(level: Level, rng: np.random.Generator) -> tuple[Plane, SourceMap]:
    low = _lowest(level)
    sources = label_shifts(level, level.values - 0.75 * low, 0.8 * low, 0.1, rng)
    return join_pieces(level, sources, 0.002), sources


def check_image_and_mask(image: NDArray[np.uint8], mask: Bits) -> None:
    """Refuse arrays that do not fit together.

    Parameters
    ----------
    image, mask : ndarray
        As for `fill`.

    Raises
    ------
    InputError
        If a type or shape is wrong.
    """
    if image.dtype != np.uint8 or image.ndim not in {2, 3} or (image.ndim == 3 and image.shape[2] != 3):
        raise InputError(f"expected uint8 (rows, cols) or (rows, cols, 3), got {image.dtype} {image.shape}")
    if image.size == 0:
        raise InputError(f"the image is empty: {image.shape}")
    if mask.dtype != np.bool_ or mask.shape != image.shape[:2]:
        raise InputError(f"expected a bool mask of shape {image.shape[:2]}, got {mask.dtype} {mask.shape}")


def _context(mask: Bits) -> tuple[slice, slice]:
    """Bounding box of the mask with enough around it to learn from."""
    slices = []
    extents = [np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0)]
    longest = max(int(at[-1] - at[0]) + 1 for at in extents)
    for at, side in zip(extents, mask.shape, strict=True):
        margin = max(64, int(0.8 * longest))
        slices.append(slice(max(0, int(at[0]) - margin), min(side, int(at[-1]) + 1 + margin)))
    return slices[0], slices[1]


def _complete(
    values: Plane,
    hole: Bits,
    real: Bits,
    begin: Callable[[Level, np.random.Generator], tuple[Plane, SourceMap]],
    rng: np.random.Generator,
    *,
    grain_only: bool = False,
) -> Plane:
    """Fill a hole: `begin` decides at thumbnail size, finer levels copy detail from the same places.

    With `grain_only`, detail larger than grain is left out: it would claim anatomy that nobody saw.
    """
    levels = build_levels(values, hole, real & ~_overlays(values, hole), _COARSEST_PX)
    levels = [Level(each.values, each.hole, _sources(each)) for each in levels]
    while levels and (levels[-1].usable.sum() < _FEWEST_SOURCES):
        levels.pop()
    if not all(each.usable.any() for each in levels) or not levels:
        return _smooth_with_noise(values, hole, rng)
    filled, chosen = levels[-1].values, np.empty((0, 2), np.int32)
    if levels[-1].hole.any():  # thin holes close by themselves on the way down
        filled, chosen = begin(levels[-1], rng)
    sources = _as_map(levels[-1].hole, chosen)
    for height in reversed(range(len(levels) - 1)):
        level = levels[height]
        base = expand(filled, (level.hole.shape[0], level.hole.shape[1]))
        filled, sources = _fill_level(level, base, sources, rng)
        if grain_only and height >= _GRAIN_LEVELS:
            filled = np.where(level.hole[..., None], base, level.values).astype(np.float32)
    return filled


def _as_map(hole: Bits, sources: SourceMap) -> SourceMap:
    field = np.full((*hole.shape, 2), -1, np.int32)
    field[hole] = sources
    return field


def _lowest(level: Level) -> Plane:
    """What varies more slowly than the hole is wide, carried smoothly across it."""
    depth = cv2.distanceTransform(np.pad(level.hole, 1).astype(np.uint8), cv2.DIST_L2, 3).max()
    sigma = float(np.clip(0.5 * depth, 1.5, max(level.hole.shape) / 8))
    weight = (~level.hole).astype(np.float32)
    blurred = cv2.GaussianBlur(level.values * weight[..., None], (0, 0), sigma).reshape(level.values.shape)
    total = cv2.GaussianBlur(weight, (0, 0), sigma)[..., None]
    low = (blurred / np.maximum(total, 1e-6)).astype(np.float32)
    return membrane(low, ~level.hole)


def _overlays(values: Plane, hole: Bits) -> Bits:
    """Small, very bright things (side markers, leads): not to be copied into other places."""
    known = values[~hole].mean(axis=1)
    grey = cv2.GaussianBlur(
        np.where(hole, np.median(known), values.mean(axis=2)).astype(np.float32), (3, 3), 0
    )
    spread = float(np.percentile(known, 99) - np.percentile(known, 1))
    found = np.zeros(hole.shape, bool)
    for size_fraction, rise_fraction in ((0.04, 0.45), (0.012, 0.18)):
        size = max(5, round(size_fraction * max(hole.shape)) | 1)
        opened = cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
        found |= (grey - opened > max(12.0, rise_fraction * spread)) & ~hole
    grown = cv2.dilate(found.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return grown if grown.mean() < 0.2 else np.zeros_like(hole)


def _sources(level: Level) -> Bits:
    """Pixels to copy from: their patch clears the hole, and they are not themselves excluded.

    Where that leaves too few (dense speckle), patches that touch the hole are good enough.
    """
    side = 2 * HALF_PATCH_PX + 1
    clear = cv2.dilate(level.hole.astype(np.uint8), np.ones((side, side), np.uint8)) == 0
    best = np.logical_and(clear, level.usable)
    return best if best.sum() >= _FEWEST_SOURCES else np.logical_and(~level.hole, level.usable)


def _fill_level(
    level: Level, base: Plane, above: SourceMap, rng: np.random.Generator
) -> tuple[Plane, SourceMap]:
    """Fill one level: low frequencies are `base`, detail comes from the sources of the coarser level."""
    targets = np.argwhere(level.hole)
    known = ~level.hole[..., None]
    band = np.where(known, level.values - base, 0).astype(np.float32)
    # What is compared is equally smooth inside and outside the hole: a soft draft against sharp
    # surroundings would choose the softest sources, and blur would breed blur.
    features = describe(base, 0.5, 20.0)
    spread = float(features[..., :-2].var(axis=(0, 1)).sum())
    sources = _sources_for(
        features, targets, _inherit(above, targets), level.usable, rng, _COHERENCE * spread
    )
    current = np.where(known, level.values, base + copy_band(band, targets, sources, level.hole, vote=False))
    return current.astype(np.float32), _as_map(level.hole, sources)


def _inherit(above: SourceMap, targets: NDArray[np.intp]) -> SourceMap:
    """The coarser level's sources at this level's sampling; -1 where there is none."""
    parent = np.minimum(targets // 2, np.array(above.shape[:2]) - 1)
    there = above[parent[:, 0], parent[:, 1]]
    return np.where(there >= 0, 2 * there + targets - 2 * parent, -1).astype(np.int32)


def _sources_for(
    features: NDArray[np.float32],
    targets: NDArray[np.intp],
    inherited: SourceMap,
    usable: Bits,
    rng: np.random.Generator,
    coherence: float,
) -> SourceMap:
    bounds = np.array(usable.shape)
    valid = np.asarray(np.logical_and(inherited >= 0, inherited < bounds).all(axis=1), np.bool_)
    at = np.where(valid[:, None], inherited, 0)
    valid &= usable[at[:, 0], at[:, 1]]
    wanted = np.flatnonzero(~valid)
    found = inherited.copy()
    if len(wanted):
        found[wanted] = search_sources(features, targets[wanted], usable, rng, _SEARCHED_PX)
    start = np.where(valid[:, None], inherited, found).astype(np.int32)
    return refine_sources(features, targets, usable, [start, found], coherence)


def _smooth_with_noise(values: Plane, hole: Bits, rng: np.random.Generator) -> Plane:
    """For holes that leave no patch to learn from: a smooth surface with the known pixels' noise."""
    surface = membrane(values, ~hole)
    grey = values.mean(axis=2)
    known = ~hole
    pairs = np.logical_and(known[:, 1:], known[:, :-1])
    noise = 0.0
    if pairs.sum() >= 8:
        steps = np.abs(np.diff(grey, axis=1))[pairs]
        noise = float(np.median(steps)) / 0.954  # median |difference of two normal draws| = 0.954 sigma
    grain = rng.normal(0, noise, hole.shape)[..., None]
    return np.where(hole[..., None], surface + grain, values).astype(np.float32)
