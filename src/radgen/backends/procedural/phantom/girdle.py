"""The shoulder girdle: clavicles, scapulae, upper arms."""

from dataclasses import replace

import numpy as np

from radgen.backends.procedural.phantom.matter import CORTICAL, MARROW, SOFT
from radgen.backends.procedural.phantom.organs import SIDES, Torso
from radgen.backends.procedural.phantom.shape import Field
from radgen.backends.procedural.phantom.tubes import Cloud, Tube, plate

__all__ = ["girdle_plates", "girdle_tubes"]

_COMPACT = CORTICAL - SOFT
_SPONGY = MARROW - SOFT


def _smooth_path(knots: list[tuple[float, float, float]], count: int = 60) -> Field:
    """A curve through a few knots, with its corners rounded."""
    points = np.array(knots, dtype=np.float64)
    at = np.linspace(0, len(points) - 1, count)
    curve = np.stack([np.interp(at, np.arange(len(points)), points[:, k]) for k in range(3)], axis=1)
    for _ in range(count // 2):
        curve[1:-1] = 0.25 * curve[:-2] + 0.5 * curve[1:-1] + 0.25 * curve[2:]
    return curve


def _bone(curve: Field, half: list[tuple[float, float]], bone: float, shell: float, tall: Field) -> Tube:
    """A bone along a curve; half axes are given at equal steps along it."""
    at = np.linspace(0, len(half) - 1, len(curve))
    table = np.array(half)
    axes = np.stack([np.interp(at, np.arange(len(half)), table[:, k]) for k in range(2)], axis=1)
    return Tube(curve, axes, tall, shell, _COMPACT * bone, _SPONGY * bone)


def _shoulder(torso: Torso, side: int) -> tuple[float, float, float]:
    """The middle of the head of the humerus."""
    person = torso.person
    x = side * (166.0 * person.width + 0.35 * person.wall_mm + 0.3 * person.arm_out_mm)
    return x, -22.0, (66.0 + 0.7 * person.shoulder_mm + 0.35 * person.clavicle_lift_mm) * person.height


def _clavicle(torso: Torso, side: int) -> Tube:
    """An S from the sternum to the shoulder."""
    person = torso.person
    x, _, z = _shoulder(torso, side)
    lift = person.clavicle_lift_mm + side * person.clavicle_skew_mm * 0.5
    low = 50.0 * person.height + 0.55 * lift
    high = z + 20.0 + 0.4 * lift
    knots = [
        (side * 13.0, 50.0, low), (side * 32.0, 56.0, low + 2.0), (side * 68.0, 50.0, low + 0.36 * (high -
        low)),
        (abs(x) * 0.58 * side, 26.0, low + 0.80 * (high - low)), (abs(x) * 0.74 * side, 4.0, high),
        (abs(x) * 0.87 * side, -12.0, high - 3.0),
    ]  # fmt: skip
    half = [(10.5, 9.0), (7.6, 7.0), (6.4, 6.2), (6.4, 6.0), (6.4, 5.0), (5.8, 4.2), (3.0, 2.4)]
    return _bone(_smooth_path(knots), half, 1.25 * person.bone, 1.8, np.array([0.0, 0.0, 1.0]))


def _scapula_points(torso: Torso, side: int) -> dict[str, Field]:
    """Landmarks of one shoulder blade."""
    person = torso.person
    x, y, z = _shoulder(torso, side)
    out = person.scapula_out_mm

    def at(dx: float, dy: float, dz: float) -> Field:
        return np.array([x - side * dx, y + dy, z + dz])

    return {
        "glenoid_top": at(24.0, -2.0, 14.0),
        "glenoid_low": at(24.0, -4.0, -20.0),
        "upper": at(88.0 - out, -52.0, 28.0),
        "root": at(98.0 - out, -62.0, -8.0),
        "tip": at(62.0 - 1.2 * out, -74.0, -118.0),
        "acromion": at(4.0, -10.0, 32.0),
        "neck": at(40.0, -10.0, 0.0),
    }


def girdle_tubes(torso: Torso, *, arms_down: bool) -> list[Tube]:
    """Bones of both shoulders as tubes.

    Parameters
    ----------
    torso : Torso
        The person.
    arms_down : bool
        Whether the arms hang at the sides.

    Returns
    -------
    list of Tube
        Clavicles, edges and spines of the scapulae, humeri.
    """
    tubes = []
    up, bone = np.array([0.0, 0.0, 1.0]), 0.85 * torso.person.bone
    for side in SIDES:
        tubes.append(_clavicle(torso, side))
        p = _scapula_points(torso, side)
        flat = np.array([float(side), 0.6, 0.0])

        def rod(
            names: list[str], half: list[tuple[float, float]], p: dict[str, Field] = p, tall: Field = flat
        ) -> Tube:
            path = _smooth_path([tuple(p[name]) for name in names])
            return _bone(path, half, bone, 1.3, tall)

        tubes.append(rod(["glenoid_low", "tip"], [(6.5, 4.5), (4.5, 3.5), (4.0, 3.0)]))
        tubes.append(rod(["tip", "root", "upper"], [(3.5, 2.5), (2.4, 2.0), (2.4, 2.0)]))
        tubes.append(rod(["upper", "neck"], [(1.4, 1.4), (1.4, 1.4)]))
        tubes.append(rod(["root", "neck", "acromion"], [(3.0, 3.0), (4.0, 4.0), (8.0, 5.0)], tall=up))
        tubes.append(
            rod(["glenoid_top", "glenoid_low"], [(1.5, 1.5), (4.0, 3.0), (4.5, 3.5), (4.0, 3.0), (1.5, 1.5)])
        )
        if arms_down:
            tubes.extend(_humerus(torso, side))
    return tubes


def _humerus(torso: Torso, side: int) -> list[Tube]:
    """Head and shaft of the upper arm bone."""
    x, y, z = _shoulder(torso, side)
    out, bone, outward = torso.person.arm_out_mm, 0.8 * torso.person.bone, np.array([float(side), 0.0, 0.2])
    turn = np.sqrt(np.clip(1.0 - np.linspace(-1.0, 1.0, 15) ** 2, 0.02, 1.0))
    ball = _smooth_path([(x + side * 2.0, y, z + 23.0), (x + side * 4.0, y, z - 25.0)], 40)
    head = _bone(ball, [(23.0 * v, 22.0 * v) for v in turn], 0.75 * bone, 1.2, outward)
    knots = [
        (x + side * 5.0, y, z + 2.0), (x + side * 11.0, y, z - 50.0), (x + side * (18.0 + 0.4 * out), y, z
        - 120.0),
        (x + side * (30.0 + out), y, z - 290.0),
    ]  # fmt: skip
    half = [
        (16.0, 15.0),
        (15.0, 14.0),
        (13.0, 13.0),
        (11.0, 11.0),
        (11.0, 11.0),
        (10.5, 10.5),
        (10.5, 10.5),
        (11.0, 11.0),
    ]
    shaft = _bone(_smooth_path(knots, 90), half, bone, 2.6, outward)
    return [head, replace(shaft, strength=np.clip((np.arange(90) - 1) / 12.0, 0.0, 1.0))]


def girdle_plates(torso: Torso, cell_mm: float) -> list[Cloud]:
    """The blades of the scapulae.

    Parameters
    ----------
    torso : Torso
        The person.
    cell_mm : float
        Width of the cells of the picture to come.

    Returns
    -------
    list of Cloud
        One thin plate a side.
    """
    clouds = []
    for side in SIDES:
        p = _scapula_points(torso, side)
        corners = np.stack([p["upper"], p["neck"], p["tip"], p["root"]])
        clouds.append(plate(corners, 2.4, _COMPACT * 0.55 * torso.person.bone, cell_mm))
        corners = np.stack([p["neck"], p["glenoid_top"], p["glenoid_low"], p["tip"]])
        clouds.append(plate(corners, 4.5, _COMPACT * 0.5 * torso.person.bone, cell_mm))
    return clouds
