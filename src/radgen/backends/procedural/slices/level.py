"""Which slices there are, and one of them as a map of labels."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from radgen.backends.procedural.drawing.area import Area, Labels, paint
from radgen.backends.procedural.drawing.curve import moved, tube
from radgen.backends.procedural.drawing.grid import Grid, fitted_grid
from radgen.backends.procedural.drawing.noise import stream
from radgen.backends.procedural.skeleton.scene import wobble
from radgen.backends.procedural.slices.brain import draw_brain
from radgen.backends.procedural.slices.heart import draw_heart
from radgen.backends.procedural.slices.kidneys import draw_kidneys
from radgen.backends.procedural.slices.liver import draw_liver
from radgen.backends.procedural.slices.parts import DrawLevel, Shape
from radgen.backends.procedural.slices.tissue import Tissue
from radgen.terms import Habitus, Sex

__all__ = ["LEVELS", "Level", "SliceMap", "slice_map"]


class Level(StrEnum):
    """Height of an axial slice, by the organ that it is named for."""

    BRAIN = "brain"
    HEART = "heart"
    LIVER = "liver"
    KIDNEY = "kidney"


LEVELS: Mapping[Level, DrawLevel] = MappingProxyType(
    {
        Level.BRAIN: draw_brain,
        Level.HEART: draw_heart,
        Level.LIVER: draw_liver,
        Level.KIDNEY: draw_kidneys,
    }
)
_FIELD_MM = {
    Level.BRAIN: (232.0, 210.0),
    Level.HEART: (330.0, 412.0),
    Level.LIVER: (300.0, 372.0),
    Level.KIDNEY: (290.0, 356.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class SliceMap:
    """A slice as labels.

    Parameters
    ----------
    labels : ndarray of uint8, shape (rows, cols)
        Values of `Tissue`; the patient's right is at the left, the front at the top.
    grid : Grid
        Where.
    """

    labels: Labels
    grid: Grid


def slice_map(
    level: Level,
    size: tuple[int, int],
    seed: int,
    sex: Sex | None = None,
    habitus: Habitus | None = None,
    *,
    couch: bool = False,
) -> SliceMap:
    """Draw one person's slice.

    Parameters
    ----------
    level : Level
        Where it is cut.
    size : tuple of int
        (rows, cols) of the picture to come; the map may be finer or coarser.
    seed : int
        Two seeds are two people.
    sex, habitus
        ``None`` leaves it to the seed.
    couch : bool
        Whether the table under the patient shows.

    Returns
    -------
    SliceMap
        The same for the same arguments.

    Examples
    --------
    >>> drawn = slice_map(Level.LIVER, (128, 128), 1)
    >>> bool((drawn.labels == Tissue.LIVER).any())
    True
    """
    who = stream(seed, "body")
    female = (sex or (Sex.FEMALE, Sex.MALE)[int(who.integers(2))]) is Sex.FEMALE
    build = tuple(Habitus)[int(who.choice(3, p=[0.25, 0.55, 0.2]))]
    fat = {Habitus.SLIM: 6.0, Habitus.AVERAGE: 14.0, Habitus.OBESE: 27.0}[habitus or build]
    shape = Shape(female, fat * float(who.uniform(0.85, 1.15)))
    scale = (0.93 if female else 1.0) * float(who.uniform(0.95, 1.03))
    organs = LEVELS[level](shape, stream(seed, "slice"))
    pose = stream(seed, "pose")
    bend, turn = wobble(3.2, 120.0, pose), float(pose.uniform(-2.5, 2.5))
    shift = float(pose.uniform(-4, 4)), float(pose.uniform(-4, 4)) - (0.0 if level is Level.BRAIN else 4.0)
    placed = [replace(o, outline=moved(bend(o.outline), turn, scale, shift)) for o in organs]
    if couch:
        low = max(float(o.outline[:, 1].max()) for o in placed)
        placed = [*_couch(low + 2.0), *placed]
    height, width = _FIELD_MM[level]
    grid = fitted_grid(size, (height, width), (512, 1024))
    return SliceMap(paint(placed, grid), grid)


def _couch(y_mm: float) -> list[Area]:
    """The tabletop: two thin sheets."""
    sheet = np.array([(-230, -22), (-120, 2), (0, 8), (120, 2), (230, -22)]) + np.array([0.0, y_mm])
    return [Area(Tissue.COUCH, tube(sheet + np.array([0.0, down]), [1.0, 1.0, 1.0])) for down in (0.0, 15.0)]
