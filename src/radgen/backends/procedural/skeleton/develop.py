"""From attenuation to the grey values of a skeletal radiograph: exposure, processing, shutters."""

import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.phantom.detector import Exposure, expose
from radgen.backends.procedural.phantom.display import Site, Window, equalise, to_grey
from radgen.backends.procedural.skeleton.solid import Plane

__all__ = ["develop", "shuttered"]


def develop(
    tissue: Plane, bones: Plane, cell_mm: float, scatter: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Expose and process.

    Parameters
    ----------
    tissue, bones : ndarray of float32, shape (rows, cols)
        Logarithm of the attenuation by soft tissue and by bone, at the picture's size.
    cell_mm : float
        Width of a pixel.
    scatter : float
        See `Exposure`.
    rng : numpy.random.Generator
        The equipment, the site's taste and the noise.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        Air black and bone white.

    Examples
    --------
    >>> leg = np.zeros((64, 64), np.float32)
    >>> leg[:, 16:48] = 2.0
    >>> shaft = np.zeros((64, 64), np.float32)
    >>> shaft[:, 28:36] = 1.5
    >>> film = develop(leg, shaft, 2.0, 0.1, np.random.default_rng(0))
    >>> bool(film[32, 4] < film[32, 20] < film[32, 32])
    True
    """
    u = rng.uniform(-1.0, 1.0, 6)
    total = np.maximum(tissue + bones, 0.0)
    body = total > 0.25
    level = float(np.median(total[body])) if body.any() else 1.0
    exposure = Exposure(
        quanta_per_mm2=7000.0 * float(np.exp(0.4 * u[0])),
        scatter=scatter * (1 + 0.25 * u[1]),
        blur_mm=max(0.12 + 0.03 * u[2], 0.35 * cell_mm),
    )
    site = Site(
        compress=0.62 + 0.1 * u[3],
        detail=1.15 + 0.15 * u[4],
        fine=1.9 + 0.5 * u[5],
        low=0.21 + 0.04 * u[4],
        high=0.82 + 0.04 * u[5],
        steep=2.2,
    )
    grain = rng.standard_normal(total.shape, dtype=np.float32)
    density = equalise(expose(total, cell_mm, exposure, grain, level), cell_mm, site)
    return to_grey(density, _window(density, body, bones), site)


def _window(density: Plane, body: NDArray[np.bool_], bones: Plane) -> Window:
    """Soft tissue and bone in this picture."""
    bony = body & (bones > 0.25)
    soft = body & (np.abs(bones) < 0.05)
    dark = float(np.percentile(density[soft], 35)) if soft.any() else float(np.percentile(density, 20))
    light = float(np.percentile(density[bony], 93)) if bony.any() else float(np.percentile(density, 95))
    return Window(dark, max(light, dark + 0.2))


def shuttered(
    image: NDArray[np.uint8], cell_mm: float, shutter_mm: tuple[float, float], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Close the shutters: nobody exposes more than a region needs.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        Grey values.
    cell_mm : float
        Width of a pixel.
    shutter_mm : tuple of float
        (height, width) of the widest field.
    rng : numpy.random.Generator
        How crooked they stand.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        Nearly black outside.

    Examples
    --------
    >>> film = shuttered(np.full((40, 20), 200, np.uint8), 10.0, (200.0, 400.0), np.random.default_rng(0))
    >>> int(film[0, 10]), int(film[20, 10])
    (4, 200)
    """
    tilt = np.float32(np.deg2rad(rng.uniform(-0.8, 0.8)))
    rows, cols = image.shape
    v = np.arange(rows, dtype=np.float32)[:, None] - np.float32(0.5 * (rows - 1))
    u = np.arange(cols, dtype=np.float32)[None, :] - np.float32(0.5 * (cols - 1))
    field = np.ones(image.shape, np.float32)
    for distance, half_mm, side in ((u + tilt * v, shutter_mm[1], cols), (v - tilt * u, shutter_mm[0], rows)):
        half_px = 0.5 * half_mm / cell_mm
        if half_px < 0.5 * side:
            field = field * np.clip(half_px - np.abs(distance), 0.0, 2.0) * np.float32(0.5)
    return np.rint(image * (0.02 + 0.98 * field)).astype(np.uint8)
