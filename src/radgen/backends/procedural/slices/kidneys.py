"""The abdomen at the level of the kidneys' hila."""

import numpy as np

from radgen.backends.procedural.drawing.area import Area
from radgen.backends.procedural.drawing.curve import Points, around, blob, moved, ring, tube
from radgen.backends.procedural.slices.parts import Shape, both, shrunk, vertebral
from radgen.backends.procedural.slices.tissue import Tissue

__all__ = ["draw_kidneys"]

_HALF_SKIN = [
    (0, -98), (46, -100), (94, -88), (130, -56), (144, -10), (140, 36), (116, 76), (76, 100), (32, 108),
    (0, 100),
]  # fmt: skip
_HALF_INSIDE = [
    (0, -88), (44, -88), (88, -76), (118, -48), (131, -8), (128, 32), (106, 62), (74, 78), (48, 62),
    (24, 44), (0, 24),
]  # fmt: skip
_LIVER_TIP = [
    (-128, -10), (-120, -42), (-100, -58), (-86, -44), (-88, -16), (-98, 10), (-112, 26), (-124, 18),
]  # fmt: skip


def draw_kidneys(shape: Shape, rng: np.random.Generator) -> list[Area]:
    """Organs of the abdomen between the kidneys.

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
    >>> organs = draw_kidneys(Shape(True, 14.0), np.random.default_rng(0))
    >>> sum(organ.tissue is Tissue.RENAL_CORTEX for organ in organs)
    2
    """
    wall = ring([*_HALF_SKIN, *[(-x, y) for x, y in _HALF_SKIN[-2:0:-1]]])
    inside = ring([*_HALF_INSIDE, *[(-x, y) for x, y in _HALF_INSIDE[-2:0:-1]]])
    out = [Area(Tissue.FAT, shrunk(wall, -shape.fat_mm)), Area(Tissue.MUSCLE, wall)]
    out += both(Tissue.FAT, tube([(10, -94), (0, -93), (-10, -94)], [1, 3, 1]))
    out += both(Tissue.FAT, tube([(66, 82), (40, 76), (34, 66)], [2.5, 1.6, 0.8]))
    out += both(Tissue.FAT, tube([(118, -40), (127, -6), (124, 30)], [0.6, 1.2, 0.6]))
    out.append(Area(Tissue.FAT, inside))
    out += both(Tissue.MUSCLE, blob((33, 44), (15, 17), 0.08, rng))  # psoas
    out += both(Tissue.MUSCLE, around((62, 66), (17, 9), -28))  # quadratus lumborum
    out += vertebral((0, 44), 22.0, wings_mm=24.0)
    out.append(Area(Tissue.LIVER, ring(np.array(_LIVER_TIP) * float(rng.uniform(0.9, 1.02)))))
    for side in (-1, 1):
        out += _kidney(side, rng)
    return [*out, *_vessels(rng), *_bowel(rng)]


def _kidney(side: int, rng: np.random.Generator) -> list[Area]:
    """Fascia, cortex, pyramids around the sinus, and the pelvis that opens to the front and middle."""
    centre = side * float(rng.uniform(66, 73)), float(rng.uniform(26, 34))
    size = float(rng.uniform(0.9, 1.08))

    def put(points: Points) -> Points:
        return moved(points * np.array([side, 1.0]), side * 32.0, size, centre)

    edge = ring(
        [
            (-30, 0),
            (-26, -17),
            (-8, -26),
            (14, -25),
            (28, -12),
            (31, 4),
            (25, 19),
            (8, 27),
            (-12, 25),
            (-26, 15),
        ]
    )
    hilum = ring([(-34, -6), (-20, -11), (-2, -9), (8, 0), (-2, 9), (-20, 10), (-34, 5)])
    out = [Area(Tissue.MUSCLE, put(edge * 1.36)), Area(Tissue.FAT, put(edge * 1.36 - np.sign(edge)))]
    out.append(Area(Tissue.RENAL_CORTEX, put(edge)))
    for angle in np.deg2rad([-118, -76, -40, -6, 30, 66, 106]):
        way = np.array([np.cos(angle), np.sin(angle)])
        pyramid = np.stack([6 * way, 13 * way, 21 * way])
        out.append(Area(Tissue.RENAL_MEDULLA, put(tube(pyramid, [1.5, 4.0, 5.2, 3.0]))))
    pelvis = tube([(4, 0), (-12, 0), (-30, 0)], [3.0, float(rng.uniform(3.5, 5.5)), 3.0])
    return [*out, Area(Tissue.FAT, put(hilum)), Area(Tissue.URINE, put(pelvis))]


