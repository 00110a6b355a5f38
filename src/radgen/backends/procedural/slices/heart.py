"""The chest at the level of the four chambers."""

from collections.abc import Sequence

import numpy as np

from radgen.backends.procedural.drawing.area import Area
from radgen.backends.procedural.drawing.curve import Knots, Points, around, blob, moved, ring, tube
from radgen.backends.procedural.slices.parts import Shape, both, ribs_around, shrunk, vertebral
from radgen.backends.procedural.slices.tissue import Tissue

__all__ = ["draw_heart"]

_HALF_SKIN = [
    (0, -112), (50, -116), (100, -106), (145, -80), (172, -36), (178, 12), (164, 62), (126, 100), (74, 120),
    (26, 117), (0, 113),
]  # fmt: skip
_HALF_CAGE = [
    (0, -88), (40, -92), (88, -82), (126, -50), (140, -4), (134, 42), (108, 76), (68, 90), (38, 84),
    (24, 64), (0, 52),
]  # fmt: skip
_SAC = [
    (-52, -26), (-46, -56), (-18, -80), (22, -87), (62, -76), (92, -44), (93, -12), (68, 14), (34, 32),
    (0, 36), (-32, 26), (-50, 2),
]  # fmt: skip
_RIGHT_ATRIUM = [(-44, -24), (-38, -44), (-22, -48), (-12, -32), (-10, -10), (-18, 8), (-34, 10), (-42, -6)]
_RIGHT_VENTRICLE = [
    (-12, -50), (4, -72), (30, -78), (56, -70), (68, -58), (44, -52), (22, -40), (4, -24), (-6, -30),
]  # fmt: skip
_LEFT_VENTRICLE = [(20, -14), (36, -34), (60, -46), (78, -42), (80, -26), (66, -8), (44, 6), (26, 4)]
_LEFT_ATRIUM = [(-22, 18), (-8, 6), (14, 2), (30, 10), (36, 20), (22, 28), (0, 31), (-16, 28)]


def _closed(half: Sequence[tuple[float, float]]) -> Points:
    """A symmetric outline from its left half, front to back, clockwise."""
    return ring([*half, *[(-x, y) for x, y in half[-2:0:-1]]])


def draw_heart(shape: Shape, rng: np.random.Generator) -> list[Area]:
    """Organs of the chest at heart level.

    Parameters
    ----------
    shape : Shape
        Who.
    rng : numpy.random.Generator
        Forms.

    Returns
    -------
    list of Area
        In painting order.

    Examples
    --------
    >>> organs = draw_heart(Shape(False, 14.0), np.random.default_rng(0))
    >>> {Tissue.LUNG, Tissue.LEFT_HEART} <= {organ.tissue for organ in organs}
    True
    """
    wall, cage = _closed(_HALF_SKIN), _closed(_HALF_CAGE)
    out = [Area(Tissue.FAT, shrunk(wall, -shape.fat_mm))]
    if shape.female:
        out += both(Tissue.FAT, blob((84, -104), (60, 27), 0.05, rng))
        out += both(Tissue.GLAND, blob((84, -119), (28, 9), 0.35, rng))
    out.append(Area(Tissue.MUSCLE, wall))
    out += both(Tissue.FAT, tube([(152, -40), (150, 20), (120, 84), (70, 108)], [2, 5, 5, 2]))
    out += both(Tissue.FAT, tube([(4, -100), (40, -104), (84, -94)], [2, 3.5, 2]))
    out += both(Tissue.CORTICAL, tube([(138, 68), (112, 92), (84, 104)], [3, 3.5, 2]))
    out += [Area(Tissue.FAT, shrunk(cage, -2.0)), Area(Tissue.LUNG, cage)]
    out += _lung_vessels(rng)
    out += ribs_around(cage, (0.07, 0.15, 0.235, 0.32, 0.40, 0.60, 0.68, 0.765, 0.85, 0.93), rng)
    front = ring([(-17, -92), (-10, -98), (10, -98), (17, -92), (10, -87), (-10, -87)])
    out += [Area(Tissue.CORTICAL, front), Area(Tissue.SPONGY, shrunk(front, 1.6))]
    back = ring([(-34, 44), (-20, 28), (30, 26), (46, 40), (40, 62), (24, 70), (-24, 70)])
    out += [Area(Tissue.FAT, back), *vertebral((0, 66), 18.0, wings_mm=22.0)]
    return [*out, *_heart(rng), *_great_vessels(rng)]


