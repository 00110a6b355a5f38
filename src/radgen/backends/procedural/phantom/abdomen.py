"""Gas in stomach and bowel under the diaphragm."""

import numpy as np

from radgen.backends.procedural.phantom.anatomy import Person
from radgen.backends.procedural.phantom.shape import Ellipsoid
from radgen.backends.procedural.phantom.volume import GasBubble
from radgen.terms import Position

__all__ = ["gas_bubbles"]

_NO_LEVEL_MM = -1e4


def gas_bubbles(person: Person, position: Position, rng: np.random.Generator) -> tuple[GasBubble, ...]:
    """Draw the gas; erect it floats on fluid, supine it gathers in front.

    Parameters
    ----------
    person : Person
        The proportions.
    position : Position
        Which way fluid sinks.
    rng : numpy.random.Generator
        How much gas there is.

    Returns
    -------
    tuple of GasBubble
        None to several.
    """
    u = rng.uniform(-1.0, 1.0, 24).tolist()
    bubbles: list[GasBubble] = []
    erect = position is Position.ERECT
    if u[0] > -0.75:
        wide, tall = 25.0 + 9.0 * u[1], 19.0 + 6.0 * u[2]
        top = person.dome_left_mm - 9.0
        centre = (56.0 + 12.0 * u[3], -8.0 if erect else 30.0, top - tall - (0.0 if erect else 14.0))
        level = centre[2] - tall * (0.35 + 0.4 * u[4]) if erect else _NO_LEVEL_MM
        bubbles.append(GasBubble(Ellipsoid(centre, (wide, 26.0, tall), 12.0 * u[5]), level))
    for index in range(int(4 + 3 * u[6])):
        a, b, c, d = u[8 + 2 * index : 12 + 2 * index]
        middle = (62.0 + 38.0 * a, 45.0 + 20.0 * b, person.dome_left_mm - 62.0 - 26.0 * c)
        size = 9.0 + 4.0 * d
        bubbles.append(GasBubble(Ellipsoid(middle, (size * 1.4, size, size), 60.0 * a), _NO_LEVEL_MM))
    return tuple(bubbles)
