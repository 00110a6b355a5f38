"""Organs as a transducer sees them: liver, kidney and the heart's four chambers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from radgen.backends.procedural.drawing.area import Area
from radgen.backends.procedural.drawing.curve import Knots, Points, around, blob, moved, ring, tube
from radgen.backends.procedural.ultrasound.echo import Echo
from radgen.backends.procedural.ultrasound.fan import Fan

__all__ = ["DrawPlane", "View", "draw_heart", "draw_kidney", "draw_liver"]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A plane and the field that looks at it.

    Parameters
    ----------
    fan : Fan
        The transducer's field.
    parts : tuple of Area
        In painting order.
    """

    fan: Fan
    parts: tuple[Area, ...]


_HEART = [
    (0, 14), (22, 20), (42, 44), (52, 74), (52, 92), (54, 118), (44, 140), (22, 146), (0, 142), (-22, 146),
    (-42, 140), (-54, 118), (-52, 92), (-46, 72), (-32, 42), (-16, 20),
]  # fmt: skip
_RIGHT_VENTRICLE = [
    (-8, 34), (-7, 60), (-5, 84), (-12, 90), (-38, 90), (-46, 86), (-40, 68), (-26, 44), (-16, 32),
]  # fmt: skip
_LEFT_ATRIUM = [(8, 98), (34, 98), (48, 104), (50, 120), (40, 136), (22, 141), (7, 136), (4, 116)]
_RIGHT_ATRIUM = [(-6, 96), (-34, 94), (-48, 102), (-50, 120), (-40, 136), (-22, 141), (-7, 136), (-3, 116)]
_BLADDER = [(-22, 2), (-10, -9), (10, -8), (22, 0), (12, 9), (-8, 9)]
DrawPlane: TypeAlias = Callable[[np.random.Generator], View]


def _wall(radius_mm: float, fat_mm: float) -> list[Area]:
    """Skin, fat and muscle with fasciae, in layers that follow the transducer's face."""

    def layer(top: float, bottom: float, echo: Echo) -> Area:
        angle = np.deg2rad(np.linspace(-50, 50, 40))
        arcs = []
        for depth, turn in ((top, 1), (bottom, -1)):
            reach = radius_mm + depth
            arc = np.stack([reach * np.sin(angle), reach * np.cos(angle) - radius_mm], axis=1)
            arcs.append(arc[::turn])
        return Area(echo, np.concatenate(arcs))

    depths = (
        (-2.0, 2.0, Echo.SKIN),
        (2.0, fat_mm, Echo.FAT),
        (0.5 * fat_mm, 0.5 * fat_mm + 0.7, Echo.FASCIA),
        (fat_mm, fat_mm + 1.0, Echo.FASCIA),
        (fat_mm + 1.0, fat_mm + 8.0, Echo.MUSCLE),
        (fat_mm + 4.2, fat_mm + 4.8, Echo.FASCIA),
        (fat_mm + 8.0, fat_mm + 9.3, Echo.FASCIA),
    )
    return [layer(*depth) for depth in depths]


def _vessel(knots: list[tuple[float, float]], half_mm: list[float], *, walled: bool) -> list[Area]:
    """A vessel in the liver; portal branches have bright walls, hepatic veins have none."""
    out = []
    if walled:
        out.append(Area(Echo.VESSEL_WALL, tube(knots, [h + 1.3 for h in half_mm]), (Echo.LIVER,)))
    return [*out, Area(Echo.BLOOD, tube(knots, half_mm), (Echo.LIVER, Echo.VESSEL_WALL))]


