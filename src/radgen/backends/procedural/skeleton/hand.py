"""A hand from behind: 14 phalanges, 5 metacarpals, 8 carpals, the ends of radius and ulna."""

from dataclasses import dataclass

import numpy as np

from radgen.backends.procedural.drawing.curve import Points, around, moved, ring
from radgen.backends.procedural.skeleton.matter import LIMB
from radgen.backends.procedural.skeleton.scene import Body, Scene
from radgen.backends.procedural.skeleton.solid import Anchored, Solid, bone, flesh

__all__ = ["draw_hand"]

_GAP_MM = 1.6
"""Joint space of fingers."""


@dataclass(frozen=True, slots=True)
class _Ray:
    """A metacarpal and its finger; a finger's joints bend by little in the plane of the picture."""

    base: tuple[float, float]
    turn_deg: tuple[float, ...]
    length_mm: tuple[float, ...]
    half_mm: tuple[tuple[float, float, float], ...]
    """(base, waist, head) of each bone."""


_FINGER = ((7.4, 4.0, 7.2), (7.3, 4.2, 5.5), (6.4, 3.4, 5.0), (5.2, 2.2, 3.8))
_SLIM = tuple((a * 0.86, b * 0.84, c * 0.86) for a, b, c in _FINGER)
_RAYS = (
    _Ray((-31, 44), (-40, -27, -20), (44, 31, 24), ((8.0, 5.0, 7.8), (8.0, 4.6, 6.4), (7.0, 3.2, 5.0))),
    _Ray((-13, 38), (-9, -8, -6, -5), (66, 40, 23, 17), _FINGER),
    _Ray((0, 38), (-1, 0, 0, 1), (64, 44, 28, 18), _FINGER),
    _Ray((11, 38), (6, 8, 7, 6), (57, 41, 26, 18), _FINGER),
    _Ray((21, 40), (17, 23, 19, 17), (53, 32, 18, 16), _SLIM),
)
_CARPALS = (
    [(-28, 40), (-20, 40), (-15, 46), (-17, 53), (-25, 54), (-31, 50)],  # trapezium
    [(-17, 39), (-9, 39), (-7, 45), (-10, 49), (-15, 47)],  # trapezoid
    [(-6, 39), (4, 39.5), (5.5, 48), (5, 57), (0.5, 61), (-5, 58), (-7.5, 49)],  # capitate
    [(6, 40), (15, 40), (23, 43), (22, 49), (14, 54), (8, 59), (6.5, 50)],  # hamate
    [(-19, 54), (-12, 50), (-7, 56), (-4, 64), (-9, 70), (-17, 68), (-23, 61), (-24, 55)],  # scaphoid
    [(-2.5, 65), (2, 62.5), (8, 61), (11, 66), (9, 72), (2, 74), (-3, 71)],  # lunate
    [(11, 59), (18, 52), (24, 54), (25, 61), (20, 67), (13, 66)],  # triquetrum
)
_RADIUS = [
    (-24, 64), (-20, 69), (-12, 73.5), (-4, 76), (3, 76), (7, 78), (6.5, 84), (2, 96), (-1, 115), (-2, 150),
    (-18, 150), (-19, 115), (-23, 95), (-29, 80), (-29, 70),
]  # fmt: skip
_ULNA = [
    (10, 80), (15, 76.5), (20, 77), (23, 73), (26, 71.5), (27, 77), (24.5, 86), (22, 100), (22.5, 150),
    (10.5, 150), (11.5, 100), (9.5, 88),
]  # fmt: skip


def draw_hand(body: Body, rng: np.random.Generator) -> Scene:
    """The right hand of a person, fingers up.

    Parameters
    ----------
    body : Body
        The person.
    rng : numpy.random.Generator
        How the fingers are spread.

    Returns
    -------
    Scene
        The solids.

    Examples
    --------
    >>> from radgen.backends.procedural.skeleton.scene import sample_body
    >>> len(draw_hand(sample_body(None, None, None, 0), np.random.default_rng(0)).bones)
    29
    """
    spread = float(rng.uniform(1.0, 1.6))
    fingers = [_ray_bones(ray, spread, rng.uniform(-1, 1, 8), body.cortex) for ray in _RAYS]
    bones = [part for ray, _ in fingers for part in ray]
    bones += [bone(ring(outline), 0.9 * body.cortex, 0.95) for outline in _grown_carpals()]
    bones.append(bone(around((19, 60), (5.5, 6.5)), 0.8 * body.cortex, 0.8))  # pisiform
    shaft = _along(0.9, 3.4, body.cortex)
    bones += [bone(ring(_RADIUS), shaft, 0.75, _FILLED), bone(ring(_ULNA), shaft, 0.9, _FILLED)]
    skin = flesh(ring(_contour([joints for _, joints in fingers], body.girth)), 1.8, _FLATNESS)
    placed = [solid.moved(to=(11.0, 6.0)) for solid in (skin, *bones)]
    return Scene(
        tissue=(placed[0],),
        bones=tuple(placed[1:]),
        field_mm=(268.0, 184.0),
        shutter_mm=(290.0, 260.0),
        table=LIMB,
        scatter=0.06,
    )


_FILLED = ((0, 75, 1.0), (0, 95, 0.6), (0, 130, -0.3))
_FLATNESS: Anchored = (
    (0, 0, 0.42), (-20, 20, 0.4), (20, 20, 0.42), (0, 60, 0.55), (0, 130, 0.75), (-50, 20, 0.7),
    (0, -35, 0.5), (-22, -35, 0.55), (22, -25, 0.55), (0, -75, 0.85), (0, -110, 0.9), (-25, -90, 0.95),
    (25, -80, 0.95), (45, -60, 0.95), (-75, -30, 0.95),
)  # fmt: skip


