"""Findings of the pleural space: effusion (fluid falls) and pneumothorax (air, and no vessels in it)."""

import cv2
import numpy as np

from radgen.backends.procedural.film import Film, clouds, ramp
from radgen.backends.procedural.pyramid import Bits, Plane
from radgen.errors import UnsupportedRequestError
from radgen.terms import Position, Severity

__all__ = ["effusion", "pneumothorax"]

_FILLED = {Severity.MILD: 0.22, Severity.MODERATE: 0.42, Severity.SEVERE: 0.70}
_FLUID_PATH = {Severity.MILD: 0.80, Severity.MODERATE: 0.88, Severity.SEVERE: 0.94}
_VEIL_PATH = {Severity.MILD: 0.22, Severity.MODERATE: 0.36, Severity.SEVERE: 0.52}
_DARKENING = {Severity.MILD: 0.26, Severity.MODERATE: 0.34, Severity.SEVERE: 0.42}
_INSET = {Severity.MILD: 0.42, Severity.MODERATE: 0.30, Severity.SEVERE: 0.20}
"""Where the lung's edge lies between the mask's inner edge (0) and the deepest place of the mask (1)."""


def _room(film: Film, finding: str) -> tuple[int, int]:
    top, bottom, left, right = film.box
    height, width = bottom - top + 1, right - left + 1
    least = max(8.0, 0.05 * film.side_px)
    if min(height, width) < least:
        raise UnsupportedRequestError(
            f"the mask is too small for a {finding}: {height} x {width} px, "
            f"at least {least:.0f} px each way are needed"
        )
    return height, width


def effusion(film: Film, severity: Severity, position: Position, rng: np.random.Generator) -> Plane:
    """Path of pleural fluid: below a meniscus when erect, a graded veil when supine.

    Parameters
    ----------
    film : Film
        What is painted on; the mask should cover the lower part of one lung.
    severity : Severity
        Sets how far up the fluid reaches and how dense it is.
    position : Position
        Where gravity draws the fluid.
    rng : numpy.random.Generator
        Draws small irregularities.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        Added path in [0, 1].

    Raises
    ------
    UnsupportedRequestError
        If the mask is too small.
    """
    height, width = _room(film, "pleural effusion")
    top, bottom, left, right = film.box
    rows, cols = np.mgrid[0 : film.mask.shape[0], 0 : film.mask.shape[1]].astype(np.float32)
    wave = clouds((film.mask.shape[0], film.mask.shape[1]), 0.5 * width, rng, 3)
    fade = film.fade(2.0, max(3.0, 0.16 * min(height, width)))
    if position is Position.SUPINE:
        down = (rows - top) / height
        return np.asarray(_VEIL_PATH[severity] * fade * ramp(down, -0.1, 0.9) * (1 + 0.05 * wave), np.float32)
    outward = (cols - left) / width if film.lateral > 0 else (right - cols) / width
    level = bottom - _FILLED[severity] * height
    # The fluid climbs along the side wall: that is the meniscus.
    climb = 0.30 * height * np.clip(outward, 0, 1) ** 3.0 + 0.03 * height * np.clip(1 - outward, 0, 1) ** 4
    surface = level - climb + 0.006 * film.side_px * wave
    soft = (0.020 + 0.03 * np.clip(outward, 0, 1)) * film.side_px
    below = 0.5 + 0.5 * np.tanh((rows - surface) / (0.7 * soft))
    return np.asarray(_FLUID_PATH[severity] * fade * below, np.float32)


def pneumothorax(film: Film, severity: Severity, rng: np.random.Generator) -> tuple[Plane, Bits]:
    """Grey levels with air between chest wall and lung, and the area that it takes.

    Parameters
    ----------
    film : Film
        What is painted on; the mask should cover the outer or upper part of one lung.
    severity : Severity
        Sets how dark and how wide.
    rng : numpy.random.Generator
        Draws how the lung's edge undulates.

    Returns
    -------
    levels : ndarray of float32, shape (rows, cols)
        New grey levels, grain left out.
    area : ndarray of bool, shape (rows, cols)
        Where the air is.

    Raises
    ------
    UnsupportedRequestError
        If the mask is too small.
    """
    _room(film, "pneumothorax")
    from_lung = _distance_from_lung(film)
    inset = _INSET[severity] * float(from_lung[film.mask].max()) + 2
    top, bottom, _, _ = film.box
    wave = clouds((film.mask.shape[0], film.mask.shape[1]), max(8.0, 0.4 * (bottom - top)), rng, 2)
    from_lung = from_lung - 0.2 * inset * np.clip(wave, -1.5, 1.5)
    # Only what is lung becomes air: the chest wall and the heart are left alone.
    aerated = film.aerated * film.fade(2.0, inset)
    air = ramp(from_lung, inset - 1.2, inset + 1.2) * aerated
    size = max(3, round(0.011 * film.side_px) | 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    bare = cv2.GaussianBlur(cv2.morphologyEx(film.base, cv2.MORPH_OPEN, disc), (0, 0), 0.3 * size)
    vesselless = film.base + air * 0.65 * (bare - film.base)
    darkest = max(film.lung - 0.35 * film.span, 0.4 * film.lung)
    levels = vesselless - _DARKENING[severity] * air * np.clip(vesselless - darkest, 0, None)
    # The edge of the lung itself: thin, brighter than lung and air.
    line = np.exp(-(((from_lung - inset) / max(0.8, 0.0016 * film.side_px)) ** 2)) * aerated
    levels = levels + 0.28 * film.span * line
    return np.asarray(levels, np.float32), (air > 0.3) & film.mask


def _distance_from_lung(film: Film) -> Plane:
    """Distance in pixels to what stays lung: that which has the mask on its outer side, or only above it."""
    toward_wall = film.mask if film.lateral > 0 else film.mask[:, ::-1]
    beside = np.logical_or.accumulate(toward_wall[:, ::-1], axis=1)[:, ::-1]
    beside = beside if film.lateral > 0 else beside[:, ::-1]
    above = np.logical_or.accumulate(film.mask, axis=0)
    below = np.logical_or.accumulate(film.mask[::-1], axis=0)[::-1]
    stays = np.logical_and(~film.mask, np.logical_or(beside, np.logical_and(above, ~below)))
    if not stays.any():
        return film.depth_px
    distance = cv2.distanceTransform((~stays).astype(np.uint8), cv2.DIST_L2, 5)
    # The surface of a lung is smooth, whatever corners the mask has.
    smooth = cv2.GaussianBlur(distance, (0, 0), max(1.0, 0.25 * float(distance[film.mask].max())))
    return np.asarray(smooth, np.float32)