def draw_liver(rng: np.random.Generator) -> View:
    """The right lobe from under the ribs: veins, portal branches, diaphragm, sometimes the gallbladder.

    Parameters
    ----------
    rng : numpy.random.Generator
        Forms.

    Returns
    -------
    View
        With a curved array's fan.

    Examples
    --------
    >>> any(part.tissue is Echo.DIAPHRAGM for part in draw_liver(np.random.default_rng(0)).parts)
    True
    """
    fan = Fan(radius_mm=55.0, half_deg=33.0, depth_mm=float(rng.uniform(145, 165)))
    fat = float(rng.uniform(7, 14))
    deep, lean = float(rng.uniform(112, 124)), float(rng.uniform(-10, 10))
    arc = [(-135, 20), (-112, 66), (-70, deep - 12), (-20, deep), (34, deep - 4), (84, deep - 34), (112, 60)]
    shore = [(x + lean, y) for x, y in arc]
    liver = ring([(-150, -20), *shore, (130, 20), (60, -10), (0, -5)])
    parts = [
        Area(Echo.LIVER, ring([(-220, 0), (220, 0), (220, 240), (-220, 240)]))
    ]  # the mirror image behind
    parts += [Area(Echo.LIVER, liver), Area(Echo.DIAPHRAGM, tube(shore, [0.8, 1.4, 1.6, 1.6, 1.6, 1.2, 0.8]))]
    j = rng.uniform(-6, 6, (6, 2))
    cava = (float(22 + j[0, 0]), float(deep - 17 + j[0, 1]))
    for end in ((-56 + j[1, 0], 84 + j[1, 1]), (-4 + j[2, 0], 46 + j[2, 1]), (62 + j[3, 0], 62 + j[3, 1])):
        middle = (0.5 * (end[0] + cava[0]) - 5, 0.5 * (end[1] + cava[1]))
        parts += _vessel([cava, middle, end], [5.5, 4.2, 2.6, 1.0], walled=False)
    parts.append(Area(Echo.BLOOD, around(cava, (13, 9), 12), (Echo.LIVER,)))
    gate = (float(-30 + j[4, 0]), float(62 + j[4, 1]))
    parts += _vessel([(54, 54), (30, 60), (4, 68), gate], [2.0, 4.8, 5.2, 4.0], walled=True)
    for end in ((-72, 56), (-60, 82), (-36, 40)):
        parts += _vessel(
            [gate, (0.5 * (gate[0] + end[0]), 0.5 * (gate[1] + end[1]) + 3), end],
            [3.2, 2.0, 0.8],
            walled=True,
        )
    for _ in range(22):  # small branches, cut across
        spot = float(rng.uniform(-80, 80)), float(rng.uniform(32, 104))
        size = float(rng.uniform(0.7, 1.5))
        parts += [Area(Echo.VESSEL_WALL, blob(spot, (size + 1.1, size + 0.9), 0.3, rng), (Echo.LIVER,))]
        parts += [Area(Echo.BLOOD, blob(spot, (size, 0.8 * size), 0.3, rng), (Echo.VESSEL_WALL,))]
    if rng.random() < 0.6:
        at = float(rng.uniform(44, 60)), float(rng.uniform(56, 66))
        bladder = moved(ring(_BLADDER), float(rng.uniform(15, 55)), 1.0, at)
        parts += [
            Area(Echo.VESSEL_WALL, bladder * 1.0),
            Area(Echo.BILE, bladder + 0.06 * (bladder.mean(0) - bladder)),
        ]
    return View(fan, (*parts, *_wall(fan.radius_mm, fat)))


def draw_kidney(rng: np.random.Generator) -> View:
    """The right kidney lengthwise, seen through the liver.

    Parameters
    ----------
    rng : numpy.random.Generator
        Forms.

    Returns
    -------
    View
        With a curved array's fan.

    Examples
    --------
    >>> {Echo.SINUS, Echo.PYRAMID} <= {part.tissue for part in draw_kidney(np.random.default_rng(0)).parts}
    True
    """
    fan = Fan(radius_mm=55.0, half_deg=33.0, depth_mm=float(rng.uniform(112, 128)))
    long, thick = float(rng.uniform(49, 57)), float(rng.uniform(22, 26))
    tilt, at = float(rng.uniform(6, 18)), (float(rng.uniform(-4, 12)), float(rng.uniform(62, 70)))

    def put(points: Points) -> Points:
        return moved(points, tilt, 1.0, at)

    edge = put(blob((0, 0), (long, thick), 0.04, rng))
    parts = [Area(Echo.TISSUE, ring([(-220, 0), (220, 0), (220, 240), (-220, 240)]))]
    parts.append(
        Area(Echo.LIVER, ring([(-190, -20), (-170, 90), (-76, 88), (-30, 50), (34, 44), (70, 46), (120, 10)]))
    )
    parts += _vessel([(-84, 44), (-50, 40), (-20, 30)], [2.6, 2.0, 1.0], walled=True)
    parts += _vessel([(-70, 62), (-50, 52), (-34, 34)], [2.4, 2.0, 0.8], walled=False)
    parts.append(
        Area(Echo.MUSCLE, put(ring([(-80, 40), (-20, 32), (50, 34), (90, 46), (90, 80), (-80, 80)])))
    )
    parts.append(Area(Echo.FASCIA, put(tube([(-78, 40), (-20, 32), (50, 34), (88, 44)], [0.6, 0.9, 0.6]))))
    parts += [Area(Echo.SINUS, put(around((0, 0), (long + 3.2, thick + 3.0)))), Area(Echo.KIDNEY, edge)]
    for angle in np.deg2rad([-158, -128, -96, -64, -30, 6, 40, 72, 104, 136, 168]):
        way = np.array([np.cos(angle) * long, np.sin(angle) * thick])
        path = np.stack([0.5 * way, 0.62 * way, 0.78 * way]) * float(rng.uniform(0.94, 1.04))
        parts.append(Area(Echo.PYRAMID, put(tube(path, [2.0, 4.2, 5.0, 3.0])), (Echo.KIDNEY,)))
    parts.append(Area(Echo.SINUS, put(blob((0, 0.5), (0.62 * long, 0.36 * thick), 0.22, rng))))
    for _ in range(5):
        spot = float(rng.uniform(-24, 24)), float(rng.uniform(-4, 4))
        parts.append(Area(Echo.KIDNEY, put(blob(spot, (5.5, 1.4), 0.4, rng)), (Echo.SINUS,)))
    gas = ring([(62, 18), (96, 16), (120, 60), (108, 66), (80, 36)])
    if rng.random() < 0.5:
        parts.append(Area(Echo.GAS, gas))
    return View(fan, (*parts, *_wall(fan.radius_mm, float(rng.uniform(7, 13)))))


