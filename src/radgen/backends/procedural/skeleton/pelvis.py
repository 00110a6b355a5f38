"""A pelvis from the front: iliac wings, sacrum, obturator foramina, hips, symphysis."""

import numpy as np

from radgen.backends.procedural.drawing.curve import around, ring, tube
from radgen.backends.procedural.skeleton.bowel import filled_colon, small_loops
from radgen.backends.procedural.skeleton.matter import TRUNK, Matter
from radgen.backends.procedural.skeleton.scene import Body, Scene
from radgen.backends.procedural.skeleton.solid import Solid, bone, flesh
from radgen.backends.procedural.skeleton.vertebra import vertebra
from radgen.terms import Sex

__all__ = ["draw_pelvis", "pelvic_bones"]

_HIP = [
    (50, -70), (60, -98), (82, -118), (110, -119), (134, -102), (145, -76), (139, -54), (129, -40),
    (122, -20), (124, -4), (119, 7), (118, 20), (114, 36), (106, 52), (93, 66), (86, 84), (80, 102),
    (70, 114), (56, 114), (44, 105), (28, 98), (12, 95), (3.5, 88), (3.2, 56), (9, 49), (26, 47), (44, 39),
    (58, 27), (64, 12), (63, -4), (52, -14), (46, -30), (48, -50),
]  # fmt: skip
_FORAMEN = [(27, 66), (38, 57), (53, 57), (65, 65), (68, 78), (63, 92), (52, 99), (41, 92), (31, 80)]
_THIN = (
    (95, -75, 0.11), (110, -100, 0.14), (75, -70, 0.12), (130, -70, 0.2), (52, -50, 0.45), (60, -20, 0.5),
    (115, -10, 0.5), (95, 10, 0.5), (80, 40, 0.5), (105, 40, 0.6), (80, 90, 0.75), (60, 110, 0.8),
    (30, 52, 0.8), (10, 70, 0.7), (20, 95, 0.7),
)  # fmt: skip
_LINES = (
    (((46, -34), (52, -14), (63, 4), (60, 24), (46, 38), (24, 47), (6, 52)), 2.0, 3.0),  # brim
    (((63, 2), (69, 26), (72, 50), (76, 74), (74, 96)), 1.2, 3.0),  # ilioischial line
    (((74, 9), (83, 1), (95, -0.5), (107, 5), (116, 16)), 1.6, 7.0),  # roof of the socket
    (((116, 14), (104, 34), (92, 44), (80, 50)), 0.8, 2.6),  # front wall
    (((118, 10), (115, 34), (104, 54), (90, 66)), 0.9, 2.6),  # back wall
    (((62, -98), (84, -117), (110, -117.5), (134, -101), (143.5, -76), (138, -55)), 3.2, 0.9),  # crest
    (((70, 46), (73, 52), (76, 46), (75, 36)), 0.8, 4.0),  # teardrop
)
_FEMUR = [
    (65.5, 30), (68.5, 18), (77, 8.5), (90, 5), (103, 9), (112, 19), (119, 30), (126, 31), (132, 27),
    (140, 31), (146, 42), (147.5, 58), (143, 80), (139, 110), (136, 210), (109, 210), (111, 125),
    (111, 106), (104, 97), (103, 88), (108, 80), (104, 67), (97, 59), (86, 55), (75, 50), (68, 42),
]  # fmt: skip
_SACRUM = [
    (-56, -60), (-46, -76), (-28, -74), (-16, -70), (0, -68), (16, -70), (28, -74), (46, -76), (56, -60),
    (53, -38), (45, -14), (34, 8), (22, 26), (10, 38), (0, 41), (-10, 38), (-22, 26), (-34, 8), (-45, -14),
    (-53, -38),
]  # fmt: skip
_SKIN = [
    (-166, -260), (-165, -190), (-168, -130), (-178, -70), (-188, 0), (-192, 60), (-188, 130), (-178, 260),
    (-24, 260), (-12, 150), (-4, 122), (4, 122), (12, 150), (24, 260), (178, 260), (188, 130), (192, 60),
    (188, 0), (178, -70), (168, -130), (165, -190), (166, -260),
]  # fmt: skip
_COLON = (((-104, -110), (-100, -70), (-88, -40)), ((106, -120), (102, -70), (70, -20), (20, -10), (4, 20)))
"""Caecum; descending and sigmoid colon."""


