"""Which known piece continues into which part of a hole: a labelling with few shifts, at thumbnail size.

Copying whole pieces keeps ribs, vessels and noise as they are on real films. A shift is good where the pixels
around the hole look like the pixels it copies from; neighbouring pieces are joined where they agree.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.pyramid import Bits, Level, Plane

__all__ = ["label_shifts"]

_TRIED = 4000
_KEPT = 36
_FEWEST_KEPT = 14
_AFFORDED = 120_000
"""Hole pixels times shifts; larger holes get fewer shifts."""
_RING_PX = 5
_IMPOSSIBLE = 1e4
_ROUNDS = 20
_LEVEL_WEIGHT = 0.35
"""Weight of levels against gradients where pieces are compared; joining adjusts levels anyway."""
_RING_WEIGHT = 6.0
_JOINT_COST = 0.15

Costs = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the labelling looks at, normalised to unit variance of the detail."""

    look: NDArray[np.float32]  # (rows, cols, features)
    alike: NDArray[np.float32]  # (rows, cols, properties), known everywhere
    usable: Bits
    ring: NDArray[np.intp]  # (n, 2)
    inside: NDArray[np.intp]  # (m, 2)

    def at(
        self, points: NDArray[np.intp], shifts: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], Bits]:
        """Rows and columns (shifts, points) that are copied from, clipped, and whether they are usable."""
        rows, cols = self.usable.shape
        row = points[None, :, 0] + shifts[:, None, 0]
        col = points[None, :, 1] + shifts[:, None, 1]
        within = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
        row, col = row.clip(0, rows - 1), col.clip(0, cols - 1)
        return row, col, within & self.usable[row, col]

    def mismatch(self, points: NDArray[np.intp], shifts: NDArray[np.intp]) -> Costs:
        """Squared difference (shifts, points) between known points and what a shift would put there."""
        row, col, good = self.at(points, shifts)
        ours = self.look[points[:, 0], points[:, 1]]
        cost = np.square(self.look[row, col] - ours[None]).sum(axis=2)
        return np.where(good, cost, _IMPOSSIBLE).astype(np.float32)

    def unlike(self, row: NDArray[np.intp], col: NDArray[np.intp], points: NDArray[np.intp]) -> Costs:
        """Squared difference (shifts, points) of the slow properties."""
        ours = self.alike[points[:, 0], points[:, 1]]
        return np.asarray(np.square(self.alike[row, col] - ours[None]).sum(axis=2), np.float32)


