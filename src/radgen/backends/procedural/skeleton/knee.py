"""A knee from the front: condyles, plateau, fibula, and the patella in front of them."""

import numpy as np

from radgen.backends.procedural.drawing.curve import ring, tube
from radgen.backends.procedural.skeleton.matter import LIMB
from radgen.backends.procedural.skeleton.scene import Body, Scene
from radgen.backends.procedural.skeleton.solid import bone, flesh

__all__ = ["draw_knee"]

_FEMUR = [
    (-14.5, -190), (-14.5, -130), (-15, -95), (-18, -72), (-25, -52), (-36, -40), (-41.5, -30), (-41, -15),
    (-36.5, -4.5), (-25, -1), (-14, -2), (-8.5, -7), (-5, -14), (0, -17), (5, -14), (8.5, -6), (14, -0.5),
    (26, 0.5), (37, -4.5), (42, -16), (43, -29), (39, -41), (28, -53), (20, -72), (16.5, -95), (15.5, -130),
    (15.5, -190),
]  # fmt: skip
_TIBIA = [
    (-38, 12), (-39, 7), (-33, 4.6), (-21, 5.8), (-11, 5), (-6.5, 0), (-4, -2.5), (-0.5, 1.5), (4.5, -3.5),
    (8, 1), (12, 5.6), (23, 6.8), (35, 5.4), (40, 8.5), (38.5, 18), (30, 31), (21.5, 50), (17, 72),
    (15, 105), (14.5, 190), (-12, 190), (-13, 105), (-15, 72), (-20, 50), (-28, 33), (-36, 20),
]  # fmt: skip
_PATELLA = [
    (-21, -42), (-14, -55), (0, -58), (14, -55), (21, -43), (19, -30), (9, -18), (1, -13), (-8, -18),
    (-19, -30),
]  # fmt: skip
_SKIN = [
    (-72, -200), (-66, -130), (-60, -70), (-56, -30), (-54, 5), (-55, 45), (-58, 90), (-58, 200), (54, 200),
    (56, 90), (53, 45), (54, 8), (57, -25), (60, -70), (66, -130), (74, -200),
]  # fmt: skip
_FILLED = (
    (0, -170, -0.4), (0, -100, -0.3), (0, -62, 0.6), (0, -25, 1.0), (0, 15, 1.0), (0, 48, 0.6),
    (0, 85, -0.3), (0, 170, -0.4),
)  # fmt: skip
"""Spongy bone lies near the joint, marrow in the shafts."""


def draw_knee(body: Body, rng: np.random.Generator) -> Scene:
    """The right knee of a person.

    Parameters
    ----------
    body : Body
        The person.
    rng : numpy.random.Generator
        Where the patella rides, and how narrow the joint has become.

    Returns
    -------
    Scene
        The solids.

    Examples
    --------
    >>> from radgen.backends.procedural.skeleton.scene import sample_body
    >>> len(draw_knee(sample_body(None, None, None, 0), np.random.default_rng(0)).bones)
    6
    """
    thick = body.cortex
    u = rng.uniform(-1, 1, 4).tolist()
    narrow = body.old * (0.6 + 0.6 * u[0])
    femur_shell = (
        (0, -190, 6.0 * thick),
        (0, -110, 4.2 * thick),
        (0, -60, 1.6 * thick),
        (-25, -10, 0.9),
        (25, -10, 0.9),
    )
    tibia_shell = (
        (-25, 8, 1.0),
        (25, 8, 1.0),
        (0, 45, 1.6 * thick),
        (0, 95, 4.2 * thick),
        (0, 190, 5.5 * thick),
    )
    femur = bone(ring(_FEMUR), femur_shell, ((0, -20, 0.74), (0, -80, 0.9), (0, -150, 1.0)), _FILLED)
    tibia = bone(ring(_TIBIA), tibia_shell, ((0, 10, 0.62), (0, 60, 0.85), (0, 150, 1.0)), _FILLED)
    fibula = bone(
        tube([(-35, 17), (-34, 40), (-31, 80), (-29, 190)], [2.5, 8.5, 7.5, 5.4, 5.2, 5.4, 5.6, 5.6, 5.6]),
        ((-34, 22, 0.8), (-33, 50, 2.0 * thick), (-30, 120, 2.8 * thick)),
        0.95,
        _FILLED,
    )
    patella = bone(ring(_PATELLA), 1.0 * thick, 0.4).moved(3 * u[1], 1.0, (2.5 * u[1] - 1.5, 4.0 * u[2]))
    plates = [
        bone(tube([(-37, 6.5), (-22, 7.2), (-10, 6.5)], [0.3, 0.9, 0.9, 0.3]), 1.0, 4.0),
        bone(tube([(12, 7), (24, 8.2), (38, 7.5)], [0.3, 0.9, 0.9, 0.3]), 1.0, 4.0),
    ]
    lower = [solid.moved(to=(0.0, -narrow)) for solid in (tibia, fibula, *plates)]
    skin = flesh(ring(np.array(_SKIN) * [0.55 + 0.45 * body.girth, 1.0]), 7.0 * body.girth**2, 0.95)
    return Scene(
        tissue=(skin,),
        bones=(femur, patella, *lower),
        field_mm=(235.0, 150.0),
        shutter_mm=(310.0, 240.0),
        table=LIMB,
        scatter=0.12,
    )
