"""What slices have in common: who is cut, paired organs, layers, ribs, vertebrae."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from radgen.backends.procedural.drawing.area import Area
from radgen.backends.procedural.drawing.curve import Points, around, ring, tube
from radgen.backends.procedural.slices.tissue import Tissue

__all__ = ["DrawLevel", "Shape", "both", "ribs_around", "shrunk", "vertebral"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Who lies on the couch, as far as a slice shows it.

    Parameters
    ----------
    female : bool
        Decides about breasts, among others.
    fat_mm : float
        Thickness of the subcutaneous fat.
    """

    female: bool
    fat_mm: float


_BODY = [(-1, 0), (-0.75, -0.65), (0, -0.82), (0.75, -0.65), (1, 0), (0.7, 0.55), (0, 0.5), (-0.7, 0.55)]
_ARCH = [(0.62, 0.3), (0.66, 0.95), (0.4, 1.35), (0, 1.6)]
"""Of a vertebra, in half widths of its body."""
DrawLevel: TypeAlias = Callable[[Shape, np.random.Generator], list[Area]]


def both(tissue: Tissue, outline: Points) -> list[Area]:
    """An area and its mirror image.

    Parameters
    ----------
    tissue : Tissue
        Of both.
    outline : ndarray, shape (n, 2)
        On one side of x = 0.

    Returns
    -------
    list of Area
        Two.

    Examples
    --------
    >>> [float(organ.outline[:, 0].mean().round()) for organ in both(Tissue.FAT, around((9, 0), (2, 2)))]
    [9.0, -9.0]
    """
    return [Area(tissue, outline), Area(tissue, outline * np.array([-1.0, 1.0]))]


def shrunk(outline: Points, by_mm: float) -> Points:
    """An outline moved inwards everywhere by about the same distance.

    Parameters
    ----------
    outline : ndarray, shape (n, 2)
        A closed curve, clockwise as seen, in mm.
    by_mm : float
        How far; negative moves outwards.

    Returns
    -------
    ndarray, shape (n, 2)
        The curve inside.

    Examples
    --------
    >>> shrunk(around((0, 0), (10, 10)), 2.0).max().round(1)
    np.float64(8.0)
    """
    along = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    return np.asarray(outline + by_mm * np.stack([-along[:, 1], along[:, 0]], axis=1))


def ribs_around(cage: Points, shares: Sequence[float], rng: np.random.Generator) -> list[Area]:
    """Ribs cut obliquely along the wall of the chest.

    Parameters
    ----------
    cage : ndarray, shape (n, 2)
        The inside of the rib cage, clockwise from the front.
    shares : sequence of float
        Where along the curve, from 0 to 1.
    rng : numpy.random.Generator
        Their lengths.

    Returns
    -------
    list of Area
        Compact shells with spongy cores.

    Examples
    --------
    >>> len(ribs_around(ring([(0, -60), (90, 0), (0, 60), (-90, 0)]), [0.1, 0.4], np.random.default_rng(0)))
    4
    """
    out = []
    wall = shrunk(cage, -5.0)
    for share in shares:
        at = (share + float(rng.uniform(-0.008, 0.008))) * len(wall)
        reach = int(len(wall) * float(rng.uniform(0.012, 0.026)))
        path = wall[np.arange(int(at) - reach, int(at) + reach + 1) % len(wall)]
        out.append(Area(Tissue.CORTICAL, tube(path, [1.5, 4.6, 4.8, 4.6, 1.5])))
        out.append(Area(Tissue.SPONGY, tube(path, [0.5, 2.6, 2.8, 2.6, 0.5])))
    return out


def vertebral(centre: tuple[float, float], half_wide: float, *, wings_mm: float) -> list[Area]:
    """A vertebra cut across: body, canal with cord, arch and processes.

    Parameters
    ----------
    centre : tuple of float
        Middle of the body in mm.
    half_wide : float
        Of the body in mm.
    wings_mm : float
        How far the transverse processes stand out.

    Returns
    -------
    list of Area
        In painting order.

    Examples
    --------
    >>> {organ.tissue.name for organ in vertebral((0, 0), 20.0, wings_mm=20.0)} >= {"CORD", "SPONGY"}
    True
    """
    w = half_wide
    body, canal = ring(np.array(_BODY) * w), around((0, 0.95 * w), (0.48 * w, 0.42 * w))
    spine = tube([(0, 1.2 * w), (0, 2.0 * w), (0, 2.5 * w)], [0.3 * w, 0.14 * w, 0.24 * w])
    out = [Area(Tissue.CORTICAL, spine)]
    wing = np.array(
        [(0.6 * w, 0.85 * w), (0.8 * w + 0.5 * wings_mm, 1.15 * w), (0.8 * w + wings_mm, 1.3 * w)]
    )
    out += both(Tissue.CORTICAL, tube(wing, [4.0, 3.2, 3.6]))
    out += both(Tissue.SPONGY, tube(wing, [2.2, 1.4, 1.6]))
    arch = np.array(_ARCH) * w
    out += both(Tissue.CORTICAL, tube(arch, [0.2 * w, 0.17 * w, 0.2 * w, 0.14 * w]))
    out += both(Tissue.SPONGY, tube(arch, [0.1 * w, 0.06 * w, 0.1 * w, 0.05 * w]))
    out += [Area(Tissue.CORTICAL, body), Area(Tissue.SPONGY, body * 0.9)]
    out += [Area(Tissue.FAT, canal), Area(Tissue.FLUID, shrunk(canal, 1.5))]
    out.append(Area(Tissue.CORD, around((0, 0.95 * w), (0.24 * w, 0.2 * w))))
    return [Area(organ.tissue, organ.outline + np.array(centre)) for organ in out]
