"""A map of labels from areas that are painted one over the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.curve import Points
from radgen.backends.procedural.drawing.grid import Grid, patch_of

__all__ = ["Area", "Labels", "paint"]

Labels: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """One area of one tissue; later ones lie over earlier ones.

    Parameters
    ----------
    tissue : IntEnum
        Its label.
    outline : ndarray, shape (n, 2)
        A closed curve in mm: x to the right, y down.
    within : tuple of IntEnum
        Tissues that it may cover; empty for all.
    """

    tissue: IntEnum
    outline: Points
    within: tuple[IntEnum, ...] = ()


def paint(areas: Sequence[Area], grid: Grid) -> Labels:
    """Paint areas.

    Parameters
    ----------
    areas : sequence of Area
        From the lowest to the uppermost.
    grid : Grid
        Where.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        Labels; 0 where nothing was painted.

    Examples
    --------
    >>> from radgen.backends.procedural.drawing.curve import around
    >>> from radgen.backends.procedural.slices.tissue import Tissue
    >>> ball = Area(Tissue.LIVER, around((0, 0), (3, 3)))
    >>> np.unique(paint([ball], Grid(16, 16, 1.0))).tolist()
    [0, 12]
    """
    out = np.zeros((grid.rows, grid.cols), np.uint8)
    for area in areas:
        patch = patch_of(area.outline, grid)
        where = patch.overlap(grid)
        if where is not None:
            below, mask = out[where[0]], patch.mask[where[1]]
            if area.within:
                mask = mask & np.isin(below, area.within)
            below[mask] = int(area.tissue)
    return out
