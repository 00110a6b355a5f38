"""Vertebrae from the front: body with waist and end plates, pedicles, transverse and spinous processes."""

import numpy as np

from radgen.backends.procedural.drawing.curve import around, ring, tube
from radgen.backends.procedural.skeleton.solid import Solid, bone

__all__ = ["vertebra"]

_BODY = [
    (-1, -0.86), (-0.8, -1), (0, -0.93), (0.8, -1), (1, -0.86), (0.86, 0), (1, 0.86), (0.8, 1), (0, 0.93),
    (-0.8, 1), (-1, 0.86), (-0.86, 0),
]  # fmt: skip
"""The body, in half widths and half heights."""


def vertebra(
    centre: tuple[float, float], half_wide: float, half_tall: float, cortex: float, *, wings_mm: float = 0.0
) -> list[Solid]:
    """One vertebra.

    Parameters
    ----------
    centre : tuple of float
        Middle of the body (x, y) in mm.
    half_wide, half_tall : float
        Of the body, in mm.
    cortex : float
        Thickness of compact bone relative to a young man's.
    wings_mm : float
        How far the transverse processes stand out; 0 for none.

    Returns
    -------
    list of Solid
        Body, end plates, pedicles, spinous process, and transverse processes if there are.

    Examples
    --------
    >>> len(vertebra((0, 0), 22.0, 14.0, 1.0, wings_mm=22.0))
    9
    """
    w, h = half_wide, half_tall
    parts = [bone(ring(np.array(_BODY) * [w, h]), 1.0 * cortex, 0.72)]
    for y in (-0.94 * h, 0.94 * h):
        plate = tube([(-0.9 * w, y), (0.9 * w, y)], [0.4, 0.75, 0.4])
        parts.append(bone(plate, 1.0, 4.5 * cortex))
    for side in (-1, 1):
        parts.append(bone(around((side * 0.6 * w, -0.32 * h), (0.17 * w, 0.34 * h)), 1.3 * cortex, 1.5))
        if wings_mm:
            wing = np.array([(0.7 * w, -0.2 * h), (w + 0.5 * wings_mm, -0.28 * h), (w + wings_mm, -0.45 * h)])
            parts.append(bone(tube(wing * [side, 1.0], [4.5, 3.4, 4.0, 1.5]), 0.9 * cortex, 0.8))
    parts.append(bone(tube([(-0.3 * w, 0.15 * h), (0.3 * w, 0.15 * h)], [2, 3.2, 2]), 1.0 * cortex, 1.2))
    parts.append(bone(tube([(0, 0.1 * h), (0, 1.05 * h)], [2.2, 2.6, 3.4, 1.2]), 1.2 * cortex, 2.2))
    return [part.moved(to=centre) for part in parts]
