"""An ankle from the front: the mortise of tibia and fibula, the talus in it, the foot foreshortened below."""

import numpy as np

from radgen.backends.procedural.drawing.curve import around, ring, tube
from radgen.backends.procedural.skeleton.matter import LIMB
from radgen.backends.procedural.skeleton.scene import Body, Scene
from radgen.backends.procedural.skeleton.solid import bone, flesh

__all__ = ["draw_ankle"]

_TIBIA = [
    (-11, -190), (-11.5, -100), (-13, -60), (-17, -32), (-20.5, -14), (-20, -6.5), (-16, -4.2), (-4, -4.8),
    (9, -5), (13.5, -2.5), (15, 5), (17, 12), (21.5, 13), (25.5, 8), (27, -2), (25.5, -14), (20.5, -34),
    (16, -60), (14, -100), (14, -190),
]  # fmt: skip
_FIBULA = [(-29, -190), (-27, -90), (-25.5, -35), (-26.5, -5), (-28, 12), (-26, 24)]
_TALUS = [
    (-16.5, 1.5), (-13, -0.6), (-3, -1), (8, -0.8), (11, 1), (12.4, 8), (13.5, 17), (15, 25), (9, 32),
    (-5, 34), (-17, 31), (-21, 23), (-18.5, 12),
]  # fmt: skip
_HEEL = [(-19, 30), (-2, 33), (14, 29), (17.5, 38), (15, 54), (7, 66), (-6, 68), (-17, 60), (-22, 45)]
_SKIN = [
    (-50, -200), (-43, -130), (-38, -70), (-37, -30), (-41, 0), (-42, 18), (-43, 45), (-46, 80), (-50, 190),
    (0, 200), (50, 190), (46, 80), (40, 40), (38, 12), (37, -10), (36, -35), (40, -75), (47, -130),
    (54, -200),
]  # fmt: skip


def draw_ankle(body: Body, rng: np.random.Generator) -> Scene:
    """The right ankle of a person.

    Parameters
    ----------
    body : Body
        The person.
    rng : numpy.random.Generator
        How far the foot is pointed.

    Returns
    -------
    Scene
        The solids.

    Examples
    --------
    >>> from radgen.backends.procedural.skeleton.scene import sample_body
    >>> len(draw_ankle(sample_body(None, None, None, 0), np.random.default_rng(0)).bones)
    15
    """
    thick = body.cortex
    point = float(rng.uniform(-5.0, 5.0))
    shaft = (
        (0, -190, 5.0 * thick),
        (0, -110, 4.4 * thick),
        (0, -50, 2.0 * thick),
        (0, -8, 0.9),
        (22, 8, 0.9),
    )
    tibia = bone(ring(_TIBIA), shaft, ((0, -10, 0.8), (0, -100, 1.0)), _FILLED)
    fibula = bone(
        tube(_FIBULA, [5, 5, 5.2, 5.5, 7, 8.6, 8, 2.0]),
        ((-27, -110, 2.8 * thick), (-26, -40, 1.8 * thick), (-27, 10, 0.9)),
        1.1,
        _FILLED,
    )
    roof = bone(tube([(-17, -6), (-4, -6.4), (10, -6.6)], [0.3, 1.0, 1.0, 0.3]), 1.0, 3.5)
    dome = bone(tube([(-14, 0.8), (-3, 0.4), (9, 0.7)], [0.3, 0.8, 0.8, 0.3]), 1.0, 3.5)
    foot = [bone(ring(_TALUS), 1.0, 0.75), bone(ring(_HEEL), 1.0 * thick, 0.5)]
    foot += [bone(around(*place), 1.0, 0.5) for place in _TARSALS]
    toes = [
        bone(
            tube([(x, 56), (1.3 * x - 2, 80 + point), (1.5 * x - 4, 110 + point)], [6, 4.6, 6.5]),
            1.2 * thick,
            0.7,
        )
        for x in (-19, -10, -1, 8, 17)
    ]
    below = [solid.moved(to=(0.0, 0.3 * point)) for solid in foot[2:]]
    skin = flesh(ring(np.array(_SKIN) * [0.6 + 0.4 * body.girth, 1.0]), 4.0 * body.girth**2, _FLATNESS)
    return Scene(
        tissue=(skin.moved(to=_UP),),
        bones=tuple(part.moved(to=_UP) for part in (tibia, fibula, roof, dome, *foot[:2], *below, *toes)),
        field_mm=(176.0, 118.0),
        shutter_mm=(290.0, 220.0),
        table=LIMB,
        scatter=0.1,
    )


_UP = (0.0, 20.0)
_FILLED = ((0, -170, -0.4), (0, -85, -0.3), (0, -45, 0.6), (0, 0, 1.0))
"""Spongy bone lies near the joint, marrow in the shafts."""
_TARSALS = (((6, 40), (15, 9)), ((-13, 44), (10, 10)), ((13, 52), (7, 8)), ((2, 54), (7, 8)))
"""Navicular, cuboid and two cuneiforms, one behind the other."""
_FLATNESS = ((0, -150, 0.95), (0, -40, 1.0), (0, 10, 1.25), (0, 60, 1.2), (0, 120, 0.8))