def _heart(rng: np.random.Generator) -> list[Area]:
    """The chambers in their sac, turned and sized a little differently in everybody."""
    size, turn = float(rng.uniform(0.9, 1.06)), float(rng.uniform(-7.0, 5.0))
    wall = float(rng.uniform(0.86, 0.97))

    def put(knots: Knots, grow: float = 1.0) -> Points:
        points = np.array(knots, np.float64)
        middle = points.mean(axis=0)
        return moved(ring(middle + grow * (points - middle)), turn, size, (2.0, -2.0))

    return [
        Area(Tissue.FAT, put(_SAC, 1.08)),
        Area(Tissue.MUSCLE, put(_SAC, 1.035)),
        Area(Tissue.FAT, put(_SAC, 1.01)),
        Area(Tissue.MYOCARDIUM, put(_SAC, 0.95)),
        Area(
            Tissue.FAT, moved(tube([(-12, -58), (-10, -46), (-4, -30)], [5, 3.5, 1]), turn, size, (2.0, -2.0))
        ),
        Area(Tissue.RIGHT_HEART, put(_RIGHT_ATRIUM)),
        Area(Tissue.RIGHT_HEART, put(_RIGHT_VENTRICLE, 0.98)),
        Area(Tissue.LEFT_HEART, put(_LEFT_VENTRICLE, wall)),
        Area(Tissue.LEFT_HEART, put(_LEFT_ATRIUM)),
    ]


def _great_vessels(rng: np.random.Generator) -> list[Area]:
    """Aorta, gullet, azygos vein, and the lower lung veins."""
    aorta = float(rng.uniform(10.5, 13.5))
    out = [
        Area(Tissue.MUSCLE, around((27, 48), (aorta + 1.4, aorta + 1.4))),
        Area(Tissue.ARTERY, around((27, 48), (aorta, aorta))),
        Area(Tissue.BOWEL_WALL, around((7, 41), (8, 5), 15)),
        Area(Tissue.GAS, around((7, 41), (1.8, 1.0), 15)),
        Area(Tissue.VEIN, around((-9, 50), (4.2, 4.2))),
    ]
    for side in (-1, 1):
        path = [(side * 22 + 6, 22), (side * 38 + 4, 26), (side * 56, 35)]
        out.append(Area(Tissue.LEFT_HEART, tube(path, [6.0, 5.0, 2.5])))
    return out


def _lung_vessels(rng: np.random.Generator) -> list[Area]:
    """Vessels that branch outwards from both hila."""
    out = []
    for side in (-1, 1):
        for angle in np.linspace(-1.25, 1.35, 9) + rng.uniform(-0.12, 0.12, 9):
            out += _branch(np.array([side * 58.0, 18.0]), angle, side, 3.2, rng)
    return out


def _branch(start: Points, angle: float, side: int, half_mm: float, rng: np.random.Generator) -> list[Area]:
    """One vessel, and the two that it parts into."""
    length = float(rng.uniform(16.0, 30.0))
    bend = angle + float(rng.uniform(-0.25, 0.25))
    middle = start + 0.5 * length * np.array([side * np.cos(angle), np.sin(angle)])
    end = middle + 0.5 * length * np.array([side * np.cos(bend), np.sin(bend)])
    path = np.stack([start, middle, end])
    out = [Area(Tissue.VEIN, tube(path, [half_mm, 0.85 * half_mm, 0.65 * half_mm]), (Tissue.LUNG,))]
    if half_mm < 0.9:
        return out
    for turn in (-0.45, 0.4):
        if rng.random() < 0.8:
            out += _branch(end, bend + turn + float(rng.uniform(-0.15, 0.15)), side, 0.6 * half_mm, rng)
    return out
