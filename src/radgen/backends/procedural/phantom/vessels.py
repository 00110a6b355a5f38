"""Pulmonary arteries and veins as space-filling trees, and the air in trachea and bronchi.

The trees halve a cloud of targets again and again and send a branch toward each half (after Kitaoka,
Takaki and Suki, J Appl Physiol 1999); radii follow Murray's law with an exponent of 2.85, so that
vessels taper from hilum to pleura.
"""

from dataclasses import dataclass

import numpy as np

from radgen.backends.procedural.phantom.matter import BLOOD, GAS, LUNG, SOFT
from radgen.backends.procedural.phantom.organs import SIDES, Torso
from radgen.backends.procedural.phantom.shape import Field
from radgen.backends.procedural.phantom.tubes import Cloud, Tube, merge

__all__ = ["airway_tubes", "grow_vessels"]

_STEPS = 7
_EXPONENT = 2.85


@dataclass(frozen=True, slots=True)
class _Root:
    """Where a tree enters the lung and how rich it is."""

    where_mm: tuple[float, float, float]
    levels: int
    twig_mm: float


def _targets(torso: Torso, side: int, count: int, rng: np.random.Generator) -> Field:
    """Points spread over the healthy lung, a little away from its surface."""
    found: list[Field] = []
    total = 0
    while total < count:
        points = rng.uniform((6.0, -100.0, -190.0), (150.0, 95.0, torso.apex_mm), (6 * count, 3)).astype(
            np.float32
        )
        x, y, z = side * points[:, 0], points[:, 1] * torso.person.depth, points[:, 2]
        cavity = torso.cavity(x, y, z)
        heart = torso.heart_level(x, y, z)
        depth = torso.lung(side, x, y, z, cavity, torso.mediastinum(x, y, z, heart * heart))
        kept = np.stack([x, y, z], axis=1)[depth < -3.5]
        found.append(kept)
        total += len(kept)
    return np.concatenate(found)[:count].astype(np.float64)