def draw_heart(rng: np.random.Generator) -> View:
    """The four chambers from the apex: left heart on the right of the picture.

    Parameters
    ----------
    rng : numpy.random.Generator
        Forms.

    Returns
    -------
    View
        With a phased array's fan.

    Examples
    --------
    >>> draw_heart(np.random.default_rng(0)).fan.radius_mm < 10
    True
    """
    fan = Fan(radius_mm=4.0, half_deg=41.0, depth_mm=float(rng.uniform(150, 165)))
    size, tilt = float(rng.uniform(0.94, 1.06)), float(rng.uniform(-6, 6))
    wall = float(rng.uniform(8.5, 11.0))

    def put(knots: Knots) -> Points:
        return moved(ring(knots), tilt, size, (0.0, 2.0))

    left = [
        (8, 16 + wall),
        (24, 36),
        (40 - 0.2 * wall, 66),
        (42 - 0.2 * wall, 88),
        (32, 94),
        (12, 94),
        (5, 84),
        (3, 58),
        (2, 36),
    ]
    parts = [Area(Echo.LUNG, ring([(-220, -20), (220, -20), (220, 240), (-220, 240)]))]
    parts.append(Area(Echo.TISSUE, put([(0, 2), (60, 16), (30, 30), (-30, 30), (-60, 16)])))
    parts += [
        Area(Echo.PERICARDIUM, put(_HEART)),
        Area(Echo.MYOCARDIUM, put([_in(p, 0.965) for p in _HEART])),
    ]
    parts += [
        Area(Echo.BLOOD, put(chamber)) for chamber in (left, _RIGHT_VENTRICLE, _LEFT_ATRIUM, _RIGHT_ATRIUM)
    ]
    closed = float(rng.uniform(0.0, 1.0))
    for hinge, tip in (
        ((7, 95), (19, 92)),
        ((40, 94), (25, 92)),
        ((-6, 91), (-17, 89)),
        ((-45, 90), (-27, 89)),
    ):
        leaf = (tip[0], tip[1] - 16.0 * (1 - closed) - 1.0)
        bend = (0.5 * (hinge[0] + leaf[0]), 0.5 * (hinge[1] + leaf[1]) + 2.0 * closed)
        parts.append(
            Area(Echo.VALVE, moved(tube([hinge, bend, leaf], [1.3, 0.9, 0.7]), tilt, size, (0.0, 2.0)))
        )
    gate = moved(tube([(-26, 94), (-14, 92.5), (-6, 94)], [1.0, 1.0, 1.0]), tilt, size, (0.0, 2.0))
    doors = moved(tube([(8, 97), (22, 96.5), (40, 97)], [1.0, 1.0, 1.0]), tilt, size, (0.0, 2.0))
    if closed > 0.5:
        parts += [Area(Echo.VALVE, gate), Area(Echo.VALVE, doors)]
    return View(fan, tuple(parts))


def _in(point: tuple[float, float], share: float) -> tuple[float, float]:
    """Nearer to the middle of the heart."""
    return point[0] * share, 84.0 + (point[1] - 84.0) * share
