"""Cardiomegaly: the heart's border, moved outwards and made more convex."""

import cv2
import numpy as np

from radgen.backends.procedural.film import Film, ramp
from radgen.backends.procedural.pyramid import Plane
from radgen.errors import UnsupportedRequestError
from radgen.terms import Severity

__all__ = ["enlarged_heart", "heart_level"]

_REACH = {Severity.MILD: 0.45, Severity.MODERATE: 0.62, Severity.SEVERE: 0.80}


def enlarged_heart(film: Film, severity: Severity, rng: np.random.Generator) -> Plane:
    """Path of heart tissue added beside the heart's border.

    Parameters
    ----------
    film : Film
        What is painted on; the mask should begin on the heart and reach into the lung beside it.
    severity : Severity
        Sets how far out the new border lies within the mask.
    rng : numpy.random.Generator
        Draws the border's shape.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        Added path in [0, 1].

    Raises
    ------
    UnsupportedRequestError
        If the mask is too small.
    """
    top, bottom, left, right = film.box
    height, width = bottom - top + 1, right - left + 1
    if height < 0.1 * film.side_px or width < 0.04 * film.side_px or min(height, width) < 8:
        raise UnsupportedRequestError(
            f"the mask is too small for cardiomegaly: {height} x {width} px, at least "
            f"{max(8, 0.1 * film.side_px):.0f} x {max(8, 0.04 * film.side_px):.0f} px over the heart's border"
        )
    outward = _outward(film)
    rows = np.arange(film.mask.shape[0], dtype=np.float32)[:, None]
    down = (rows - top) / height
    # The apex lies low: the widest place is in the lower half.
    apex = float(rng.uniform(0.60, 0.70))
    arc = np.where(down < apex, (apex - down) / (apex - 0.02), (down - apex) / (1.15 - apex))
    border = _REACH[severity] * np.sqrt(np.clip(1 - arc**2, 0, 1))
    distance_px = (border - outward) * width
    soft = max(1.2, 0.006 * film.side_px)
    body = ramp(distance_px, -soft, soft) * ramp(border, 0, 0.25)
    fade = film.fade(3.0, max(3.0, 0.15 * min(height, width)))
    return np.asarray(0.92 * cv2.GaussianBlur(body * fade, (0, 0), 0.8) * film.mask, np.float32)


def heart_level(film: Film) -> float:
    """Grey level of what the mask shows of the heart already.

    Parameters
    ----------
    film : Film
        What is painted on.

    Returns
    -------
    float
        The level, at least somewhat above that of lung.
    """
    lower = np.arange(film.mask.shape[0])[:, None] > (film.box[0] + film.box[1]) / 2
    dense = film.mask & lower & (film.aerated < 0.3)
    place = dense if dense.any() else film.mask & (_outward(film) < 0.15)
    return max(float(np.median(film.base[place])), film.lung + 0.4 * film.span)


def _outward(film: Film) -> Plane:
    """0 at the medial end of the mask, 1 at the lateral end; shape (1, cols)."""
    _, _, left, right = film.box
    cols = np.arange(film.mask.shape[1], dtype=np.float32)[None]
    return np.asarray((cols - left if film.lateral > 0 else right - cols) / (right - left + 1), np.float32)