def _split(groups: Field, rng: np.random.Generator) -> Field:
    """Halve every group of targets across its longest extent: (G, n, 3) to (2G, n/2, 3)."""
    centred = groups - groups.mean(axis=1, keepdims=True)
    spread = np.einsum("gni,gnj->gij", centred, centred)
    axis = np.linalg.eigh(spread)[1][:, :, -1] + rng.normal(0.0, 0.22, (len(groups), 3))
    order = np.argsort(np.einsum("gni,gi->gn", centred, axis), axis=1)
    ranked = np.take_along_axis(groups, order[:, :, None], axis=1)
    return ranked.reshape(2 * len(groups), groups.shape[1] // 2, 3)


def _tree(root: _Root, targets: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    """Grow one tree: (N, 3) pairs of neighbouring axis points as (N, 2, 3), and radii (N,)."""
    groups = targets[None]
    shares = rng.lognormal(0.0, 0.55, len(targets))
    nodes = np.array([root.where_mm], dtype=np.float64)
    heading = groups.mean(axis=1) - nodes
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    pieces, radii = [], []
    for level in range(root.levels):
        groups = _split(groups, rng)
        weights = shares.reshape(len(groups), -1).sum(axis=1)
        radius = root.twig_mm * weights ** (1.0 / _EXPONENT)
        before, came = np.repeat(nodes, 2, axis=0), np.repeat(heading, 2, axis=0)
        reach = 0.95 if level == root.levels - 1 else rng.uniform(0.30, 0.52, (len(groups), 1))
        nodes = before + reach * (groups.mean(axis=1) - before)
        length = np.linalg.norm(nodes - before, axis=1, keepdims=True) + 1e-6
        toward = (nodes - before) / length
        wander = rng.normal(0.0, 0.16, toward.shape)
        leave, heading = 0.55 * came + 0.45 * toward + wander, toward + 0.5 * wander
        pieces.append(_hermite(before, nodes, leave * length, heading * length))
        radii.append(np.repeat(radius, _STEPS))
    return np.concatenate(pieces), np.concatenate(radii)


def _hermite(start: Field, stop: Field, leave: Field, arrive: Field) -> Field:
    """Smooth branches, cut into straight pieces: (branches * steps, 2, 3)."""
    t = np.linspace(0.0, 1.0, _STEPS + 1)[None, :, None]
    start, stop, leave, arrive = (a[:, None, :] for a in (start, stop, leave, arrive))
    curve = (2 * t**3 - 3 * t**2 + 1) * start + (t**3 - 2 * t**2 + t) * leave
    curve = curve + (3 * t**2 - 2 * t**3) * stop + (t**3 - t**2) * arrive
    pairs = np.stack([curve[:, :-1], curve[:, 1:]], axis=2)
    return pairs.reshape(-1, 2, 3)


def _fill(pieces: Field, radii: Field, cell_mm: float, rng: np.random.Generator) -> Cloud:
    """Fill round branches with points."""
    along = pieces[:, 1] - pieces[:, 0]
    length = np.linalg.norm(along, axis=1)
    steps = np.maximum(1, np.ceil(length / (0.8 * cell_mm))).astype(int)
    columns = np.clip(np.ceil(2.2 * radii / cell_mm), 1, 24).astype(int)
    count = steps * columns * np.where(columns > 5, 5, 1)
    owner = np.repeat(np.arange(len(radii)), count)
    serial = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    per, wide = steps[owner], columns[owner]
    row, column = serial % per, serial // per
    # Stratified over length and width, left to chance in depth: neither stripes nor grain in large vessels.
    t = (row + rng.random(len(owner), dtype=np.float32)) / per
    u = (column % wide + (row * 0.6180339887 + owner * 0.7548776662) % 1.0) / wide * 2.0 - 1.0
    chord = np.sqrt(np.maximum(1.0 - u * u, 0.0))
    v = (rng.random(len(owner), dtype=np.float32) * 2.0 - 1.0) * chord
    t, u, v = (a.astype(np.float32) for a in (t, u, v))
    direction = along / (length[:, None] + 1e-6)
    side = np.cross(direction, np.array([0.31, 0.93, 0.20]))
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-6
    other = np.cross(direction, side)
    ways = np.stack([pieces[:, 0], along, radii[:, None] * side, radii[:, None] * other], axis=1).astype(
        np.float32
    )
    ways = ways[owner]
    points = ways[:, 0] + t[:, None] * ways[:, 1] + u[:, None] * ways[:, 2] + v[:, None] * ways[:, 3]
    share = ((BLOOD - LUNG) * 4.0 * radii**2 * length / count).astype(np.float32)
    return Cloud(points.astype(np.float32), (share[owner] * chord).astype(np.float32))


def grow_vessels(torso: Torso, cell_mm: float, rng: np.random.Generator) -> Cloud:
    """Arteries and veins of both lungs.

    Parameters
    ----------
    torso : Torso
        The healthy person: findings must not move a vessel.
    cell_mm : float
        Width of the cells of the picture to come.
    rng : numpy.random.Generator
        Which way the branches go.

    Returns
    -------
    Cloud
        Weights are relative to aerated lung: multiply by how aerated the surroundings are.
    """
    thick, h = torso.person.vessel, torso.person.height
    clouds = []
    for side in SIDES:
        high = 7.0 if side > 0 else -6.0
        x = 30.0 if side > 0 else 33.0
        artery = _Root((side * x, -14.0, (high - 8.0) * h), 11, 0.50 * thick)
        vein = _Root((side * (x - 6.0), -24.0, (high - 36.0) * h), 10, 0.52 * thick)
        for root in (artery, vein):
            targets = _targets(torso, side, 2**root.levels, rng)
            pieces, radii = _tree(root, targets, rng)
            clouds.append(_fill(pieces, radii, cell_mm, rng))
    return merge(clouds)


def airway_tubes(torso: Torso) -> list[Tube]:
    """Trachea, main and lobar bronchi as tubes of gas in soft tissue.

    Parameters
    ----------
    torso : Torso
        The person.

    Returns
    -------
    list of Tube
        Gas, relative to soft tissue.
    """
    person = torso.person
    h, shift = person.height, person.trachea_shift_mm
    tight = 0.78 if person.scale < 0.7 else 1.0

    def gas(knots: list[tuple[float, float, float]], start: float, stop: float) -> Tube:
        points = np.array(knots)
        at = np.linspace(0, len(points) - 1, 40)
        curve = np.stack([np.interp(at, np.arange(len(points)), points[:, k]) for k in range(3)], axis=1)
        for _ in range(12):
            curve[1:-1] = 0.25 * curve[:-2] + 0.5 * curve[1:-1] + 0.25 * curve[2:]
        radius = np.linspace(start, stop, 40) * tight
        return Tube(
            curve, np.stack([radius, radius], axis=1), np.array([1.0, 0.0, 0.3]), 0.0, 0.0, GAS - SOFT
        )

    fork = (-2.0 + 0.3 * shift, -26.0, 2.0 * h)
    neck = (0.3 * shift, 8.0 - 0.5 * person.kyphosis_mm, 150.0 * h)
    left_end, right_end = (40.0, -30.0, -26.0 * h), (-30.0, -30.0, -30.0 * h)
    return [
        gas([neck, (shift, -8.0, 90.0 * h), (shift - 2.0, -20.0, 40.0 * h), fork], 9.4, 8.8),
        gas([fork, (18.0, -29.0, -12.0 * h), left_end], 6.6, 5.4),
        gas([fork, (-14.0, -28.0, -12.0 * h), right_end], 7.2, 6.0),
        gas([right_end, (-34.0, -36.0, -52.0 * h)], 4.2, 2.4),
        gas([left_end, (44.0, -38.0, -50.0 * h)], 3.8, 2.2),
        gas([(-20.0, -28.0, -14.0 * h), (-42.0, -28.0, -8.0 * h)], 4.4, 3.0),
        gas([left_end, (52.0, -22.0, -10.0 * h)], 4.0, 2.8),
    ]
