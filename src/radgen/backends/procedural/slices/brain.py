"""The head at the level of the lateral ventricles."""

import numpy as np

from radgen.backends.procedural.drawing.area import Area
from radgen.backends.procedural.drawing.curve import Knots, Points, ring, tube
from radgen.backends.procedural.slices.parts import Shape, both, shrunk
from radgen.backends.procedural.slices.tissue import Tissue

__all__ = ["draw_brain"]

_HALF = [(0, -90), (26, -87), (50, -72), (66, -44), (74, -8), (74, 28), (64, 60), (42, 82), (18, 91), (0, 92)]
_INNER = (Tissue.GREY_MATTER, Tissue.WHITE_MATTER)
_HORN = [(2, -28), (8, -38), (16, -40), (15, -30), (8, -16), (4, -6)]
_TRIGONE = [(6, 10), (13, 14), (24, 28), (31, 46), (28, 54), (20, 48), (12, 32)]
_CAUDATE = [(12, -27), (18, -33), (22, -24), (18, -12), (11, -8)]
_LENTIFORM = [(26, -20), (36, -8), (37, 4), (28, 10), (20, 0), (21, -12)]
_THALAMUS = [(4, -2), (12, -4), (20, 6), (20, 18), (12, 22), (5, 16)]


def draw_brain(shape: Shape, rng: np.random.Generator) -> list[Area]:
    """Layers of the head and structures of the brain.

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
    >>> organs = draw_brain(Shape(True, 14.0), np.random.default_rng(0))
    >>> {Tissue.GREY_MATTER, Tissue.WHITE_MATTER, Tissue.FLUID} <= {organ.tissue for organ in organs}
    True
    """
    stretch = np.array([float(rng.uniform(0.95, 1.04)), float(rng.uniform(0.96, 1.03))])
    skull = ring([*_HALF, *[(-x, y) for x, y in _HALF[-2:0:-1]]]) * stretch
    scalp = 3.0 + 0.15 * shape.fat_mm
    out = [
        Area(Tissue.MUSCLE, shrunk(skull, -scalp - 1.5)),
        Area(Tissue.FAT, shrunk(skull, -scalp)),
        Area(Tissue.MUSCLE, shrunk(skull, -1.0)),
        Area(Tissue.CORTICAL, skull),
        Area(Tissue.SPONGY, shrunk(skull, 2.0)),
        Area(Tissue.CORTICAL, shrunk(skull, 4.5)),
        Area(Tissue.FLUID, shrunk(skull, 6.5)),
    ]
    brain = shrunk(skull, 8.0)
    out += [Area(Tissue.GREY_MATTER, brain), *_folds(brain, rng)]
    wide = float(rng.uniform(0.8, 1.35))
    out += _both_inner(_CAUDATE, Tissue.GREY_MATTER, stretch) + _both_inner(
        _LENTIFORM, Tissue.GREY_MATTER, stretch
    )
    out += _both_inner(_THALAMUS, Tissue.GREY_MATTER, stretch)
    out += _both_inner(_HORN, Tissue.FLUID, stretch * [wide, 1.0])
    out += _both_inner(_TRIGONE, Tissue.FLUID, stretch * [0.6 + 0.4 * wide, 1.0])
    out.append(Area(Tissue.FLUID, tube([(0, -4), (0, 12)], [0.8, 1.6, 1.0])))
    out.append(Area(Tissue.FLUID, tube([(0, 30), (0, 40)], [3.0, 4.5, 2.0])))
    for ends in (((0, -84), (0, -44)), ((0, 48), (0, 86))):
        out.append(Area(Tissue.FLUID, tube(np.array(ends) * stretch, [1.8, 1.6, 1.6])))
        out.append(Area(Tissue.MUSCLE, tube(np.array(ends) * stretch, [0.5, 0.5, 0.5])))  # falx
    return out


def _both_inner(half: Knots, tissue: Tissue, stretch: Points) -> list[Area]:
    return both(tissue, ring(half) * stretch)


def _folds(brain: Points, rng: np.random.Generator) -> list[Area]:
    """White matter with lobes between the sulci, and fluid in the sulci."""
    angle = np.arctan2(brain[:, 1], brain[:, 0])
    count = int(rng.integers(17, 22))
    phase = float(rng.uniform(0, 2 * np.pi))
    wave = np.sin(count * angle + phase + 0.9 * np.sin(3 * angle + phase))
    depth = 0.835 + 0.055 * wave + 0.02 * np.sin(2 * count * angle)
    out = [Area(Tissue.WHITE_MATTER, brain * depth[:, None])]
    low = np.flatnonzero((wave < np.roll(wave, 1)) & (wave < np.roll(wave, -1)))
    for index in low:
        top = brain[index]
        lean = np.array([-top[1], top[0]]) * float(rng.uniform(-0.05, 0.05))
        reach = float(rng.uniform(0.76, 0.86))
        path = np.stack([top, 0.5 * (1 + reach) * top + lean, reach * top + 1.6 * lean])
        out.append(Area(Tissue.GREY_MATTER, tube(path, [3.6, 4.0, 4.2, 3.0]), _INNER))
        out.append(Area(Tissue.FLUID, tube(path, [1.5, 0.9, 0.8, 0.3]), _INNER))
    for side in (-1, 1):  # Sylvian fissure with the insula
        fissure = np.array([(70, -16), (56, -12), (45, -4), (46, 14)]) * [side, 1.0]
        out.append(Area(Tissue.GREY_MATTER, tube(fissure, [5, 5.5, 5.5, 3]), _INNER))
        out.append(Area(Tissue.FLUID, tube(fissure, [2.2, 1.5, 1.6, 0.6]), _INNER))
    return out
