"""Random shapes: from an area, a region and a generator to the pixels of a blob, ellipse, polygon or stroke.

Each kind scores the pixels by how far out they lie; the lowest scores inside the region are the shape. So
the area is what was asked for, and nothing lies outside the region, wherever the shape happens to be.
"""

from collections.abc import Callable
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError

__all__ = ["RandomKind", "random_area"]

RandomKind = Literal["blob", "ellipse", "polygon", "strokes"]
Score = NDArray[np.float32]
_Scorer = Callable[[tuple[int, int], tuple[int, int], float, NDArray[np.bool_], np.random.Generator], Score]


def random_area(
    shape: tuple[int, int],
    area_px: float,
    rng: np.random.Generator,
    *,
    kind: RandomKind = "blob",
    within: NDArray[np.bool_],
    around: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Draw a random shape.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    area_px : float
        Pixels wanted; rounded, and at least 1.
    rng : numpy.random.Generator
        Where the randomness comes from: the same state gives the same shape.
    kind : {"blob", "ellipse", "polygon", "strokes"}
        An irregular blob, a turned ellipse, a star-shaped polygon, or one to three strokes of a brush.
    within : (rows, cols) bool
        Pixels that may be taken.
    around : (rows, cols) bool
        Pixels one of which becomes the centre, or the place where the first stroke begins.

    Returns
    -------
    (rows, cols) bool
        As many pixels of `within`; more only where scores are equal to the last bit.

    Raises
    ------
    InputError
        For an unknown kind, or an area that does not fit.

    Examples
    --------
    >>> everywhere = np.ones((40, 30), np.bool_)
    >>> blob = random_area((40, 30), 50, np.random.default_rng(0), within=everywhere, around=everywhere)
    >>> int(blob.sum())
    50
    """
    if kind not in _SCORERS:
        raise InputError(f"a random shape is one of {', '.join(get_args(RandomKind))}, not {kind!r}")
    room, centers = int(np.count_nonzero(within)), np.flatnonzero(around)
    wanted = max(1, round(area_px))
    if wanted > room:
        raise InputError(f"a random shape of {wanted} pixels does not fit a region of {room} pixels")
    if centers.size == 0:
        raise InputError("there is no pixel for a random shape to be drawn around")
    row, col = divmod(int(rng.choice(centers)), shape[1])
    score = _SCORERS[kind](shape, (row, col), float(np.sqrt(area_px / np.pi)), within, rng)
    if room < score.size:
        score[~within] = np.inf
    limit = np.partition(score.ravel(), wanted - 1)[wanted - 1]
    taken: NDArray[np.bool_] = score <= limit
    return taken


def _blob(
    shape: tuple[int, int],
    center: tuple[int, int],
    radius_px: float,
    _within: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Score:
    """Distance from the centre, made irregular by smooth noise."""
    wobble = _smooth_noise(shape, 9, rng)
    y, x = np.ogrid[: shape[0], : shape[1]]
    distance = np.hypot(y - center[0], x - center[1]) / max(radius_px, 0.5)
    score: Score = (distance + 0.12 * wobble).astype(np.float32)
    return score


def _ellipse(
    shape: tuple[int, int],
    center: tuple[int, int],
    _radius_px: float,
    _within: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Score:
    """Distance in units of the semi-axes, which are up to 2.5 times as long as each other."""
    y, x = _offsets(shape, center, rng)
    angle, ratio = rng.uniform(0, np.pi), rng.uniform(1, 2.5)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    along, across = cos * x + sin * y, cos * y - sin * x
    score: Score = np.hypot(along / np.float32(ratio), across)
    return score


def _polygon(
    shape: tuple[int, int],
    center: tuple[int, int],
    _radius_px: float,
    _within: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Score:
    """Distance in units of the outline's own distance in that direction: five to nine corners."""
    y, x = _offsets(shape, center, rng)
    count = int(rng.integers(5, 10))
    corners = (np.arange(count) + rng.uniform(-0.3, 0.3, count)) * (2 * np.pi / count)
    reach = rng.uniform(0.6, 1.4, count)
    angle = np.arctan2(y, x) - np.float32(corners[0])
    angle += np.where(angle < 0, np.float32(2 * np.pi), np.float32(0))
    turns, radii = (
        part.astype(np.float32)
        for part in (np.append(corners - corners[0], 2 * np.pi), np.append(reach, reach[0]))
    )
    first = np.clip(np.searchsorted(turns, angle, side="right") - 1, 0, count - 1)
    before, after, near, far = turns[first], turns[first + 1], radii[first], radii[first + 1]
    # The point of the edge between two corners in a direction between theirs, in polar coordinates.
    swept = near * np.sin(angle - before) + far * np.sin(after - angle)
    score: Score = np.hypot(y, x) * swept / (near * far * np.sin(after - before))
    return score


def _strokes(
    shape: tuple[int, int],
    center: tuple[int, int],
    radius_px: float,
    within: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Score:
    """Distance from lines that wander, as long as a brush of a chosen width needs to fill the area."""
    width = radius_px * rng.uniform(0.3, 0.55)
    strokes = int(rng.integers(1, 4))
    steps = max(2, round(np.pi * radius_px**2 / width / strokes / (2 * width)))
    paper = np.ones(shape, dtype=np.uint8)
    place = np.array(center, dtype=np.float64)
    visited = [place]
    for _ in range(strokes):
        heading = rng.uniform(0, 2 * np.pi)
        for _ in range(steps):
            heading, ahead = _step(place, heading, 2 * width, within, rng)
            ends = [(round(float(col)), round(float(row))) for row, col in (place, ahead)]
            cv2.line(paper, ends[0], ends[1], 0, 1)
            place = ahead
            visited.append(place)
        place = visited[int(rng.integers(len(visited)))]
    distance = cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # A hand that is not quite steady; it also tells apart what lies equally far.
    score: Score = (distance + 0.3 * _smooth_noise(shape, 33, rng)).astype(np.float32)
    return score


def _step(
    place: NDArray[np.float64],
    heading: float,
    length: float,
    within: NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[float, NDArray[np.float64]]:
    """Heading and place after one step; it turns further where it would leave the region."""
    last = np.array(within.shape, dtype=np.float64) - 1
    for spread in (0.6, 1.2, 1.8, 2.4, np.pi, np.pi):
        turned = heading + rng.uniform(-spread, spread)
        ahead = np.clip(place + length * np.array([np.sin(turned), np.cos(turned)]), 0, last)
        if within[round(float(ahead[0])), round(float(ahead[1]))]:
            return turned, ahead
    return heading + np.pi, place


def _offsets(
    shape: tuple[int, int], center: tuple[int, int], rng: np.random.Generator
) -> tuple[Score, Score]:
    """Rows and columns from a point somewhere in the centre's pixel: no two pixels lie equally far."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    part = rng.uniform(-0.5, 0.5, 2)
    return (y - (center[0] + part[0])).astype(np.float32), (x - (center[1] + part[1])).astype(np.float32)


def _smooth_noise(shape: tuple[int, int], knots: int, rng: np.random.Generator) -> Score:
    """Normal noise on a grid of knots, stretched over the image."""
    noise = rng.standard_normal((knots, knots)).astype(np.float32)
    stretched = cv2.resize(noise, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(stretched, dtype=np.float32)


_SCORERS: dict[str, _Scorer] = {
    "blob": _blob,
    "ellipse": _ellipse,
    "polygon": _polygon,
    "strokes": _strokes,
}
