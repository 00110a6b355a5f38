"""The upper abdomen: liver with its veins, spleen, stomach, aorta, the lowest recesses of the lungs."""

import numpy as np

from radgen.backends.procedural.drawing.area import Area
from radgen.backends.procedural.drawing.curve import Points, around, blob, moved, ring, tube
from radgen.backends.procedural.slices.parts import Shape, both, ribs_around, shrunk, vertebral
from radgen.backends.procedural.slices.tissue import Tissue

__all__ = ["draw_liver"]

_HALF_SKIN = [
    (0, -104), (46, -106), (96, -94), (136, -62), (154, -14), (152, 34), (130, 78), (86, 104), (36, 110),
    (0, 104),
]  # fmt: skip
_HALF_CAGE = [
    (0, -92), (44, -93), (90, -82), (124, -52), (140, -10), (137, 34), (116, 68), (76, 86), (40, 82),
    (22, 62), (0, 46),
]  # fmt: skip
_LIVER = [
    (-136, -8), (-128, -44), (-104, -72), (-66, -88), (-20, -91), (26, -88), (58, -80), (66, -70),
    (44, -58), (14, -46), (-6, -30), (-14, -10), (-26, 2), (-38, 16), (-44, 38), (-62, 66), (-92, 74),
    (-118, 58), (-134, 28),
]  # fmt: skip
_SPLEEN = [(98, 18), (118, -6), (133, 8), (134, 36), (118, 62), (92, 78), (78, 72), (92, 54), (100, 36)]
_LIVER_ONLY = (Tissue.LIVER,)
_STOMACH = [(36, -52), (58, -68), (86, -72), (112, -54), (118, -26), (104, -4), (80, 2), (58, -10), (44, -28)]


def draw_liver(shape: Shape, rng: np.random.Generator) -> list[Area]:
    """Organs of the upper abdomen.

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
    >>> organs = draw_liver(Shape(False, 14.0), np.random.default_rng(0))
    >>> {Tissue.LIVER, Tissue.SPLEEN, Tissue.ARTERY} <= {organ.tissue for organ in organs}
    True
    """
    wall = ring([*_HALF_SKIN, *[(-x, y) for x, y in _HALF_SKIN[-2:0:-1]]])
    cage = ring([*_HALF_CAGE, *[(-x, y) for x, y in _HALF_CAGE[-2:0:-1]]])
    out = [Area(Tissue.FAT, shrunk(wall, -shape.fat_mm)), Area(Tissue.MUSCLE, wall)]
    out += both(Tissue.FAT, tube([(20, 66), (52, 96), (84, 92)], [1, 2.2, 1]))
    out.append(Area(Tissue.FAT, cage))
    recess = tube([(30, 70), (66, 83), (106, 68), (131, 38)], [3, float(rng.uniform(4, 9)), 4, 0.6])
    out += both(Tissue.LUNG, recess)
    out += ribs_around(cage, (0.06, 0.13, 0.21, 0.29, 0.365, 0.635, 0.71, 0.79, 0.87, 0.94), rng)
    out += vertebral((0, 58), 19.0, wings_mm=20.0)
    out += both(Tissue.MUSCLE, tube([(6, 42), (18, 44), (26, 58)], [3, 4, 2]))
    out += [*_liver(rng), *_left_side(rng)]
    aorta, cava = float(rng.uniform(9, 11.5)), float(rng.uniform(0.85, 1.15))
    out += [
        Area(Tissue.MUSCLE, around((8, 31), (aorta + 1.2, aorta + 1.2))),
        Area(Tissue.ARTERY, around((8, 31), (aorta, aorta))),
        Area(Tissue.LIVER_VESSEL, around((-28, 22), (13 * cava, 10 * cava), -20)),
        Area(Tissue.BOWEL_WALL, around((20, 4), (8, 6))),
    ]
    for side in (-1, 1):  # adrenal glands
        out.append(
            Area(
                Tissue.SPLEEN, tube([(side * 32 + 2, 34), (side * 42, 46), (side * 46, 58)], [1.6, 2.2, 1.2])
            )
        )
    return out


