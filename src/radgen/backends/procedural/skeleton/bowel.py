"""Gas in the bowel: pouches of the colon with stool in them, loops of small bowel."""

import numpy as np

from radgen.backends.procedural.drawing.curve import Knots, blob, moved
from radgen.backends.procedural.skeleton.solid import Solid, gas

__all__ = ["filled_colon", "small_loops"]


def filled_colon(path: Knots, rng: np.random.Generator) -> list[Solid]:
    """A stretch of colon, more or less full of gas and stool.

    Parameters
    ----------
    path : sequence of (float, float)
        Its course in mm.
    rng : numpy.random.Generator
        What fills it.

    Returns
    -------
    list of Solid
        Pouches of gas, and bubbles between stool.

    Examples
    --------
    >>> len(filled_colon([(0, 0), (0, 50)], np.random.default_rng(0))) > 10
    True
    """
    knots = np.asarray(path, np.float64)
    at = np.linspace(0, len(knots) - 1, int(3.2 * len(knots)))
    full = float(rng.random())
    out = []
    for place in at:
        middle = [float(np.interp(place, np.arange(len(knots)), knots[:, k])) for k in (0, 1)]
        x, y = (c + float(rng.normal(0, 2.5)) for c in middle)
        if rng.random() < 0.35 + 0.45 * full:
            radii = float(rng.uniform(11, 19)), float(rng.uniform(11, 19))
            out.append(gas(blob((x, y), radii, 0.22, rng), float(rng.uniform(0.35, 0.8))))
        for _ in range(3):
            spot = x + float(rng.normal(0, 9)), y + float(rng.normal(0, 9))
            out.append(gas(blob(spot, (3.0, 2.4), 0.4, rng), 1.2))
    return out


def small_loops(
    across_mm: tuple[float, float], down_mm: tuple[float, float], rng: np.random.Generator
) -> list[Solid]:
    """Short stretches of small bowel that hold gas.

    Parameters
    ----------
    across_mm, down_mm : tuple of float
        Where they may lie: from, to.
    rng : numpy.random.Generator
        Where and how large.

    Returns
    -------
    list of Solid
        Four to eight.

    Examples
    --------
    >>> 4 <= len(small_loops((-50, 50), (0, 50), np.random.default_rng(0))) <= 8
    True
    """
    out = []
    for _ in range(int(rng.integers(4, 9))):
        at = float(rng.uniform(*across_mm)), float(rng.uniform(*down_mm))
        loop = moved(blob((0, 0), (16, 8), 0.2, rng), float(rng.uniform(-60, 60)), 1.0, at)
        out.append(gas(loop, float(rng.uniform(0.4, 0.9))))
    return out