def pelvic_bones(body: Body, *, hips: bool) -> list[Solid]:
    """Hip bones, sacrum and the last lumbar vertebrae.

    Parameters
    ----------
    body : Body
        The person; a woman's pelvis is wider and lower.
    hips : bool
        Whether the thigh bones are wanted too.

    Returns
    -------
    list of Solid
        Around the middle of the pelvis.

    Examples
    --------
    >>> from radgen.backends.procedural.skeleton.scene import sample_body
    >>> body = sample_body(None, None, None, 0)
    >>> len(pelvic_bones(body, hips=True)) - len(pelvic_bones(body, hips=False))
    2
    """
    thick = body.cortex
    hip = Solid(
        outline=ring(_HIP),
        shell=Matter.CORTICAL,
        core=Matter.SPONGY,
        shell_mm=1.7 * thick,
        depth=_THIN,
        texture=0.07,
        holes=(ring(_FORAMEN),),
    )
    right = [hip]
    for axis, half, depth in _LINES:
        right.append(bone(tube(axis, [0.4 * half, half, half, 0.4 * half]), 0.8 * half * thick, depth))
    if hips:
        shell = (
            (90, 30, 0.9),
            (115, 45, 1.3),
            (125, 90, 3.2 * thick),
            (123, 130, 6.0 * thick),
            (122, 210, 6.5 * thick),
        )
        right.append(bone(ring(_FEMUR), shell, ((90, 30, 0.92), (120, 60, 0.8), (123, 140, 1.0))))
    wide, low = (1.05, 0.96) if body.sex is Sex.FEMALE else (1.0, 1.02)
    bones = [*right, *(solid.mirrored() for solid in right), *_sacrum(thick)]
    return [solid.bent(lambda points: points * np.array([wide, low])) for solid in bones]


def _sacrum(thick: float) -> list[Solid]:
    """Sacrum with its foramina, coccyx, L5 and L4."""
    sacrum = Solid(
        outline=ring(_SACRUM),
        shell=Matter.CORTICAL,
        core=Matter.SPONGY,
        shell_mm=1.1 * thick,
        depth=0.42,
        texture=0.07,
    )
    arcs = []
    for side in (-1, 1):
        for k in range(4):
            arc = np.array([(34, -50), (22, -51), (12, -45)]) * [side, 1] + [0, 17 * k]
            arcs.append(bone(tube(arc, [0.4, 0.8, 0.4]), 0.8, 4.5))
            hole = around((side * (20 - 2.4 * k), -44 + 17.0 * k), (4.6 - 0.5 * k, 3.4 - 0.3 * k), side * 18)
            arcs.append(
                Solid(outline=hole, shell=Matter.SOFT, core=Matter.SOFT, replaces=Matter.SPONGY, depth=3.0)
            )
    spine = [bone(tube([(0, -60 + 17 * k), (0, -48 + 17 * k)], [1.5, 2.5, 1.5]), 1.0, 1.6) for k in range(4)]
    tail = [bone(around((0, 46 + 10 * k), (7.5 - 2 * k, 4.6)), 0.8, 0.8) for k in range(3)]
    lumbar = [
        *vertebra((0, -88), 26, 13, thick, wings_mm=22),
        *vertebra((0, -122), 24, 14, thick, wings_mm=21),
    ]
    more = vertebra((0, -158), 23, 14, thick, wings_mm=22) + vertebra((0, -194), 22, 14, thick, wings_mm=20)
    return [sacrum, *arcs, *spine, *tail, *lumbar, *more]


def draw_pelvis(body: Body, rng: np.random.Generator) -> Scene:
    """The pelvis of a person, from the front.

    Parameters
    ----------
    body : Body
        The person.
    rng : numpy.random.Generator
        Gas in the bowel.

    Returns
    -------
    Scene
        The solids.

    Examples
    --------
    >>> from radgen.backends.procedural.skeleton.scene import sample_body
    >>> draw_pelvis(sample_body(None, None, None, 0), np.random.default_rng(0)).field_mm
    (285.0, 345.0)
    """
    skin = flesh(ring(np.array(_SKIN) * [0.6 + 0.4 * body.girth, 1.0]), 16.0 * body.girth**2, 0.58)
    bubbles = small_loops((-35.0, 35.0), (-30.0, 25.0), rng)
    for path in _COLON:
        bubbles += filled_colon(path, rng)
    return Scene(
        tissue=(skin, *bubbles),
        bones=tuple(pelvic_bones(body, hips=True)),
        field_mm=(285.0, 345.0),
        shutter_mm=(400.0, 440.0),
        table=TRUNK,
        scatter=0.3,
    )
