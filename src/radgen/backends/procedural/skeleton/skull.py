"""A skull from the front: vault, orbits, sinuses, nasal cavity, zygomata, mandible, teeth, neck."""

import numpy as np

from radgen.backends.procedural.drawing.curve import Knots, around, opened, ring, tube
from radgen.backends.procedural.skeleton.matter import TRUNK, Matter
from radgen.backends.procedural.skeleton.scene import Body, Scene
from radgen.backends.procedural.skeleton.solid import Solid, bone, flesh, gas
from radgen.backends.procedural.skeleton.vertebra import vertebra

__all__ = ["draw_skull"]

_VAULT = [
    (0, -112), (22, -110), (44, -100), (62, -82), (73, -56), (76, -28), (73, -4), (67, 14), (61, 32),
    (48, 50), (24, 60), (0, 62), (-24, 60), (-48, 50), (-61, 32), (-67, 14), (-73, -4), (-76, -28),
    (-73, -56), (-62, -82), (-44, -100), (-22, -110),
]  # fmt: skip
_ORBIT = [(14, 2), (17, -12), (28, -19), (42, -17), (51, -6), (51, 8), (44, 17), (31, 20), (19, 16)]
_BASE = [
    (0, -24), (30, -27), (54, -20), (66, 0), (66, 22), (58, 36), (42, 46), (26, 56), (0, 62), (-26, 56),
    (-42, 46), (-58, 36), (-66, 22), (-66, 0), (-54, -20), (-30, -27),
]  # fmt: skip
_ANTRUM = [(17, 28), (22, 23), (36, 23), (47, 28), (43, 40), (33, 51), (24, 55), (18, 46)]
_FRONTAL = [(0, 0), (0.5, -1), (8, -1.05), (17, -0.4), (14, 0)]
"""A frontal sinus: mm across, and shares of its height."""
_NOSE = [
    (0, 4), (5, 6), (9, 18), (14, 34), (15, 46), (9, 52), (0, 53), (-9, 52), (-15, 46), (-14, 34), (-9, 18),
    (-5, 6),
]  # fmt: skip
_MAXILLA = [
    (0, 50), (18, 52), (28, 56), (31, 63), (27, 69), (12, 71), (0, 71.5), (-12, 71), (-27, 69), (-31, 63),
    (-28, 56), (-18, 52),
]  # fmt: skip
_CHEEK = [(36, 24), (46, 19), (56, 18), (64, 22), (63, 29), (54, 35), (46, 43), (38, 42)]
_RAMUS = [
    (60, 24), (66, 28), (64, 44), (59, 62), (54, 78), (46, 88), (42, 80), (46, 66), (48, 52), (50, 40),
    (55, 30),
]  # fmt: skip
_CHIN = [
    (50, 74), (46, 88), (34, 101), (18, 110), (0, 113), (-18, 110), (-34, 101), (-46, 88), (-50, 74),
    (-42, 76), (-30, 87), (-14, 91), (0, 91.5), (14, 91), (30, 87), (42, 76),
]  # fmt: skip
_SKIN = [
    (0, -121), (40, -112), (68, -90), (82, -56), (85, -24), (82, 10), (78, 46), (70, 78), (60, 98),
    (62, 130), (84, 180), (84, 240), (-84, 240), (-84, 180), (-62, 130), (-60, 98), (-70, 78), (-78, 46),
    (-82, 10), (-85, -24), (-82, -56), (-68, -90), (-40, -112),
]  # fmt: skip
_LINES: tuple[tuple[Knots, float, float], ...] = (
    (
        ((13, 2), (17, -12.5), (28, -20), (42, -18), (52, -6), (52, 8), (44, 18), (31, 21), (19, 17)),
        1.2,
        2.0,
    ),  # rim
    (((50, -20), (49, -6), (45, 8), (40, 20), (38, 30)), 0.9, 4.0),  # oblique line of the sphenoid
    (((8, -8), (24, -13), (40, -20), (54, -30)), 1.0, 3.4),  # lesser wing
    (((14, 12), (26, 7), (40, 8), (54, 16), (66, 26)), 1.2, 2.0),  # petrous ridge
    (((47, 25), (44, 38), (35, 51), (26, 56)), 0.9, 3.0),  # wall of the antrum
    (((17, 24), (17, 38), (19, 50)), 0.8, 3.0),  # wall of the nose
)


def draw_skull(body: Body, rng: np.random.Generator) -> Scene:
    """The head of a person, from the front.

    Parameters
    ----------
    body : Body
        The person.
    rng : numpy.random.Generator
        Sinuses, septum and teeth.

    Returns
    -------
    Scene
        The solids.

    Examples
    --------
    >>> from radgen.backends.procedural.skeleton.scene import sample_body
    >>> draw_skull(sample_body(None, None, None, 0), np.random.default_rng(0)).field_mm
    (268.0, 196.0)
    """
    skin = flesh(ring(_SKIN), 4.0 * body.girth, ((0, -40, 1.05), (0, 60, 1.0), (0, 150, 1.0)))
    half = [*_half(body), *_half_teeth(rng, gap=0.08 + 0.25 * body.old)]
    bones = [_vault(body), _base(), *half, *(solid.mirrored() for solid in half), *_middle(body, rng)]
    for k in range(5):
        bones += vertebra((0.0, 92.0 + 19.0 * k), 14.0 + 0.6 * k, 8.0, 0.8 * body.cortex, wings_mm=7.0)
    air = [*_sinuses(rng), gas(tube([(0, 105), (0, 240)], [6, 8, 8]), 0.9)]
    return Scene(
        tissue=(skin, *air),
        bones=tuple(bones),
        field_mm=(268.0, 196.0),
        shutter_mm=(330.0, 280.0),
        table=TRUNK,
        scatter=0.25,
    )


