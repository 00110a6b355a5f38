"""Random fields with a wanted graininess, the same at every size of the picture."""

from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.grid import Grid

__all__ = ["cloudy", "grainy", "stream"]

_SPAN_MM = 700.0
"""Width of the plane that the numbers are drawn for: a larger picture shows more of it."""


def grainy(
    grid: Grid, wavelength_mm: float, rng: np.random.Generator, stretch: float = 1.0
) -> NDArray[np.float32]:
    """Noise around one wavelength.

    Parameters
    ----------
    grid : Grid
        Where.
    wavelength_mm : float
        Typical distance between two bright spots.
    rng : numpy.random.Generator
        What it is drawn from.
    stretch : float
        How much longer the spots are in y than in x.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        Mean about 0, standard deviation about 1.

    Examples
    --------
    >>> field = grainy(Grid(64, 64, 1.0), 8.0, np.random.default_rng(0))
    >>> field.shape, bool(0.5 < field.std() < 1.5)
    ((64, 64), True)
    """
    step = np.array([wavelength_mm * stretch, wavelength_mm]) / 2.0
    count = np.minimum(np.ceil(_SPAN_MM / step), 1400).astype(int)
    knots = rng.standard_normal(tuple(count), dtype=np.float32)
    matrix = np.array(
        [
            [
                grid.cell_mm / step[1],
                0,
                0.5 * (count[1] - 1) - 0.5 * (grid.cols - 1) * grid.cell_mm / step[1],
            ],
            [
                0,
                grid.cell_mm / step[0],
                0.5 * (count[0] - 1) - 0.5 * (grid.rows - 1) * grid.cell_mm / step[0],
            ],
        ]
    )
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    field = cv2.warpAffine(knots, matrix, (grid.cols, grid.rows), flags=flags, borderMode=cv2.BORDER_WRAP)
    return np.asarray(field * np.float32(1.25), np.float32)


def cloudy(grid: Grid, longest_mm: float, octaves: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise of several wavelengths, each half as long and half as strong as the one before.

    Parameters
    ----------
    grid : Grid
        Where.
    longest_mm : float
        The longest wavelength.
    octaves : int
        How many wavelengths.
    rng : numpy.random.Generator
        What it is drawn from.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        Mean about 0, standard deviation about 1.

    Examples
    --------
    >>> bool(cloudy(Grid(64, 64, 1.0), 16.0, 3, np.random.default_rng(0)).std() < 1.6)
    True
    """
    total = np.zeros((grid.rows, grid.cols), np.float32)
    for octave in range(octaves):
        total += np.float32(0.5**octave) * grainy(grid, longest_mm * 0.5**octave, rng)
    return total / np.float32(1.15)


def stream(seed: int, name: str) -> np.random.Generator:
    """Give each part of a picture random numbers of its own.

    Parameters
    ----------
    seed : int
        Seed of the picture; any integer.
    name : str
        What the numbers are for.

    Returns
    -------
    numpy.random.Generator
        A fresh generator, the same for the same arguments.

    Examples
    --------
    >>> bool(stream(1, "hand").random() == stream(1, "hand").random() != stream(1, "knee").random())
    True
    """
    return np.random.default_rng([seed % 2**64, crc32(name.encode())])