def _grown_carpals() -> list[Points]:
    """Each carpal grown about its middle: a smooth curve cuts the corners of its knots."""
    knots = [np.array(outline, np.float64) for outline in _CARPALS]
    return [k.mean(axis=0) + 1.09 * (k - k.mean(axis=0)) for k in knots]


def _along(end_mm: float, middle_mm: float, cortex: float) -> Anchored:
    """Thin at the wrist, thick along the forearm."""
    return ((0, 72, end_mm * cortex), (0, 90, 1.4 * end_mm * cortex), (0, 140, middle_mm * cortex))


def _ray_bones(
    ray: _Ray, spread: float, jitter: np.ndarray, cortex: float
) -> tuple[list[Solid], list[tuple[Points, float]]]:
    """The bones of one ray, and its joints with the finger's half width there."""
    at = np.array(ray.base, np.float64)
    bones, joints = [], []
    for index, (turn, length, half) in enumerate(zip(ray.turn_deg, ray.length_mm, ray.half_mm, strict=True)):
        turn_deg = turn * (spread if index else 1.0) + 1.2 * jitter[index]
        last, first = index == len(ray.length_mm) - 1, index == 0
        outline = _metacarpal(length, half) if first else _phalanx(length, half, tuft=last)
        waist = half[1]
        shell = ((0, 0, 0.6 * cortex), (0, -0.5 * length, 0.42 * waist * cortex), (0, -length, 0.6 * cortex))
        hollow = ((0, 0, 1.0), (0, -0.5 * length, -0.2), (0, -length, 1.0))
        part = bone(ring(outline), shell, 0.85, hollow).moved(turn_deg, 1.0, (float(at[0]), float(at[1])))
        bones.append(part)
        way = moved([(0.0, -1.0)], turn_deg)[0]
        at = at + way * (length + _GAP_MM)
        joints.append((at.copy(), half[2] + (5.2 if not last else 4.6)))
    return bones, joints


def _both(right: list[tuple[float, float]]) -> Points:
    """A symmetric outline from its right side, from below upwards."""
    return np.array([*right, *[(-x, y) for x, y in reversed(right)]], np.float64)


_HOLLOW = ((0.3, -0.03), (0.85, 0.01), (1.0, -0.07), (0.78, -0.18))
_TUFT = ((1.0, -0.86), (0.8, -0.97), (0.2, -1.0))
_CONDYLES = ((0.97, -0.88), (0.98, -0.95), (0.6, -1.0), (0.12, -0.975))
"""Ends of phalanges, in half widths there and lengths of the bone."""


def _metacarpal(length: float, half: tuple[float, float, float]) -> Points:
    """Squarish base, waist, round head; base at the origin, head upwards."""
    b, w, h = half
    return _both(
        [(0.45 * b, 0.2), (0.95 * b, -0.02 * length), (0.92 * b, -0.1 * length), (1.15 * w, -0.27 * length),
         (w, -0.5 * length), (1.12 * w, -0.7 * length), (0.98 * h, -0.84 * length), (h, -0.92 * length),
         (0.62 * h, -0.99 * length), (0.15 * h, -length)]
    )  # fmt: skip


def _phalanx(length: float, half: tuple[float, float, float], *, tuft: bool) -> Points:
    """Hollow flared base, waist, and a head with two condyles or a tuft."""
    b, w, h = half
    foot = [(x * b, y * length) for x, y in _HOLLOW]
    shaft = [(1.12 * w, -0.36 * length), (w, -0.56 * length), (1.07 * w, -0.73 * length)]
    end = _TUFT if tuft else _CONDYLES
    return _both([*foot, *shaft, *[(x * h, y * length) for x, y in end]])


def _contour(rays: list[list[tuple[Points, float]]], girth: float) -> Points:
    """The skin, from the forearm's thumb side around all fingers and back."""
    wide = 0.5 + 0.5 * girth
    knots: list[Points] = [np.array(p, np.float64) for p in ((-30 * wide, 160), (-33 * wide, 100), (-40, 62))]
    for index, joints in enumerate(rays):
        start = 0 if index == 0 else 1
        ends = [joints[0][0], *[at for at, _ in joints]]
        left, right = [], []
        for number, (at, half) in enumerate(joints):
            along = at - (ends[number] if number else joints[1][0] * -1 + 2 * at)
            along = along / (np.linalg.norm(along) + 1e-9)
            across = np.array([along[1], -along[0]])
            tip = number == len(joints) - 1
            if number >= start or index in {0, 4}:
                reach = half * wide * (0.75 if tip else 1.0)
                left.append(at + across * reach)
                right.append(at - across * reach)
            if tip:
                left.append(at + along * 3.5)
        knots += left + right[::-1]
        if index < len(rays) - 1:
            knots.append(_web(joints, rays[index + 1], index))
    tail = ((33, 30), (35, 60), (33 * wide, 100), (31 * wide, 160))
    return np.array([*knots, *[np.array(p, np.float64) for p in tail]])


def _web(here: list[tuple[Points, float]], there: list[tuple[Points, float]], index: int) -> Points:
    """Where two fingers part."""
    if index == 0:
        return np.array([-40.0, 2.0])
    (a, _), (b, _) = here[0], there[0]
    (c, _), (d, _) = here[1], there[1]
    return np.asarray(0.25 * (a + b) + 0.25 * (c + d) + 0.05 * (a + b - c - d))
