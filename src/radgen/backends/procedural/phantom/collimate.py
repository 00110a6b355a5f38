"""The shutters of the tube: straight dark borders where the beam was cut off."""

import numpy as np

from radgen.backends.procedural.phantom.beam import Beam
from radgen.backends.procedural.phantom.shape import Field

__all__ = ["exposed_field"]

_FULL_MM = (560.0, 640.0)
"""Nobody opens the shutters further than this for a chest: (rows, cols)."""


def exposed_field(beam: Beam, rng: np.random.Generator) -> Field:
    """What the shutters let through.

    Parameters
    ----------
    beam : Beam
        The exposure.
    rng : numpy.random.Generator
        Whether and how far they are closed: in three pictures of ten, by a few percent.

    Returns
    -------
    ndarray
        (rows, cols) float32: 1 inside, nearly 0 outside, with a short penumbra.
    """
    closed = rng.random() < 0.3
    insets = rng.uniform(0.0, 0.035, 4) * (rng.random(4) < 0.7) * closed
    tilt = float(np.deg2rad(rng.uniform(-0.8, 0.8))) * closed
    rows, cols = beam.rows, beam.cols
    v = np.arange(rows, dtype=np.float32)[:, None] - np.float32(0.5 * (rows - 1))
    u = np.arange(cols, dtype=np.float32)[None, :] - np.float32(0.5 * (cols - 1))
    across, down = u + tilt * v, v - tilt * u
    half_tall = min(0.5 * rows, 0.5 * _FULL_MM[0] / beam.cell_mm)
    half_wide = min(0.5 * cols, 0.5 * _FULL_MM[1] / beam.cell_mm)
    slack = 2.0 + abs(tilt) * max(rows, cols)  # an open shutter leaves the outermost pixel whole

    def edge(distance: Field, half: float, size: int, inset: float) -> Field:
        free = 0.0 if inset or half < 0.5 * size else slack
        out: Field = np.clip(half + free - inset * size - distance, 0.0, 2.0) * np.float32(0.5)
        return out

    inside = edge(-down, half_tall, rows, insets[0]) * edge(down, half_tall, rows, insets[1])
    inside = inside * edge(-across, half_wide, cols, insets[2]) * edge(across, half_wide, cols, insets[3])
    return np.asarray(0.02 + 0.98 * inside, dtype=np.float32)