def _vault(body: Body) -> Solid:
    """Two tables with diploe between them, seen as one shell around the brain."""
    return Solid(
        outline=ring(_VAULT),
        shell=Matter.SPONGY,
        core=Matter.SOFT,
        shell_mm=6.0 + 1.5 * body.old,
        depth=((0, -40, 1.15), (0, 0, 1.1), (0, 30, 0.5), (0, 58, 0.08), (-40, 50, 0.08), (40, 50, 0.08)),
    )


def _base() -> Solid:
    """The floor of the skull and the face in front of it: all the bone around the orbits and the nose."""
    orbits = tuple(ring(np.array(_ORBIT) * [side, 1.0]) for side in (-1, 1))
    return Solid(
        outline=ring(_BASE),
        shell=Matter.SPONGY,
        core=Matter.SPONGY,
        depth=1.1,
        texture=0.07,
        holes=(*orbits, ring(_NOSE)),
    )


def _half(body: Body) -> list[Solid]:
    """The paired bones of the left side."""
    thick = body.cortex
    table = opened(_VAULT[:8])
    bones = [
        bone(tube(table, [1.0, 1.0, 1.0, 0.9, 0.2]), 1.0 * thick, 3.5),  # outer table
        bone(tube(table * 0.935, [0.8, 0.8, 0.8, 0.7, 0.2]), 0.8 * thick, 2.4),  # inner table
        bone(ring(_CHEEK), 1.4 * thick, 0.5),
        bone(ring(_RAMUS), 1.8 * thick, 0.5),
        bone(around((60, 36), (9, 17), 8), 1.2, 0.7),  # mastoid
        bone(around((34, 18), (26, 10), 12), 1.2, 0.55),  # petrous pyramid
    ]
    bones += [bone(tube(axis, [0.4 * w, w, w, 0.4 * w]), w * thick, depth) for axis, w, depth in _LINES]
    bones.append(Solid(outline=ring(_ORBIT), shell=Matter.AIR, core=Matter.AIR, depth=0.42))
    return bones


def _middle(body: Body, rng: np.random.Generator) -> list[Solid]:
    """Unpaired bones."""
    bend = float(rng.uniform(-3.5, 3.5))
    chin = bone(ring(_CHIN), 2.6 * body.cortex, 0.75)
    upper = bone(ring(_MAXILLA), 1.2 * body.cortex, 0.5)
    septum = bone(tube([(0, 8), (bend, 28), (0, 52)], [0.5, 0.9, 1.4]), 0.8, 5.0)
    crest = bone(tube([(0, -18), (0, 2)], [0.8, 1.8, 1.2]), 1.2, 3.0)
    shells = [
        bone(tube([(side * 12, y), (side * 7, y + 2), (side * 6, y + 7)], [0.8, 2.0, 2.6, 1.6]), 0.8, 0.9)
        for side in (-1, 1) for y in (26, 38)
    ]  # fmt: skip
    seam = np.array([(0.9 * (-1) ** k, -108 + 3.2 * k) for k in range(22)], np.float64)
    suture = Solid(outline=tube(seam, [0.4, 0.45, 0.3]), shell=Matter.SOFT, core=Matter.SOFT,
                   replaces=Matter.CORTICAL, depth=2.5)  # fmt: skip
    return [chin, upper, septum, crest, *shells, suture]


def _sinuses(rng: np.random.Generator) -> list[Solid]:
    """Air in the face."""
    tall = float(rng.uniform(8, 17))
    out = [gas(ring(_NOSE), 1.6)]
    for side in (-1, 1):
        lobe = 0.7 + 0.6 * float(rng.random())
        shares = np.array(_FRONTAL) * [side * lobe, tall] + [side * 1.5, -21.0]
        out.append(gas(ring(shares), 1.0))
        out.append(gas(ring(np.array(_ANTRUM) * [side, 1.0]), 1.0))
        out += [gas(around((side * 8, 4 + 8 * k), (3.6, 3.6)), 2.2) for k in range(2)]  # ethmoid cells
        out += [
            gas(around((side * 61 + float(rng.normal(0, 3)), 34 + 5.0 * k), (2.2, 2.2)), 1.5)
            for k in range(3)
        ]
    return out


def _half_teeth(rng: np.random.Generator, gap: float) -> list[Solid]:
    """The teeth of one side: crowns of enamel, roots of dentine; some are lost with age."""
    teeth: list[Solid] = []
    x = 0.0
    for width in (8.0, 6.5, 7.0, 5.5, 5.0, 6.0, 6.0):
        x += 0.5 * width
        slope = 0.0035 * x * x
        for up, top in ((1.0, 73.0 - slope), (-1.0, 82.0 - slope * 0.6)):
            if rng.random() < gap and x > 8:
                continue
            w = 0.45 * width * (0.82 if up < 0 and x < 14 else 1.0)
            root = [(x, top + 1), (x * 0.97, top - up * 15)]
            teeth.append(bone(tube(root, [0.9 * w, 0.8 * w, 0.3 * w]), 3.0, 1.3))
            crown = [
                (x - 0.8 * w, top - up * 2),
                (x + 0.8 * w, top - up * 2),
                (x + w, top + up * 5),
                (x - w, top + up * 5),
            ]
            teeth.append(
                Solid(outline=ring(crown), shell=Matter.ENAMEL, core=Matter.CORTICAL, shell_mm=1.4, depth=1.0)
            )
        x += 0.5 * width
    return teeth