def _liver(rng: np.random.Generator) -> list[Area]:
    """Liver, hepatic veins towards the cava, portal branches, the fissure's fat."""
    wobbled = np.array(_LIVER) * np.array([1.0, float(rng.uniform(0.94, 1.03))])
    tip = float(rng.uniform(-18, 22))
    wobbled[5:8, 0] += np.array([0.5, 1.0, 1.0]) * tip
    out = [Area(Tissue.LIVER, ring(wobbled))]
    for end, half in (((-112, 8), 3.6), ((-86, -46), 3.6), ((-34, -64), 3.0)):
        out += _vein((-32.0, 16.0), end, half, rng)
    out += _vein((-22.0, -14.0), (-58.0, -22.0), 5.2, rng)
    for end in ((-100, -22), (-92, 40), (-62, 40)):
        out += _vein((-58.0, -22.0), end, 3.0, rng)
    out += _vein((-30.0, -20.0), (4.0, -66.0), 3.0, rng)
    fissure = [(-6, -92), (-10, -66), (-14, -46)]
    out.append(Area(Tissue.FAT, tube(fissure, [4.0, 2.0, 1.2])))
    return out


def _vein(
    start: tuple[float, float], end: tuple[float, float], half_mm: float, rng: np.random.Generator
) -> list[Area]:
    """One bent vein that tapers, and two twigs."""
    a, b = np.array(start), np.array(end) + rng.uniform(-7, 7, 2)
    across = np.array([-(b - a)[1], (b - a)[0]]) * float(rng.uniform(-0.14, 0.14))
    middle = 0.5 * (a + b) + across
    out = [
        Area(
            Tissue.LIVER_VESSEL,
            tube(np.stack([a, middle, b]), [half_mm, 0.8 * half_mm, 0.35 * half_mm]),
            _LIVER_ONLY,
        )
    ]
    for sign in (-1, 1):
        twig = moved((b - middle)[None], sign * float(rng.uniform(25, 50)), 0.6)[0]
        root = 0.4 * middle + 0.6 * (a if sign < 0 else b)
        knots = np.stack([root, root + 0.5 * twig, root + twig])
        out.append(
            Area(Tissue.LIVER_VESSEL, tube(knots, [0.5 * half_mm, 0.4 * half_mm, 0.2 * half_mm]), _LIVER_ONLY)
        )
    return out


def _left_side(rng: np.random.Generator) -> list[Area]:
    """Spleen, and a stomach with gas above its fluid."""
    spleen = ring(np.array(_SPLEEN) + rng.uniform(-3, 3, (1, 2)))
    stomach = ring(np.array(_STOMACH) + rng.uniform(-4, 4, (len(_STOMACH), 2)))
    inside = shrunk(stomach, 3.5)
    level = float(np.quantile(inside[:, 1], rng.uniform(0.3, 0.5)))
    out = [Area(Tissue.SPLEEN, spleen), Area(Tissue.BOWEL_WALL, stomach), Area(Tissue.BOWEL_FLUID, inside)]
    out.append(Area(Tissue.GAS, _above(inside, level)))
    out.append(Area(Tissue.VEIN, tube([(84, 46), (66, 34), (46, 26)], [2.5, 3.5, 2.0])))
    for _ in range(4):
        spot = float(rng.uniform(50, 80)), float(rng.uniform(12, 50))
        out.append(Area(Tissue.VEIN, blob(spot, (2.2, 1.8), 0.3, rng)))
    return out


def _above(outline: Points, y_mm: float) -> Points:
    """The part of an outline in front of a level, closed by a straight line: gas rises, fluid lies level."""
    return np.stack([outline[:, 0], np.minimum(outline[:, 1], y_mm)], axis=1)