def _vessels(rng: np.random.Generator) -> list[Area]:
    """Aorta and cava with the renal vessels, the mesenteric pair in front of them."""
    aorta, cava = float(rng.uniform(8.0, 10.0)), float(rng.uniform(0.85, 1.2))
    return [
        Area(Tissue.VEIN, tube([(46, 14), (28, 2), (8, -3), (-16, 8)], [2.5, 4.0, 3.2, 3.5])),
        Area(Tissue.VEIN, tube([(-48, 18), (-36, 14), (-26, 14)], [3.0, 3.6, 4.0])),
        Area(Tissue.ARTERY, tube([(10, 14), (-14, 22), (-46, 20)], [2.4, 2.2, 2.0])),
        Area(Tissue.ARTERY, tube([(10, 14), (30, 16), (46, 18)], [2.4, 2.2, 2.0])),
        Area(Tissue.MUSCLE, around((8, 13), (aorta + 1.0, aorta + 1.0))),
        Area(Tissue.ARTERY, around((8, 13), (aorta, aorta))),
        Area(Tissue.VEIN, around((-22, 12), (13 * cava, 9 * cava), 6)),
        Area(Tissue.ARTERY, around((6, -14), (3.4, 3.4))),
        Area(Tissue.VEIN, around((-6, -18), (5.6, 5.6))),
        Area(Tissue.PANCREAS, blob((-24, -14), (13, 11), 0.2, rng)),
        Area(Tissue.BOWEL_WALL, blob((-46, -8), (12, 15), 0.1, rng)),
        Area(Tissue.BOWEL_FLUID, blob((-46, -8), (7, 10), 0.2, rng)),
    ]


def _bowel(rng: np.random.Generator) -> list[Area]:
    """Colon with gas and stool on both sides, loops of small bowel, vessels of the mesentery."""
    out: list[Area] = []
    for x, y in ((-92, -66), (106, 2), (8, -70)):
        radii = float(rng.uniform(15, 21)), float(rng.uniform(12, 17))
        outline = blob((x + float(rng.uniform(-5, 5)), y + float(rng.uniform(-4, 4))), radii, 0.12, rng)
        out += [Area(Tissue.BOWEL_WALL, outline), Area(Tissue.BOWEL_FLUID, shrunk(outline, 2.4))]
        inside = shrunk(outline, 2.4)
        level = float(np.quantile(inside[:, 1], rng.uniform(0.35, 0.8)))
        out.append(Area(Tissue.GAS, np.stack([inside[:, 0], np.minimum(inside[:, 1], level)], axis=1)))
    for _ in range(26):
        spot = float(rng.uniform(-56, 92)), float(rng.uniform(-70, -28))
        out.append(Area(Tissue.VEIN, around(spot, (1.5, 1.5))))
    for x, y in ((30, -52), (58, -58), (78, -40), (44, -30), (70, -18), (-34, -56), (-62, -46), (88, -66)):
        at = x + float(rng.uniform(-6, 6)), y + float(rng.uniform(-6, 6))
        outline = moved(
            blob((0, 0), (float(rng.uniform(9, 14)), 9.0), 0.12, rng), float(rng.uniform(-90, 90)), 1.0, at
        )
        out += [Area(Tissue.BOWEL_WALL, outline), Area(Tissue.BOWEL_FLUID, shrunk(outline, 2.2))]
        if rng.random() < 0.25:
            out.append(Area(Tissue.GAS, around((at[0], at[1] - 2), (4.5, 2.5))))
    return out