def _scene(level: Level, detail: Plane, alike: Plane) -> _Scene:
    grey = detail.mean(axis=2)
    known = ~level.hole
    scale = max(float(grey[known].std()), 1.0)
    grey = np.where(known, grey / scale, 0).astype(np.float32)
    steps = [cv2.Sobel(grey, cv2.CV_32F, *order, ksize=3) / 4 for order in ((0, 1), (1, 0))]
    inner = cv2.erode(known.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) > 0
    look = np.stack([_LEVEL_WEIGHT * grey, *(np.where(inner, step, 0) for step in steps)], axis=2)
    side = 2 * _RING_PX + 1
    near = cv2.dilate(level.hole.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    return _Scene(
        look.astype(np.float32),
        alike / scale,
        level.usable,
        np.argwhere(near & inner),
        np.argwhere(level.hole),
    )


def _propose(scene: _Scene, length_weight: float, rng: np.random.Generator) -> NDArray[np.intp]:
    """Few shifts that together explain the ring and reach the whole hole (greedy facility location)."""
    rows, cols = scene.usable.shape
    span = 1.3 * (np.ptp(scene.inside, axis=0) + 8)
    drawn = rng.normal(0, 1, (_TRIED, 2)) * np.minimum(span, (rows, cols))
    shifts = np.unique(np.rint(drawn).astype(np.intp), axis=0)
    ring = scene.ring[:: max(1, len(scene.ring) // 250)]
    inside = scene.inside[:: max(1, len(scene.inside) // 150)]
    row, col, good = scene.at(inside, shifts)
    unlike = scene.unlike(row, col, inside)
    reach = np.where(good, np.minimum(unlike, 8.0), 8.0)
    around = np.minimum(scene.mismatch(ring, shifts), 8.0)
    # Neighbours on the ring vouch for each other: one lucky pixel is no match.
    close = np.square(ring[:, None] - ring[None]).sum(axis=2) < 20
    around = _pool(around, close)
    cost = np.concatenate([around, 0.3 * reach], axis=1).astype(np.float32)
    cost += (length_weight * np.hypot(shifts[:, 0], shifts[:, 1]) / max(rows, cols))[:, None].astype(
        np.float32
    )
    best = np.full(cost.shape[1], 9.0, np.float32)
    kept: list[int] = []
    for _ in range(int(np.clip(_AFFORDED // len(scene.inside), _FEWEST_KEPT, _KEPT))):
        kept.append(int(np.minimum(cost, best).sum(axis=1).argmin()))
        best = np.minimum(best, cost[kept[-1]])
    return shifts[np.unique(kept)]


def _pool(costs: Costs, close: Bits) -> Costs:
    pooled = np.empty_like(costs)
    for k, neighbours in enumerate(close):
        pooled[:, k] = costs[:, neighbours].mean(axis=1)
    return pooled


def _unaries(scene: _Scene, shifts: NDArray[np.intp], length_weight: float) -> Costs:
    """Cost (inside points, shifts) of copying to a point with a shift."""
    rows, cols = scene.usable.shape
    row, col, good = scene.at(scene.inside, shifts)
    unlike = scene.unlike(row, col, scene.inside)
    around = np.minimum(scene.mismatch(scene.ring, shifts), 8.0)
    result = np.empty((len(scene.inside), len(shifts)), np.float32)
    for k in range(len(shifts)):
        plane = np.zeros((rows, cols), np.float32)
        plane[scene.ring[:, 0], scene.ring[:, 1]] = around[k]
        spread = cv2.GaussianBlur(plane, (0, 0), 2.5)[scene.inside[:, 0], scene.inside[:, 1]]
        result[:, k] = np.where(good[k], _RING_WEIGHT * spread + unlike[k], _IMPOSSIBLE)
    length = np.hypot(shifts[:, 0], shifts[:, 1]) / max(rows, cols)
    return np.asarray(result + length_weight * length, np.float32)


def _joints(
    scene: _Scene, shifts: NDArray[np.intp], first: NDArray[np.intp], second: NDArray[np.intp]
) -> Costs:
    """Cost (pairs, shifts, shifts) of a joint between neighbouring points copied with different shifts."""
    total = np.zeros((len(first), len(shifts), len(shifts)), np.float32)
    for points in (first, second):
        row, col, _ = scene.at(scene.inside[points], shifts)
        seen = scene.look[row, col]  # (shifts, pairs, features)
        for k in range(seen.shape[2]):
            one = seen[..., k].T
            total += np.square(one[:, :, None] - one[:, None, :])
    total += np.where(np.eye(len(shifts), dtype=bool), 0, _JOINT_COST).astype(np.float32)
    return np.asarray(np.minimum(total, 8.0), np.float32)


def _pairs(scene: _Scene) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    number = np.full(scene.usable.shape, -1, np.intp)
    number[scene.inside[:, 0], scene.inside[:, 1]] = np.arange(len(scene.inside))
    across = (number[:, :-1].ravel(), number[:, 1:].ravel())
    down = (number[:-1].ravel(), number[1:].ravel())
    first, second = (np.concatenate([a, b]) for a, b in zip(across, down, strict=True))
    both = (first >= 0) & (second >= 0)
    return first[both], second[both]


def label_shifts(
    level: Level, detail: Plane, alike: Plane, length_weight: float, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Decide for each pixel of the hole where it is copied from.

    Parameters
    ----------
    level : Level
        The coarsest level, at most some thousands of pixels.
    detail : ndarray of float32, shape (rows, cols, channels)
        What has to fit where pieces meet; its values inside the hole are not looked at.
    alike : ndarray of float32, shape (rows, cols, properties)
        Properties, in grey levels and known inside the hole too, that a pixel and its source should share.
    length_weight : float
        What it costs to copy from as far away as the longer side.
    rng : numpy.random.Generator
        Draws the shifts that are tried.

    Returns
    -------
    ndarray of int32, shape (n, 2)
        Source (row, column) of each hole pixel, in the order of ``numpy.argwhere(level.hole)``.

    References
    ----------
    .. [1] Y. Pritch, E. Kav-Venaki, S. Peleg, "Shift-map image editing", ICCV 2009.
    .. [2] K. He, J. Sun, "Statistics of patch offsets for image completion", ECCV 2012.
    .. [3] N. Komodakis, G. Tziritas, "Image completion using efficient belief propagation via priority
       scheduling and dynamic pruning", IEEE Trans. Image Processing 16(11), 2007.
    """
    scene = _scene(level, detail, alike)
    shifts = _propose(scene, length_weight, rng)
    unary = _unaries(scene, shifts, length_weight)
    first, second = _pairs(scene)
    joint = _joints(scene, shifts, first, second)
    forward = np.zeros((len(first), len(shifts)), np.float32)
    backward = np.zeros_like(forward)
    for _ in range(_ROUNDS):
        belief = _gather(unary, first, second, forward, backward)
        sent = (belief[first] - backward)[:, :, None] + joint
        answered = (belief[second] - forward)[:, None, :] + joint
        fresh = sent.min(axis=1)
        forward = 0.5 * forward + 0.5 * (fresh - fresh.min(axis=1, keepdims=True))
        fresh = answered.min(axis=2)
        backward = 0.5 * backward + 0.5 * (fresh - fresh.min(axis=1, keepdims=True))
    chosen = _gather(unary, first, second, forward, backward).argmin(axis=1)
    target = scene.inside + shifts[chosen]
    return np.asarray(target.clip(0, np.array(level.hole.shape) - 1), np.int32)


def _gather(
    unary: Costs, first: NDArray[np.intp], second: NDArray[np.intp], forward: Costs, backward: Costs
) -> Costs:
    belief = unary.copy()
    # At most one pair of each direction ends in a point, so split sums keep the order of addition fixed.
    np.add.at(belief, second, forward)
    np.add.at(belief, first, backward)
    return belief
