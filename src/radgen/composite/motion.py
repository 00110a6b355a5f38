"""A shift and a scale between two pictures of the same thing, from the detail that both show.

A cross-correlation on a coarse grid finds it roughly, a robust least-squares fit on a finer one exactly
(Lucas and Kanade, IJCAI 1981; Baker and Matthews, International Journal of Computer Vision 56, 2004).
Only points that may be looked at count, in both pictures.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Motion", "find_motion"]

Plane = NDArray[np.float32]
Bits = NDArray[np.bool_]
Grey = NDArray[np.uint8]
Vector = NDArray[np.float64]

COARSE_PX = 128
"""Longest side of the grid that is compared first."""
FINE_PX = (512, 1024)
"""Least and largest longest side of the other: half of the pictures', in between."""
DETAIL_PX = 15
"""What is broader than this is tone, not detail."""
SEARCHED_FRACTION = 0.07
"""Of the longest side: how far a shift is looked for."""
LEAST_POINTS, MOST_POINTS = 200, 4_000
LEAST_DETAIL = 0.25
"""Codes: what varies less is flat."""
LEAST_SPREAD = 0.1
"""Codes: what rounding leaves of an exact copy."""
LIKELY_SCALE = 0.03
"""How far from 1 a scale is without evidence."""
CORRELATED_POINTS = 9.0
"""Neighbouring points share their noise: so many count as one."""
STEPS = 12
CLOSE_PX = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """What is at ``x`` in one picture is at ``centre + scale (x - centre) + shift`` in the other.

    Parameters
    ----------
    shift_px : array of 2
        Rows and columns.
    scale : float
        About the centre.
    error_px : float
        Standard error of the shift in its worst direction.
    correlation : float
        Of the detail in both, after the motion: -1..1.
    remains : float
        Mean absolute difference of detail after the motion, as a share of that before.
    """

    shift_px: Vector
    scale: float = 1.0
    error_px: float = np.inf
    correlation: float = 0.0
    remains: float = 1.0


