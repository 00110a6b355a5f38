"""An abdomen from the front: spine, lower ribs, pelvis, psoas, liver and kidneys by their fat, bowel gas."""

import numpy as np

from radgen.backends.procedural.drawing.curve import around, blob, moved, ring, tube
from radgen.backends.procedural.skeleton.bowel import filled_colon, small_loops
from radgen.backends.procedural.skeleton.matter import TRUNK, Matter
from radgen.backends.procedural.skeleton.pelvis import pelvic_bones
from radgen.backends.procedural.skeleton.scene import Body, Scene
from radgen.backends.procedural.skeleton.solid import Solid, bone, flesh, gas
from radgen.backends.procedural.skeleton.vertebra import vertebra

__all__ = ["draw_abdomen"]

_DOWN_MM = 208.0
"""From the middle of the picture to that of the pelvis."""
_SKIN = [
    (-158, -320), (-160, -200), (-162, -120), (-160, -40), (-158, 20), (-164, 80), (-176, 150), (-188, 220),
    (-190, 380), (190, 380), (188, 220), (176, 150), (164, 80), (158, 20), (160, -40), (162, -120),
    (160, -200), (158, -320),
]  # fmt: skip
_PSOAS = [
    (-24, -92), (-36, -50), (-50, 0), (-62, 60), (-72, 120), (-70, 170), (-40, 150), (-24, 60), (-20, -30),
]  # fmt: skip
_LIVER = [
    (-140, -190), (-148, -120), (-146, -50), (-138, 0), (-118, 4), (-96, -30), (-60, -64), (-10, -96),
    (40, -130), (40, -190),
]  # fmt: skip
_SPLEEN = [(118, -190), (140, -160), (144, -110), (134, -76), (116, -90), (104, -140)]


def draw_abdomen(body: Body, rng: np.random.Generator) -> Scene:
    """The abdomen of a lying person.

    Parameters
    ----------
    body : Body
        The person.
    rng : numpy.random.Generator
        Where bowel and stomach hold gas.

    Returns
    -------
    Scene
        The solids.

    Examples
    --------
    >>> from radgen.backends.procedural.skeleton.scene import sample_body
    >>> draw_abdomen(sample_body(None, None, None, 0), np.random.default_rng(0)).field_mm
    (385.0, 330.0)
    """
    skin = flesh(ring(np.array(_SKIN) * [0.6 + 0.4 * body.girth, 1.0]), 16.0 * body.girth**2, 0.58)
    bones = [solid.moved(to=(0.0, _DOWN_MM)) for solid in pelvic_bones(body, hips=True)]
    for k in range(5):  # L2 up to T10: the pelvis brings L5 to L3
        y = _DOWN_MM - 194.0 - 35.0 * (k + 1)
        bones += vertebra(
            (0.0, y), 21.5 - 0.9 * k, 13.5 - 0.4 * k, body.cortex, wings_mm=19.0 if k < 1 else 0.0
        )
    return Scene(
        tissue=(skin, *_organs(rng), *_gas(rng), *_stomach(rng)),
        bones=(*bones, *_ribs(body.cortex)),
        field_mm=(385.0, 330.0),
        shutter_mm=(460.0, 420.0),
        table=TRUNK,
        scatter=0.3,
    )


def _ribs(thick: float) -> list[Solid]:
    """The last three pairs."""
    out = []
    for side in (-1, 1):
        for y, reach, drop in ((-128, 78, 46), (-164, 120, 76), (-200, 140, 96), (-232, 146, 110)):
            shares = ((0.1, 0.0), (0.45, 0.1), (0.85, 0.55), (1.0, 1.0))
            axis = [(side * across * reach, y + down * drop) for across, down in shares]
            out.append(bone(tube(axis, [4.5, 5.5, 5.5, 5.0, 2.5]), 1.2 * thick, 0.8))
    return out


def _organs(rng: np.random.Generator) -> list[Solid]:
    """Organs show by the fat around them, and psoas by being thick."""
    out = []
    for side in (-1, 1):
        psoas = np.array(_PSOAS) * [-side, 1.0]
        out.append(_more(ring(psoas), 0.9))
        y = -60.0 if side > 0 else -44.0
        kidney = moved(around((0, 0), (27, 56)), side * -14, 1.0, (side * 72, y + float(rng.uniform(-6, 6))))
        rim = Solid(outline=kidney, shell=Matter.FAT, core=Matter.SOFT, shell_mm=4.0, depth=1.2)
        out += [rim, _more(kidney, 0.35)]
        stripe = [(side * 140, -40), (side * 141, 20), (side * 148, 80)]
        out.append(Solid(outline=tube(stripe, [0.5, 2.0, 0.5]), shell=Matter.FAT, core=Matter.FAT, depth=7.0))
    return [*out, _more(ring(_LIVER), 0.3), _more(ring(_SPLEEN), 0.3)]


def _more(outline: np.ndarray, depth: float) -> Solid:
    """Muscle or an organ where there would be fat."""
    return Solid(outline=outline, shell=Matter.SOFT, core=Matter.SOFT, replaces=Matter.FAT, depth=depth)


def _stomach(rng: np.random.Generator) -> list[Solid]:
    """The bubble under the left dome of the diaphragm."""
    at = float(rng.uniform(58, 82)), float(rng.uniform(-158, -138))
    return [gas(moved(blob((0, 0), (34, 21), 0.12, rng), -18, float(rng.uniform(0.8, 1.15)), at), 0.75)]


_COLON = (
    ((-112, 120), (-118, 70), (-116, 20), (-108, -22)),  # ascending
    ((-108, -22), (-66, -6), (-10, 8), (50, -8), (104, -62)),  # transverse
    ((104, -62), (120, -10), (122, 50), (116, 110)),  # descending
    ((112, 112), (82, 150), (40, 178), (6, 200)),  # sigmoid
)


def _gas(rng: np.random.Generator) -> list[Solid]:
    """Gas in the four parts of the colon and in the small bowel."""
    colon = [solid for path in _COLON for solid in filled_colon(path, rng)]
    return [*colon, *small_loops((-60.0, 70.0), (30.0, 130.0), rng)]
