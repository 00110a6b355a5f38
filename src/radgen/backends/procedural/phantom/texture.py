"""Irregular soft tissue: fat planes and muscle bundles too many to draw one by one."""

import cv2
import numpy as np

from radgen.backends.procedural.phantom.shape import Field

__all__ = ["tissue_texture"]


def tissue_texture(size: tuple[int, int], cell_mm: float, rng: np.random.Generator) -> Field:
    """Relative variation of the soft tissue's thickness, with a power spectrum that falls steeply.

    Parameters
    ----------
    size : tuple of int
        (rows, cols).
    cell_mm : float
        Width of a cell.
    rng : numpy.random.Generator
        Where it varies.

    Returns
    -------
    ndarray
        (rows, cols) float32, standard deviation about 0.012.

    References
    ----------
    Burgess, Jacobson and Judy, Human observer detection experiments with mammograms and power-law noise,
    Med Phys 28 (2001): anatomical backgrounds follow 1/f^3.
    """
    rows, cols = size
    out = np.zeros(size, np.float32)
    for wavelength_mm, amplitude in (
        (48.0, 0.011),
        (24.0, 0.007),
        (12.0, 0.0045),
        (6.0, 0.003),
        (3.0, 0.002),
    ):
        # Patches of noise on ever finer grids; drawn at a size that the picture's resolution does not change.
        n = int(np.ceil(1200.0 / wavelength_mm))
        knots = rng.standard_normal((n, n), dtype=np.float32)
        tall, wide = (min(n, int(np.ceil(side * cell_mm / wavelength_mm)) + 2) for side in size)
        if wavelength_mm < 1.5 * cell_mm:
            continue
        top, left = (n - tall) // 2, (n - wide) // 2
        patch = knots[top : top + tall, left : left + wide]
        out += amplitude * cv2.resize(patch, (cols, rows), interpolation=cv2.INTER_CUBIC)
    return out