def find_motion(here: Grey, there: Grey, valid: Bits) -> Motion | None:
    """Find out how one picture has to be moved to get the other.

    Parameters
    ----------
    here, there : (rows, cols) uint8
        The pictures; their exposure may differ.
    valid : (rows, cols) bool
        Where they show the same thing.

    Returns
    -------
    Motion or None
        In pixels of these pictures; ``None`` where there is too little to see.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> here = cv2.GaussianBlur(rng.integers(0, 256, (96, 96)).astype(np.uint8), (0, 0), 2)
    >>> found = find_motion(here, np.roll(here, 3, axis=1), np.ones((96, 96), np.bool_))
    >>> [round(float(px), 1) + 0.0 for px in found.shift_px], round(found.scale, 3)
    ([0.0, 3.0], 1.0)
    """
    fine = _View.of(here, there, valid, min(max(max(here.shape) // 2, FINE_PX[0]), FINE_PX[1]))
    coarse = _View.of(here, there, valid, COARSE_PX)
    if fine is None or coarse is None:
        return None
    seen_coarsely, seen_finely = _Points.of(coarse), _Points.of(fine)
    if seen_coarsely is None or seen_finely is None:
        return None
    rough = _fitted(coarse, seen_coarsely, _best_shift(coarse))
    if rough is None:
        return None
    start = replace(rough, shift_px=rough.shift_px * coarse.ratio / fine.ratio)
    exact = _fitted(fine, seen_finely, start)
    if exact is None:
        return None
    error_px = exact.error_px * float(fine.ratio.max())
    judged = _judged(fine, seen_finely, replace(exact, error_px=error_px))
    return replace(judged, shift_px=judged.shift_px * fine.ratio)


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The detail of both pictures on one grid, where it may be looked at, and pixels of theirs per point."""

    here: Plane
    there: Plane
    valid: Bits
    ratio: Vector

    @classmethod
    def of(cls, here: Grey, there: Grey, valid: Bits, longest: int) -> "_View | None":
        """On a grid whose longest side is no longer than that; ``None`` if there is no detail."""
        rows, cols = here.shape
        share = min(longest / max(here.shape), 1.0)
        size = max(round(cols * share), 1), max(round(rows * share), 1)
        if share < 1:
            here, there = (
                np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
                for image in (here, there)
            )
            part = cv2.resize(valid.view(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_AREA)
            valid = part == 255
        if np.count_nonzero(valid) < LEAST_POINTS:
            return None
        ours, theirs = _detail(here, valid), _detail(there, valid)
        if min(float(ours[valid].std()), float(theirs[valid].std())) < LEAST_DETAIL:
            return None
        return cls(ours, theirs, valid, np.array([rows, cols]) / np.array(here.shape))


def _detail(image: Grey, valid: Bits) -> Plane:
    """What is finer than tone and coarser than noise; nothing of what may not be looked at."""
    weight = valid.astype(np.float32)
    plane = image.astype(np.float32)
    side = (DETAIL_PX, DETAIL_PX)
    mean = cv2.blur(plane * weight, side) / np.maximum(cv2.blur(weight, side), 1e-3)
    return np.asarray(cv2.GaussianBlur((plane - mean) * weight, (5, 5), 1.0), dtype=np.float32)


def _best_shift(view: _View) -> Motion:
    """The shift in whole points at which the detail agrees best."""
    shape = view.here.shape
    alike = np.fft.irfft2(np.conj(np.fft.rfft2(view.here)) * np.fft.rfft2(view.there), shape)
    most = [min(max(2, round(SEARCHED_FRACTION * max(shape))), (side - 1) // 2) for side in shape]
    near = np.roll(alike, most, (0, 1))[: 2 * most[0] + 1, : 2 * most[1] + 1]
    best = np.array(np.unravel_index(int(np.argmax(near)), near.shape)) - most
    return Motion(shift_px=best.astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Where the detail is steep: places, values, and how each changes with rows, columns and scale."""

    places: NDArray[np.float32]
    values: NDArray[np.float32]
    slopes: NDArray[np.float32]
    reach_px: float

    @classmethod
    def of(cls, view: _View) -> "_Points | None":
        # Next to what may not be looked at, detail is cut off there, and would not move with the picture.
        side = np.ones((DETAIL_PX + 4, DETAIL_PX + 4), np.uint8)
        inner = cv2.erode(view.valid.view(np.uint8), side, borderValue=0) > 0
        down, across = (
            cv2.filter2D(view.here, -1, kernel.astype(np.float32))
            for kernel in (np.array([[-0.5], [0], [0.5]]), np.array([[-0.5, 0, 0.5]]))
        )
        steep = np.abs(down) + np.abs(across)
        inner &= steep > (steep[inner].mean() if inner.any() else 0.0)
        chosen = np.flatnonzero(inner)
        chosen = chosen[:: max(1, len(chosen) // MOST_POINTS)]
        if len(chosen) < LEAST_POINTS:
            return None
        centre = (np.array(view.here.shape) - 1) / 2
        places = np.stack(np.unravel_index(chosen, view.here.shape), axis=1) - centre
        reach_px = max(float(np.abs(places).max()), 1.0)
        slopes = np.stack([down.ravel()[chosen], across.ravel()[chosen]], axis=1)
        outward = (places * slopes).sum(axis=1, keepdims=True) / reach_px
        return cls(
            places.astype(np.float32),
            view.here.ravel()[chosen],
            np.hstack([slopes, outward]).astype(np.float32),
            reach_px,
        )


def _fitted(view: _View, points: _Points, start: Motion) -> Motion | None:
    """Gauss-Newton from a start: the motion that leaves the least difference, outliers aside."""
    motion = start
    normal, spread = np.zeros((3, 3)), 1.0
    for _ in range(STEPS):
        seen, shown = _looked_up(view, points, motion)
        if np.count_nonzero(shown) < LEAST_POINTS:
            return None
        gain, left, spread = _left(points.values[shown], seen[shown])
        weight = 1.0 / (1.0 + np.square(left / (2.0 * spread)))
        slopes = (gain * points.slopes[shown]).astype(np.float64)
        normal = (slopes * weight[:, None]).T @ slopes
        # Where the picture says nothing about scale it is most likely near 1.
        normal[2, 2] += np.square(spread / (LIKELY_SCALE * points.reach_px)) + 1e-9
        step = -np.linalg.solve(normal + 1e-6 * np.eye(3), slopes.T @ (weight * left))
        motion = Motion(
            shift_px=motion.shift_px + step[:2], scale=float(motion.scale + step[2] / points.reach_px)
        )
        if np.abs(step).max() < CLOSE_PX:
            break
    # In the direction that the picture pins down least; where it does not at all, that is far.
    weakest = max(float(np.linalg.eigvalsh(normal[:2, :2])[0]), 1e-9)
    return replace(motion, error_px=float(max(spread, LEAST_SPREAD) * np.sqrt(CORRELATED_POINTS / weakest)))


def _looked_up(view: _View, points: _Points, motion: Motion) -> tuple[Plane, Bits]:
    """The other picture's detail where the motion puts the points, and whether it may be looked at there."""
    centre = (np.array(view.here.shape) - 1) / 2
    places = (motion.scale * points.places + motion.shift_px + centre).astype(np.float32)
    rows, cols = places[:, 0], places[:, 1]
    seen = cv2.remap(view.there, cols[None], rows[None], cv2.INTER_LINEAR)[0]
    last = np.array(view.here.shape) - 1
    nearest = np.rint(places).astype(np.intp)
    within = ((nearest >= 0) & (nearest <= last)).all(axis=1)
    nearest = np.clip(nearest, 0, last)
    return seen, within & view.valid[nearest[:, 0], nearest[:, 1]]


def _left(values: Plane, seen: Plane) -> tuple[float, Vector, float]:
    """The contrast between both, what it does not explain, and the spread of that."""
    gain = float(np.clip((seen @ values) / max(float(values @ values), 1e-6), 0.2, 5.0))
    left = (seen - gain * values).astype(np.float64)
    return gain, left, max(1.4826 * float(np.median(np.abs(left))), 1e-3)


def _judged(view: _View, points: _Points, motion: Motion) -> Motion:
    """With how well it explains the difference."""
    seen, shown = _looked_up(view, points, motion)
    unmoved, _ = _looked_up(view, points, Motion(shift_px=np.zeros(2)))
    if np.count_nonzero(shown) < LEAST_POINTS:
        return motion
    values = points.values[shown]
    before, after = (np.abs(_left(values, picture[shown])[1]) for picture in (unmoved, seen))
    most = 3.0 * float(np.median(before)) + 1e-6
    remains = float(np.minimum(after, most).mean() / max(float(np.minimum(before, most).mean()), 1e-6))
    size = float(np.linalg.norm(values) * np.linalg.norm(seen[shown]))
    return replace(motion, correlation=float(values @ seen[shown]) / max(size, 1e-6), remains=remains)
