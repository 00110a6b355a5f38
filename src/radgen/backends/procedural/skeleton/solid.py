"""Bodies with a shell, and what they take from the beam: outline, inflation, path lengths, attenuation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.curve import Points, mirrored, moved
from radgen.backends.procedural.drawing.grid import Grid, Patch, patch_of
from radgen.backends.procedural.drawing.membrane import half_depth
from radgen.backends.procedural.skeleton.matter import Matter, Table

__all__ = ["Anchored", "Solid", "attenuation_of", "bone", "flesh", "gas"]

Plane: TypeAlias = NDArray[np.float32]
Anchored: TypeAlias = float | Sequence[tuple[float, float, float]]
"""One number, or (x mm, y mm, value) at some places, interpolated in between."""
_TRABECULAE = 0.07
"""Relative irregularity of spongy bone, summed along the beam."""
Bend: TypeAlias = Callable[[Points], Points]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Solid:
    """A flat outline, inflated, with a shell around a core.

    Parameters
    ----------
    outline : ndarray, shape (n, 2)
        A closed curve in mm.
    shell, core : Matter
        Of what.
    replaces : Matter
        What would be there without it.
    shell_mm : Anchored
        Thickness of the shell.
    depth : Anchored
        Thickness relative to that of a round body with this outline.
    filled : Anchored
        Share of the core that is there: 1 in spongy bone, 0 where marrow is like what it replaces, less where
        it is fatty.
    texture : float
        Relative irregularity of the core.
    holes : tuple of ndarray
        Closed curves in mm that are left out.
    """

    outline: Points
    shell: Matter
    core: Matter
    replaces: Matter = Matter.SOFT
    shell_mm: Anchored = 0.0
    depth: Anchored = 1.0
    filled: Anchored = 1.0
    texture: float = 0.0
    holes: tuple[Points, ...] = ()

    def mirrored(self) -> "Solid":
        """The same on the other side of x = 0.

        Returns
        -------
        Solid
            Mirrored.
        """
        return self.bent(mirrored)

    def moved(self, turn_deg: float = 0.0, scale: float = 1.0, to: tuple[float, float] = (0, 0)) -> "Solid":
        """Turned about the origin, scaled, shifted.

        Parameters
        ----------
        turn_deg, scale, to
            As in `curve.moved`.

        Returns
        -------
        Solid
            Moved.
        """

        def go(points: Points) -> Points:
            return moved(points, turn_deg, scale, to)

        return self.bent(go)

    def bent(self, bend: Bend) -> "Solid":
        """With all its points moved.

        Parameters
        ----------
        bend : callable
            Points in mm to points in mm.

        Returns
        -------
        Solid
            Bent.
        """
        return replace(
            self,
            outline=bend(self.outline),
            shell_mm=_mapped(self.shell_mm, bend),
            depth=_mapped(self.depth, bend),
            filled=_mapped(self.filled, bend),
            holes=tuple(bend(hole) for hole in self.holes),
        )


def bone(
    outline: Points,
    shell_mm: Anchored = 0.8,
    depth: Anchored = 1.0,
    filled: Anchored = 1.0,
) -> Solid:
    """Compact outside, spongy inside.

    Parameters
    ----------
    outline : ndarray, shape (n, 2)
        A closed curve in mm.
    shell_mm, depth, filled
        As in `Solid`.

    Returns
    -------
    Solid
        The bone.

    Examples
    --------
    >>> from radgen.backends.procedural.drawing.curve import around
    >>> bone(around((0, 0), (5, 5))).shell
    <Matter.CORTICAL: 'cortical'>
    """
    return Solid(
        outline=outline,
        shell=Matter.CORTICAL,
        core=Matter.SPONGY,
        shell_mm=shell_mm,
        depth=depth,
        filled=filled,
        texture=_TRABECULAE,
    )


def flesh(outline: Points, fat_mm: Anchored, depth: Anchored = 1.0) -> Solid:
    """Muscle under fat and skin.

    Parameters
    ----------
    outline : ndarray, shape (n, 2)
        A closed curve in mm.
    fat_mm, depth
        As `Solid.shell_mm` and `Solid.depth`.

    Returns
    -------
    Solid
        The soft tissue.

    Examples
    --------
    >>> from radgen.backends.procedural.drawing.curve import around
    >>> flesh(around((0, 0), (50, 50)), 6.0).replaces
    <Matter.AIR: 'air'>
    """
    return Solid(
        outline=outline,
        shell=Matter.FAT,
        core=Matter.SOFT,
        replaces=Matter.AIR,
        shell_mm=fat_mm,
        depth=depth,
    )


def gas(outline: Points, depth: Anchored = 1.0) -> Solid:
    """Air within soft tissue.

    Parameters
    ----------
    outline : ndarray, shape (n, 2)
        A closed curve in mm.
    depth : Anchored
        As in `Solid`.

    Returns
    -------
    Solid
        The air.

    Examples
    --------
    >>> from radgen.backends.procedural.drawing.curve import around
    >>> gas(around((0, 0), (5, 5))).core
    <Matter.AIR: 'air'>
    """
    return Solid(outline=outline, shell=Matter.AIR, core=Matter.AIR, depth=depth)


def attenuation_of(solids: Sequence[Solid], grid: Grid, table: Table, texture: Plane) -> Plane:
    """Everything the beam loses in some solids.

    Parameters
    ----------
    solids : sequence of Solid
        They add up.
    grid : Grid
        Where.
    table : mapping of Matter to float
        Attenuation per mm.
    texture : ndarray of float32, shape (rows, cols)
        Irregularity of cores, mean 0 and deviation 1.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        Logarithm of the attenuation; negative for air in tissue.

    Examples
    --------
    >>> from radgen.backends.procedural.drawing.curve import around
    >>> from radgen.backends.procedural.skeleton.matter import LIMB
    >>> grid = Grid(64, 64, 1.0)
    >>> ball = flesh(around((0, 0), (20, 20)), 0.0)
    >>> loss = attenuation_of([ball], grid, LIMB, np.zeros((64, 64), np.float32))
    >>> bool(loss[32, 32] > 25 * LIMB[Matter.SOFT]), float(loss[0, 0])
    (True, 0.0)
    """
    total = np.zeros((grid.rows, grid.cols), np.float32)
    for solid in solids:
        patch = patch_of(solid.outline, grid, solid.holes)
        where = patch.overlap(grid)
        if where is not None:
            total[where[0]] += _loss(solid, patch, grid, table, texture[where[0]], where[1])
    return total


def _loss(
    solid: Solid, patch: Patch, grid: Grid, table: Table, texture: Plane, shown: tuple[slice, slice]
) -> Plane:
    """Attenuation of one solid on the part of its patch that is shown."""
    shell_px = np.float32(1 / grid.cell_mm) * _spread(solid.shell_mm, patch, grid)
    outer, inner = (half[shown] for half in half_depth(patch.mask, shell_px))
    depth, filled = (_spread(value, patch, grid)[shown] for value in (solid.depth, solid.filled))
    both_mm = np.float32(2 * grid.cell_mm) * depth
    gone = table[solid.replaces]
    core = (table[solid.core] * (1 + solid.texture * texture) - gone) * inner * filled
    return np.asarray(both_mm * (core + (table[solid.shell] - gone) * (outer - inner)), np.float32)


def _mapped(value: Anchored, bend: Bend) -> Anchored:
    if isinstance(value, int | float):
        return value
    table = np.asarray(value, np.float64)
    places = bend(table[:, :2])
    return [(x, y, v) for (x, y), v in zip(places.tolist(), table[:, 2].tolist(), strict=True)]


def _spread(value: Anchored, patch: Patch, grid: Grid) -> Plane:
    """An anchored value over a patch: inverse distances, worked out on a coarse lattice."""
    if isinstance(value, int | float):
        return np.broadcast_to(np.float32(value), patch.mask.shape)
    table = np.asarray(value, np.float64)
    px = grid.to_px(table[:, :2]) - np.array([patch.left, patch.top])
    rows, cols = patch.mask.shape
    tall, wide = (max(2, min(48, side)) for side in (rows, cols))
    x = np.linspace(0, cols - 1, wide)[None, :, None]
    y = np.linspace(0, rows - 1, tall)[:, None, None]
    weight = 1.0 / ((x - px[:, 0]) ** 2 + (y - px[:, 1]) ** 2 + 4.0) ** 1.5
    values = (weight * table[:, 2]).sum(axis=2) / weight.sum(axis=2)
    return np.asarray(cv2.resize(values.astype(np.float32), (cols, rows), interpolation=cv2.INTER_LINEAR))
