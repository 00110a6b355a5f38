"""A shoulder from the front: humeral head, glenoid, scapula, clavicle, and ribs over the lung beside it."""

import numpy as np

from radgen.backends.procedural.drawing.curve import ring, tube
from radgen.backends.procedural.skeleton.matter import TRUNK, Matter
from radgen.backends.procedural.skeleton.scene import Body, Scene
from radgen.backends.procedural.skeleton.solid import Solid, bone, flesh

__all__ = ["draw_shoulder"]

_HUMERUS = [
    (-21, -4), (-23, -16), (-31, -26), (-44, -30), (-56, -27), (-66, -20), (-72, -10), (-73, 3), (-70, 20),
    (-66, 38), (-63.5, 65), (-62, 110), (-61, 220), (-38, 220), (-39, 110), (-40, 70), (-40, 45), (-37, 28),
    (-30, 19), (-23, 10),
]  # fmt: skip
_BLADE = [
    (-10, -20), (0, -24), (14, -26), (28, -36), (48, -54), (60, -62), (66, -55), (68, -30), (66, 10),
    (60, 60), (52, 100), (45, 122), (37, 128), (31, 118), (24, 96), (14, 66), (4, 42), (-4, 28), (-11, 22),
    (-14, 10), (-14, -10),
]  # fmt: skip
_BLADE_DEPTH = (
    (45, 20, 0.06), (50, -30, 0.07), (40, 80, 0.09), (-8, 0, 0.75), (10, 0, 0.35), (8, 48, 0.3),
    (30, 112, 0.25), (66, 20, 0.18),
)  # fmt: skip
_CLAVICLE = [(150, -22), (128, -30), (100, -46), (66, -60), (30, -64), (0, -62), (-20, -57), (-30, -54)]
_SPINE = [(66, -28), (40, -33), (14, -40), (-12, -48), (-36, -52), (-56, -45), (-64, -36)]
_CORACOID = [(8, -24), (2, -32), (-8, -32), (-18, -22), (-19, -14)]
_LUNG = [
    (100, -72), (80, -66), (62, -46), (48, -16), (40, 20), (36, 70), (33, 120), (33, 230), (230, 230),
    (230, 30), (166, -10), (140, -55), (122, -70),
]  # fmt: skip
_SKIN = [
    (240, -260), (118, -260), (104, -150), (92, -116), (60, -92), (20, -82), (-20, -78), (-60, -70),
    (-88, -48), (-102, -14), (-106, 30), (-104, 90), (-100, 260), (-14, 260), (-6, 150), (4, 118),
    (14, 132), (18, 260), (240, 260),
]  # fmt: skip


def draw_shoulder(body: Body, rng: np.random.Generator) -> Scene:
    """The right shoulder of a person, the arm hanging.

    Parameters
    ----------
    body : Body
        The person.
    rng : numpy.random.Generator
        How the arm is turned and the clavicle lies.

    Returns
    -------
    Scene
        The solids.

    Examples
    --------
    >>> from radgen.backends.procedural.skeleton.scene import sample_body
    >>> draw_shoulder(sample_body(None, None, None, 0), np.random.default_rng(0)).field_mm
    (225.0, 235.0)
    """
    thick = body.cortex
    u = rng.uniform(-1, 1, 4).tolist()
    humerus = bone(
        ring(_HUMERUS),
        ((-45, -5, 0.9), (-52, 30, 1.6 * thick), (-51, 70, 3.6 * thick), (-50, 200, 5.0 * thick)),
        ((-45, -5, 0.9), (-50, 100, 1.0)),
    )
    ridge = bone(tube([(-56, -26), (-57, -10), (-55, 12), (-54, 34)], [0.4, 0.9, 0.9, 0.3]), 0.8, 1.1)
    arm = [solid.moved(3.0 * u[0], 1.0, (4.0, 0.0)) for solid in (humerus, ridge)]
    blade = bone(ring(_BLADE), 1.8 * thick, _BLADE_DEPTH)
    edge = bone(tube([(-9, 26), (6, 46), (22, 88), (35, 124)], [1.0, 2.2, 2.0, 1.0]), 1.6 * thick, 1.6)
    rim = bone(tube([(-14, -21), (-17, -8), (-16.5, 8), (-11, 22)], [0.4, 1.2, 1.2, 0.4]), 1.2, 3.5)
    front = bone(tube([(-12, -20), (-7, -8), (-7, 10), (-11, 22)], [0.3, 0.8, 0.8, 0.3]), 0.8, 2.5)
    ridge_mm = [1.0, 3.2, 3.6, 4.2, 5.0, 7.5, 8.5, 3.5]
    spine = bone(tube(_SPINE, ridge_mm), 1.3 * thick, 0.75)
    hook = bone(tube(_CORACOID, [5.5, 6.5, 6.5, 6.2, 4.0]), 1.3 * thick, 1.1)
    lifted = np.array(_CLAVICLE) + np.linspace(6.0 * u[1], 0.0, len(_CLAVICLE))[:, None] * np.array([0, 1])
    clavicle = bone(tube(lifted, [10, 7.5, 6, 5.8, 6, 6.5, 6.6, 4.5]), 2.0 * thick, 0.9)
    air = Solid(outline=ring(_LUNG), shell=Matter.AIR, core=Matter.AIR, depth=0.6)
    neck = flesh(ring(np.array(_SKIN)), 7.0 * body.girth**2, _FLATNESS)
    return Scene(
        tissue=(neck, air),
        bones=(*_ribs(thick), blade, edge, spine, front, rim, *arm, hook, clavicle),
        field_mm=(225.0, 235.0),
        shutter_mm=(290.0, 310.0),
        table=TRUNK,
        scatter=0.22,
    )


_FLATNESS = (
    (-70, 0, 0.8), (-60, 120, 1.0), (0, -30, 0.6), (100, -60, 0.6), (120, 100, 0.8), (30, 60, 0.62),
    (130, -160, 0.8),
)  # fmt: skip


def _ribs(thick: float) -> list[Solid]:
    """Six ribs: from the spine outwards, around the chest wall, and forward again."""
    ribs = []
    for k in range(6):
        low, out = -58.0 + 34.0 * k, (92.0, 66.0, 50.0, 42.0, 38.0, 36.0)[k]
        back = [
            (190, low - 34),
            (160, low - 26),
            (out + 34, low - 6),
            (out + 8, low + 22),
            (out + 1, low + 42),
        ]
        fore = [(out + 1, low + 36), (out + 12, low + 62), (out + 44, low + 78), (190, low + 92)]
        ribs.append(bone(tube(back, [5.5, 6.2, 6.2, 5.5, 3.5]), 1.3 * thick, 0.8))
        ribs.append(bone(tube(fore, [3.0, 6.0, 6.5, 6.0]), 0.9 * thick, 0.6))
    return ribs
